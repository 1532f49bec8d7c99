"""Services on real sockets: in a thread of this process, or in a process of their own."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread

from app.cli.listening import Server, listen, server
from app.settings import Settings

READY_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Live:
    """A service on a port."""

    port: int
    server: Server

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def connect(self) -> socket.socket:
        """A connection for requests that no decent client makes."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=30)


@contextmanager
def live(settings: Settings, port: int = 0) -> Iterator[Live]:
    """The service as `palanca serve` runs it, in a thread."""
    listener = listen("127.0.0.1", port)
    ready = Event()
    running = server(settings, ready.set, log_level="critical")
    thread = Thread(target=running.run, kwargs={"sockets": [listener]})
    port = listener.getsockname()[1]
    thread.start()
    try:
        assert ready.wait(READY_SECONDS)
        yield Live(port, running)
    finally:
        running.should_exit = True
        thread.join()
        listener.close()


def read_all(connection: socket.socket) -> bytes:
    """What comes until the other side closes."""
    found = b""
    try:
        while part := connection.recv(65_536):
            found += part
    except ConnectionResetError:
        pass  # closed with some of ours unread
    return found


def status(raw: bytes) -> int:
    """The status of the first reply; 0 if there is none."""
    found = re.match(rb"HTTP/1.1 (\d+)", raw)
    return int(found[1]) if found else 0


@dataclass(slots=True)
class Process:
    """`palanca serve` in a process of its own."""

    url: str
    run: subprocess.Popen[bytes]
    log: Path

    def memory(self, what: str) -> int:
        """Bytes: `VmRSS` now, or `VmHWM` at most since the process began or was `forgiven`."""
        text = Path(f"/proc/{self.run.pid}/status").read_text(encoding="ascii")
        found = re.search(rf"{what}:\s+(\d+) kB", text)
        assert found
        return int(found[1]) * 1024

    def forgive(self) -> None:
        """Begin the highest mark anew."""
        Path(f"/proc/{self.run.pid}/clear_refs").write_text("5", encoding="ascii")

    def stop(self) -> None:
        """As a supervisor asks."""
        os.kill(self.run.pid, signal.SIGTERM)


@contextmanager
def process(folder: Path, settings: Settings) -> Iterator[Process]:
    """A service in a process of its own; ends with the test at the latest."""
    environment = {**os.environ, **as_environment(settings)}
    command = [sys.executable, "-m", "app.cli", "serve", "--port", "0", "--data-dir", str(folder)]
    log = folder / "serve.log"
    with (
        log.open("w") as output,
        subprocess.Popen(command, stdout=output, stderr=output, env=environment) as run,  # noqa: S603
    ):
        try:
            started = time.monotonic()
            while not (found := re.search(r"Palanca is at (\S+)", log.read_text())):
                assert run.poll() is None, log.read_text()
                assert time.monotonic() - started < READY_SECONDS, log.read_text()
                time.sleep(0.05)
            yield Process(found[1], run, log)
        finally:
            run.kill()


def as_environment(settings: Settings) -> dict[str, str]:
    """The settings that were chosen, as variables."""
    chosen = {}
    for name in settings.model_fields_set - {"data_dir"}:
        value = getattr(settings, name)
        if value is not None:
            text = value.get_secret_value() if hasattr(value, "get_secret_value") else value
            chosen[f"PALANCA_{name.upper()}"] = str(text)
    return chosen
