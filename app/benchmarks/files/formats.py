"""The table as CSV, JSON Lines, Parquet and Stata; the same bytes whenever it is made."""

import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import orjson
from arro3.core import Array, DataType, Field, Schema
from arro3.core import Table as ArrowTable
from arro3.io import write_parquet

from app.benchmarks.files.stata import Variable, write_stata
from app.benchmarks.files.table import Table, Value
from app.benchmarks.files.words import Column, words
from app.benchmarks.lattice import Titles

EPOCH = date(1970, 1, 1)
NEEDS_QUOTES = frozenset(',;"\n\r\t')
"""A semicolon too: spreadsheets of half the world part cells at it."""


def csv_of(names: Sequence[str], rows: Iterable[Iterable[Value]]) -> bytes:
    """UTF-8, commas, one line a row; what is missing is empty."""
    lines = [",".join(names), *(",".join(map(_cell, row)) for row in rows)]
    return ("\n".join(lines) + "\n").encode()


def _cell(value: Value) -> str:
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    text = "" if value is None else str(value)
    if NEEDS_QUOTES.isdisjoint(text):
        return text
    doubled = text.replace('"', '""')
    return f'"{doubled}"'


def jsonl_of(table: Table) -> bytes:
    """One object a line with every column; what is missing is ``null``."""
    names = [one.name for one in table.columns]
    options = orjson.OPT_APPEND_NEWLINE
    return b"".join(
        orjson.dumps(dict(zip(names, row, strict=True)), option=options) for row in table.rows
    )


ARROW: Mapping[str, Any] = {
    "integer": DataType.int32(),
    "number": DataType.float64(),
    "string": DataType.utf8(),
    "date": DataType.date32(),
}


def parquet_of(table: Table, about: Mapping[str, object]) -> bytes:
    """Apache Parquet with a description in each column, and ``about`` under the key ``palanca``.

    One key a dictionary of metadata: the library writes several in any order.
    """
    fields = [
        Field(one.name, ARROW[one.kind], metadata={"description": _description(one)})
        for one in table.columns
    ]
    arrays = [
        _array(one, [row[place] for row in table.rows]) for place, one in enumerate(table.columns)
    ]
    made = io.BytesIO()
    write_parquet(
        ArrowTable.from_arrays(arrays, schema=Schema(fields)),
        made,
        compression="zstd(9)",
        created_by="Palanca",
        key_value_metadata={"palanca": orjson.dumps(about, option=orjson.OPT_SORT_KEYS).decode()},
    )
    return made.getvalue()


def _array(column: Column, values: list[Any]) -> Any:  # noqa: ANN401 - as the library has it
    if column.kind == "date":
        days = [(value - EPOCH).days for value in values]
        return Array(days, DataType.int32()).cast(DataType.date32())
    return Array(values, ARROW[column.kind])


def stata_of(table: Table, label: str, on: date) -> bytes:
    """Stata's format 118 with variable and value labels; categories are labelled numbers."""
    variables, decoded = [], []
    for place, one in enumerate(table.columns):
        labels = _labels(one)
        variables.append(Variable(one.name, one.title["en"], one.kind, labels and labels[1]))
        decoded.append(labels[0] if labels else None)
        if labels is None:
            continue
        if unknown := {row[place] for row in table.rows} - labels[0].keys():
            raise ValueError(f"{one.name} has no word for {sorted(map(str, unknown))}")
    rows = [
        [
            value if codes is None else codes[value]
            for value, codes in zip(row, decoded, strict=True)
        ]
        for row in table.rows
    ]
    return write_stata(variables, rows, label=label, on=on)


Labels = tuple[dict[Any, int | None], dict[int, str]]


def _labels(column: Column) -> Labels | None:
    """The number of each category, and what it is called.

    An attribute is told by its title, 0 being all; other categories by their own names, which are
    what other formats have.
    """
    if column.categories is None:
        return None
    codes: dict[Any, int | None] = {None: 0 if column.is_attribute else None}
    named: dict[int, str] = {0: words()["attribute"]["all"]["en"]} if column.is_attribute else {}
    for number, (category, titles) in enumerate(column.categories.items(), 1):
        codes[category] = number
        named[number] = titles["en"] if column.is_attribute else category
    return codes, named


def _description(column: Column) -> str:
    titles: Titles = column.title
    return f"{titles['en']}. {column.description['en']}"
