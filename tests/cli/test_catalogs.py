"""``palanca catalog check``: what contributors are told of their files."""

import shutil
from pathlib import Path

from app.catalog import checking
from app.files import folder
from tests.cli.conftest import Palanca

FRAMEWORK = "frameworks/leadership-for-improvement-2006.yaml"


def copied(to: Path) -> Path:
    """The catalog's files in another folder; the framework's file."""
    for name in checking.FOLDER_OF.values():
        shutil.copytree(folder("seed") / name, to / name)
    return to / FRAMEWORK


def test_the_catalog_that_comes_with_palanca_is_right(palanca: Palanca) -> None:
    told = palanca("catalog", "check")

    assert told.code == 0
    assert told.out.endswith("documents are right\n")


def test_each_fault_is_said_with_its_line(tmp_path: Path, palanca: Palanca) -> None:
    file = copied(tmp_path)
    file.write_text(file.read_text("utf-8").replace("year: 2006", "yeer: 2006"), "utf-8")

    told = palanca("catalog", "check", tmp_path)

    assert told.code == 1
    said = "yeer is no field that there is. Take it out, or mend its name."
    assert f"{FRAMEWORK}:3  {said}" in told.out
    assert told.out.endswith("to mend\n")


def test_what_is_right_can_be_written_down(tmp_path: Path, palanca: Palanca) -> None:
    file = copied(tmp_path)

    told = palanca("catalog", "check", tmp_path, "--remember")

    assert told.code == 0
    count = len(checking.published(tmp_path))
    assert f"{count} of them are new in published.json" in told.out
    file.write_text(file.read_text("utf-8").replace("year: 2006", "year: 2007"), "utf-8")
    assert palanca("catalog", "check", tmp_path).code == 1
