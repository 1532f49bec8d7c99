"""Who signs releases: an Ed25519 key made from the pepper, of its own beside the trail's."""

import base64
import hashlib
import hmac

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_public_key,
)

ALGORITHM = "Ed25519"
KEY_BYTES = 32


class ReleaseSigner:
    """The key that manifests of releases are signed with."""

    def __init__(self, pepper: bytes) -> None:
        seed = hmac.digest(pepper, b"release signing key", "sha256")
        self._private = Ed25519PrivateKey.from_private_bytes(seed)

    def sign(self, manifest: bytes) -> bytes:
        """The signature over a manifest's bytes as they stand: 64 bytes."""
        return self._private.sign(manifest)

    @property
    def public_key(self) -> bytes:
        """What signatures are verified with; anybody may have it."""
        return self._private.public_key().public_bytes_raw()


def described(public_key: bytes) -> dict[str, str]:
    """A public key as it is shown, for programs and for people who compare."""
    key = Ed25519PublicKey.from_public_bytes(public_key)
    pem = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    return {
        "algorithm": ALGORITHM,
        "public_key": base64.b64encode(public_key).decode(),
        "fingerprint": fingerprint(public_key),
        "pem": pem,
    }


def fingerprint(public_key: bytes) -> str:
    """The SHA-256 of the key's 32 bytes."""
    return f"sha256:{hashlib.sha256(public_key).hexdigest()}"


def read_key(text: str) -> bytes:
    """A public key from base64 or PEM.

    Raises:
        ValueError: it is neither.
    """
    if "BEGIN PUBLIC KEY" in text:
        key = load_pem_public_key(text.encode())
        if not isinstance(key, Ed25519PublicKey):
            raise ValueError("not an Ed25519 key")
        return key.public_bytes_raw()
    raw = base64.b64decode(text.strip(), validate=True)
    if len(raw) != KEY_BYTES:
        raise ValueError(f"an Ed25519 key has {KEY_BYTES} bytes")
    return raw


def is_signed(manifest: bytes, signature: bytes, public_key: bytes) -> bool:
    """Whether the holder of that key signed these bytes."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, manifest)
    except InvalidSignature:
        return False
    return True
