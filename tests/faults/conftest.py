"""A service in processes that may be killed, on the database of the one that runs here."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from signal import SIGKILL
from typing import IO

import pytest
from pydantic import SecretStr

from app.settings import Settings
from tests.conftest import Service


def environment(settings: Settings) -> dict[str, str]:
    """The settings as variables."""
    given = settings.model_dump(exclude_unset=True)
    return {
        f"PALANCA_{name.upper()}": value.get_secret_value()
        if isinstance(value, SecretStr)
        else str(value)
        for name, value in given.items()
    }


@dataclass(frozen=True, slots=True)
class Forks:
    """Serving processes, one at a time, all at one address."""

    base_url: str
    orders: IO[str]
    answers: IO[str]

    def serve(self, point: str = "") -> int:
        """Start one, which dies where it is told to; its pid."""
        return int(self._order(f"serve {point}"))

    def has_died(self) -> bool:
        """Wait until it is gone; whether it was killed."""
        return int(self._order("reap")) == -SIGKILL

    def kill(self) -> None:
        """End it as it is."""
        self._order("kill")

    def _order(self, line: str) -> str:
        self.orders.write(line + "\n")
        self.orders.flush()
        return self.answers.readline()


@pytest.fixture(scope="module")
def forks(service: Service) -> Iterator[Forks]:
    """Processes that serve the database of ``service``."""
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-m", "tests.faults.forking", str(listener.fileno())],
            env={**os.environ, **environment(service.settings)},
            pass_fds=[listener.fileno()],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as run,
    ):
        assert run.stdin is not None
        assert run.stdout is not None
        assert run.stdout.readline() == "ready\n"
        yield Forks(f"http://127.0.0.1:{listener.getsockname()[1]}", run.stdin, run.stdout)
        run.stdin.close()
