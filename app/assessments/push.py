"""How a submission comes in: checked, recognised if it is a retry, scored and kept."""

from sqlmodel.ext.asyncio.session import AsyncSession

from app.assessments import intake
from app.assessments.incoming import Incoming, Push
from app.assessments.names import Names
from app.assessments.periods import period_start
from app.assessments.schemas import SubmissionIn
from app.assessments.submissions import Stored
from app.assessments.taking import take
from app.catalog import service as catalog
from app.catalog.service import Published
from app.problems import Invalid, Problem, error
from app.scoring.form import Answer


async def submit(session: AsyncSession, push: Push, raw: object) -> Stored:
    """Take a submission in, score it and keep it; or find that it is here already.

    Raises:
        Invalid: with everything that is wrong with the body.
        AssessmentClosed: the round is locked.
        AlreadyExists: the names in it point at different submissions.
        IdempotencyKeyReused: the key came with another body before.
        SubmissionEnded: another request ended just now what it replaces.
    """
    [outcome] = await take(session, [await read(session, push, raw)])
    if isinstance(outcome, Problem):
        raise outcome
    return outcome


async def read(session: AsyncSession, push: Push, raw: object) -> Incoming:
    """A submission that is right in itself.

    Raises:
        Invalid: with everything that is wrong with the body.
    """
    instrument, given, answers = await _checked(session, raw)
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


async def _checked(
    session: AsyncSession, raw: object
) -> tuple[Published, SubmissionIn, dict[str, Answer]]:
    named = intake.wanted(raw)
    instrument = None
    if named is not None:
        instrument = await catalog.find_instrument(session, named.instrument, named.version)
    if instrument is None:
        raise Invalid(intake.errors_without_instrument(raw))
    given, answers = intake.read(raw, instrument.form, instrument.may_not_apply)
    return instrument, given, answers
