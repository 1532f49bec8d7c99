"""What happens to every request and reply, as plain ASGI: bounded bodies, ETag, safe headers."""

import hashlib
from collections.abc import Mapping

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.failures import Renderer, render
from app.intake import Intake
from app.limiting import Verdict
from app.problems import InternalError, Problem, RequestTimeout, UnsupportedMediaType
from app.settings import Settings

SECURITY = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
}
"""For everything that is no page, unless it says otherwise; pages set their own policy."""

ONLY_TLS = {"Strict-Transport-Security": "max-age=31536000"}
"""For a service that says of itself that it is reached by https."""

IMPORTS = "/v1/imports"
BULK = frozenset({IMPORTS, "/v1/organizations/bulk", "/fhir/R4", "/fhir/R4/"})
"""Paths that take large bodies, and take them as gzip."""

IMPORT_RATIO = 100
"""A million lines with the same names in each pack better than other text; they go to disk."""


TAGGED = ("application/json", "application/fhir+json")
"""What gets an ETag."""


def etag_of(body: bytes | bytearray) -> str:
    """The strong ETag of a JSON answer to GET."""
    return f'"{hashlib.sha256(body).hexdigest()[:32]}"'


class Wire:
    """Around the application: bounded bodies in, ETags and safe headers out."""

    def __init__(
        self, app: ASGIApp, *, settings: Settings, renderers: Mapping[str, Renderer] | None = None
    ) -> None:
        """Around an application.

        Args:
            app: the application.
            settings: of the service.
            renderers: by the beginning of their paths, what refuses otherwise than by a problem.
        """
        self.app = app
        self.settings = settings
        self.renderers = renderers or {}
        always = SECURITY | (ONLY_TLS if settings.public_url.startswith("https:") else {})
        self.headers = [(name.lower().encode(), value.encode()) for name, value in always.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        scope.setdefault("state", {})
        if scope["method"] == "HEAD":
            scope = {**scope, "method": "GET"}  # the server leaves the body out
        reply = _Reply(scope, send, self.headers)
        try:
            await self._carry_out(scope, receive, reply)
        except ClientDisconnect:
            return  # gone before all of the body was here, so nothing was done
        except Exception:
            # A bug. Answered here, where headers are added; logged by the server outside.
            if not reply.started:
                problem = InternalError("The request was not carried out; nothing was kept")
                refusal = self._render(scope, problem)
                await refusal(scope, receive, reply.send)
            raise

    def _render(self, scope: Scope, problem: Problem) -> Response:
        path = scope["path"] + "/"
        known = (one for start, one in self.renderers.items() if path.startswith(f"{start}/"))
        return next(known, render)(problem, Request(scope))

    async def _carry_out(self, scope: Scope, receive: Receive, reply: "_Reply") -> None:
        bulk = scope["path"] in BULK
        encodings = [value for name, value in scope["headers"] if name == b"content-encoding"]
        encoding = "identity"
        if encodings:
            encoding = b",".join(encodings).decode("latin-1").strip().lower() or encoding
        reads = scope["method"] != "GET"  # which has no body that anybody looks at
        if reads and encoding != "identity" and not (bulk and encoding == "gzip"):
            problem = UnsupportedMediaType(f"Send the body without {encoding[:64]}")
            refusal = self._render(scope, problem)
            refusal.headers["Accept-Encoding"] = "gzip" if bulk else "identity"
            await refusal(scope, receive, reply.send)
            return
        body = self._intake(scope["path"], receive, packed=encoding == "gzip")
        await self.app(scope, body.receive, reply.send)

    def _intake(self, path: str, receive: Receive, *, packed: bool) -> Intake:
        settings = self.settings
        if path == IMPORTS:
            limit, seconds = settings.max_import_bytes, settings.import_seconds
            return Intake(receive, limit=limit, seconds=seconds, packed=packed, ratio=IMPORT_RATIO)
        limit = settings.max_bulk_bytes if path in BULK else settings.max_body_bytes
        return Intake(receive, limit=limit, seconds=settings.body_seconds, packed=packed)


class _Reply:
    """Headers on every reply; a strong ETag on whole 200s to GET, and 304 where it is known."""

    def __init__(self, scope: Scope, send: Send, always: list[tuple[bytes, bytes]]) -> None:
        self.scope = scope
        self.downstream = send
        self.always = always
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
        raw: list[tuple[bytes, bytes]] = message.setdefault("headers", [])
        there = {name for name, _ in raw}
        verdict: Verdict | None = self.scope["state"].get("verdict")
        said = self.always if verdict is None else (*self.always, *verdict.raw_headers)
        message["headers"] = raw = raw + [one for one in said if one[0] not in there]
        if message["status"] == RequestTimeout.status or self.scope["app"].state.draining:
            MutableHeaders(raw=raw)["Connection"] = "close"
        if message["status"] == 200 and self.scope["method"] == "GET":  # noqa: PLR2004
            headers = MutableHeaders(raw=raw)
            if headers.get("content-type", "").startswith(TAGGED):
                headers.add_vary_header("Authorization")
                self.start = message
                return
        await self.downstream(message)

    async def _finish(self) -> None:
        if self.start is None:
            raise AssertionError("a body without a start")
        headers = MutableHeaders(scope=self.start)
        etag = headers.get("etag") or etag_of(self.body)
        headers["ETag"] = etag
        known = Headers(scope=self.scope).get("if-none-match", "")
        body = bytes(self.body)
        named = {one.strip().removeprefix("W/") for one in known.split(",")}
        if known == "*" or etag.removeprefix("W/") in named:
            self.start["status"], body = 304, b""
            del headers["content-length"]
        await self.downstream(self.start)
        await self.downstream({"type": "http.response.body", "body": body})
