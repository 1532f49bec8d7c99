"""Some lines, taken in together: each is judged by itself and against the others.

Trying it first (`validate`) goes the same way up to the writing, and so gives the same report.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.callers import Caller
from app.access.models import Kind
from app.access.permissions import Permission
from app.assessments import push, taking
from app.assessments.incoming import Push
from app.assessments.keeping import New
from app.assessments.taking import Found
from app.audit.chain import Signer
from app.audit.service import Event, append_to_each
from app.db import Scope, enter
from app.imports import jumps
from app.imports import rows as judged
from app.imports.order import Order
from app.imports.rows import Row, Unit, good, organization_of
from app.imports.schemas import Status
from app.imports.survey import Verdicts
from app.organizations import service as organizations
from app.organizations.service import Way
from app.problems import Problem, error
from app.validation import shown

WAY = Way(Permission.SUBMISSIONS_WRITE, agreed=True)

AT_ONCE = 100
"""Organizations that are open at once: policies look through the list for every row."""


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
    session: AsyncSession, order: Order, read: Sequence[Row], others: Others | None = None
) -> list[Row]:
    """Take in what is right, or only tell what would become of each line.

    Args:
        session: in the context of who pushes.
        order: who pushes, and how far it goes.
        read: the lines; they stay as they are.
        others: what is known of the whole file, where these are not all its lines.

    Raises:
        SubmissionEnded: another request ended just now what a line replaces.
    """
    rows = [row.again() for row in read]
    # Held: an erasure waits for what is told of its organization, and takes that away too.
    await place(session, order, rows, hold=True)
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
        return await carry_out(session, order, read, others)
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


async def place(
    session: AsyncSession, order: Order, rows: Sequence[Row], *, hold: bool = False
) -> None:
    """Find each line's organization, and by which names it is known there.

    With ``hold``, none of the organizations is erased before the transaction ends.
    """
    await _find_organizations(session, order, rows, hold=hold)
    for row in rows:
        if row.checked is not None and row.organization_id is not None:
            row.incoming = push.named(_sender(order, row.organization_id), row.checked)


async def _find_organizations(
    session: AsyncSession, order: Order, rows: Sequence[Row], *, hold: bool
) -> None:
    """Each line's organization: the one that it names, or the caller's own."""
    own = order.caller.organization_id
    named: dict[int, str] = {}
    for row in rows:
        said = row.line.given if isinstance(row.line.given, dict) else {}
        if (name := organization_of(said, own)) is not None:
            named[row.line.number] = name
        elif (given := said.get("organization")) is not None:
            wrong = error(
                "/organization", "string-type", "Name it by a text", received=shown(given)
            )
            row.errors += row.line.placed([wrong])
        elif not row.line.errors:
            wrong = error("/organization", "required", "Say whose it is")
            row.errors += row.line.placed([wrong])
    found = await organizations.find_many(
        session, order.caller, {*named.values()}, WAY, now=order.now, hold=hold
    )
    for row in rows:
        if (name := named.get(row.line.number)) is None:
            continue
        one = found[name]
        row.organization_id, row.tells_of = one.open_id, one.organization_id
        if (no := one.refusal) is not None:
            wrong = error("/organization", no.slug, no.detail, received=row.organization)
            row.errors += row.line.placed([wrong])


def _sender(order: Order, organization_id: UUID) -> Push:
    return Push(
        organization_id=organization_id,
        client_id=order.caller.client_id,
        idempotency_key=None,
        pepper=order.pepper,
        now=order.now,
        own_only=order.caller.kind is not Kind.ORGANIZATION,
    )


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
