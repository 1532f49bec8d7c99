"""How a submission comes in: checked, recognised if it is a retry, scored and kept."""

from sqlmodel.ext.asyncio.session import AsyncSession

from app.assessments import intake
from app.assessments.incoming import Incoming, Push
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


def read(push: Push, raw: object, instrument: Published | None) -> Incoming:
    """A submission that is right in itself.

    Args:
        push: who pushes.
        raw: the body as parsed JSON.
        instrument: the version that it names; None if there is none.

    Raises:
        Invalid: with everything that is wrong with the body.
    """
    if instrument is None:
        raise Invalid(intake.errors_without_instrument(raw))
    given, answers = intake.read(raw, instrument.form, instrument.may_not_apply)
    if period_start(given.period) > push.now.date():
        wrong = error("/period", "in-the-future", "It has not begun", received=given.period)
        raise Invalid([wrong])
    names = Names.of(
        given,
        organization_id=push.organization_id,
        client_id=push.client_id,
        idempotency_key=push.idempotency_key,
        pepper=push.pepper,
    )
    return Incoming(push, instrument, given, answers, names)
