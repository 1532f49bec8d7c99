"""Looking at, and striking, embedded servers."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

from app.postgres import EmbeddedPostgres

START = """
import pathlib, sys
from app.postgres import EmbeddedPostgres
server = EmbeddedPostgres(pathlib.Path(sys.argv[1]))
server.start()
print(server.started_here)
"""

Make = Callable[[Path], EmbeddedPostgres]

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root hands the server to another user")


def ask(server: EmbeddedPostgres, query: str, *, role: str = "postgres") -> object:
    with psycopg.connect(server.url(role), autocommit=True) as session:
        answer = session.execute(query.encode())
        row = answer.fetchone() if answer.description else None
    return row[0] if row else None


def postmaster(server: EmbeddedPostgres) -> int:
    return int((server.folder / "pgdata/postmaster.pid").read_text().split()[0])


def python(*arguments: object) -> subprocess.Popen[str]:
    """Another process that imports what this one does."""
    command = [sys.executable, "-c", *map(str, arguments)]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True)  # noqa: S603


def is_alive(pid: int) -> bool:
    """Whether it runs: who is dead but not reaped, as below an idle init, does not."""
    with suppress(FileNotFoundError):
        return ") Z" not in Path(f"/proc/{pid}/stat").read_text()
    return False


def kill(*pids: int) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    while any(is_alive(pid) for pid in pids):
        time.sleep(0.005)


def kill_postmaster(server: EmbeddedPostgres) -> None:
    kill(postmaster(server))


def kill_everything(server: EmbeddedPostgres) -> None:
    with psycopg.connect(server.url("postgres")) as session:
        children = session.execute("SELECT pid FROM pg_stat_activity").fetchall()
    kill(postmaster(server), *(pid for (pid,) in children))
