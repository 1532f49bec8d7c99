"""QuestionnaireResponses on their way in, one or many: by the same way as any submission."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.callers import Caller
from app.access.models import Kind
from app.assessments import push, submissions, taking
from app.assessments.incoming import Incoming, Push
from app.assessments.submissions import Filters, Stored
from app.catalog import service as catalog
from app.catalog.service import Published
from app.db import Scope, enter
from app.fhir.tenants import SUBMIT
from app.organizations import service as organizations
from app.problems import AmbiguousReference, Invalid, NotFound, Problem, error
from app.r4 import response
from app.r4.names import Names
from app.r4.response import Body


@dataclass(frozen=True, slots=True)
class Sender:
    """Who pushes."""

    caller: Caller
    names: Names
    pepper: bytes
    now: datetime
    idempotency_key: str | None = None
    """Hashed; of a request that pushes one."""


@dataclass(slots=True)
class Entry:
    """One of them, and what becomes of it."""

    body: Body
    instrument: Published | None
    unless: str | None = None
    """Not if this external id is there."""
    organization_id: UUID | None = None
    incoming: Incoming | None = None
    outcome: Stored | Problem | None = None
    was_there: bool = False
    """Found by ``unless``."""

    @property
    def stored(self) -> Stored:
        """What it has become.

        Raises:
            Problem: it was refused.
        """
        if isinstance(self.outcome, Problem):
            raise self.outcome
        if self.outcome is None:
            raise AssertionError("not decided yet")
        return self.outcome


async def understand(
    session: AsyncSession, sender: Sender, raw: object, unless: str | None = None
) -> Entry:
    """What a resource says."""
    said = response.read(raw, sender.names)
    wanted = said.wanted
    found = None if wanted is None else await catalog.find_instrument(session, *wanted)
    return Entry(said.body(None if found is None else found.definition), found, unless)


async def carry_out(
    session: AsyncSession, sender: Sender, entries: Collection[Entry], *, keep: bool = True
) -> None:
    """Decide what becomes of each, and keep what is right, or only try.

    Raises:
        SubmissionEnded: another request ended just now what one of them replaces.
    """
    await _find_organizations(session, sender, entries)
    open_ = {one.organization_id for one in entries if one.organization_id is not None}
    await enter(session, Scope(organizations=tuple(sorted(open_)), client=sender.caller.client_id))
    # In one order for everybody, so that nobody waits in a ring.
    for one in sorted(_undecided(entries), key=lambda one: one.unless or ""):
        await _find_there(session, sender, one)
    for one in _undecided(entries):
        try:
            one.incoming = _read(sender, one)
        except Invalid as invalid:
            one.outcome = invalid
    right = [one for one in _undecided(entries) if one.incoming is not None]
    incoming = [one.incoming for one in right if one.incoming is not None]
    if keep:
        for one, outcome in zip(right, await taking.take(session, incoming), strict=True):
            one.outcome = outcome
        return
    found = await taking.find(session, dict(enumerate(incoming)))
    for number, (one, given) in enumerate(zip(right, incoming, strict=True)):
        decided = taking.decide(given, found, number)
        one.outcome = decided if isinstance(decided, Problem) else None


def _undecided(entries: Collection[Entry]) -> Iterator[Entry]:
    return (one for one in entries if one.outcome is None)


async def _find_organizations(
    session: AsyncSession, sender: Sender, entries: Collection[Entry]
) -> None:
    own = sender.caller.organization_id
    for one in entries:
        # What says nothing of whose it is may have said so in a field that is wrong.
        if one.body.errors and one.body.organization is None and own is None:
            one.outcome = Invalid(one.body.errors)
        elif one.body.organization is None and own is None:
            detail = "Say whose it is: Organization/..."
            one.outcome = Invalid([error("/subject", "required", detail)])
    asked = {one.body.organization or str(own) for one in _undecided(entries)}
    if not asked:
        return
    found = await organizations.find_many(session, sender.caller, asked, SUBMIT, now=sender.now)
    for one in _undecided(entries):
        named = found[one.body.organization or str(own)]
        refusal, one.organization_id = named.refusal, named.open_id
        if isinstance(refusal, NotFound | AmbiguousReference):
            wrong = error("/subject", refusal.slug, refusal.detail, received=one.body.organization)
            one.outcome = Invalid([*one.body.errors, wrong])
        elif refusal is not None:
            one.outcome = refusal


async def _find_there(session: AsyncSession, sender: Sender, one: Entry) -> None:
    """Whether what it asks not to be made anew is there; who asks the same meanwhile waits."""
    if one.unless is None or one.organization_id is None:
        return
    name = f"{one.organization_id} {one.unless}"
    await session.scalar(select(func.pg_advisory_xact_lock(func.hashtextextended(name, 0))))
    filters = Filters(external_id=one.unless, standing=True, pushed_by=_only(sender))
    found = await submissions.list_(session, one.organization_id, filters, after=None, limit=1)
    if found:
        one.outcome, one.was_there = found[0], True


def _only(sender: Sender) -> UUID | None:
    """Whose submissions the sender deals with: others than the organization with their own."""
    own = sender.caller.kind is Kind.ORGANIZATION
    return None if own else sender.caller.client_id


def _read(sender: Sender, one: Entry) -> Incoming:
    if one.organization_id is None:
        raise AssertionError("nobody's")
    errors = [*one.body.errors]
    if one.instrument is not None:
        pushed = Push(
            organization_id=one.organization_id,
            client_id=sender.caller.client_id,
            own_only=_only(sender) is not None,
            idempotency_key=sender.idempotency_key,
            pepper=sender.pepper,
            now=sender.now,
        )
        try:
            incoming = push.read(pushed, one.body.given, one.instrument)
        except Invalid as invalid:
            known = [str(each["pointer"]) for each in errors]
            # What is missing because it could not be read was said already.
            errors += [
                each
                for each in one.body.placed(invalid.errors)
                if not any(f"{where}/".startswith(f"{each['pointer']}/") for where in known)
            ]
        else:
            if not errors:
                return incoming
    raise Invalid(errors)


def wholly(entries: Collection[Entry]) -> None:
    """See that nothing was refused, as all go together.

    Raises:
        Problem: the first that was; with all that is wrong with any, if that is all.
    """
    refused = {
        number: one.outcome
        for number, one in enumerate(entries)
        if isinstance(one.outcome, Problem)
    }
    if not refused:
        return
    errors = [each for number, problem in refused.items() for each in within(number, problem)]
    first = next(iter(refused.values()))
    if all(isinstance(problem, Invalid) for problem in refused.values()):
        raise Invalid(errors)
    serious = next((one for one in refused.values() if not isinstance(one, Invalid)), first)
    serious.extra["errors"] = errors
    raise serious


def within(number: int, problem: Problem) -> list[dict[str, Any]]:
    """What is wrong with an entry, with places in the Bundle."""
    pointer = f"/entry/{number}/resource"
    if isinstance(problem, Invalid):
        return [{**one, "pointer": f"{pointer}{one['pointer']}"} for one in problem.errors]
    return [error(pointer, problem.slug, problem.detail)]
