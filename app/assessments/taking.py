"""Many submissions at once: each is taken in, found to be here, or refused; in one transaction.

There are as many statements for a thousand as for one: what has to be known is asked for all of
them, what becomes of each is decided here, and what is right is written together.
"""

from collections.abc import Mapping, Sequence

from sqlmodel.ext.asyncio.session import AsyncSession

from app.assessments import keeping
from app.assessments.incoming import Incoming
from app.assessments.keeping import New
from app.assessments.models import Assessment, Submission
from app.assessments.periods import period_end
from app.assessments.related import find_related, hold_rounds
from app.assessments.submissions import Stored
from app.db import new_id
from app.problems import AssessmentClosed, Problem


async def take(session: AsyncSession, incoming: Sequence[Incoming]) -> list[Stored | Problem]:
    """Take in what can be, and come to what one after the other would have come to.

    The transaction is in the tenant context of all organizations that they are for.

    Raises:
        SubmissionEnded: another transaction ended just now what one of them replaces.
    """
    outcomes: dict[int, Stored | Problem] = {}
    waiting = dict(enumerate(incoming))
    while waiting:
        outcomes |= await _take(session, waiting)
        waiting = {number: one for number, one in waiting.items() if number not in outcomes}
    return [outcomes[number] for number in range(len(incoming))]


async def _take(
    session: AsyncSession, incoming: Mapping[int, Incoming]
) -> dict[int, Stored | Problem]:
    """Take in those that have nothing to do with one before them; the others get no outcome yet."""
    rounds = await hold_rounds(session, {one.place for one in incoming.values()})
    unopened = {one.place: _unopened(one) for one in incoming.values() if one.place not in rounds}
    related = await find_related(session, incoming, rounds | unopened)
    outcomes: dict[int, Stored | Problem] = {}
    new: dict[int, New] = {}
    seen: set[object] = set()
    for number, one in incoming.items():
        known_by = {*one.names.all(one.place), *(row.id for row in related[number])}
        if seen.isdisjoint(known_by):
            assessment = rounds.get(one.place) or unopened[one.place]
            found = _decide(one, assessment, related[number])
            if isinstance(found, New):
                new[number] = found
            else:
                outcomes[number] = found
        seen |= known_by
    opening = {one.incoming.place for one in new.values()} & {*unopened}
    if opening and not await keeping.open_rounds(session, [unopened[one] for one in opening]):
        return await _take(session, incoming)
    await keeping.end(session, [*new.values()])
    return outcomes | await keeping.write(session, new)


def _decide(
    one: Incoming, assessment: Assessment, related: Sequence[Submission]
) -> Stored | Problem | New:
    """What becomes of one."""
    try:
        retried = one.names.retried(related)
        if retried is not None:
            return Stored(retried, assessment, one.instrument, replayed=True)
        if assessment.locked_at is not None:
            detail = f"The assessment of {one.given.period} was locked; it takes no submissions"
            return AssessmentClosed(detail)
        return New(one, assessment, one.names.predecessor(related, assessment.id))
    except Problem as problem:
        return problem


def _unopened(one: Incoming) -> Assessment:
    organization_id, version_id, period = one.place
    return Assessment(
        organization_id=organization_id,
        id=new_id(),
        instrument_version_id=version_id,
        period=period,
        period_end=period_end(period),
        opened_at=one.push.now,
    )
