"""Rejected lines, as they came, into a file that can be mended and pushed again."""

import csv
import json
import os
from collections.abc import Callable, Container, Iterable, Iterator
from io import TextIOWrapper
from itertools import chain
from pathlib import Path
from typing import IO, cast

from palanca_client.models import Line
from palanca_client.parcel import Format, Parcel

BOM = b"\xef\xbb\xbf"
COLUMNS = (
    "line",
    "external_id",
    "organization",
    "severity",
    "pointer",
    "code",
    "detail",
    "received",
    "expected",
    "help",
)


def beside(path: Path, suffix: str = "") -> Path:
    """Where a file's rejected lines go: `push.csv` has `push.rejected.csv`."""
    return path.with_name(f"{path.stem}.rejected{suffix or path.suffix}")


def problems_of(rejected: Path) -> Path:
    """Where it stands what is wrong with them: `push.rejected.problems.csv`."""
    return rejected.with_name(f"{rejected.stem}.problems.csv")


def create(path: Path) -> IO[bytes]:
    """A new file that only its owner reads, as answers are; one that was there is kept as `~`."""
    if path.exists():
        path.replace(path.with_name(f"{path.name}~"))
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


def write_problems(path: Path, lines: Iterable[Line]) -> set[int]:
    """What is wrong with each line, a row a problem; the lines' numbers."""
    numbers: set[int] = set()
    with TextIOWrapper(create(path), encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(COLUMNS)
        for line in lines:
            numbers.add(line.line)
            for one in line.problems:
                said = [one.severity, one.pointer, one.code, one.detail]
                values = (
                    "" if value is None else _json(value) for value in (one.received, one.expected)
                )
                named = [line.line, line.external_id or "", line.organization or ""]
                table.writerow([*named, *said, *values, one.help or ""])
    return numbers


def _json(value: object) -> str:
    return "" if value is None else json.dumps(value, ensure_ascii=False)


def write_lines(path: Path, parcel: Parcel, numbers: Container[int]) -> bool:
    """Those lines of what was pushed, in its format; whether that can be written."""
    cut = CUTS.get(parcel.format)
    if cut is None:
        return False
    with parcel.open() as source, create(path) as target:
        for part in cut(cast("IO[bytes]", source), numbers):
            target.write(part)
    return True


def _of_ndjson(source: IO[bytes], numbers: Container[int]) -> Iterator[bytes]:
    for number, line in enumerate(source, 1):
        if number in numbers:
            yield line if line.endswith(b"\n") else line + b"\n"


def _of_array(source: IO[bytes], numbers: Container[int]) -> Iterator[bytes]:
    entries = enumerate(json.load(source), 1)
    yield (_json([entry for number, entry in entries if number in numbers]) + "\n").encode()


def _of_table(source: IO[bytes], numbers: Container[int]) -> Iterator[bytes]:
    """The first row, which names the columns, and those that begin in the lines asked for.

    Before it Excel may say what divides: `sep=;`. Cells may hold ends of lines. In Latin-1 every
    byte is a character and comes back as it was, in whatever superset of ASCII the table is
    written.
    """
    if source.read(len(BOM)) == BOM:
        yield BOM
    else:
        source.seek(0)
    lines = TextIOWrapper(source, encoding="latin-1", newline="")
    header = next(lines, "")
    divider = max(",;\t", key=header.count)
    kept: list[str] = []

    def read() -> Iterator[str]:
        for line in chain([header], lines):
            kept.append(line)
            yield line

    table = csv.reader(read(), delimiter=divider)
    begins, is_header = 1, True
    for cells in table:
        if cells and (is_header or begins in numbers):
            text = "".join(kept)
            yield (text if text.endswith(("\n", "\r")) else text + "\n").encode("latin-1")
        is_header = is_header and (not cells or cells[0].startswith("sep="))
        begins = table.line_num + 1
        kept.clear()


CUTS: dict[Format, Callable[[IO[bytes], Container[int]], Iterator[bytes]]] = {
    "ndjson": _of_ndjson,
    "json": _of_array,
    "csv": _of_table,
}
"""How lines are cut out of each format; of a workbook none are."""
