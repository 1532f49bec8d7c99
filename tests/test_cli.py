"""The command line, on a database of its own: what it says, and what it says when it cannot."""

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
import typer
from typer.main import get_command

from app.cli import app, main
from app.migrate import head
from tests.conftest import PEPPER, Server, Service
from tests.inputs import INSTRUMENT

TOO_LONG_AGO = "of_long_ago"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a command ended and what it said."""

    code: object
    out: str
    err: str


Palanca = Callable[..., Outcome]


@pytest.fixture
def palanca(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Palanca]:
    """Runs a command in this process, as the script does."""

    def run(*arguments: object) -> Outcome:
        monkeypatch.setattr(sys, "argv", ["palanca", *map(str, arguments)])
        monkeypatch.setenv("COLUMNS", "200")
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        return Outcome(ended.value.code, *capsys.readouterr())

    yield run


def use(monkeypatch: pytest.MonkeyPatch, server: Server, database: str) -> None:
    """Let the environment name that database."""
    settings = server.settings(database)
    for name in ("database_url", "release_database_url", "admin_database_url"):
        monkeypatch.setenv(f"PALANCA_{name.upper()}", getattr(settings, name).get_secret_value())
    monkeypatch.setenv("PALANCA_KEY_PEPPER", PEPPER)
    monkeypatch.setenv("PALANCA_KEY_ENVIRONMENT", "test")


@pytest.fixture
def configured(monkeypatch: pytest.MonkeyPatch, service: Service) -> Service:
    use(monkeypatch, service.server, service.database)
    return service


def commands(group: Any = None, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:  # noqa: ANN401 - click's own
    group = group or get_command(app)
    yield path
    for name, command in getattr(group, "commands", {}).items():
        yield from commands(command, (*path, name))


def test_the_commands_are_these() -> None:
    assert {" ".join(one) for one in commands()} == {
        "",
        "serve",
        "demo",
        "seed",
        "worker",
        "verify",
        "db",
        "db upgrade",
        "keys",
        "keys create",
        "keys revoke",
        "keys list",
        "instruments",
        "instruments load",
        "release",
        "release build",
    }


@pytest.mark.parametrize("command", commands(), ids=lambda path: " ".join(path) or "palanca")
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
        cwd=Path(__file__).parent.parent,
    )

    assert "palanca" in done.stdout.lower()
    assert done.stderr == ""


def test_a_command_that_is_not_there_is_a_usage_error(palanca: Palanca) -> None:
    done = palanca("sing")

    assert (done.code, done.out) == (2, "")
    assert "No such command 'sing'" in done.err


@pytest.fixture
def receipt(service: Service, tmp_path: Path) -> tuple[Path, str]:
    """A receipt as served, and the hash its submission was answered with."""
    organization = service.organization()
    row = organization.submit().json()
    served = organization.client.get(f"{organization.path}/submissions/{row['id']}/receipt")
    file = tmp_path / "receipt.json"
    file.write_bytes(served.content)
    return file, row["receipt_sha256"]


def test_an_untouched_receipt_is_verified(palanca: Palanca, receipt: tuple[Path, str]) -> None:
    file, sha256 = receipt

    assert palanca("verify", file) == Outcome(0, "verified\n", "")
    assert palanca("verify", file, "--sha256", sha256) == Outcome(0, "verified\n", "")


def test_an_altered_receipt_is_not(palanca: Palanca, receipt: tuple[Path, str]) -> None:
    file, sha256 = receipt
    changed = file.read_text().replace('"75/2"', '"76/2"', 1)
    assert changed != file.read_text()
    file.write_text(changed)

    for options in ([], ["--sha256", sha256]):
        done = palanca("verify", file, *options)
        assert (done.code, done.out) == (1, "")
        *findings, verdict = done.err.splitlines()
        assert verdict == "NOT verified"
        assert findings, "what differs is said"


def test_a_receipt_of_another_hash_is_not(palanca: Palanca, receipt: tuple[Path, str]) -> None:
    file, _ = receipt

    done = palanca("verify", file, "--sha256", "0" * 64)

    assert (done.code, done.out) == (1, "")
    assert done.err.endswith("NOT verified\n")
    assert "sha256" in done.err.lower()


def test_a_receipt_that_is_not_there_is_a_usage_error(palanca: Palanca, tmp_path: Path) -> None:
    done = palanca("verify", tmp_path / "none.json")

    assert done.code == 2
    assert "does not exist" in done.err


def test_keys_are_made_listed_and_revoked(palanca: Palanca, configured: Service) -> None:
    organization = configured.organization()
    external_id = organization.row["external_id"]
    name = f"app {uuid4().hex[:8]}"

    made = palanca("keys", "create", "organization", "--name", name, "--for", external_id)

    assert (made.code, made.err) == (0, "")
    key = made.out.strip()
    assert re.fullmatch(r"plc_test_\w{8}_\w{49}", key)
    key_id = key.split("_")[2]
    client = configured.as_(key)
    assert client.get(organization.path).status_code == 200

    listed = palanca("keys", "list")
    [line] = [one for one in listed.out.splitlines() if key_id in one]
    assert name in line
    assert key[-4:] in line
    assert key not in listed.out

    assert palanca("keys", "revoke", key_id) == Outcome(0, f"revoked {key_id}\n", "")
    assert client.get(organization.path).status_code == 401


def test_a_key_can_be_narrow_and_short(palanca: Palanca, configured: Service) -> None:
    options = ("--scope", "catalog:write", "--days", "2")
    made = palanca("keys", "create", "operator", "--name", "short", *options)

    client = configured.as_(made.out.strip())

    assert client.get("/v1/organizations").json()["scope"] == "organizations:read"
    with configured.superuser() as database:
        row = database.execute(
            "SELECT scopes, extract(day FROM expires_at - created_at) FROM client_key"
            " WHERE key_id = %s",
            [made.out.split("_")[2]],
        ).fetchone()
    assert row == (["catalog:write"], 2)


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        pytest.param(
            ("create", "organization", "--name", "x", "--for", "nobody"),
            1,
            "Not found: No such organization",
            id="a key for an organization that is not there",
        ),
        pytest.param(
            ("create", "network", "--name", "x"),
            1,
            "Not found: No such network",
            id="a key for a network that is not named",
        ),
        pytest.param(
            ("create", "researcher", "--name", "x", "--scope", "catalog:write"),
            1,
            "/scopes: researcher keys cannot have catalog:write",
            id="a scope beyond the kind",
        ),
        pytest.param(
            ("create", "operator", "--name", "x", "--days", "366"),
            2,
            "366 is not in the range",
            id="a key for more than a year",
        ),
        pytest.param(
            ("create", "emperor", "--name", "x"), 2, "'emperor' is not one of", id="another kind"
        ),
        pytest.param(("revoke", "nonesuch"), 1, "Not found: No key nonesuch", id="an unknown key"),
    ],
)
def test_a_key_that_cannot_be_is_said(
    palanca: Palanca, configured: Service, arguments: tuple[str, ...], code: int, message: str
) -> None:
    done = palanca("keys", *arguments)

    assert (done.code, done.out) == (code, "")
    assert message in done.err
    assert "Traceback" not in done.err
    assert configured


def test_the_schema_is_brought_up_once_and_again(
    palanca: Palanca, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = f"test_{uuid4().hex[:12]}"
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
    names = [
        "framework seven-leverage-points edition 2",
        "instrument seven-leverage-points version 1",
    ]
    assert seeded == Outcome(0, "".join(f"published  {one}\n" for one in names), "")
    assert twice == Outcome(0, "".join(f"unchanged  {one}\n" for one in names), "")


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


def test_a_superuser_is_no_role_to_work_in(
    palanca: Palanca, configured: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PALANCA_DATABASE_URL", configured.server.url(configured.database))

    done = palanca("keys", "list")

    assert done.code == 1
    assert "is a superuser" in done.err


JSON = json.dumps
