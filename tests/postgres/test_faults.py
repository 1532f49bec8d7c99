"""Kills, half-made clusters and races."""

import fcntl
import os
import subprocess
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

from app import postgres
from app.postgres import EmbeddedPostgres, EmbeddedPostgresError
from tests.postgres.servers import (
    START,
    Make,
    ask,
    is_alive,
    kill_everything,
    kill_postmaster,
    python,
)


@pytest.mark.parametrize("strike", [kill_everything, kill_postmaster])
def test_acknowledged_writes_survive_a_kill(
    running: EmbeddedPostgres, strike: Callable[[EmbeddedPostgres], None]
) -> None:
    ask(running, "DROP TABLE IF EXISTS kept")
    ask(running, "CREATE TABLE kept AS SELECT 42 AS answer")
    strike(running)
    assert not running.started_here
    running.start()
    assert running.started_here
    assert ask(running, "SELECT answer FROM kept") == 42


def test_it_waits_for_an_orphan_that_is_busy(running: EmbeddedPostgres) -> None:
    busy = """DO $$ DECLARE until timestamptz := clock_timestamp() + interval '1.5 s';
              BEGIN WHILE clock_timestamp() < until LOOP END LOOP; END $$"""

    def work() -> None:
        with suppress(psycopg.OperationalError):
            ask(running, busy)

    thread = threading.Thread(target=work)
    thread.start()
    find = "SELECT pid FROM pg_stat_activity WHERE query LIKE 'DO %'"
    while not isinstance(orphan := ask(running, find), int):
        time.sleep(0.01)
    kill_postmaster(running)
    assert is_alive(orphan)
    running.start()
    assert not is_alive(orphan)
    thread.join()


def test_a_recycled_pid_is_not_taken_for_a_server(running: EmbeddedPostgres) -> None:
    pgdata = running.folder / "pgdata"
    owner = pgdata.stat().st_uid if os.geteuid() == 0 else None
    kill_everything(running)
    other = subprocess.Popen(["/bin/sleep", "60"], user=owner)
    for file in (pgdata / "postmaster.pid", pgdata / ".s.PGSQL.5432.lock"):
        file.write_text("\n".join([str(other.pid), *file.read_text().splitlines()[1:], ""]))
    running.start()
    assert running.started_here
    assert other.poll() is None
    other.kill()
    other.wait()


def test_a_failure_shows_the_log_and_a_way_out(running: EmbeddedPostgres) -> None:
    running.stop()
    settings = running.folder / "pgdata/postgresql.conf"
    sound = settings.read_text()
    settings.write_text(f"{sound}\nno_such_setting = 1\n")
    with pytest.raises(EmbeddedPostgresError) as failure:
        running.start()
    settings.write_text(sound)
    assert "ended while starting" in str(failure.value)
    assert 'unrecognized configuration parameter "no_such_setting"' in str(failure.value)
    assert "PALANCA_DATABASE_URL" in str(failure.value)


def test_what_a_killed_set_up_left_is_made_anew(make: Make, tmp_path: Path) -> None:
    starter = python(START, tmp_path)
    while not (tmp_path / "pgdata.new/PG_VERSION").exists():
        time.sleep(0.002)
    starter.kill()
    starter.communicate()
    assert not (tmp_path / "pgdata").exists()
    server = make(tmp_path)
    server.start()
    assert server.started_here
    assert not (tmp_path / "pgdata.new").exists()


def test_two_starts_at_once_yield_one_server(make: Make, tmp_path: Path) -> None:
    server = make(tmp_path)
    starters = [python(START, tmp_path) for _ in range(2)]
    assert sorted(starter.communicate()[0] for starter in starters) == ["False\n", "True\n"]
    assert ask(server, "SELECT 1") == 1
    server.stop()
    assert ask(server, "SELECT 1") == 1
    server.stop_any()
    assert server.log.read_text().count("starting PostgreSQL") == 1


def test_a_long_or_odd_path_gets_a_short_private_socket_folder(make: Make, tmp_path: Path) -> None:
    folder = tmp_path / ("a long name, with a comma & spaces" * 4)
    server = make(folder)
    server.start()
    [socket_folder] = [
        entry for entry in postgres.SHORT.glob("palanca-*") if str(entry) in server.url("postgres")
    ]
    assert ask(server, "SELECT 1") == 1
    assert socket_folder.stat().st_mode & 0o777 == 0o700
    server.stop()
    assert not socket_folder.exists()

    socket_folder.mkdir(mode=0o755)
    with pytest.raises(EmbeddedPostgresError, match="is not ours"):
        server.start()
    socket_folder.rmdir()


def test_a_set_up_that_fails_says_why(
    make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "INITDB", "--nonsense")
    with pytest.raises(EmbeddedPostgresError, match=r"could not be set up(.|\n)*--nonsense"):
        make(tmp_path).start()
    assert not (tmp_path / "pgdata").exists()


def test_nobody_waits_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres, "LIMIT_SECONDS", 0)
    server = EmbeddedPostgres(tmp_path)
    with (tmp_path / "lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(EmbeddedPostgresError, match="did not answer within"):
            server.start()
        with pytest.raises(EmbeddedPostgresError, match="did not stop within"):
            server.stop_any()


def test_a_folder_that_cannot_be_is_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(EmbeddedPostgresError, match="PALANCA_DATABASE_URL"):
        EmbeddedPostgres(tmp_path / "file").start()


def test_stopping_what_never_was_is_nothing(tmp_path: Path) -> None:
    server = EmbeddedPostgres(tmp_path / "none")
    server.stop()
    server.stop_any()
    assert not server.started_here
    assert not server.folder.exists()
