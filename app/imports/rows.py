"""Lines of an import on their way: read, set against each other, and what becomes of each. Pure."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from app.assessments.incoming import Checked, Incoming
from app.assessments.keeping import New
from app.imports.lines import Line
from app.imports.schemas import Atomicity, Status
from app.imports.survey import Survey, Verdicts
from app.imports.warnings import alike, answers_mark
from app.problems import error
from app.validation import shown

Unit = UUID | str | None
"""What is taken in together or not at all."""


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
    """Whose it is, where something may be taken in for them."""
    tells_of: UUID | None = None
    """Whose it is, whether that is so or not."""
    checked: Checked | None = None
    """What it says, where nothing is wrong with that."""
    incoming: Incoming | None = None
    new: New | None = None
    """What is to be written of it."""
    repeats: int | None = None
    """The line that says the very same."""

    @classmethod
    def of(cls, line: Line) -> "Row":
        """A line, as far as it says what it is about."""
        said = line.given if isinstance(line.given, dict) else {}
        external_id = said.get("external_id")
        return cls(
            line,
            external_id=str(shown(external_id)) if isinstance(external_id, str) else None,
            organization=organization_of(said, None),
            errors=[*line.errors],
        )

    def again(self) -> "Row":
        """The line as it was read, whatever has become of it."""
        return Row(
            self.line,
            self.external_id,
            self.organization,
            [*self.errors],
            [*self.warnings],
            checked=self.checked,
        )

    @property
    def submission(self) -> Incoming:
        """What it says, where nothing is wrong with that."""
        if self.incoming is None:
            raise AssertionError("a line that cannot be read")
        return self.incoming

    @property
    def says(self) -> tuple[str | None, bytes]:
        """What is the same in two lines that say the same."""
        return self.submission.names.external_id, self.submission.names.body_sha256


def organization_of(said: Mapping[str, object], own: UUID | None) -> str | None:
    """Whose a line is: the organization that it names, or else who pushes; none if neither."""
    named = said.get("organization")
    if isinstance(named, str):
        return str(shown(named))
    return None if named is not None or own is None else str(own)


def good(rows: Sequence[Row]) -> Iterator[Row]:
    """Those that nothing is wrong with so far."""
    return (row for row in rows if not row.errors)


def survey(rows: Sequence[Row], related: Mapping[int, Sequence[object]]) -> Verdicts:
    """Set lines against each other.

    Args:
        rows: those that can be read.
        related: by number of the line, ids of earlier submissions that it may repeat or replace.
    """
    found = Survey()
    for row in rows:
        names = row.submission.names.all(row.submission.place)
        found.add(row.line.number, [*names, *related.get(row.line.number, ())], row.says)
    return found.settle()


def survey_answers(rows: Sequence[Row]) -> Verdicts:
    """Which lines have the very same answers, those of one organization or of several."""
    found = Survey()
    for row in rows:
        if row.organization_id is not None and isinstance(row.line.given, dict):
            answers = answers_mark(row.line.given)
            if answers is not None:
                found.add(row.line.number, [answers], row.organization_id)
    return found.settle()


def mark(
    rows: Sequence[Row], verdicts: Verdicts, beyond: Mapping[int, int], answers: Verdicts
) -> None:
    """Of lines about the same submission that say different things, none is right.

    In whatever order lines come, the same becomes of each. Of lines that say the very same, the
    first counts.

    Args:
        rows: those that can be read, and others.
        verdicts: what lines have to do with each other by their names.
        beyond: by number of the line, one that it clashes with over an earlier submission.
        answers: which have the very same answers.
    """
    numbers = [row.line.number for row in rows]
    clashes, repeats = verdicts.clashes(numbers), verdicts.repeats(numbers)
    elsewhere, here = answers.clashes(numbers), answers.repeats(numbers)
    for row in good(rows):
        number = row.line.number
        clashing = [one for one in (clashes.get(number), beyond.get(number)) if one is not None]
        if clashing:
            detail = f"Line {min(clashing)} is about the same submission, and says otherwise"
            row.errors += row.line.placed([error("/external_id", "repeated", detail)])
            continue
        row.repeats = repeats.get(number)
        if row.repeats is None:
            row.warnings += row.line.placed(alike(elsewhere.get(number), here.get(number)))


def wrong_units(rows: Sequence[Row], atomicity: Atomicity) -> set[Unit]:
    """What is not taken in, for the lines that are wrong."""
    return {_unit(row, atomicity) for row in rows if row.errors}


def hold_together(rows: Sequence[Row], atomicity: Atomicity, wrong: Collection[Unit]) -> None:
    """Reject what may not be taken in without the lines that are wrong."""
    if atomicity is Atomicity.ROW:
        return
    for row in rows:
        if row.new and not row.errors and _unit(row, atomicity) in wrong:
            detail = "Other lines that it goes with were rejected"
            row.errors.append(error("", "not-alone", detail, expected=str(atomicity)))
            row.status = Status.REJECTED


def _unit(row: Row, atomicity: Atomicity) -> Unit:
    if atomicity is Atomicity.ALL:
        return None
    return row.organization_id or row.organization


def settle_repeated(rows: Sequence[Row]) -> None:
    """What says the same as a line before it is not taken in twice."""
    for row in rows:
        if row.repeats is not None and not row.errors:
            row.new = None
            row.status = Status.UNCHANGED
