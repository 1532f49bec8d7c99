"""The supervisor on real servers. As root, pytest's folders are 0700: all data is below such."""

from pathlib import Path

import psycopg
import pytest
from sqlalchemy import create_engine, text

from app.postgres import EmbeddedPostgres
from tests.postgres.servers import ask, postmaster


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
