"""Lines of an import on their way: read, set against each other, and what becomes of each. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from app.assessments.incoming import Incoming
from app.assessments.keeping import New
from app.imports.lines import Line
from app.imports.schemas import Atomicity, Status
from app.problems import error
from app.validation import shown


@dataclass(slots=True)
class Row:
    """One line, what is wrong with it, and what becomes of it."""

    line: Line
    external_id: str | None
    organization: str | None
    """As the line names it."""
    errors: list[dict[str, object]]
    warnings: list[dict[str, object]] = field(default_factory=list)
    status: Status = Status.REJECTED
    organization_id: UUID | None = None
    incoming: Incoming | None = None
    new: New | None = None
    """What is to be written of it."""
    repeats: int | None = None
    """The line that says the very same."""

    @classmethod
    def of(cls, line: Line) -> "Row":
        """A line, as far as it says what it is about."""
        said = line.given if isinstance(line.given, dict) else {}
        external_id, organization = said.get("external_id"), said.get("organization")
        return cls(
            line,
            external_id=str(shown(external_id)) if isinstance(external_id, str) else None,
            organization=str(shown(organization)) if isinstance(organization, str) else None,
            errors=[*line.errors],
        )

    @property
    def submission(self) -> Incoming:
        """What it says, where nothing is wrong with that."""
        if self.incoming is None:
            raise AssertionError("a line that cannot be read")
        return self.incoming


def good(rows: Sequence[Row]) -> Iterator[Row]:
    """Those that nothing is wrong with so far, and that no line before says too."""
    return (row for row in rows if not row.errors and row.repeats is None)


def reject_clashing(rows: Iterable[Row], related: Mapping[int, Sequence[object]]) -> None:
    """Of lines about the same submission that say different things, none is right.

    In whatever order lines come, the same becomes of each. Of lines that say the very same, the
    first counts.

    Args:
        rows: those that can be read.
        related: by number of the line, ids of earlier submissions that it may repeat or replace.
    """
    by_name: dict[object, list[Row]] = defaultdict(list)
    for row in rows:
        one = row.submission
        for name in (*one.names.all(one.place), *related.get(row.line.number, ())):
            by_name[name].append(row)
    for same in by_name.values():
        first, *others = same
        if all(_is_same(first, other) for other in others):
            for other in others:
                other.repeats = first.line.number
            continue
        for row in same:
            other = next(one for one in same if not _is_same(one, row))
            detail = f"Line {other.line.number} is about the same submission, and says otherwise"
            if not any(one["code"] == "repeated" for one in row.errors):
                row.errors.append(error("/external_id", "repeated", detail))


def _is_same(one: Row, other: Row) -> bool:
    names, others = one.submission.names, other.submission.names
    return (names.external_id, names.body_sha256) == (others.external_id, others.body_sha256)


def settle_repeated(rows: Sequence[Row]) -> None:
    """What says the same as a line before it is here already, or as wrong as that."""
    by_number = {row.line.number: row for row in rows}
    for row in rows:
        if row.repeats is not None and not row.errors:
            row.errors = by_number[row.repeats].errors
            row.status = Status.REJECTED if row.errors else Status.UNCHANGED


def hold_together(rows: Sequence[Row], atomicity: Atomicity) -> None:
    """Reject what may not be taken in without the lines that are wrong."""
    if atomicity is Atomicity.ROW:
        return
    wrong = {_unit(row, atomicity) for row in rows if row.errors}
    for row in rows:
        if row.new and not row.errors and _unit(row, atomicity) in wrong:
            detail = "Other lines that it goes with were rejected"
            row.errors.append(error("", "not-alone", detail, expected=str(atomicity)))
            row.status = Status.REJECTED


def _unit(row: Row, atomicity: Atomicity) -> UUID | str | None:
    if atomicity is Atomicity.ALL:
        return None
    return row.organization_id or row.organization
