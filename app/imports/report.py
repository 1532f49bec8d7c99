"""The report of an import: a line for every line that came in, kept and told in order. Pure."""

import csv
import io
import zlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson

from app.imports.helps import link
from app.imports.rows import Row
from app.imports.schemas import Severity, Status

Told = dict[str, Any]
"""A report line as JSON has it."""


def tell(row: Row) -> Told:
    """What became of a line."""
    return {
        "line": row.line.number,
        "external_id": row.external_id,
        "organization": row.organization,
        "status": row.status,
        "problems": [
            *(_problem(Severity.ERROR, one) for one in row.errors),
            *(_problem(Severity.WARNING, one) for one in row.warnings),
        ],
    }


def _problem(severity: Severity, one: Mapping[str, object]) -> dict[str, object]:
    return {"severity": severity, **one, "help": link(one["code"])}


def pack(rows: Iterable[Row]) -> bytes:
    """Report lines as they are kept: each behind the id of the organization that it tells of."""
    lines = (
        b"%b %b" % (row.tells_of.hex.encode() if row.tells_of else b"-", told)
        for row in rows
        if (told := orjson.dumps(tell(row)))
    )
    return zlib.compress(b"\n".join(lines), 1)


def unpack(packed: bytes) -> Iterator[tuple[str, bytes]]:
    """Of each line the organization's id, in hex or ``-``, and what is told, as JSON."""
    for line in zlib.decompress(packed).splitlines():
        whose, _, told = line.partition(b" ")
        yield whose.decode(), told


def forget(packed: bytes, organization_id: UUID, names: Collection[str] | None = None) -> bytes:
    """A report that no longer says anything of an organization, or of some of its records.

    Args:
        packed: as ``pack`` made it.
        organization_id: whose.
        names: external ids of the records; None for all.
    """
    kept = []
    for whose, told in unpack(packed):
        said: Told = orjson.loads(told)
        if whose == organization_id.hex and (names is None or said["external_id"] in names):
            said |= {"external_id": None, "organization": None, "problems": []}
        kept.append(b"%b %b" % (whose.encode(), orjson.dumps(said)))
    return zlib.compress(b"\n".join(kept), 1)


@dataclass(frozen=True, slots=True)
class Filters:
    """Which lines are wanted; of those that are given, all must fit."""

    status: Status | None = None
    severity: Severity | None = None
    code: str | None = None
    organization: str | None = None

    @property
    def only_rejected(self) -> bool:
        """Whether only rejected lines are wanted."""
        return self.status is Status.REJECTED or self.severity is Severity.ERROR

    @property
    def only_problems(self) -> bool:
        """Whether only lines that something is said about are wanted."""
        return self.severity is not None or self.code is not None

    def fit(self, told: Told) -> bool:
        """Whether a report line is wanted."""
        if self.status is not None and told["status"] != self.status:
            return False
        if self.organization is not None and told["organization"] != self.organization:
            return False
        if self.severity is None and self.code is None:
            return True
        return any(
            (self.severity is None or one["severity"] == self.severity)
            and (self.code is None or one["code"] == self.code)
            for one in told["problems"]
        )


def wanted(packed: bytes, filters: Filters) -> Iterator[tuple[Told, bytes]]:
    """The report lines that are wanted, read and as they are kept."""
    for _, text in unpack(packed):
        told: Told = orjson.loads(text)
        if filters.fit(told):
            yield told, text


COLUMNS = (
    "line",
    "external_id",
    "organization",
    "status",
    "severity",
    "pointer",
    "code",
    "detail",
    "received",
    "expected",
    "help",
)
"""Of the report as a table: a row for each problem, or one for a line that has none."""


CSV_HEADER = ",".join(COLUMNS).encode() + b"\r\n"


def as_csv(packed: bytes, filters: Filters) -> bytes:
    """The report lines that are wanted, as rows of a table; no cell begins as a formula does."""
    file = io.StringIO()
    writer = csv.writer(file)
    for told, _ in wanted(packed, filters):
        for problem in told["problems"] or [{}]:
            cells = told | problem
            writer.writerow([_cell(cells.get(name)) for name in COLUMNS])
    return file.getvalue().encode()


def as_ndjson(packed: bytes, filters: Filters) -> bytes:
    """The report lines that are wanted, each a line of JSON."""
    if filters == Filters():
        return b"".join(text + b"\n" for _, text in unpack(packed))
    return b"".join(text + b"\n" for _, text in wanted(packed, filters))


FORMULAS = ("=", "+", "-", "@", "\t", "\r")


def _cell(value: object) -> object:
    text = orjson.dumps(value).decode() if isinstance(value, dict | list) else value
    return f"'{text}" if isinstance(text, str) and text.startswith(FORMULAS) else text
