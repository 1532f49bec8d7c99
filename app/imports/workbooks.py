"""A table in the first sheet of a workbook (.xlsx), as spreadsheets save it."""

import warnings
import zipfile
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import BinaryIO

from openpyxl import load_workbook

from app.imports.lines import Record
from app.imports.tables import MAX_COLUMNS, of_table
from app.problems import Invalid, PayloadTooLarge, error

MAX_UNPACKED = 268_435_456
"""Bytes of all that is in a workbook; a sheet is read row by row."""

MAX_STRINGS = 33_554_432
"""Bytes of the texts of a workbook, which are in memory together."""


def of_workbook(file: BinaryIO) -> Iterator[Record]:
    """Rows of the first sheet, the first of them its columns; of formulas what they came to.

    Raises:
        Invalid: it is no workbook, or has no such table; says what to do.
        PayloadTooLarge: more in it than is unpacked.
    """
    _check_size(file)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of styles and extensions, which nobody looks at
        yield from of_table(_rows(file))


def _check_size(file: BinaryIO) -> None:
    try:
        parts = {one.filename: one.file_size for one in zipfile.ZipFile(file).infolist()}
    except (zipfile.BadZipFile, OSError, ValueError):
        raise Invalid([_no_workbook()]) from None
    texts = sum(size for name, size in parts.items() if "sharedStrings" in name)
    if sum(parts.values()) > MAX_UNPACKED or texts > MAX_STRINGS:
        raise PayloadTooLarge("A workbook of that size goes in as CSV")
    file.seek(0)


def _no_workbook() -> dict[str, object]:
    detail = "Not a workbook that can be read: save it as .xlsx, without a password, or as CSV"
    return error("", "not-xlsx", detail)


def _rows(file: BinaryIO) -> Iterator[tuple[int, Sequence[str]]]:
    try:
        book = load_workbook(file, read_only=True, data_only=True)
        [sheet, *_] = book.worksheets
        sheet.reset_dimensions()
        rows = sheet.iter_rows(max_col=MAX_COLUMNS + 1, values_only=True)
        width = 0
        for number, values in enumerate(rows, 1):
            cells = [_text(one) for one in values]
            while len(cells) > width and not cells[-1]:
                cells.pop()
            if not width:
                width = len(cells)  # of the first row that says anything
            if cells:
                yield number, cells + [""] * (width - len(cells))
    except (Invalid, PayloadTooLarge):
        raise
    except Exception:  # noqa: BLE001 - whatever is wrong with somebody's file
        raise Invalid([_no_workbook()]) from None


def _text(value: object) -> str:
    """A cell as it would stand in a text."""
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case float() if value.is_integer():
            return str(int(value))
        case datetime() | date():
            return value.isoformat()
        case _:
            return str(value).strip()
