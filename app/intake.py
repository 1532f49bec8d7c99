"""Bodies as they come in: counted, unpacked where that is allowed, and not waited for for ever.

A ``Content-Length`` may lie or be absent, and a few bytes of gzip may hold any number.
"""

import asyncio
import zlib

from starlette.exceptions import HTTPException
from starlette.types import Message, Receive

RATIO = 20
"""Text packs ten to one; what packs much better is made to burst."""

PACKED_ANYHOW = 1_048_576
"""Bytes that may come out whatever went in: as many as any path takes unpacked."""


class Intake:
    """The body of one request. Refuses by HTTPException: FastAPI makes any other a 400."""

    def __init__(
        self, receive: Receive, *, limit: int, seconds: float, packed: bool, ratio: int = RATIO
    ) -> None:
        self._receive = receive
        self._limit = limit
        self._seconds = seconds
        self._ratio = ratio
        self._gzip = zlib.decompressobj(wbits=31) if packed else None
        self._until = 0.0
        self._came = 0
        self._held = 0
        self._whole = False

    async def receive(self) -> Message:
        """The next part, within all limits."""
        if self._whole:
            return await self._receive()  # tells when the client goes away
        message = await self._soon()
        body: bytes = message.get("body", b"")
        self._whole = not message.get("more_body", False)
        self._came += len(body)
        if self._gzip is not None:
            body = self._unpacked(self._gzip, body)
        self._held += len(body)
        if self._held > self._limit:
            raise HTTPException(413, f"At most {self._limit} bytes")
        return {**message, "body": body}

    async def _soon(self) -> Message:
        self._until = self._until or asyncio.get_running_loop().time() + self._seconds
        try:
            async with asyncio.timeout_at(self._until):
                return await self._receive()
        except TimeoutError:
            detail = f"The body did not come within {self._seconds:g} s"
            raise HTTPException(408, detail) from None

    def _unpacked(self, gzip: "zlib._Decompress", body: bytes) -> bytes:
        allowed = min(self._limit, max(PACKED_ANYHOW, self._ratio * self._came))
        try:
            # One byte more than allowed tells, and no more is ever held.
            out = gzip.decompress(body, allowed - self._held + 1)
        except zlib.error:
            raise HTTPException(400, "Not gzip") from None
        if self._held + len(out) > allowed:
            raise HTTPException(413, f"At most {self._limit} bytes, packed {self._ratio} to one")
        if gzip.unused_data or (self._whole and not gzip.eof):
            raise HTTPException(400, "Not one whole gzip stream")
        return out
