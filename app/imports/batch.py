"""Some lines, taken in together: each is checked by itself and against the others.

Trying it first (`validate`) goes the same way up to the writing, and so gives the same report.
"""

import asyncio
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.callers import Caller
from app.access.models import Kind
from app.access.permissions import Permission
from app.assessments import intake, push, taking
from app.assessments.incoming import Push
from app.assessments.intake import Wanted
from app.assessments.keeping import New
from app.assessments.taking import Found
from app.audit.chain import Signer
from app.audit.service import Event, append_to_each
from app.catalog.service import Published
from app.db import Scope, enter
from app.imports import jumps
from app.imports import rows as judged
from app.imports.lines import Line
from app.imports.resources import understand
from app.imports.rows import Row, Unit, good
from app.imports.schemas import Atomicity, Status
from app.imports.survey import Verdicts
from app.imports.warnings import warnings_of
from app.organizations import service as organizations
from app.organizations.service import Way
from app.problems import Invalid, Problem, error
from app.r4.names import Names

WAY = Way(Permission.SUBMISSIONS_WRITE, agreed=True)

LISTED_OF_LINE = 10
"""Errors that are told of a line: an answer is not much larger than what it answers."""

AT_ONCE = 100
"""Organizations that are open at once: policies look through the list for every row."""


@dataclass(frozen=True, slots=True)
class Order:
    """Who pushes, and how far it goes."""

    caller: Caller
    commit: bool
    atomicity: Atomicity
    defaults: Mapping[str, str]
    """Instrument and version of lines that name none."""
    pepper: bytes
    now: datetime
    resources: Names | None = None
    """By what names lines are FHIR's resources, where they are."""


class Others(Protocol):
    """What is known of the lines of the whole file, where these are only some."""

    @property
    def verdicts(self) -> Verdicts:
        """What they have to do with each other."""

    @property
    def answers(self) -> Verdicts:
        """Which have the very same answers."""

    @property
    def wrong(self) -> Collection[Unit]:
        """What is not taken in, where lines are held together."""

    async def clashing(self, session: AsyncSession, row: Row, found: Found) -> int | None:
        """Another line that has to do with an earlier submission that this one has to do with."""


@dataclass(slots=True)
class _Group:
    """Lines of a few organizations, which are open together."""

    rows: Sequence[Row]
    organizations: tuple[UUID, ...]
    found: Found | None = None

    @property
    def there(self) -> Found:
        """What they have to do with, once that was asked for."""
        if self.found is None:
            raise AssertionError("not looked up yet")
        return self.found


async def carry_out(
    session: AsyncSession, order: Order, lines: Iterable[Line], others: Others | None = None
) -> list[Row]:
    """Take in what is right, or only tell what would become of each line.

    Raises:
        SubmissionEnded: another request ended just now what a line replaces.
    """
    given = [*lines]
    rows = await read(session, order, given)
    groups = list(_groups([*good(rows)]))
    for group in groups:
        await _enter(session, order, group.organizations)
        incoming = {row.line.number: row.submission for row in group.rows}
        group.found = await taking.find(session, incoming)
        if jumps.may_be_told(order.caller):
            await jumps.warn(session, group.rows)
    await _set_against_each_other(session, rows, groups, others)
    for group in groups:
        _decide(group)
    wrong = judged.wrong_units(rows, order.atomicity) if others is None else others.wrong
    judged.hold_together(rows, order.atomicity, wrong)
    judged.settle_repeated(rows)
    if order.commit and not await _keep(session, order, groups):
        return await carry_out(session, order, given, others)
    await enter(session, order.caller.scope)
    return rows


async def _set_against_each_other(
    session: AsyncSession, rows: Sequence[Row], groups: Sequence[_Group], others: Others | None
) -> None:
    if others is None:
        related = {
            number: [one.id for one in theirs]
            for group in groups
            for number, theirs in group.there.related.items()
        }
        verdicts = judged.survey([*good(rows)], related)
        judged.mark(rows, verdicts, {}, judged.survey_answers(rows))
        return
    beyond = {
        row.line.number: clashing
        for group in groups
        for row in good(group.rows)
        if (clashing := await others.clashing(session, row, group.there)) is not None
    }
    judged.mark(rows, others.verdicts, beyond, others.answers)


async def read(session: AsyncSession, order: Order, lines: Iterable[Line]) -> list[Row]:
    """Each line by itself, with everything that is wrong with it."""
    if order.resources is not None:
        lines = await understand(session, order.resources, lines)
    rows = [Row.of(line) for line in lines]
    await _find_organizations(session, order, rows)
    instruments: dict[Wanted | None, Published | None] = {}
    for row in good(rows):
        given = _body(row, order)
        wanted = intake.wanted(given)
        if wanted not in instruments:
            instruments[wanted] = await push.find_instrument(session, given)
    await asyncio.to_thread(_read_all, order, rows, instruments)
    return rows


