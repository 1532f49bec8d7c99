"""Requests sent byte for byte into the application, as a server would hand them over.

A client library would repair or refuse much of what is to be tried.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from starlette.types import ASGIApp, Message
from starlette.types import Scope as Asgi

from tests.hostile.bending import Request
from tests.hostile.values import Part

PIECE = 65_536
"""A server hands bodies over in pieces of this size."""


@dataclass(frozen=True)
class Reply:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def media_type(self) -> str:
        return self.headers.get("content-type", "").partition(";")[0]

    def json(self) -> Any:
        return json.loads(self.body)


async def send(app: ASGIApp, request: Request) -> Reply:
    """One request and its reply; an exception that the application lets out is a 500 already."""
    pieces = _pieces(request.body or (b"",))
    start: Message = {}
    parts: list[bytes] = []

    async def receive() -> Message:
        return next(pieces, {"type": "http.disconnect"})

    async def take(message: Message) -> None:
        if message["type"] == "http.response.start":
            start.update(message)
        else:
            parts.append(message.get("body", b""))

    try:
        await app(_scope(request), receive, take)
    except Exception as exc:  # noqa: BLE001 - Starlette raises again what it answered 500
        parts.append(f" raised {exc!r}".encode())
    headers = {name.decode(): one.decode("latin-1") for name, one in start["headers"]}
    return Reply(start["status"], headers, b"".join(parts))


def _pieces(body: tuple[Part, ...]) -> Iterator[Message]:
    for part in body:
        for whole in (part,) if isinstance(part, bytes) else part:
            for start in range(0, len(whole), PIECE):
                piece = whole[start : start + PIECE]
                yield {"type": "http.request", "body": piece, "more_body": True}
    yield {"type": "http.request", "body": b"", "more_body": False}


def _scope(request: Request) -> Asgi:
    path, query = request.target
    headers = [(b"host", b"testserver")]
    if request.body is not None:
        headers.append((b"content-length", str(sum(map(len, request.body))).encode()))
    headers += [(name.lower().encode(), text) for name, text in request.headers.items()]
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": request.operation.method,
        "scheme": "http",
        "path": unquote(path.decode("latin-1")),  # as uvicorn does
        "raw_path": path,
        "query_string": query,
        "root_path": "",
        "headers": headers,
        "client": ("127.0.0.1", 1),
        "server": ("testserver", 80),
        "state": {},
    }
