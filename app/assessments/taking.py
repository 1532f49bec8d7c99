"""Many submissions at once: each is taken in, found to be here, or refused; in one transaction.

There are as many statements for a thousand as for one: what has to be known is asked for all of
them, what becomes of each is decided here, and what is right is written together.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from app.assessments import keeping
from app.assessments.incoming import Incoming, Push
from app.assessments.keeping import New
from app.assessments.models import Mode
from app.assessments.names import Place
from app.assessments.periods import period_end
from app.assessments.related import Asked, ask
from app.assessments.rows import RoundRow, SubmissionRow
from app.assessments.submissions import Stored
from app.db import new_id
from app.problems import AssessmentClosed, Problem
from app.sql import Session


@dataclass(frozen=True, slots=True)
class Found:
    """What incoming submissions have to do with."""

    rounds: Mapping[Place, RoundRow]
    """Held open until the transaction ends; or as they are to be opened."""
    unopened: Collection[Place]
    related: Mapping[int, Sequence[SubmissionRow]]
    """By number, the submissions that each may repeat or replace."""

    def known_as(self, number: int) -> Iterator[tuple[object, ...]]:
        """By which names others would find what one may repeat or replace."""
        for row in self.related[number]:
            places = [at for at, there in self.rounds.items() if there.id == row.assessment_id]
            yield "external_id", row.organization_id, row.external_id
            for place in places:
                if row.respondent_hash is not None:
                    yield "respondent", *place, row.respondent_hash
                if row.mode is Mode.CONSENSUS:
                    yield "consensus", *place


async def find(session: Session, incoming: Mapping[int, Incoming]) -> Found:
    """What there is; the transaction is in the tenant context of all their organizations."""
    return await found_for(incoming, await ask(session, incoming))


async def found_for(incoming: Mapping[int, Incoming], asked: Asked) -> Found:
    """The same, where it was asked for already."""
    there = await asked.answer()
    places = {one.place: one for one in incoming.values()}
    unopened = {at: _unopened(one) for at, one in places.items() if at not in there.rounds}
    return Found({**there.rounds, **unopened}, unopened.keys(), there.submissions)


async def keep(session: Session, new: Mapping[int, New], found: Found) -> dict[int, Stored] | None:
    """Write what is new, and open its rounds; nothing is kept if others opened one just now.

    Raises:
        SubmissionEnded: another transaction ended just now what one of them replaces.
    """
    opening: set[Place] = set()
    if found.unopened:
        opening = {one.incoming.place for one in new.values()}.intersection(found.unopened)
    if opening and not await keeping.open_rounds(session, [found.rounds[one] for one in opening]):
        return None
    await keeping.end(session, [*new.values()])
    return await keeping.write(session, new)


async def take(session: Session, incoming: Sequence[Incoming]) -> list[Stored | Problem]:
    """Take in what can be, and come to what one after the other would have come to.

    The transaction is in the tenant context of all organizations that they are for.

    Raises:
        SubmissionEnded: another transaction ended just now what one of them replaces.
    """
    given = dict(enumerate(incoming))
    outcomes = await take_found(session, given, await find(session, given))
    return [outcomes[number] for number in range(len(incoming))]


async def take_found(
    session: Session, incoming: Mapping[int, Incoming], found: Found
) -> dict[int, Stored | Problem]:
    """The same, by number, where it is known what they have to do with."""
    outcomes = await _take(session, incoming, found)
    while waiting := {number: one for number, one in incoming.items() if number not in outcomes}:
        outcomes |= await _take(session, waiting, await find(session, waiting))
    return outcomes


async def _take(
    session: Session, incoming: Mapping[int, Incoming], found: Found
) -> dict[int, Stored | Problem]:
    """Take in those that have nothing to do with one before them; the others get no outcome yet."""
    decided: dict[int, Stored | Problem | New] = {}
    seen: set[object] = set()
    for number, one in incoming.items():
        known_by = {*one.names.all(one.place), *(row.id for row in found.related[number])}
        if seen.isdisjoint(known_by):
            decided[number] = decide(one, found, number)
        seen |= known_by
    new = {number: one for number, one in decided.items() if isinstance(one, New)}
    kept = await keep(session, new, found)
    if kept is None:
        return {}
    return {number: one for number, one in decided.items() if not isinstance(one, New)} | kept


def decide(one: Incoming, found: Found, number: int) -> Stored | Problem | New:
    """What becomes of one."""
    assessment, related = found.rounds[one.place], found.related[number]
    mine = [row for row in related if _may_touch(one.push, row)]
    try:
        retried = one.names.retried(mine)
        if retried is not None:
            return Stored(retried, assessment, one.checked.instrument, replayed=True)
        if assessment.locked_at is not None:
            detail = f"The assessment of {assessment.period} was locked; it takes no submissions"
            return AssessmentClosed(detail)
        before = one.names.predecessor(mine, assessment.id)
        one.names.check_free([row for row in related if row not in mine], assessment.id)
    except Problem as problem:
        return problem
    return New(one, assessment, before)


def _may_touch(push: Push, row: SubmissionRow) -> bool:
    """Whether who pushes may be told of a submission, and replace it."""
    return not push.own_only or row.client_id == push.client_id


def _unopened(one: Incoming) -> RoundRow:
    organization_id, version_id, period = one.place
    return RoundRow(
        organization_id=organization_id,
        id=new_id(),
        instrument_version_id=version_id,
        period=period,
        period_end=period_end(period),
        opened_at=one.push.now,
    )
