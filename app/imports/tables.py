"""A table with a row for each respondent and a column for each item, read row by row."""

import codecs
import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from io import TextIOWrapper
from typing import BinaryIO

import orjson

from app.imports.lines import MAX_LINE, Record, too_long
from app.problems import Invalid, error
from app.validation import shown

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
"""Columns that are no items."""

LEVEL = re.compile(r"(-?[0-9]{1,9})(?:[.,]0*)?")
"""Spreadsheets write whole numbers with a decimal part too."""

MAX_COLUMNS = 1_100
"""A thousand items, and our fields."""

CHARSETS = ("utf-8", "iso-8859-1", "windows-1252", "utf-16")
"""What spreadsheets save text in."""

PACKED = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
"""How workbooks begin: .xlsx and .ods, and .xls."""

UTF_16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def of_csv(file: BinaryIO, charset: str = "utf-8") -> Iterator[Record]:
    """Rows of a CSV file, its first line the names of its columns.

    Columns are divided by whichever of comma, semicolon and tab stands most often in that line.

    Args:
        file: from its beginning.
        charset: one of ``CHARSETS``; a byte order mark is not looked at.

    Raises:
        Invalid: it is no such table; says what to do.
    """
    name = codecs.lookup(charset).name
    encoding = "utf-8-sig" if name == "utf-8" else name
    _check_start(file.readline(MAX_LINE), name)
    file.seek(0)
    divider = _divider(file, encoding)
    text = TextIOWrapper(file, encoding=encoding, newline="")
    yield from of_table(_records(text, divider, charset))


DIVIDERS = (",", ";", "\t")


def _divider(file: BinaryIO, encoding: str) -> str:
    """What stands most often in the first line that says anything."""
    text = TextIOWrapper(file, encoding=encoding, errors="replace", newline="")
    first = ""
    while not first.strip(" \r\n,;\t") and (first := text.readline(MAX_LINE)):
        pass
    text.detach()
    file.seek(0)
    return max(DIVIDERS, key=first.count)


def _check_start(start: bytes, charset: str) -> None:
    """See that it is text, and in that charset as far as the beginning tells."""
    if start.startswith(PACKED):
        detail = "A workbook, not a text: save it as CSV UTF-8, or as .xlsx and send it as that"
        raise Invalid([error("", "not-csv", detail)])
    if charset != "utf-16" and (start.startswith(UTF_16_MARKS) or b"\0" in start):
        detail = (
            "Saved in UTF-16: save it as CSV UTF-8, or say so, Content-Type: text/csv;"
            " charset=utf-16"
        )
        raise Invalid([error("", "not-utf-8", detail, expected=[*CHARSETS])])


def _records(
    text: TextIOWrapper, divider: str, charset: str
) -> Iterator[tuple[int, Sequence[str]]]:
    held = 0

    def lines() -> Iterator[str]:
        nonlocal held
        while some := text.readline(MAX_LINE + 1):
            held += len(some)
            if held > MAX_LINE:
                raise csv.Error(f"longer than {MAX_LINE} characters")
            yield some

    reader = csv.reader(lines(), delimiter=divider, strict=True)
    before = 0
    try:
        for cells in reader:
            # Excel may say in a first line what divides: `sep=;`, where that stands most often.
            if cells and (before or not cells[0].startswith("sep=")):
                yield before + 1, [cell.strip() for cell in cells]
            before, held = reader.line_num, 0
    except csv.Error as exc:
        raise Invalid([error("", "not-csv", f"Line {before + 1}: {exc}")]) from None
    except UnicodeError:
        detail = (
            f"Not {charset} after line {before}: save it as CSV UTF-8, or say what it is in,"
            " Content-Type: text/csv; charset=windows-1252"
        )
        raise Invalid([error("", "not-utf-8", detail, expected=[*CHARSETS])]) from None


def of_table(rows: Iterable[tuple[int, Sequence[str]]]) -> Iterator[Record]:
    """Rows of a table, the first of them its columns; an empty cell says nothing.

    Args:
        rows: of each the line of the file that it begins in, and its cells.

    Raises:
        Invalid: there are no columns that we could read it by.
    """
    numbered = ((number, cells) for number, cells in rows if any(cells))
    _, header = next(numbered, (0, []))
    width = len(header)
    while width and not header[width - 1]:
        width -= 1  # spreadsheets save columns that nobody uses any more
    columns = header[:width]
    _check(columns)
    for number, cells in numbered:
        if len(cells) == len(header) and not any(cells[width:]):
            said = {name: cell for name, cell in zip(columns, cells, strict=False) if cell}
            yield _record(number, said)
        else:
            detail = f"{width} cells are needed"
            wrong = error("", "wrong-number-of-cells", detail, received=len(cells))
            yield Record(number, b"", [wrong])


def _check(columns: Sequence[str]) -> None:
    some = [shown(one) for one in columns[: len(FIELDS)]]
    if not columns or len({*columns}) < len(columns) or len(columns) > MAX_COLUMNS:
        detail = "The first line names the columns, each by a name of its own"
        raise Invalid([error("", "bad-header", detail, received=some)])
    if "external_id" not in columns:
        detail = "The first line names the columns, and external_id is one of them"
        raise Invalid([error("", "missing-column", detail, received=some)])


def _record(number: int, said: dict[str, str]) -> Record:
    given: dict[str, object] = {name: said.pop(name) for name in FIELDS if name in said}
    text = orjson.dumps({**given, "answers": {name: _level(one) for name, one in said.items()}})
    return Record(number, text) if len(text) <= MAX_LINE else too_long(number, len(text))


def _level(cell: str) -> object:
    found = LEVEL.fullmatch(cell)
    return cell if found is None else int(found[1])
