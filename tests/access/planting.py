"""A service in a process of its own that logs all it can, and what is planted in it."""

import os
import re
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from tests.conftest import Service
from tests.faults.conftest import environment

LOUD = """
import logging
logging.basicConfig(level=logging.DEBUG)
for name in ("sqlalchemy", "sqlalchemy.engine", "sqlalchemy.pool", "psycopg", "asyncio"):
    logging.getLogger(name).setLevel(logging.DEBUG)
from app.cli import main
main()
"""
READY_SECONDS = 60


@contextmanager
def serving(service: Service, log: Path) -> Iterator[str]:
    """A process on the same database; its address."""
    command = [sys.executable, "-c", LOUD, "serve", "--port", "0"]
    variables = {**os.environ, **environment(service.settings)}
    with (
        log.open("w") as out,
        subprocess.Popen(command, env=variables, stdout=out, stderr=out) as run,  # noqa: S603
    ):
        started = time.monotonic()
        while not (found := re.search(r"Palanca is at (\S+)", log.read_text())):
            assert run.poll() is None, log.read_text()
            assert time.monotonic() - started < READY_SECONDS, log.read_text()
            time.sleep(0.05)
        try:
            yield found[1]
        finally:
            run.terminate()


@dataclass
class Asked:
    """What was planted, and what came back."""

    base_url: str
    secret: dict[str, str] = field(default_factory=dict)
    """What opens something, by what it is: nobody but its holder ever sees it."""
    personal: dict[str, str] = field(default_factory=dict)
    """What people say or are called: kept for its tenant, and told to nobody else."""
    replies: list[httpx.Response] = field(default_factory=list)

    def secrete(self, name: str, text: str = "") -> str:
        """A secret that stands nowhere else."""
        return self.secret.setdefault(name, text or f"canary{uuid.uuid4().hex}")

    def tell(self, name: str) -> str:
        """Something personal that stands nowhere else."""
        return self.personal.setdefault(name, f"canary{uuid.uuid4().hex}")

    def ask(self, method: str, path: str, key: str = "", **more: Any) -> httpx.Response:
        """One request."""
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        headers |= more.pop("headers", {})
        url = self.base_url + path
        reply = httpx.request(method, url, headers=headers, timeout=30, **more)
        self.replies.append(reply)
        return reply

    def ask_twice(self, path: str, key: str, **more: Any) -> httpx.Response:
        """A POST and its retry; the idempotency key opens the stored answer."""
        named = {"Idempotency-Key": self.secrete(f"idempotency key of {path}")}
        first = self.ask("POST", path, key, headers=named, **more)
        again = self.ask("POST", path, key, headers=named, **more)
        assert first.is_success, first.text
        replayed = again.headers.get("Idempotent-Replayed") == "true"
        assert replayed != path.endswith("/exports"), "of which nothing is kept"
        return first
