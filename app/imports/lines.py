"""What came in, as lines: each has its number and what it says, or what is wrong with it. Pure."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from app.jsonbody import read_line
from app.problems import Invalid, Problem, error
from app.validation import shown


@dataclass(frozen=True, slots=True)
class Line:
    """One line of an import: a submission, as far as it can be read."""

    number: int
    """In a file, the line that it begins in; in a JSON array, its place, from 1 on."""
    given: object
    """None with an error: there is nothing to read."""
    errors: Sequence[dict[str, object]] = ()


MAX_LINE = 262_144
"""Bytes; a submission of 1,000 items takes some 20,000."""


def of_ndjson(raw: bytes) -> Iterator[Line]:
    """Lines of newline-delimited JSON; empty ones are none."""
    for number, line in enumerate(raw.split(b"\n"), 1):
        text = line.strip()
        if text:
            yield _read(number, text)


def _read(number: int, text: bytes) -> Line:
    if len(text) > MAX_LINE:
        wrong = error("", "line-too-long", "Shorten it", received=len(text), expected=MAX_LINE)
        return Line(number, None, [wrong])
    try:
        return Line(number, read_line(text))
    except Problem as problem:
        return Line(number, None, [error("", problem.slug, problem.detail)])


def of_array(given: object) -> Iterator[Line]:
    """Entries of a JSON array.

    Raises:
        Invalid: it is none.
    """
    if not isinstance(given, list):
        raise Invalid([error("", "list-type", "An array of submissions is needed")])
    yield from (Line(number, one) for number, one in enumerate(given, 1))


FIELDS = (
    "instrument",
    "version",
    "organization",
    "external_id",
    "period",
    "role",
    "mode",
    "respondent",
)
"""Columns of a table that are no items."""

LEVEL = re.compile(r"(-?[0-9]{1,9})(?:[.,]0*)?")
"""Spreadsheets write whole numbers with a decimal part too."""


def of_table(columns: Sequence[str], rows: Iterable[tuple[int, Sequence[str]]]) -> Iterator[Line]:
    """Rows of a table with a column for each field and each item; an empty cell says nothing.

    Args:
        columns: their names.
        rows: of each the line of the file that it begins in, and its cells.

    Raises:
        Invalid: it is not such a table.
    """
    if "external_id" not in columns:
        detail = "The first line names the columns, and external_id is one of them"
        some = [shown(one) for one in columns[: len(FIELDS)]]
        raise Invalid([error("", "missing-column", detail, received=some)])
    for number, cells in rows:
        if len(cells) == len(columns):
            said = {name: cell for name, cell in zip(columns, cells, strict=True) if cell}
            given: dict[str, object] = {name: said.pop(name) for name in FIELDS if name in said}
            answers = {name: _level(cell) for name, cell in said.items()}
            if given or answers:
                yield Line(number, {**given, "answers": answers})
        elif any(cells):
            detail = f"{len(columns)} cells are needed"
            wrong = error("", "wrong-number-of-cells", detail, received=len(cells))
            yield Line(number, None, [wrong])


def _level(cell: str) -> object:
    found = LEVEL.fullmatch(cell)
    return cell if found is None else int(found[1])
