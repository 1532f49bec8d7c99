"""Every command: that it explains itself, and what it says when it cannot work."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from typer.main import get_command

from app.catalog import checking
from app.cli import app
from app.files import folder
from app.migrate import head
from tests.cli.conftest import Outcome, Palanca, use
from tests.conftest import PEPPER, Service


def commands(group: Any = None, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    group = group or get_command(app)
    yield path
    for name, command in getattr(group, "commands", {}).items():
        yield from commands(command, (*path, name))


def test_the_commands_are_these() -> None:
    assert {" ".join(one) for one in commands()} == {
        "",
        "serve",
        "demo",
        "openapi",
        "seed",
        "cohorts",
        "cohorts list",
        "cohorts accept",
        "cohorts decline",
        "worker",
        "verify",
        "db",
        "db upgrade",
        "keys",
        "keys create",
        "keys revoke",
        "keys rotate",
        "keys list",
        "organizations",
        "organizations load",
        "push",
        "audit",
        "catalog",
        "catalog check",
        "audit verify",
        "audit anchor",
        "erase",
        "erase run",
        "erase list",
        "erase ledger",
        "erase reapply",
        "purge",
        "instruments",
        "instruments load",
        "release",
        "release build",
        "release files",
        "release plan",
        "release show",
        "release verify",
    }


@pytest.mark.parametrize("command", list(commands()), ids=lambda path: " ".join(path) or "palanca")
def test_every_command_explains_itself(palanca: Palanca, command: tuple[str, ...]) -> None:
    done = palanca(*command, "--help")

    assert (done.code, done.err) == (0, "")
    found: Any = get_command(app)
    for name in command:
        found = found.commands[name]
    assert len(found.help.split()) >= 2
    assert found.help.split()[0] in done.out
    for parameter in found.params:
        assert getattr(parameter, "help", None), f"{command} {parameter.name}"


def test_the_script_runs_by_itself() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "app.cli", "--help"],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
        cwd=Path(__file__).parents[2],
    )

    assert "palanca" in done.stdout.lower()
    assert done.stderr == ""


def test_a_command_that_is_not_there_is_a_usage_error(palanca: Palanca) -> None:
    done = palanca("sing")

    assert (done.code, done.out) == (2, "")
    assert "No such command 'sing'" in done.err


def test_the_schema_is_brought_up_once_and_again(
    palanca: Palanca, configured: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, database = configured.server, f"test_{uuid4().hex[:12]}"
    server.run(f"CREATE DATABASE {database}")
    use(monkeypatch, server, database)

    early = palanca("seed")
    first, again = palanca("db", "upgrade"), palanca("db", "upgrade")
    seeded, twice = palanca("seed"), palanca("seed")
    with psycopg.connect(server.url(database)) as admin:
        found = admin.execute("SELECT version_num FROM alembic_version").fetchall()
    server.run(f"DROP DATABASE {database}")

    assert early.code == 1
    assert f"The schema is at None, this version needs {head()}" in early.err
    assert "palanca db upgrade" in early.err
    assert first == again == Outcome(0, f"schema is at {head()}\n", "")
    assert found == [(head(),)]
    assert (seeded.code, twice.code) == (0, 0)
    names = [one.removeprefix("published  ") for one in seeded.out.splitlines()]
    assert {
        "framework seven-leverage-points 2",
        "guidance leadership-for-improvement 2006",
        "instrument seven-leverage-points version 1",
        "agreement 1",
    } <= set(names)
    assert len(names) == len(checking.published(folder("seed"))) + 1
    assert twice.out == "".join(f"unchanged  {one}\n" for one in names)


@pytest.mark.parametrize("setting", ["PALANCA_KEY_PEPPER", "PALANCA_MIN_TEAM"])
def test_a_wrong_setting_is_one_clear_message(
    palanca: Palanca, configured: Service, monkeypatch: pytest.MonkeyPatch, setting: str
) -> None:
    monkeypatch.setenv(setting, "2")

    done = palanca("keys", "list")

    assert (done.code, done.out) == (1, "")
    assert setting.removeprefix("PALANCA_").lower() in done.err
    assert PEPPER not in done.err
    assert configured


def test_a_database_that_is_not_there_is_one_clear_message(
    palanca: Palanca, configured: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch, configured.server, "nowhere")

    done = palanca("seed")

    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("The database does not answer: ")
    assert 'database "nowhere" does not exist' in done.err
    assert done.err.endswith("If it is new, run `palanca db upgrade` first.\n")


def test_a_superuser_is_no_role_to_work_in(
    palanca: Palanca, configured: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PALANCA_DATABASE_URL", configured.server.url(configured.database))

    done = palanca("keys", "list")

    assert done.code == 1
    assert "is a superuser" in done.err
