"""The client, and its command in this process, against a service on a real socket."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from palanca_client import Client, Retry
from palanca_client.command import main

from app.access.models import Kind
from tests.conftest import Organization, Service
from tests.imports.asking import PLAIN, written
from tests.limits.live import live

QUICK = Retry(attempts=4, patience=5, base=0.01)


@dataclass(frozen=True, slots=True)
class Place:
    """A service's address, and a hospital with a key."""

    url: str
    key: str
    organization: Organization
    network: str
    """The key of its network, which may push for it."""

    def client(self, **more: Any) -> Client:
        """A client with the hospital's key."""
        return Client(self.url, self.key, **{"retry": QUICK, **more})

    def rows(self) -> list[dict[str, Any]]:
        """What stands of it, by the service itself."""
        path = f"{self.organization.path}/submissions?limit=200&standing=true"
        found: list[dict[str, Any]] = self.organization.client.get(path).json()["data"]
        return found


@pytest.fixture(scope="module")
def url(service: Service) -> Iterator[str]:
    with live(service.settings) as running:
        yield running.url


@pytest.fixture
def place(service: Service, url: str) -> Place:
    network = service.network()
    organization = service.organization(network=network["external_id"], share_with_network=True)
    key = service.key(Kind.ORGANIZATION, organization.id)
    return Place(url, key, organization, service.key(Kind.NETWORK, network["id"]))


@pytest.fixture
def file(tmp_path: Path) -> Callable[..., Path]:
    """Writes lines into a file that can be pushed."""

    def made(*lines: Any, name: str = "push.ndjson") -> Path:
        path = tmp_path / name
        path.write_bytes(written(lines) + b"\n")
        return path

    return made


TABLE = """external_id,period,role,A1,A2,B1,B2
c-1,2025-H2,nursing,1,2,3,4
c-2,2025-H2,board,9,2,3,4
c-3,2025-H2,physician,1,,3,4
"""
"""A table with a level that there is not, in its third line."""

DEFAULTS = {"instrument": PLAIN["instrument"], "version": PLAIN["version"]}


@dataclass(frozen=True, slots=True)
class Outcome:
    """How it ended and what it said."""

    code: object
    out: str
    err: str

    @property
    def said(self) -> dict[str, Any]:
        """What `--json` printed."""
        found: dict[str, Any] = json.loads(self.out)
        return found


Push = Callable[..., Outcome]


@pytest.fixture
def push(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Push:
    """Runs the command: where and by which key, and its arguments."""

    def run(url: str, key: str | None, *arguments: object) -> Outcome:
        monkeypatch.setenv("PALANCA_URL", url)
        if key is None:
            monkeypatch.delenv("PALANCA_KEY", raising=False)
        else:
            monkeypatch.setenv("PALANCA_KEY", key)
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main([str(one) for one in arguments])
        done = Outcome(ended.value.code, *capsys.readouterr())
        assert not key or key not in done.out + done.err
        return done

    return run


def remembered(path: Path) -> Path:
    """Where a push of that file is remembered."""
    return path.with_name(f"{path.name}.palanca-push.json")
