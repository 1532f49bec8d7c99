"""The chain of hashes behind the audit trail. Pure: rows in, the first broken one out.

Each row's hash covers the row before it, so the last hash stands for the whole chain. A hash can
be recomputed by whoever has the database; two things cannot, because their keys come from the
pepper, which is not in it: the *seal* of each row, which tells a row that was rewritten from its
neighbours, and the *signature* of the head, which tells where the chain ends. A seal is no
signature: a last row does not make a head, so a chain that was cut cannot be given a new end.
"""

import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from uuid import UUID

import orjson
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.mac import Mac

OPERATOR_CHAIN = UUID(int=0)
"""The chain of what concerns no tenant: the operator's and the service's own acts."""

HASH_BYTES, SEAL_BYTES, SIGNATURE_BYTES = 32, 32, 64


def event_body(
    *,
    at: datetime,
    operation: str,
    target: str | None,
    actor: Mapping[str, str | None],
    status: int | None,
) -> str:
    """An event as canonical JSON, which is what is hashed: sorted, dense, plain ASCII."""
    event = {
        "at": at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "operation": operation,
        "target": target,
        "actor": dict(actor),
        "status": status,
    }
    try:
        quick = orjson.dumps(event, option=orjson.OPT_SORT_KEYS)
    except TypeError:  # half a surrogate
        quick = b"\x7f"
    if quick.isascii() and b"\x7f" not in quick:
        return quick.decode()
    return json.dumps(event, sort_keys=True, separators=(",", ":"))


def genesis(chain_id: UUID) -> bytes:
    """What the first row of a chain follows; no two chains begin alike."""
    return hashlib.sha256(b"palanca audit chain\0" + chain_id.bytes).digest()


def link(previous: bytes, seq: int, body: str) -> bytes:
    """The hash of a row. All parts before the body are of fixed length, so none can be shifted."""
    return hashlib.sha256(b"palanca audit event\0" + previous + _big(seq) + body.encode()).digest()


def _big(seq: int) -> bytes:
    return seq.to_bytes(8, "big", signed=True)


@dataclass(frozen=True, slots=True)
class Row:
    """An event as stored."""

    seq: int
    body: str
    hash: bytes
    seal: bytes


@dataclass(frozen=True, slots=True)
class Head:
    """Where a chain ends: a copy of its last row's place and hash, signed."""

    seq: int
    hash: bytes
    signature: bytes


class Signer:
    """The keys of the trail, made from the pepper: there is no other secret to keep."""

    def __init__(self, pepper: bytes) -> None:
        self._seal = Mac(hmac.digest(pepper, b"audit sealing key", "sha256"))
        seed = hmac.digest(pepper, b"audit signing key", "sha256")
        self._private = Ed25519PrivateKey.from_private_bytes(seed)
        self._public = self._private.public_key()

    @property
    def public_key(self) -> bytes:
        """The Ed25519 key that heads are verified with; anybody may have it."""
        return self._public.public_bytes_raw()

    def seal(self, chain_id: UUID, seq: int, row_hash: bytes) -> bytes:
        """What shows that a row was written here by the service."""
        return self._seal.digest(chain_id.bytes + _big(seq) + row_hash)

    def sign(self, chain_id: UUID, seq: int, row_hash: bytes) -> bytes:
        """What shows that the chain had its end here."""
        return self._private.sign(head_message(chain_id, seq, row_hash))

    def is_sealed(self, chain_id: UUID, row: Row) -> bool:
        """Whether the service gave a row of that hash that place."""
        return hmac.compare_digest(self.seal(chain_id, row.seq, row.hash), row.seal)

    def is_signed(self, chain_id: UUID, head: Head) -> bool:
        """Whether the service signed that end."""
        try:
            self._public.verify(head.signature, head_message(chain_id, head.seq, head.hash))
        except InvalidSignature:
            return False
        return True


def head_message(chain_id: UUID, seq: int, row_hash: bytes) -> bytes:
    """What the signature of a head is over."""
    return b"palanca audit head\0" + chain_id.bytes + _big(seq) + row_hash


class Fault(StrEnum):
    """What is wrong with a row."""

    MISSING = "is missing"
    FOREIGN = "was not written here by Palanca: inserted, moved or rewritten"
    ALTERED = "was altered"
    NO_HEAD = "has no head"
    FORGED_HEAD = "has a head that Palanca did not sign"
    OTHER_HEAD = "has a head that is not its last row's"
    NOT_AS_ANCHORED = "is not the row that was anchored"


@dataclass(frozen=True, slots=True)
class Broken:
    """The first broken row of a chain; without ``seq`` it is the row of the head."""

    chain_id: UUID
    seq: int | None
    fault: Fault

    def __str__(self) -> str:
        place = "" if self.seq is None else f" row {self.seq}"
        return f"chain {self.chain_id}{place} {self.fault}"


def verify(chain_id: UUID, rows: Iterable[Row], head: Head | None, signer: Signer) -> Broken | None:
    """The first row of a chain that is not as it was written.

    Args:
        chain_id: whose chain.
        rows: all its rows by ``seq``; read once and no further than the first broken one.
        head: where the chain says that it ends.
        signer: the keys that it was written with.
    """
    signed = head is not None and signer.is_signed(chain_id, head)
    last = head.seq if head is not None and signed else 0
    previous, expected = genesis(chain_id), 1
    for row in rows:
        is_sealed = signer.is_sealed(chain_id, row)
        # A genuine row after a gap, or a genuine head, shows that there was something in it.
        if row.seq > expected and (is_sealed or expected <= last):
            return Broken(chain_id, expected, Fault.MISSING)
        if row.seq < expected or not is_sealed:
            return Broken(chain_id, row.seq, Fault.FOREIGN)
        if link(previous, row.seq, row.body) != row.hash:
            return Broken(chain_id, row.seq, Fault.ALTERED)
        previous, expected = row.hash, expected + 1
    if expected <= last:
        return Broken(chain_id, expected, Fault.MISSING)
    fault = _fault_of(head, previous, signed=signed)
    return None if fault is None else Broken(chain_id, None, fault)


def _fault_of(head: Head | None, last_hash: bytes, *, signed: bool) -> Fault | None:
    """What is wrong with the head of a chain whose last row is sound."""
    if head is None:
        return Fault.NO_HEAD
    if not signed:
        return Fault.FORGED_HEAD
    return None if head.hash == last_hash else Fault.OTHER_HEAD
