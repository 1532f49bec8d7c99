"""What was acknowledged is there after ``kill -9`` of the service and of its database."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psycopg
import pytest

from app.postgres import EmbeddedPostgres
from tests.conftest import signature
from tests.inputs import INSTRUMENT

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

READY_SECONDS = 60
ENOUGH = 25
"""Acknowledged submissions before the blow."""


def palanca(*arguments: str) -> str:
    """One command to its end; what it printed."""
    command = [sys.executable, "-m", "app.cli", *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout  # noqa: S603


@contextmanager
def serving(folder: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """A service in a process of its own; ends with the test at the latest."""
    log = folder / "serve.log"
    log.unlink(missing_ok=True)
    command = [sys.executable, "-m", "app.cli", "serve", "--port", "0", "--data-dir", str(folder)]
    with log.open("w") as output, subprocess.Popen(command, stdout=output, stderr=output) as run:  # noqa: S603
        try:
            started = time.monotonic()
            while not (found := re.search(r"Palanca is at (\S+)", log.read_text())):
                assert run.poll() is None, log.read_text()
                assert time.monotonic() - started < READY_SECONDS, log.read_text()
                time.sleep(0.05)
            yield found[1], run
        finally:
            run.kill()


def database_pids(folder: Path) -> list[int]:
    """The server and its backends, by its own account."""
    url = EmbeddedPostgres(folder).url("postgres")
    with psycopg.connect(url) as connection:
        backends = connection.execute("SELECT pid FROM pg_stat_activity").fetchall()
        mine = connection.info.backend_pid
    postmaster = int((folder / "pgdata" / "postmaster.pid").read_text().splitlines()[0])
    return [postmaster, *(pid for (pid,) in backends if pid != mine)]


def push_until_killed(base_url: str, key: str, acknowledged: list[str], tag: str) -> None:
    """Submit and note what was acknowledged, until the service is gone."""
    headers = {"Authorization": f"Bearer {key}"}
    with httpx.Client(base_url=base_url, headers=headers, timeout=5) as client:
        for number in range(100_000):
            body = {
                "instrument": "small",
                "version": "1",
                "period": "2025-H2",
                "role": "nursing",
                "external_id": f"{tag}-{number}",
                "answers": {"A1": 1, "A2": 2, "B1": 3, "B2": 4},
            }
            try:
                reply = client.post("/v1/organizations/H1/submissions", json=body)
            except httpx.HTTPError:
                return
            if reply.status_code == httpx.codes.CREATED:
                acknowledged.append(reply.json()["id"])


def registered(folder: Path, file: Path) -> str:
    """An organization H1 in a new database; its key."""
    here = ("--data-dir", str(folder))
    palanca("seed", *here)
    palanca("instruments", "load", str(file), *here)
    operator = palanca("keys", "create", "operator", "--name", "test", *here).strip()
    with serving(folder) as (base_url, _):
        made = httpx.post(
            f"{base_url}/v1/organizations",
            json={"external_id": "H1", "name": "H1"},
            headers={"Authorization": f"Bearer {operator}"},
        )
        assert made.status_code == httpx.codes.CREATED
        key = palanca("keys", "create", "organization", "--name", "t", "--for", "H1", *here).strip()
        with httpx.Client(base_url=base_url, headers={"Authorization": f"Bearer {key}"}) as client:
            signed = signature(client.get("/v1/agreements"))
            reply = client.post("/v1/organizations/H1/agreements", json=signed)
            assert reply.status_code == httpx.codes.CREATED, reply.text
        return key


def interrupted(folder: Path, key: str, victim: str) -> list[str]:
    """Submissions acknowledged before the victim was killed."""
    acknowledged: list[str] = []
    with serving(folder) as (base_url, run):
        arguments = (base_url, key, acknowledged, victim)
        pusher = threading.Thread(target=push_until_killed, args=arguments)
        pusher.start()
        while len(acknowledged) < ENOUGH:
            time.sleep(0.02)
        if victim != "service":
            for pid in database_pids(folder):
                os.kill(pid, signal.SIGKILL)
        if victim == "database":
            time.sleep(0.5)
        run.kill()
        pusher.join()
    return acknowledged


def stored(folder: Path, key: str) -> list[str]:
    """All submissions, by a service that was started again."""
    found: list[str] = []
    with serving(folder) as (base_url, _):
        path: str | None = "/v1/organizations/H1/submissions?limit=200"
        while path:
            reply = httpx.get(base_url + path, headers={"Authorization": f"Bearer {key}"})
            found += [one["id"] for one in reply.json()["data"]]
            path = reply.links.get("next", {}).get("url")
    return found


def test_acknowledged_submissions_survive_kill_9_of_service_and_database(tmp_path: Path) -> None:
    folder, file = tmp_path / "data", tmp_path / "small.json"
    folder.mkdir()
    file.write_text(json.dumps(INSTRUMENT))
    try:
        key = registered(folder, file)
        acknowledged = [
            one
            for victim in ("service", "database", "both")
            for one in interrupted(folder, key, victim)
        ]
        found = stored(folder, key)
    finally:
        EmbeddedPostgres(folder).stop_any()

    assert len(acknowledged) >= 3 * ENOUGH
    assert set(acknowledged) <= set(found)
