"""Crash points: where they are, and that nobody dies at one by mistake."""

import importlib
import os
import re
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from app import crashpoints


@pytest.fixture
def killed(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[tuple[int, int]]]:
    """Signals that would have been sent, by a process that is to die where it is written."""
    sent: list[tuple[int, int]] = []
    monkeypatch.setattr(os, "kill", lambda pid, number: sent.append((pid, number)))
    monkeypatch.setenv("PALANCA_CRASH_AT", "written")
    importlib.reload(crashpoints)
    yield sent
    monkeypatch.undo()
    importlib.reload(crashpoints)


def test_a_process_dies_at_the_point_that_it_is_told_and_at_no_other(
    killed: list[tuple[int, int]],
) -> None:
    for point in crashpoints.POINTS:
        if point != "written":
            crashpoints.reach(point)
    assert killed == []

    crashpoints.reach("written")

    assert killed == [(os.getpid(), signal.SIGKILL)]


def test_every_point_is_named_and_passed(repository: Path) -> None:
    code = "".join(file.read_text(encoding="utf-8") for file in (repository / "app").rglob("*.py"))

    passed = set(re.findall(r'crashpoints\.reach\("([a-z-]+)"\)', code))
    assert passed == {*crashpoints.POINTS, *crashpoints.OF_ERASURES, *crashpoints.OF_IMPORTS}
