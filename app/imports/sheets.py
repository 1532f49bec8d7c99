"""The first sheet of a workbook, row by row; in memory are its texts and the row at hand."""

import posixpath
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from zipfile import ZipFile

from openpyxl.styles.numbers import BUILTIN_FORMATS, is_date_format
from openpyxl.utils.datetime import CALENDAR_MAC_1904, CALENDAR_WINDOWS_1900, from_excel

from app.imports import xml
from app.imports.xml import BadXmlError

MOST_ROWS, MOST_COLUMNS = 1_048_576, 16_384
"""That a sheet can have."""

LONGEST_CELL = 32_767
"""Characters that a cell can have."""

Row = tuple[int, dict[int, str]]
"""Its number from 1 on, and its cells that say anything, by the number of the column from 0 on."""


def first_sheet(book: ZipFile) -> Iterator[Row]:
    """Rows that say anything; of formulas what they came to, of dates ISO 8601.

    Raises:
        BadXmlError: it is no workbook, or made to fill the memory.
        KeyError: a part is not there.
    """
    [main, *_] = (one.target for one in _related(book, "") if one.kind == "officeDocument")
    related = [*_related(book, main)]
    parts = {one.kind: one.target for one in related}
    texts, styles = (
        _texts(book, parts.get("sharedStrings")),
        _styles(book, main, parts.get("styles")),
    )
    reader = _Sheet(texts, styles)
    sheets = {one.id: one.target for one in related if one.kind == "worksheet"}
    [target, *_] = (sheets[one] for one in _sheets(book, main) if one in sheets)
    with book.open(target) as file:
        for _ in xml.read(file, reader.start, reader.end, reader.text):
            yield from reader.rows
            reader.rows.clear()


@dataclass(frozen=True, slots=True)
class _Relation:
    id: str
    kind: str
    target: str


def _related(book: ZipFile, part: str) -> Iterator[_Relation]:
    folder, name = posixpath.split(part)
    found: list[_Relation] = []

    def start(name: str, more: Mapping[str, str]) -> None:
        if name == "Relationship":
            target = posixpath.normpath(posixpath.join("/", folder, more["Target"]))
            kind = more["Type"].rpartition("/")[2]
            found.append(_Relation(more["Id"], kind, target.lstrip("/")))

    with book.open(posixpath.join(folder, "_rels", f"{name}.rels")) as file:
        for _ in xml.read(file, start):
            yield from found
            found.clear()


def _sheets(book: ZipFile, main: str) -> list[str]:
    found: list[str] = []

    def start(name: str, more: Mapping[str, str]) -> None:
        if name == "sheet":
            found.append(more["id"])

    with book.open(main) as file:
        for _ in xml.read(file, start):
            pass
    return found


def _texts(book: ZipFile, part: str | None) -> list[str]:
    if part is None:
        return []
    texts = _Texts()
    with book.open(part) as file:
        for _ in xml.read(file, texts.start, texts.end, texts.text):
            pass
    return texts.found


class _Styles:
    """Which styles show a number as a date, and whether days are counted from 1904 on."""

    def __init__(self) -> None:
        self.formats = dict(BUILTIN_FORMATS)
        self.dates: set[int] = set()
        self.count, self.is_counted, self.is_1904 = 0, False, False

    def start(self, name: str, more: Mapping[str, str]) -> None:
        if name == "numFmt":
            self.formats[int(more["numFmtId"])] = more["formatCode"]
        elif name in {"cellXfs", "cellStyleXfs"}:
            self.is_counted = name == "cellXfs"
        elif name == "xf" and self.is_counted:
            if is_date_format(self.formats.get(int(more.get("numFmtId", 0)), "")):
                self.dates.add(self.count)
            self.count += 1
        elif name == "workbookPr":
            self.is_1904 = more.get("date1904") in {"1", "true"}


def _styles(book: ZipFile, *parts: str | None) -> _Styles:
    styles = _Styles()
    for part in parts:
        if part is not None:
            with book.open(part) as file:
                for _ in xml.read(file, styles.start):
                    pass
    return styles


@dataclass(slots=True)
class _Text:
    """The text of a cell, or of several that share it, without how it is spoken."""

    pieces: list[str] = field(default_factory=list)
    length: int = 0
    is_open: bool = False
    is_spoken: bool = False

    def start(self, name: str) -> None:
        if name == "rPh":
            self.is_spoken = True
        elif name in {"t", "v"}:
            self.is_open = not self.is_spoken

    def end(self, name: str) -> None:
        if name == "rPh":
            self.is_spoken = False
        elif name in {"t", "v"}:
            self.is_open = False

    def add(self, some: str) -> None:
        if self.is_open:
            self.length += len(some)
            if self.length > LONGEST_CELL:
                raise BadXmlError("a cell is too long")
            self.pieces.append(some)

    def take(self) -> str:
        """All of it, and begin anew."""
        whole = "".join(self.pieces)
        self.pieces.clear()
        self.length = 0
        return whole


class _Texts:
    def __init__(self) -> None:
        self.found: list[str] = []
        self.one = _Text()
        self.text = self.one.add

    def start(self, name: str, _: Mapping[str, str]) -> None:
        self.one.start(name)

    def end(self, name: str) -> None:
        self.one.end(name)
        if name == "si":
            self.found.append(self.one.take())


class _Sheet:
    def __init__(self, texts: list[str], styles: _Styles) -> None:
        self.rows: list[Row] = []
        """Those that are whole."""
        self.texts, self.dates = texts, styles.dates
        self.epoch = CALENDAR_MAC_1904 if styles.is_1904 else CALENDAR_WINDOWS_1900
        self.row, self.column = 0, -1
        self.cells: dict[int, str] = {}
        self.kind, self.is_date = "n", False
        self.one = _Text()
        self.text = self.one.add

    def start(self, name: str, more: Mapping[str, str]) -> None:
        if name == "row":
            before, self.row = self.row, int(more.get("r", self.row + 1))
            if not before < self.row <= MOST_ROWS:
                raise BadXmlError("rows are not in their order")
            self.column = -1
        elif name == "c":
            before = self.column
            self.column = _column(more["r"]) if "r" in more else before + 1
            if not before < self.column < MOST_COLUMNS:
                raise BadXmlError("cells are not in their order")
            self.kind, self.is_date = more.get("t", "n"), int(more.get("s", 0)) in self.dates
        else:
            self.one.start(name)

    def end(self, name: str) -> None:
        self.one.end(name)
        if name == "c":
            said = self._said(self.one.take())
            if said:
                self.cells[self.column] = said
        elif name == "row":
            if self.cells:
                self.rows.append((self.row, self.cells))
            self.cells = {}

    def _said(self, value: str) -> str:
        match value and self.kind:
            case "s":
                return self.texts[int(value)].strip()
            case "b":
                return "true" if value == "1" else "false"
            case "n":
                return self._number(float(value))
            case _:
                return value.strip()

    def _number(self, number: float) -> str:
        if self.is_date:
            with suppress(OverflowError, ValueError):
                moment = from_excel(number, self.epoch)
                return moment.isoformat() if isinstance(moment, date) else str(moment)
        return str(int(number)) if number.is_integer() else str(number)


def _column(reference: str) -> int:
    number = 0
    for letter in reference.rstrip("0123456789"):
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1
