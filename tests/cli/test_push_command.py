"""``palanca push``: the client's command, where the client is installed."""

import json
import sys
from pathlib import Path

import pytest

from app.access.models import Kind
from tests.cli.conftest import Palanca
from tests.conftest import Service
from tests.imports.asking import line, written
from tests.limits.live import live


def test_a_file_is_pushed(
    palanca: Palanca, service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = service.key(Kind.ORGANIZATION, service.organization().id)
    path = tmp_path / "push.ndjson"
    path.write_bytes(written([line("a"), line("b", role="nobody")]))
    monkeypatch.setenv("PALANCA_KEY", key)

    with live(service.settings) as running:
        done = palanca("push", path, "--url", running.url, "--json")
        told = palanca("push", path, "--url", running.url)

    assert done.code == told.code == 1
    assert json.loads(done.out)["counts"]["accepted"] == 1
    assert f"palanca push {tmp_path}/push.rejected.ndjson" in told.err


def test_its_options_are_its_own(palanca: Palanca, monkeypatch: pytest.MonkeyPatch) -> None:
    helped = palanca("push", "--help")

    assert (helped.code, "exit codes:" in helped.out) == (0, True)
    assert "palanca push" in helped.out
    monkeypatch.delenv("PALANCA_URL", raising=False)
    assert palanca("push", "x.csv").code == 2
    assert "push" in palanca("--help").out


def test_without_the_client_it_says_what_is_missing(
    palanca: Palanca, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "palanca_client.command", None)

    done = palanca("push", "x.csv")

    assert done.code == 2
    assert "pip install ./clients/python" in done.err
