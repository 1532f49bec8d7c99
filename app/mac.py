"""HMAC-SHA-256 (RFC 2104) by keys that come again and again: what hangs on the key is done once.

The standard library's sets up a key anew for each message, which takes four times as long as the
message does.
"""

from functools import lru_cache
from hashlib import sha256

BLOCK_BYTES = 64
INNER, OUTER = bytes(one ^ 0x36 for one in range(256)), bytes(one ^ 0x5C for one in range(256))
KEYS = 16
"""A process has its pepper and what is made of it."""


class Mac:
    """A key, made ready."""

    def __init__(self, key: bytes) -> None:
        block = (sha256(key).digest() if len(key) > BLOCK_BYTES else key).ljust(BLOCK_BYTES, b"\0")
        self._inner, self._outer = sha256(block.translate(INNER)), sha256(block.translate(OUTER))

    def digest(self, message: bytes) -> bytes:
        """Of a message, 32 bytes."""
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(message)
        outer.update(inner.digest())
        return outer.digest()


@lru_cache(KEYS)
def mac(key: bytes) -> Mac:
    """A key, made ready once."""
    return Mac(key)
