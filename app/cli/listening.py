"""The service on a port: requests' heads are bounded, and whoever is being served is served.

Uvicorn bounds neither the size of a head nor how long it takes to arrive; the application, which
bounds bodies, sees a request only when its head is complete.
"""

import asyncio
import logging
import os
import signal
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from types import FrameType
from typing import Any, NoReturn

import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from app.cli.joining import Joining
from app.main import create_app
from app.redaction import without_keys
from app.settings import Settings

GRACE_SECONDS = 20
"""How long requests in flight may take to end after a stop was asked for."""

HEAD_BYTES, HEAD_SECONDS = 65_536, 10.0
"""For the line and the headers of a request; browsers and proxies stay below 16 KiB."""

TOO_LARGE = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\n"
    b"connection: close\r\ncontent-length: 0\r\n\r\n"
)


def listen(host: str, port: int, *, or_any: bool = False) -> socket.socket:
    """Take the port first: a taken one is said before anything is started.

    Raises:
        ValueError: the port is taken.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as exc:
        listener.close()
        if or_any:
            return listen(host, 0)
        raise ValueError(f"Cannot listen on {host}:{port}: {exc.strerror}; try --port 0") from None
    return listener


def address(host: str, listener: socket.socket) -> str:
    """Where a listener is reached."""
    name = f"[{host}]" if ":" in host else host
    return f"http://{name}:{listener.getsockname()[1]}"


class Connection(HttpToolsProtocol):
    """Uvicorn's side of a connection, which waits for no head that is endless or never ends."""

    def __init__(self, *arguments: Any, **options: Any) -> None:  # noqa: ANN401 - as uvicorn's
        super().__init__(*arguments, **options)
        self._head, self._in_head = 0, False
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn's
        """Somebody connects."""
        super().connection_made(transport)
        self.transport = Joining(transport, self.loop)  # type: ignore[assignment] # as it is used
        self._wait_for_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nobody is there any more."""
        self._head_came()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Some bytes; too many of them without a head or body between are refused."""
        self._head += len(data)
        super().data_received(data)
        if self._in_head:
            self._wait_for_head()
        if self._head > HEAD_BYTES and not self.transport.is_closing():
            self.transport.write(TOO_LARGE)
            self.transport.close()

    def on_message_begin(self) -> None:
        """A head begins."""
        super().on_message_begin()
        self._in_head = True

    def on_headers_complete(self) -> None:
        """A head is complete."""
        self._in_head = False
        self._head_came()
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """A part of a body."""
        self._head = 0
        super().on_body(body)

    def _wait_for_head(self) -> None:
        if self._timer is None:
            self._timer = self.loop.call_later(HEAD_SECONDS, self._too_slow)

    def _head_came(self) -> None:
        self._head = 0
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _too_slow(self) -> None:
        self._timer = None
        # Else a request before this one is being answered; uvicorn closes after that.
        if self.cycle is None or self.cycle.response_complete:
            self.transport.close()


class Server(uvicorn.Server):
    """Uvicorn that says when it is ready, and is unready for a while before it leaves."""

    def __init__(
        self, config: uvicorn.Config, app: FastAPI, when_ready: Callable[[], None]
    ) -> None:
        super().__init__(config)
        self.app = app
        self.when_ready = when_ready
        self.leave_at: float | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start to serve."""
        await super().startup(sockets)
        if self.started:
            self.when_ready()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Asked to stop; balancers that look at /readyz get time to see it."""
        self.app.state.draining = True
        drain: float = self.app.state.settings.drain_seconds
        if sig == signal.SIGTERM and self.leave_at is None and drain > 0:
            self.leave_at = time.monotonic() + drain
        else:
            super().handle_exit(sig, frame)

    async def on_tick(self, counter: int) -> bool:
        """Whether to stop now; asked ten times a second."""
        if self.leave_at is not None and time.monotonic() >= self.leave_at:
            self.should_exit = True
        return await super().on_tick(counter)


def without_secrets(record: logging.LogRecord) -> bool:
    """Log the path without keys: they do not belong there, and are put there all the same."""
    match record.args:
        case (client, method, str(address), *more):
            record.args = (client, method, without_keys(address.partition("?")[0]), *more)
    return True


def server(chosen: Settings, when_ready: Callable[[], None], *, log_level: str = "info") -> Server:
    """The server for these settings."""
    app = create_app(chosen)
    config = uvicorn.Config(
        app,
        http=Connection,
        log_level=log_level,
        timeout_graceful_shutdown=GRACE_SECONDS,
        server_header=False,
        # Else whoever asks from this machine could name any address as its own.
        proxy_headers="FORWARDED_ALLOW_IPS" in os.environ,
    )
    logging.getLogger("uvicorn.access").addFilter(without_secrets)
    return Server(config, app, when_ready)


def run(
    chosen: Settings, listener: socket.socket, when_ready: Callable[[], None], *, log_level: str
) -> None:
    """Serve until somebody asks to stop."""

    def stop(*_: object) -> NoReturn:
        raise KeyboardInterrupt

    # Uvicorn raises the signal again when it is done, which would end us without clean-up.
    signal.signal(signal.SIGTERM, stop)
    with suppress(KeyboardInterrupt):
        server(chosen, when_ready, log_level=log_level).run(sockets=[listener])
