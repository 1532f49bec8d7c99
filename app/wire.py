"""What happens to every request and reply, as plain ASGI: body limit, ETag, security headers."""

import hashlib

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.failures import render
from app.problems import InternalError

SECURITY = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}
"""For everything that is no page; pages set their own policy."""


class Wire:
    """Around the application: bounded bodies in, ETags and safe headers out."""

    def __init__(self, app: ASGIApp, *, max_body_bytes: int) -> None:
        self.app = app
        self.max_body_bytes = max_body_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if scope["method"] == "HEAD":
            scope = {**scope, "method": "GET"}  # the server leaves the body out
        reply = _Reply(scope, send)
        try:
            await self.app(scope, self._bounded(receive), reply.send)
        except Exception:
            # A bug. Answered here, where headers are added; logged by the server outside.
            if not reply.started:
                refusal = render(InternalError("The request was not carried out; nothing was kept"))
                await refusal(scope, receive, reply.send)
            raise

    def _bounded(self, receive: Receive) -> Receive:
        """Count bytes as they come: a Content-Length may lie or be absent."""
        received = 0

        async def counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > self.max_body_bytes:
                # FastAPI turns any other exception into a 400.
                raise HTTPException(413, f"At most {self.max_body_bytes} bytes")
            return message

        return counted


class _Reply:
    """Headers on every reply; a strong ETag on whole 200s to GET, and 304 where it is known."""

    def __init__(self, scope: Scope, send: Send) -> None:
        self.scope = scope
        self.downstream = send
        self.started = False
        self.start: Message | None = None
        self.body = bytearray()

    async def send(self, message: Message) -> None:
        """One message of the reply, held back while an ETag is still to be made."""
        if message["type"] == "http.response.start":
            await self._begin(message)
        elif self.start is None:
            await self.downstream(message)
        else:
            self.body += message.get("body", b"")
            if not message.get("more_body"):
                await self._finish()

    async def _begin(self, message: Message) -> None:
        self.started = True
        headers = MutableHeaders(scope=message)
        for name, value in SECURITY.items():
            headers.setdefault(name, value)
        headers.setdefault("Cache-Control", "no-store")
        cacheable = message["status"] == 200 and self.scope["method"] == "GET"  # noqa: PLR2004
        if cacheable and headers.get("content-type", "").startswith("application/json"):
            headers.add_vary_header("Authorization")
            self.start = message
        else:
            await self.downstream(message)

    async def _finish(self) -> None:
        if self.start is None:
            raise AssertionError("a body without a start")
        headers = MutableHeaders(scope=self.start)
        etag = headers.get("etag") or f'"{hashlib.sha256(self.body).hexdigest()[:32]}"'
        headers["ETag"] = etag
        known = Headers(scope=self.scope).get("if-none-match", "")
        body = bytes(self.body)
        if known == "*" or etag in {one.strip().removeprefix("W/") for one in known.split(",")}:
            self.start["status"], body = 304, b""
            del headers["content-length"]
        await self.downstream(self.start)
        await self.downstream({"type": "http.response.body", "body": body})
