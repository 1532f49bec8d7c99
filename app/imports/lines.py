"""What came in, line by line, in whatever format; and each line read. Pure, but for reading files.

A record is a line as it is kept: JSON that nobody looked into yet. A million of them are never in
memory together.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO

import orjson

from app.jsonbody import read_line
from app.problems import Problem, error


@dataclass(frozen=True, slots=True)
class Record:
    """One line of an import, as it came."""

    number: int
    """In a file, the line that it begins in; in a JSON array, its place, from 1 on."""
    text: bytes
    """JSON, it is hoped, without line ends."""
    errors: Sequence[dict[str, object]] = ()
    """With any, there is nothing to read."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of an import: a submission, as far as it can be read."""

    number: int
    given: object
    errors: Sequence[dict[str, object]] = ()
    """With any, the line is wrong whatever else it says."""
    placed: Callable[[Iterable[dict[str, object]]], list[dict[str, object]]] = list
    """Puts errors of what it says where that stands in what came."""


MAX_LINE = 262_144
"""Bytes; a submission of 1,000 items takes some 20,000."""


def read(record: Record) -> Line:
    """What a line says, or why that cannot be told."""
    if record.errors:
        return Line(record.number, None, record.errors)
    try:
        return Line(record.number, read_line(record.text))
    except Problem as problem:
        return Line(record.number, None, [error("", problem.slug, problem.detail)])


def too_long(number: int, length: int) -> Record:
    """A line that is not even kept."""
    wrong = error("", "line-too-long", "Shorten it", received=length, expected=MAX_LINE)
    return Record(number, b"", [wrong])


def of_ndjson(file: BinaryIO) -> Iterator[Record]:
    """Lines of newline-delimited JSON; empty ones are none."""
    for number, (start, length) in enumerate(_lines(file), 1):
        text = start.removeprefix(b"\xef\xbb\xbf").strip() if number == 1 else start.strip()
        if length > MAX_LINE:
            yield too_long(number, length)
        elif text:
            yield Record(number, text)


def _lines(file: BinaryIO) -> Iterator[tuple[bytes, int]]:
    """Of each line as much as is read of one, and how long it is with its spaces."""
    while start := file.readline(MAX_LINE + 2):
        length, rest = len(start.rstrip(b"\r\n")), start
        while not rest.endswith(b"\n") and (rest := file.readline(MAX_LINE)):
            length += len(rest.rstrip(b"\r\n"))
        yield start, length


MOST_BYTES = 8_388_608
"""Of a part: what is carried out in one transaction."""


def in_parts(records: Iterable[Record], most: int) -> Iterator[list[Record]]:
    """So many lines at a time, in their order."""
    part: list[Record] = []
    held = 0
    for record in records:
        if len(part) == most or held > MOST_BYTES:
            yield part
            part, held = [], 0
        part.append(record)
        held += len(record.text)
    if part:
        yield part


def pack(part: Iterable[Record]) -> bytes:
    """Lines as one text; ``unpack`` makes them of it again."""
    return b"\n".join(
        b"!%d %b" % (one.number, orjson.dumps([*one.errors]))
        if one.errors
        else b"%d %b" % (one.number, one.text)
        for one in part
    )


def unpack(packed: bytes) -> Iterator[Record]:
    """What ``pack`` packed."""
    for one in packed.split(b"\n"):
        number, _, text = one.partition(b" ")
        if number.startswith(b"!"):
            yield Record(int(number[1:]), b"", orjson.loads(text))
        else:
            yield Record(int(number), text)
