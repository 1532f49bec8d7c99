"""Broken catalog files: one clear message each, with file, line and what to do."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from app.catalog import checking

FRAMEWORK = "frameworks/leadership-for-improvement-2006.yaml"
GUIDANCE = "guidance/leadership-for-improvement-2006.yaml"
CROSSWALK = "crosswalks/leadership-for-improvement-2006--seven-leverage-points-2.yaml"
INSTRUMENT = "instruments/seven-leverage-points-1.yaml"

Change = Callable[[str], str]


def replaced(old: str, new: str, *, nth: int = 1) -> Change:
    """A change of text, which must be there."""

    def change(content: str) -> str:
        parts = content.split(old)
        assert len(parts) > nth, old
        return old.join(parts[:nth]) + new + old.join(parts[nth:])

    return change


def line_of(content: str, text: str, *, nth: int = 1) -> int:
    """The line on which a text stands for the nth time, counted from one."""
    found = [number for number, line in enumerate(content.splitlines(), 1) if text in line]
    return found[nth - 1]


def test_the_catalog_is_right(catalog: Path) -> None:
    found = checking.check(catalog)

    assert found.faults == []
    files = [file for name in checking.FOLDER_OF.values() for file in (catalog / name).iterdir()]
    assert len(found.hashes) == len(files)


def test_all_of_it_is_written_down_as_published(catalog: Path) -> None:
    assert checking.published(catalog) == checking.check(catalog).hashes


BROKEN = [
    pytest.param(
        FRAMEWORK,
        replaced("- code: EF2\n", "- code: EF1\n"),
        ("- code: EF1", 2),
        "element EF1 stands twice",
        "Mend this line, or the one that it speaks of",
        id="a code twice",
    ),
    pytest.param(
        FRAMEWORK,
        replaced('es-419: "Definir la dirección"', 'fr: "Fixer le cap"'),
        ("    title:", 1),
        "/elements/0/title is missing in es-419",
        "Mend this line, or the one that it speaks of",
        id="a missing language",
    ),
    pytest.param(
        CROSSWALK,
        replaced("target: LP3\n", "target: LP9\n"),
        ("target: LP9", 1),
        "seven-leverage-points has no element LP9",
        "Mend the code, or add what it names",
        id="a dangling crosswalk",
    ),
    pytest.param(
        FRAMEWORK,
        replaced("code: EF\n    parent: null", "code: EF\n    parent: EF1"),
        ("parent: EF1", 1),
        "EF is below itself, by way of EF1",
        "Mend this line, or the one that it speaks of",
        id="a cyclic tree",
    ),
    pytest.param(
        FRAMEWORK,
        replaced("year: 2006", "year: 2007"),
        ("framework: leadership", 1),
        "framework leadership-for-improvement 2006 revision 1 was published with other content,"
        " which never changes",
        "Undo the change, or say `revision: 2`",
        id="changed published content",
    ),
    pytest.param(
        CROSSWALK,
        replaced("relation: relatedMatch", "relation: sameAs"),
        ("relation: sameAs", 1),
        "edges.{n}.relation is 'sameAs'",
        "Use one of 'exactMatch', 'closeMatch', 'broadMatch', 'narrowMatch' or 'relatedMatch'",
        id="an unknown relation",
    ),
    pytest.param(
        INSTRUMENT,
        replaced("level: 3\n", "level: 5\n"),
        ("level: 5", 1),
        "levels of LP1.1 must rise by one without a gap, not [0, 1, 2, 5, 4]",
        "Mend this line, or the one that it speaks of",
        id="a gap in the levels",
    ),
    pytest.param(
        FRAMEWORK,
        replaced("    parent: null", "\tparent: null"),
        ("\tparent", 1),
        "A tab stands where YAML wants spaces",
        "Replace each tab by two spaces",
        id="a tab",
    ),
    pytest.param(
        GUIDANCE,
        replaced("led_by: [ceo,", "led_by: [king,"),
        ("led_by: [king,", 1),
        "There is no role king",
        None,
        id="an unknown role",
    ),
    pytest.param(
        GUIDANCE,
        replaced("- code: EF3\n", "- code: EF99\n"),
        ("- code: EF99", 1),
        "leadership-for-improvement has no element EF99",
        "Mend the code, or add what it names",
        id="guidance for what there is not",
    ),
    pytest.param(
        FRAMEWORK,
        replaced("year: 2006\n", "year: 2006\nyear: 2006\n"),
        ("year: 2006", 2),
        "`year` stands twice, first on line 3",
        "Keep one of the two",
        id="a field twice",
    ),
    pytest.param(
        FRAMEWORK,
        replaced("year: 2006\n", "year: 2006\nyeer: 2006\n"),
        ("yeer: 2006", 1),
        "yeer is no field that there is",
        "Take it out, or mend its name",
        id="an unknown field",
    ),
    pytest.param(
        FRAMEWORK,
        replaced("license: CC-BY-4.0", "license: &a CC-BY-4.0\npublished: *a"),
        ("&a", 1),
        "The file uses an anchor (& and *)",
        "Write the text out where it is needed",
        id="an anchor",
    ),
    pytest.param(
        FRAMEWORK,
        replaced('en: "Set Direction"', 'en: "Set Direction'),
        ("Definir la dirección", 1),
        None,
        "Look at the quotes, colons and spaces here and on the line before",
        id="a quote that is not closed",
    ),
]


@pytest.mark.parametrize(("name", "change", "where", "what", "fix"), BROKEN)
def test_a_broken_file_is_told_with_its_line_and_what_to_do(
    catalog: Path,
    name: str,
    change: Change,
    where: tuple[str, int],
    what: str | None,
    fix: str | None,
) -> None:
    file = catalog / name
    file.write_text(change(file.read_text("utf-8")), "utf-8")

    found = [one for one in checking.check(catalog).faults if one[0] == name]

    [(_, fault)] = found[:1]
    text, nth = where
    assert fault.line == line_of(file.read_text("utf-8"), text, nth=nth)
    if what is not None:
        assert fault.what.endswith(what.rpartition("{n}")[2])
    if fix is not None:
        assert fault.fix == fix


def test_another_encoding_is_told_with_its_line(catalog: Path) -> None:
    file = catalog / FRAMEWORK
    text = file.read_text("utf-8")
    file.write_bytes(text.encode("latin-1"))
    accented = [at for at, line in enumerate(text.splitlines(), 1) if not line.isascii()]

    [(name, fault), *_] = checking.check(catalog).faults

    assert name == FRAMEWORK
    assert fault.line == accented[0]
    assert fault.what.endswith("is not UTF-8")
    assert fault.fix == "Save the file again with the encoding UTF-8"


def test_a_file_of_ten_megabytes_is_not_even_read(catalog: Path) -> None:
    file = catalog / "frameworks" / "huge.yaml"
    file.write_bytes(b"# " + b"x" * 10_000_000)

    assert [(name, one.what, one.fix) for name, one in checking.check(catalog).faults] == [
        (
            "frameworks/huge.yaml",
            "The file has 10,000,002 bytes; 1,000,000 are allowed",
            "Split it: one file for each edition of a framework",
        )
    ]


def test_a_document_in_two_files_is_told(catalog: Path) -> None:
    shutil.copy(catalog / FRAMEWORK, catalog / "frameworks" / "zz.yaml")

    [(name, fault)] = checking.check(catalog).faults

    assert name == "frameworks/zz.yaml"
    assert fault.what == f"framework leadership-for-improvement 2006 is also in {FRAMEWORK}"


def test_a_new_revision_may_say_something_else_and_is_then_written_down(catalog: Path) -> None:
    file = catalog / FRAMEWORK
    file.write_text(
        file.read_text("utf-8").replace("year: 2006\n", "year: 2007\nrevision: 2\n"), "utf-8"
    )

    found = checking.check(catalog)

    assert found.faults == []
    assert checking.remember(catalog, found) == 1
    assert checking.remember(catalog, found) == 0
    assert checking.check(catalog).faults == []
