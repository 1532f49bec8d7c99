"""``kill -9`` of worker, service and database while lines are taken in: it comes to the same.

As much as there is time for: PALANCA_KILLED_LINES=100000 PALANCA_KILLS=100 in the environment.
"""

import gzip
import hashlib
import json
import os
import random
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from app.postgres import EmbeddedPostgres
from tests.imports.asking import NDJSON, line, written
from tests.inputs import INSTRUMENT
from tests.test_durability import registered, serving

pytestmark = [pytest.mark.slow, pytest.mark.timeout(7200)]

LINES = int(os.environ.get("PALANCA_KILLED_LINES", "20000"))
KILLS = int(os.environ.get("PALANCA_KILLS", "5"))
SECONDS = 2.0
"""A third is killed at some moment of so many seconds, however far the import is by then."""

VICTIMS = ("worker", "service", "database")


def lines() -> bytes:
    """Lines of one hospital; some wrong, some twice, some about the same."""
    any_of = random.Random(3)  # noqa: S311 - not a secret
    made = []
    for number in range(LINES):
        answers = {item: any_of.randrange(5) for item in ("A1", "A2", "B1", "B2")}
        name = f"r{number if any_of.random() < 0.99 else any_of.randrange(LINES)}"
        answers["A1"] = 9 if any_of.random() < 0.01 else answers["A1"]
        made.append(line(name, answers=answers))
    return gzip.compress(written(made), 1)


@dataclass
class World:
    """A folder with a service that is started again whenever it is gone."""

    folder: Path
    key: str
    path: str = ""
    kills: dict[str, int] = field(default_factory=lambda: dict.fromkeys(VICTIMS, 0))

    @contextmanager
    def client(self) -> Iterator[tuple[httpx.Client, int]]:
        """A service, and its pid."""
        with serving(self.folder) as (base_url, process):
            headers = {"Authorization": f"Bearer {self.key}"}
            with httpx.Client(base_url=base_url, headers=headers, timeout=60) as client:
                yield client, process.pid

    def push(self, client: httpx.Client) -> None:
        headers = {
            "Content-Type": NDJSON,
            "Content-Encoding": "gzip",
            "Idempotency-Key": "the one",
        }
        reply = client.post("/v1/imports?mode=commit", content=lines(), headers=headers)
        assert reply.status_code == 202, reply.text
        self.path = reply.headers["location"]

    def status(self, client: httpx.Client) -> dict[str, Any]:
        return dict(client.get(self.path).raise_for_status().json())

    def strike(self, victim: str, service: int) -> None:
        """Kill one of the three."""
        postmaster = int((self.folder / "pgdata" / "postmaster.pid").read_text().splitlines()[0])
        worker = subprocess.run(  # noqa: S603
            ["pgrep", "-P", str(service), "-f", "spawn_main"],  # noqa: S607
            capture_output=True,
            text=True,
            check=False,
        ).stdout.split()
        pids = {"worker": [*map(int, worker)], "service": [service], "database": [postmaster]}
        for pid in pids[victim]:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
                self.kills[victim] += 1

    def state(self, client: httpx.Client) -> str:
        """A hash of all that was taken in and told, but for ids and instants."""
        told = client.get(f"{self.path}/report.ndjson").content
        query = (
            "SELECT external_id, answers, overall, section_scores, receipt_sha256,"
            " superseded_at IS NULL FROM submission ORDER BY 1, 2, 6"
        )
        with psycopg.connect(EmbeddedPostgres(self.folder).url("postgres")) as database:
            rows = database.execute(query).fetchall()
        assert len(rows) > LINES / 2
        return hashlib.sha256(told + repr(rows).encode()).hexdigest()


def made(folder: Path) -> World:
    """A folder with one hospital."""
    folder.mkdir()
    file = folder / "small.yaml"
    file.write_text(json.dumps(INSTRUMENT))
    return World(folder, registered(folder, file))


def test_it_comes_to_the_same_whoever_is_killed_whenever(
    tmp_path: Path, counted: Callable[[str], None]
) -> None:
    any_of = random.Random(4)  # noqa: S311 - not a secret
    undisturbed, struck = made(tmp_path / "one"), made(tmp_path / "two")
    with undisturbed.client() as (client, _):
        undisturbed.push(client)
        started = time.monotonic()
        while undisturbed.status(client)["status"] in {"queued", "running"}:
            time.sleep(0.2)
        took = time.monotonic() - started
        expected = undisturbed.state(client)

    is_pushed, is_done = False, False
    while not is_done:
        with struck.client() as (client, pid), suppress(httpx.HTTPError):
            if not is_pushed:
                struck.push(client)
                is_pushed = True
            is_done = follow(struck, client, pid, any_of)
    with struck.client() as (client, _):
        assert struck.status(client)["status"] == "succeeded"
        assert struck.state(client) == expected
    assert sum(struck.kills.values()) >= KILLS
    counted(f"{LINES} lines, undisturbed in {took:.0f} s; killed: {struck.kills}")


def follow(world: World, client: httpx.Client, pid: int, any_of: random.Random) -> bool:
    """Strike now and then until somebody has to start the service again; whether it is done.

    Mostly when another part of the lines is done, and a moment; else at any moment, such as before
    the first of them is.
    """
    while True:
        struck = sum(world.kills.values())
        moment = any_of.uniform(0, SECONDS)
        goal = 0
        if any_of.random() < 2 / 3:
            moment, goal = moment / 10, LINES * struck // (KILLS + KILLS // 20 + 1)
        while (found := world.status(client))["status"] != "succeeded" and found["done"] < goal:
            time.sleep(0.05)
        until = time.monotonic() + moment
        while (found := world.status(client))["status"] != "succeeded":
            if time.monotonic() >= until:
                break
            time.sleep(0.05)
        else:
            return True
        victim = any_of.choice(VICTIMS)
        world.strike(victim, pid)
        if victim == "service":
            return False
        if victim == "database":
            time.sleep(0.2)
            EmbeddedPostgres(world.folder).start()
