"""Catalog files that are not read, taken away, gone back, or hold what they cannot."""

from pathlib import Path

import pytest

from app.catalog import checking
from tests.catalog.test_checking import CROSSWALK, FRAMEWORK, GUIDANCE, line_of


@pytest.mark.parametrize(
    ("content", "line", "what"),
    [
        pytest.param('a: 1\nb: !!python/name:os.system ""\n', 2, "not YAML", id="a tag"),
        pytest.param("a: 1\n? [b, c]\n: 2\n", 2, "not YAML", id="a list as a name"),
        pytest.param("a: 1\n<<: 5\n", 2, "not YAML", id="a merge of nothing"),
        pytest.param("a: 1\nb:\n  - x\n  - 2020-13-45\n", 4, "no value", id="no such day"),
        pytest.param("a: 1\nyear: " + "9" * 5000 + "\n", 2, "no value", id="a number too long"),
    ],
)
def test_what_yaml_cannot_build_is_told_with_its_line(
    catalog: Path, content: str, line: int, what: str
) -> None:
    (catalog / "frameworks" / "zz.yaml").write_text(content, "utf-8")

    [(name, fault)] = checking.check(catalog).faults

    assert (name, fault.line) == ("frameworks/zz.yaml", line)
    assert what in fault.what


def test_what_would_not_be_read_is_told(catalog: Path) -> None:
    (catalog / GUIDANCE).rename(catalog / "guidance" / "moved.yml")
    (catalog / "frameworks" / "zz.yaml").mkdir()
    (catalog / "roles" / "zz.yaml").symlink_to("nowhere")
    (catalog / "roles" / ".swp").touch()

    found = {name: fault.what for name, fault in checking.check(catalog).faults}

    assert found == {
        "guidance/moved.yml": "Only files whose names end in .yaml are read",
        "frameworks/zz.yaml": "It cannot be read: Is a directory",
        "roles/zz.yaml": "It cannot be read: No such file or directory",
    }


def test_what_was_published_is_not_taken_away(catalog: Path) -> None:
    (catalog / CROSSWALK).unlink()
    [(name, fault)] = checking.check(catalog).faults
    assert name == checking.PUBLISHED
    assert fault.what == f"crosswalk {Path(CROSSWALK).stem} 1 was published, and no file holds it"


def test_a_revision_does_not_go_back(catalog: Path) -> None:
    file = catalog / FRAMEWORK
    first = file.read_text("utf-8")
    file.write_text(first.replace("year: 2006\n", "year: 2007\nrevision: 2\n"), "utf-8")
    checking.remember(catalog, checking.check(catalog))
    file.write_text(first, "utf-8")

    [(name, fault)] = checking.check(catalog).faults

    assert name == FRAMEWORK
    assert fault.what.endswith("revision 1 is older than what was published")
    assert fault.fix == "Undo the change, or say `revision: 3`"


@pytest.mark.parametrize("content", ["{", "[]", '{"a": 1}'])
def test_hashes_that_are_none_are_told(catalog: Path, content: str) -> None:
    (catalog / checking.PUBLISHED).write_text(content, "utf-8")

    [(name, fault)] = checking.check(catalog).faults

    assert name == checking.PUBLISHED
    assert fault.what.startswith("It does not hold hashes by name")


def test_two_editions_are_linked_in_one_place(catalog: Path) -> None:
    text = (catalog / CROSSWALK).read_text("utf-8")
    again = text.replace(f"crosswalk: {Path(CROSSWALK).stem}\n", "crosswalk: zz\n", 1)
    (catalog / "crosswalks" / "zz.yaml").write_text(again, "utf-8")

    [(name, fault)] = checking.check(catalog).faults

    assert (name, fault.line) == ("crosswalks/zz.yaml", line_of(again, "crosswalk: zz"))
    assert fault.what == f"{Path(CROSSWALK).stem} links the same two editions"


def test_a_short_form_has_the_items_of_the_long_one(catalog: Path) -> None:
    file = catalog / "instruments" / "seven-leverage-points-short-1.yaml"
    text = file.read_text("utf-8").replace("code: LP1.1\n", "code: LP1.99\n", 1)
    file.write_text(text, "utf-8")

    found = {(fault.line, fault.what) for _, fault in checking.check(catalog).faults}

    at = line_of(text, "code: LP1.99")
    assert (at, "seven-leverage-points has no item LP1.99") in found
