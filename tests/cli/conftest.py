"""Running commands in this process, on a database of their own."""

import sys
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from app.cli import main
from tests.conftest import PEPPER, Server, Service


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a command ended and what it said."""

    code: object
    out: str
    err: str


Palanca = Callable[..., Outcome]


@pytest.fixture
def palanca(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Palanca:
    """Runs a command in this process, as the script does."""

    def run(*arguments: object) -> Outcome:
        monkeypatch.setattr(sys, "argv", ["palanca", *map(str, arguments)])
        monkeypatch.setenv("COLUMNS", "200")
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        return Outcome(ended.value.code, *capsys.readouterr())

    return run


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
