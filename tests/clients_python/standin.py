"""A server of the tests' own: it answers what the real one cannot be made to, in order."""

import gzip
import json
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Thread
from typing import Any


@dataclass(frozen=True, slots=True)
class Seen:
    """A request as it came."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]

    @property
    def plain(self) -> bytes:
        """The body, unpacked."""
        packed = self.headers.get("content-encoding") == "gzip"
        return gzip.decompress(self.body) if packed else self.body


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer; `cut` ends the connection after so many bytes of it."""

    status: int = 200
    said: object = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    cut: int | None = None
    lie: int = 0
    """Bytes more that it promises than it has."""

    def written(self) -> bytes:
        body = self.said if isinstance(self.said, bytes) else json.dumps(self.said).encode()
        kind = "application/json" if self.status < 400 else "application/problem+json"
        told = {
            "Content-Type": kind,
            "Content-Length": str(len(body) + self.lie),
            "Connection": "close",
        }
        head = "".join(f"{name}: {value}\r\n" for name, value in {**told, **self.headers}.items())
        return f"HTTP/1.1 {self.status} Said\r\n{head}\r\n".encode() + body


CUT = Reply(cut=0)
"""The connection ends without a word."""

Answer = Callable[[Seen], Reply]


@dataclass(slots=True)
class StandIn:
    """The server, and what it was asked."""

    url: str
    seen: list[Seen] = field(default_factory=list)


@contextmanager
def stand_in(answer: Answer | list[Reply]) -> Iterator[StandIn]:
    """Serves until the end of the block: a function's answers, or one after the other."""
    replies = iter(answer) if isinstance(answer, list) else None
    with socket.create_server(("127.0.0.1", 0)) as listener:
        found = StandIn(f"http://127.0.0.1:{listener.getsockname()[1]}")

        def run() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection, connection.makefile("rb") as stream:
                    seen = _read(stream)
                    if seen is None:
                        continue
                    found.seen.append(seen)
                    reply = next(replies) if replies is not None else answer(seen)  # type: ignore[operator]
                    connection.sendall(reply.written()[: reply.cut])

        thread = Thread(target=run, daemon=True)
        thread.start()
        try:
            yield found
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join(10)


def _read(stream: Any) -> Seen | None:
    first = stream.readline().decode().split()
    if not first:
        return None
    headers = {}
    while line := stream.readline().decode().strip():
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    body = stream.read(int(headers.get("content-length", 0)))
    return Seen(first[0], first[1], headers, body)
