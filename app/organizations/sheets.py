"""Organizations as a table: CSV in, and columns of somebody else's table read as ours. Pure.

Cells are text and stay text: ``010001`` keeps its zero. An empty cell says nothing.
"""

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from pydantic import Field

from app.organizations.attributes import KNOWN
from app.problems import Invalid, PayloadTooLarge, error
from app.schemas import In
from app.validation import shown

MAX_ROWS = 20_000
MAX_COLUMNS = 60
"""Of a table with our columns; we have fewer."""
MAX_CELLS = 2_000_000
"""Counted by commas before any cell is made of them; 100 columns are more than registers have."""

IDENTIFIER = re.compile(r"id:[a-z][a-z0-9_]{0,19}")
FIELDS = ("external_id", "name", "network", "state", "city")
COLUMNS = [*FIELDS, *KNOWN, "id:cms"]
"""All columns there are; ``id:`` goes with any register's short name."""


@dataclass(frozen=True, slots=True)
class Line:
    """One organization as it came in: where, what, and what was wrong already."""

    number: int
    given: object
    """None with an error: there is nothing to read."""
    errors: Sequence[dict[str, object]] = ()


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table: names of columns, and for each row its line in the file and its cells."""

    columns: Sequence[str]
    rows: Sequence[tuple[int, Sequence[str]]]

    @classmethod
    def read(cls, raw: bytes) -> Self:
        """A CSV file in UTF-8, its first line the names of its columns.

        Columns are divided by whichever of comma, semicolon and tab stands most often in that line.

        Raises:
            Invalid: it is no such file, or two of its columns have one name.
            PayloadTooLarge: more rows, or more cells, than are taken at once.
        """
        divider = max((b",", b";", b"\t"), key=raw.partition(b"\n")[0].count)
        if raw.count(divider) > MAX_CELLS:
            raise PayloadTooLarge(f"At most {MAX_CELLS} cells")
        try:
            rows = list(_records(raw.decode("utf-8-sig"), divider.decode()))
        except UnicodeDecodeError as exc:
            detail = f"Not UTF-8 at byte {exc.start}: save it as CSV UTF-8"
            raise Invalid([error("", "not-utf-8", detail)]) from None
        columns = rows[0][1] if rows else []
        if not columns or len(set(columns)) < len(columns):
            detail = "The first line names the columns, each by a name of its own"
            some = [shown(one) for one in columns[:MAX_COLUMNS]]
            raise Invalid([error("", "bad-header", detail, received=some)])
        return cls(columns, rows[1:])


def _records(text: str, divider: str) -> Iterator[tuple[int, list[str]]]:
    """Records that are not empty, each with the line that it begins in."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=divider, strict=True)
    before = count = 0
    try:
        for cells in reader:
            if cells:
                count += 1
                yield before + 1, [cell.strip() for cell in cells]
            if count > MAX_ROWS + 1:
                raise PayloadTooLarge(f"At most {MAX_ROWS} rows")
            before = reader.line_num
    except csv.Error as exc:
        raise Invalid([error("", "not-csv", f"Line {before + 1}: {exc}")]) from None


class ColumnMapping(In):
    """How a table is read: in which column each of our fields stands, and what its words mean."""

    title: str = ""
    source: str = Field(default="", description="Where the table comes from.")
    columns: dict[str, str]
    constants: dict[str, str] = Field(default_factory=dict)
    """What a field says where its cell is empty or there is no column for it."""
    values: dict[str, dict[str, str | None]] = Field(default_factory=dict)
    """For a field, our word for each of theirs; a word that is not there is an error."""

    def lines(self, sheet: Sheet) -> Iterator[Line]:
        """Each row as an organization.

        Raises:
            Invalid: a field that is none of ours, or a column that the table does not have.
        """
        if errors := [*self._unknown_fields(), *self._missing_columns(sheet)]:
            raise Invalid(errors)
        for number, cells in sheet.rows:
            if len(cells) == len(sheet.columns):
                yield self._line(number, dict(zip(sheet.columns, cells, strict=True)))
            else:
                detail = f"{len(sheet.columns)} cells are needed"
                wrong = error("", "wrong-number-of-cells", detail, received=len(cells))
                yield Line(number, None, [wrong])

    def _unknown_fields(self) -> Iterator[dict[str, object]]:
        for name in {**self.columns, **self.constants, **self.values}:
            if name not in COLUMNS and not IDENTIFIER.fullmatch(name):
                yield error(
                    "", "unknown-column", "No such field", received=shown(name), expected=COLUMNS
                )

    def _missing_columns(self, sheet: Sheet) -> Iterator[dict[str, object]]:
        for column in set(self.columns.values()) - set(sheet.columns):
            yield error("", "missing-column", f"The table has no column {column}", received=column)

    def _line(self, number: int, cells: Mapping[str, str]) -> Line:
        said, errors = dict(self.constants), []
        for name, column in self.columns.items():
            cell, words = cells[column], self.values.get(name)
            if cell and words is not None and cell not in words:
                detail = f"The mapping has no word for this in {column}"
                errors.append(error(_pointer(name), "unmapped-value", detail, received=shown(cell)))
            elif cell:
                said[name] = (cell if words is None else words[cell]) or ""
        return Line(number, _organization(said), errors)


def _organization(said: Mapping[str, str]) -> dict[str, object]:
    """What the fields of a row say, in the shape of a JSON body."""
    given: dict[str, object] = {name: said[name] for name in FIELDS if said.get(name)}
    given["attributes"] = {name: said[name] for name in KNOWN if said.get(name)}
    given["identifiers"] = {
        name.removeprefix("id:"): cell
        for name, cell in said.items()
        if cell and name.startswith("id:")
    }
    return given


def _pointer(name: str) -> str:
    """Where a field stands in the JSON of an organization."""
    if name in KNOWN:
        return f"/attributes/{name}"
    return f"/identifiers/{name[3:]}" if name.startswith("id:") else f"/{name}"


def own_columns(sheet: Sheet) -> ColumnMapping:
    """The mapping of a table that has our columns.

    Raises:
        Invalid: more columns than we have.
    """
    if len(sheet.columns) > MAX_COLUMNS:
        wrong = error("", "bad-header", "Too many columns", expected=MAX_COLUMNS)
        raise Invalid([wrong])
    return ColumnMapping(columns={name: name for name in sheet.columns})