async def _find_organizations(session: AsyncSession, order: Order, rows: Sequence[Row]) -> None:
    """Each line's organization: the one that it names, or the caller's own."""
    own = order.caller.organization_id
    for row in good(rows):
        if row.organization is None and own is None:
            row.errors.append(error("/organization", "required", "Say whose it is"))
    said = {row.organization or str(own) for row in good(rows)}
    found = await organizations.find_many(session, order.caller, said, WAY, now=order.now)
    for row in good(rows):
        one = found[row.organization or str(own)]
        if isinstance(one, UUID):
            row.organization_id = one
        else:
            wrong = error("/organization", one.slug, one.detail, received=row.organization)
            row.errors.append(wrong)


def _read_all(
    order: Order, rows: Sequence[Row], instruments: Mapping[Wanted | None, Published | None]
) -> None:
    for row in rows:
        if row.organization_id is None:
            continue
        given = _body(row, order)
        sender = Push(
            organization_id=row.organization_id,
            client_id=order.caller.client_id,
            idempotency_key=None,
            pepper=order.pepper,
            now=order.now,
            own_only=order.caller.kind is not Kind.ORGANIZATION,
        )
        try:
            row.incoming = push.read(sender, given, instruments[intake.wanted(given)])
            row.warnings = [*warnings_of(row.incoming)]
        except Invalid as invalid:
            some = invalid.errors[:LISTED_OF_LINE]
            row.errors += some if row.line.placed is None else row.line.placed(some)
        if isinstance(given, dict) and "supersedes" in given:
            detail = "In an import, external_id says what is replaced"
            row.errors.append(error("/supersedes", "unknown-field", detail))
        if row.external_id is None:
            detail = "Say which record of yours it is, so that nothing is counted twice"
            row.errors.append(error("/external_id", "required", detail))


def _body(row: Row, order: Order) -> object:
    """A line as the body of a single submission."""
    if not isinstance(row.line.given, dict):
        return row.line.given
    said = {name: one for name, one in row.line.given.items() if name != "organization"}
    return {**order.defaults, **said}


def _groups(rows: Sequence[Row]) -> Iterator[_Group]:
    by_organization: dict[UUID, list[Row]] = defaultdict(list)
    for row in rows:
        by_organization[row.submission.push.organization_id].append(row)
    ids = sorted(by_organization)
    for start in range(0, len(ids), AT_ONCE):
        some = ids[start : start + AT_ONCE]
        yield _Group([row for one in some for row in by_organization[one]], tuple(some))


async def _enter(session: AsyncSession, order: Order, ids: Sequence[UUID]) -> None:
    await enter(session, Scope(organizations=tuple(ids), client=order.caller.client_id))


def _decide(group: _Group) -> None:
    for row in good(group.rows):
        outcome = taking.decide(row.submission, group.there, row.line.number)
        match outcome:
            case Problem():
                row.errors.append(error("", outcome.slug, outcome.detail))
            case New():
                row.new = outcome
                row.status = Status.SUPERSEDED if outcome.before else Status.ACCEPTED
            case _:
                row.status = Status.UNCHANGED


async def _keep(session: AsyncSession, order: Order, groups: Sequence[_Group]) -> bool:
    """Write what is right; whether nobody opened a round in this moment."""
    for group in groups:
        new = {row.line.number: row.new for row in group.rows if row.new and not row.errors}
        await _enter(session, order, group.organizations)
        if await taking.keep(session, new, group.there) is None:
            return False
    return True


def concerned(rows: Sequence[Row]) -> set[UUID]:
    """Organizations for which something was taken in."""
    return {
        row.organization_id for row in rows if row.new and not row.errors and row.organization_id
    }


async def tell_each(
    session: AsyncSession, caller: Caller, ids: Collection[UUID], event: Event, *, signer: Signer
) -> None:
    """Put it on the audit trail of each of these organizations.

    Call it last: from here to the commit every other write to these trails waits.
    """
    each = sorted(ids)
    for start in range(0, len(each), AT_ONCE):
        some = each[start : start + AT_ONCE]
        await enter(session, replace(caller.scope, organizations=tuple(some)))
        targets = {one: f"/v1/organizations/{one}/submissions" for one in some}
        await append_to_each(session, targets, event, signer=signer)
    await enter(session, caller.scope)
