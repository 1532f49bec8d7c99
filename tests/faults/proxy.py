"""A proxy that loses replies: it cuts the connection as soon as one begins to come."""

import socket
import struct
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from threading import Thread
from urllib.parse import urlsplit

BYTES = 65_536
AT_ONCE = struct.pack("ii", 1, 0)
"""Closing sends no more than a reset."""


@contextmanager
def losing_replies(base_url: str) -> Iterator[str]:
    """The address of a proxy before a service; it takes one connection after the other."""
    target = urlsplit(base_url)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        arguments = (listener, (target.hostname, target.port))
        accepting = Thread(target=_accept, args=arguments, daemon=True)
        accepting.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        listener.shutdown(socket.SHUT_RDWR)
    accepting.join()


def _accept(listener: socket.socket, target: tuple[str, int]) -> None:
    with suppress(OSError):  # the listener is shut
        while True:
            _carry(listener.accept()[0], socket.create_connection(target))


def _carry(client: socket.socket, service: socket.socket) -> None:
    """One request through, nothing back."""
    with closing(client), closing(service):
        asking = Thread(target=_forward, args=(client, service), daemon=True)
        asking.start()
        service.recv(1)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
        with suppress(OSError):
            client.shutdown(socket.SHUT_RD)
        asking.join()


def _forward(client: socket.socket, service: socket.socket) -> None:
    with suppress(OSError):
        while data := client.recv(BYTES):
            service.sendall(data)
