"""A writer of Stata's data format 118, as https://www.stata.com/help.cgi?dta describes it. Pure.

Only what a release needs: texts of fixed width, whole and floating-point numbers, days, labels.
The library that could write it (pandas) is larger than all the rest of the service.
"""

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

EPOCH = date(1960, 1, 1)
"""Stata's days count from here."""

MISSING_BYTE, MISSING_LONG, MISSING_DOUBLE = 101, 2147483621, 2.0**1023
BYTE, LONG, DOUBLE = 65530, 65528, 65526
"""Numbers of the types; a text's is its width, up to 2,045 bytes."""

LONGEST_TEXT, LONGEST_LABEL = 2045, 80
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable; ``kind`` is integer, number, date or string, ``labels`` name its whole numbers.

    With labels its values are numbers from 0 to 100, whatever its kind.
    """

    name: str
    label: str
    kind: str
    labels: Mapping[int, str] | None = None


def write_stata(
    variables: Sequence[Variable], rows: Sequence[Sequence[Any]], *, label: str, on: date
) -> bytes:
    """A data set; ``None`` is missing.

    Args:
        variables: its columns.
        rows: a value for each variable.
        label: what the data set is called, up to 80 characters.
        on: the day that it says it was written; no clock is read.

    Raises:
        ValueError: a text is longer than Stata takes.
    """
    kinds = [_kind(one, [row[place] for row in rows]) for place, one in enumerate(variables)]
    sections = [
        ("<variable_types>", struct.pack(f"<{len(kinds)}H", *kinds)),
        ("<varnames>", b"".join(_fixed(one.name, 129) for one in variables)),
        ("<sortlist>", bytes(2 * (len(variables) + 1))),
        ("<formats>", b"".join(_fixed(one, 57) for one in map(_format, variables, kinds))),
        (
            "<value_label_names>",
            b"".join(_fixed(one.name if one.labels else "", 129) for one in variables),
        ),
        ("<variable_labels>", b"".join(_fixed(_cut(one.label), 321) for one in variables)),
        ("<characteristics>", b""),
        ("<data>", _data(kinds, rows)),
        ("<strls>", b""),
        ("<value_labels>", b"".join(_table(one) for one in variables if one.labels)),
    ]
    head = _head(len(variables), len(rows), _cut(label).encode(), on)
    return _mapped(head, [f"{tag}".encode() + body + _end(tag) for tag, body in sections])


def _end(tag: str) -> bytes:
    return f"</{tag[1:]}".encode()


def _head(columns: int, rows: int, label: bytes, on: date) -> bytes:
    stamp = f"{on.day:02} {MONTHS[on.month - 1]} {on.year} 00:00".encode()
    return b"".join(
        [
            b"<stata_dta><header><release>118</release><byteorder>LSF</byteorder>",
            b"<K>" + struct.pack("<H", columns) + b"</K>",
            b"<N>" + struct.pack("<Q", rows) + b"</N>",
            b"<label>" + struct.pack("<H", len(label)) + label + b"</label>",
            b"<timestamp>" + bytes([len(stamp)]) + stamp + b"</timestamp></header>",
        ]
    )


def _mapped(head: bytes, sections: Sequence[bytes]) -> bytes:
    """The whole file, with the places of its parts where Stata looks for them."""
    places = [0, len(head)]
    next_one = len(head) + len("<map></map>") + 14 * 8
    for section in sections:
        places.append(next_one)
        next_one += len(section)
    end = b"</stata_dta>"
    places += [next_one, next_one + len(end)]
    found = b"<map>" + struct.pack("<14Q", *places) + b"</map>"
    return b"".join([head, found, *sections, end])


def _fixed(text: str, size: int) -> bytes:
    """Text in a field that ends with at least one zero."""
    raw = text.encode()
    if len(raw) >= size:
        raise ValueError(f"{text[:40]!r} is too long for Stata")
    return raw.ljust(size, b"\0")


def _cut(label: str) -> str:
    return label[:LONGEST_LABEL]


def _kind(variable: Variable, values: Sequence[Any]) -> int:
    if variable.labels:
        return BYTE
    if variable.kind in {"integer", "date"}:
        return LONG
    if variable.kind == "number":
        return DOUBLE
    widest = max((len(value.encode()) for value in values if value is not None), default=1)
    if widest > LONGEST_TEXT:
        raise ValueError(f"{variable.name} has a text too long for Stata")
    return max(widest, 1)


def _format(variable: Variable, kind: int) -> str:
    if variable.kind == "date":
        return "%td"
    numbers = {BYTE: "%22.0g", LONG: "%12.0g", DOUBLE: "%10.0g"}
    return numbers.get(kind, f"%-{kind}s")


def _data(kinds: Sequence[int], rows: Sequence[Sequence[Any]]) -> bytes:
    codes = {BYTE: "b", LONG: "i", DOUBLE: "d"}
    packer = struct.Struct("<" + "".join(codes.get(kind, f"{kind}s") for kind in kinds))
    return b"".join(
        packer.pack(*(_value(value, kind) for value, kind in zip(row, kinds, strict=True)))
        for row in rows
    )


def _value(value: Any, kind: int) -> Any:  # noqa: ANN401 - what struct packs
    if kind <= LONGEST_TEXT:
        return b"" if value is None else value.encode()
    if value is None:
        return {BYTE: MISSING_BYTE, LONG: MISSING_LONG, DOUBLE: MISSING_DOUBLE}[kind]
    return (value - EPOCH).days if isinstance(value, date) else value


def _table(variable: Variable) -> bytes:
    """A table of value labels."""
    labels = sorted((variable.labels or {}).items())
    texts = [text.encode() + b"\0" for _, text in labels]
    places = [sum(map(len, texts[:number])) for number in range(len(texts))]
    joined = b"".join(texts)
    body = struct.pack(
        f"<2I{len(labels)}I{len(labels)}i",
        len(labels),
        len(joined),
        *places,
        *(number for number, _ in labels),
    )
    size = struct.pack("<I", len(body) + len(joined))
    return b"<lbl>" + size + _fixed(variable.name, 129) + bytes(3) + body + joined + b"</lbl>"
