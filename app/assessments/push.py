"""How a submission comes in: checked, recognised if it is a retry, scored and kept."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel.ext.asyncio.session import AsyncSession

from app.assessments import intake
from app.assessments.incoming import Checked, Incoming, Push
from app.assessments.names import Names
from app.assessments.periods import period_start
from app.assessments.submissions import Stored
from app.assessments.taking import take
from app.catalog import service as catalog
from app.catalog.service import Published
from app.problems import Invalid, Problem, error


async def submit(session: AsyncSession, push: Push, raw: object) -> Stored:
    """Take a submission in, score it and keep it; or find that it is here already.

    Raises:
        Invalid: with everything that is wrong with the body.
        AssessmentClosed: the round is locked.
        AlreadyExists: the names in it point at different submissions.
        IdempotencyKeyReused: the key came with another body before.
        SubmissionEnded: another request ended just now what it replaces.
    """
    incoming = read(push, raw, await find_instrument(session, raw))
    [outcome] = await take(session, [incoming])
    if isinstance(outcome, Problem):
        raise outcome
    return outcome


async def find_instrument(session: AsyncSession, raw: object) -> Published | None:
    """The instrument version that a body names, if there is one."""
    named = intake.wanted(raw)
    if named is None:
        return None
    return await catalog.find_instrument(session, named.instrument, named.version)


def recall_instrument(engine: AsyncEngine, raw: object) -> Published | None:
    """The same, without asking the database: None if nobody asked it before."""
    wanted = intake.wanted(raw)
    if wanted is None:
        return None
    return catalog.recall_instrument(engine.sync_engine, wanted.instrument, wanted.version)


def read(push: Push, raw: object, instrument: Published | None) -> Incoming:
    """A submission that is right in itself.

    Args:
        push: who pushes.
        raw: the body as parsed JSON.
        instrument: the version that it names; None if there is none.

    Raises:
        Invalid: with everything that is wrong with the body.
    """
    return named(push, check(raw, instrument, push.now))


def check(raw: object, instrument: Published | None, now: datetime) -> Checked:
    """What a body says, whoever sends it.

    Raises:
        Invalid: with everything that is wrong with the body.
    """
    if instrument is None:
        raise Invalid(intake.errors_without_instrument(raw))
    given, by_item = intake.read(raw, instrument.form, instrument.may_not_apply)
    if period_start(given.period) > now.date():
        wrong = error("/period", "in-the-future", "It has not begun", received=given.period)
        raise Invalid([wrong])
    return Checked(instrument, given, by_item)


def named(push: Push, checked: Checked) -> Incoming:
    """The submission of somebody who pushes, with the names that it is known by."""
    names = Names.of(
        checked.given,
        organization_id=push.organization_id,
        client_id=push.client_id,
        idempotency_key=push.idempotency_key,
        pepper=push.pepper,
    )
    place = push.organization_id, checked.instrument.id, checked.given.period
    return Incoming(push, checked, names, place)
