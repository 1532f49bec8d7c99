"""The shape of a key. Pure: ``plco_live_<8 key id>_<43 secret><6 checksum>``.

The prefix, whose fourth letter says what it is for, and the checksum let a scanner recognise a
leaked key without asking us; the key id finds the row; only an HMAC of the whole key is ever
stored, so it is shown once.
"""

import re
import secrets
import string
import zlib
from dataclasses import dataclass

from app.mac import mac

ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
PATTERN = re.compile(
    r"plc([anoprti])_(?:live|test)_([0-9A-Za-z]{8})_([0-9A-Za-z]{43})([0-9A-Za-z]{6})"
)
"""Published, so that secret scanners can look for it."""

LETTERS = {
    "operator": "a",
    "network": "n",
    "organization": "o",
    "partner": "p",
    "researcher": "r",
    "token": "t",
    "invitation": "i",
}
"""The fourth letter of a key, by what it is for."""


@dataclass(frozen=True, slots=True)
class Key:
    """A key as given out: ``text`` is the secret, ``key_id`` its public name."""

    key_id: str
    text: str


def make_key(use: str, environment: str) -> Key:
    """A new key with 256 bits from the operating system.

    Args:
        use: one of ``LETTERS``.
        environment: ``live`` or ``test``; becomes the second part of the key.
    """
    key_id = "".join(secrets.choice(ALPHABET) for _ in range(8))
    secret = "".join(secrets.choice(ALPHABET) for _ in range(43))
    body = f"plc{LETTERS[use]}_{environment}_{key_id}_{secret}"
    return Key(key_id=key_id, text=body + _checksum(body))


def key_id(presented: str, *, invitation: bool = False) -> str | None:
    """The id inside a well-formed key, or None: a typing error costs no database read.

    Args:
        presented: what stands in the header.
        invitation: whether a respondent's token is wanted, which is no key, or a key.
    """
    match = PATTERN.fullmatch(presented)
    if match is None or not presented.endswith(_checksum(presented[:-6])):
        return None
    return match[2] if (match[1] == LETTERS["invitation"]) == invitation else None


def is_token(presented: str) -> bool:
    """Whether a well-formed key is a token; the letter is part of what is hashed."""
    return presented.startswith(f"plc{LETTERS['token']}_")


def digest(presented: str, pepper: bytes) -> bytes:
    """What is stored: HMAC-SHA-256, 32 bytes. The secret is random, so no slow hash is needed."""
    return mac(pepper).digest(b"key:" + presented.encode())


def _checksum(body: str) -> str:
    number, out = zlib.crc32(body.encode()), ""
    for _ in range(6):
        number, place = divmod(number, len(ALPHABET))
        out = ALPHABET[place] + out
    return out
