"""Rows of a bulk registration on their way: read, checked, and what becomes of each. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from pydantic import ValidationError

from app.organizations.bulk_schemas import OrganizationRowIn, RowStatus
from app.organizations.changes import errors_of, merged
from app.organizations.duplicates import Hospital
from app.organizations.sheets import Line
from app.problems import error
from app.validation import shown, validation_error

Place = tuple[UUID | None, str]
"""Network and external id, by which an organization is found."""


@dataclass(slots=True)
class Row:
    """One row: what it says, what is wrong with it, what becomes of it."""

    line: int
    external_id: str | None
    said: OrganizationRowIn | None
    errors: list[dict[str, object]]
    status: RowStatus = RowStatus.REJECTED
    network_id: UUID | None = None
    id: UUID | None = None
    attributes: dict[str, str] = field(default_factory=dict)
    identifiers: dict[str, str] = field(default_factory=dict)

    @property
    def given(self) -> OrganizationRowIn:
        """What it says, where it can be read."""
        if self.said is None:
            raise AssertionError("a row that cannot be read")
        return self.said

    @property
    def is_written(self) -> bool:
        """Whether it changes anything."""
        return self.status in {RowStatus.CREATED, RowStatus.UPDATED}

    @property
    def place(self) -> Place:
        """Where its organization is found."""
        return self.network_id, self.given.external_id

    @property
    def hospital(self) -> Hospital:
        """What tells it from others."""
        return Hospital(
            line=self.line,
            id=self.id,
            external_id=self.given.external_id,
            name=self.given.name,
            identifiers=numbers(self.identifiers),
            city=self.given.city,
            state=self.given.state,
            region=self.attributes.get("region"),
        )


def numbers(identifiers: Mapping[str, str]) -> frozenset[str]:
    """Identifiers as references name them, ``system:number``."""
    return frozenset(f"{system}:{number}" for system, number in identifiers.items())


MAX_ENTRIES = 40
"""Of a row; ours are fewer."""

LISTED_OF_ROW, LISTED_OF_ALL = 10, 5_000
"""Errors that are told of a row and of all; after these one of each row, so that an answer is no
larger than what it answers."""


def read(lines: Iterable[Line]) -> list[Row]:
    """Each line checked by itself."""
    rows, room = [], LISTED_OF_ALL
    for line in lines:
        row = _read(line)
        row.errors = row.errors[: max(1, min(room, LISTED_OF_ROW))]
        room -= len(row.errors)
        rows.append(row)
    return rows


def _entries(given: object) -> int:
    if not isinstance(given, dict):
        return 0
    return len(given) + sum(len(one) for one in given.values() if isinstance(one, dict | list))


def _read(line: Line) -> Row:
    said = line.given.get("external_id") if isinstance(line.given, dict) else None
    row = Row(line.number, str(shown(said)) if isinstance(said, str) else None, None, [])
    row.errors += line.errors
    if row.errors and line.given is None:
        return row
    if _entries(line.given) > MAX_ENTRIES:
        row.errors.append(error("", "too-long", "Too many fields", expected=MAX_ENTRIES))
        return row
    try:
        row.said = OrganizationRowIn.model_validate(line.given)
    except ValidationError as exc:
        errors = exc.errors(include_url=False)[:LISTED_OF_ROW]
        row.errors += [validation_error({**one, "loc": ("row", *one["loc"])}) for one in errors]
    return row


def good(rows: Sequence[Row]) -> Iterator[Row]:
    """Those that nothing is wrong with so far."""
    return (row for row in rows if not row.errors)


def reject_repeated(rows: Sequence[Row]) -> None:
    """Of two rows about one organization, neither is right."""
    same: dict[Place, list[Row]] = defaultdict(list)
    for row in good(rows):
        same[row.place].append(row)
    for repeated in same.values():
        for row in repeated if len(repeated) > 1 else ():
            other = next(one.line for one in repeated if one is not row)
            detail = f"Line {other} is about the same organization"
            row.errors.append(error("/external_id", "repeated", detail, received=row.external_id))


def settle(row: Row, there: Any | None) -> None:  # noqa: ANN401 - a row of a select
    """What becomes of a good row, and how its organization will then read.

    Args:
        row: the row.
        there: the organization that it is about, if it is registered.
    """
    before = ({}, {}) if there is None else (there.attributes, there.identifiers)
    row.attributes = merged(before[0], row.given.attributes)
    row.identifiers = merged(before[1], row.given.identifiers)
    row.errors += errors_of(row.identifiers)
    if row.errors:
        return
    if there is None:
        row.status = RowStatus.CREATED
        return
    is_same = (there.name, *before) == (row.given.name, row.attributes, row.identifiers)
    row.id, row.status = there.id, RowStatus.UNCHANGED if is_same else RowStatus.UPDATED
