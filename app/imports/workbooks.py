"""A table in the first sheet of a workbook (.xlsx), as spreadsheets save it."""

import zipfile
from collections.abc import Iterator, Sequence
from typing import BinaryIO

from app.imports.lines import Record
from app.imports.sheets import first_sheet
from app.imports.tables import MAX_COLUMNS, of_table
from app.problems import Invalid, PayloadTooLarge, error

MAX_UNPACKED = 268_435_456
"""Bytes of all that is in a workbook; a sheet is read row by row."""

MAX_STRINGS = 33_554_432
"""Bytes of all but its sheets, such as its texts, which are in memory together."""


def of_workbook(file: BinaryIO) -> Iterator[Record]:
    """Rows of the first sheet, the first of them its columns; of formulas what they came to.

    Raises:
        Invalid: it is no workbook, or has no such table; says what to do.
        PayloadTooLarge: more in it than is unpacked.
    """
    try:
        with zipfile.ZipFile(file) as book:
            _check_size(book)
            yield from of_table(_rows(book))
    except (Invalid, PayloadTooLarge):
        raise
    except Exception:  # noqa: BLE001 - whatever is wrong with somebody's file
        detail = "Not a workbook that can be read: save it as .xlsx, without a password, or as CSV"
        raise Invalid([error("", "not-xlsx", detail)]) from None


def _check_size(book: zipfile.ZipFile) -> None:
    parts = {one.filename: one.file_size for one in book.infolist()}
    beside = sum(size for name, size in parts.items() if "/worksheets/" not in name)
    if sum(parts.values()) > MAX_UNPACKED or beside > MAX_STRINGS:
        raise PayloadTooLarge("A workbook of that size goes in as CSV")


def _rows(book: zipfile.ZipFile) -> Iterator[tuple[int, Sequence[str]]]:
    width = 0
    for number, said in first_sheet(book):
        width = width or max(said) + 1  # of the first row that says anything
        longest = min(max(width, max(said) + 1), MAX_COLUMNS + 1)
        yield number, [said.get(column, "") for column in range(longest)]
