"""How a submission comes in: checked, recognised if it is a retry, scored and kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, or_
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.assessments import intake
from app.assessments.answers import pack
from app.assessments.models import Assessment, Mode, Submission
from app.assessments.names import Names
from app.assessments.periods import period_end, period_start
from app.assessments.schemas import SubmissionIn
from app.assessments.submissions import Stored, end, load, stands
from app.catalog import service as catalog
from app.catalog.service import Published
from app.db import new_id
from app.problems import AssessmentClosed, Invalid, error
from app.scoring.form import Answer, Form
from app.scoring.receipt import receipt_of
from app.scoring.score import score


@dataclass(frozen=True, slots=True)
class Push:
    """Who pushes into which organization, and how retries are recognised."""

    organization_id: UUID
    client_id: UUID
    idempotency_key: str | None
    pepper: bytes
    now: datetime
    own_only: bool = False
    """Whether it may repeat and replace only what the same client pushed."""


async def submit(session: AsyncSession, push: Push, raw: object) -> Stored:
    """Take a submission in, score it and keep it; or find that it is here already.

    Raises:
        Invalid: with everything that is wrong with the body.
        AssessmentClosed: the round is locked.
        AlreadyExists: the names in it point at different submissions.
        IdempotencyKeyReused: the key came with another body before.
    """
    instrument, given, answers = await _read(session, raw)
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
    related = await _find_related(session, push, names)
    if (retried := names.retried(related)) is not None:
        return await load(session, retried, replayed=True)
    assessment = await _open_assessment(session, push, instrument, given.period)
    before = names.predecessor(related, assessment.id)
    if before is not None:
        await end(session, before, superseded_at=push.now)
    submission = _row(push, given, instrument.form, answers, assessment)
    submission.body_sha256 = names.body_sha256
    submission.respondent_hash = names.respondent
    submission.supersedes_id = before.id if before else None
    session.add(submission)
    await session.flush()
    return Stored(submission, assessment, instrument, is_new=True)


async def _read(
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


def _row(
    push: Push,
    given: SubmissionIn,
    form: Form,
    answers: dict[str, Answer],
    assessment: Assessment,
) -> Submission:
    scored = score(form, answers)
    receipt = receipt_of(form, answers, scored)
    overall = scored.overall.fraction
    return Submission(
        organization_id=push.organization_id,
        assessment_id=assessment.id,
        client_id=push.client_id,
        mode=given.mode,
        role=given.role,
        external_id=given.external_id,
        idempotency_key=push.idempotency_key,
        answers=pack(form, answers),
        notes={code: note.model_dump(exclude_none=True) for code, note in given.notes.items()}
        or None,
        focus=[one.model_dump(mode="json", exclude_none=True) for one in given.focus] or None,
        overall=None if overall is None else float(overall),
        section_scores=[
            None if one.fraction is None else float(one.fraction) for one in scored.sections
        ],
        receipt_sha256=bytes.fromhex(receipt["sha256"]),
        submitted_at=push.now,
    )


async def _find_related(session: AsyncSession, push: Push, names: Names) -> Sequence[Submission]:
    """Submissions that this one may repeat or replace, by any of the names it goes by."""
    standing = [col(Submission.id) == names.supersedes]
    if names.external_id is not None:
        standing.append(col(Submission.external_id) == names.external_id)
    if names.respondent is not None:
        standing.append(col(Submission.respondent_hash) == names.respondent)
    if names.mode is Mode.CONSENSUS:
        standing.append(col(Submission.mode) == Mode.CONSENSUS)
    wanted = and_(or_(*standing), *stands())
    if push.idempotency_key is not None:
        same_key = and_(
            col(Submission.client_id) == push.client_id,
            col(Submission.idempotency_key) == push.idempotency_key,
        )
        wanted = or_(wanted, same_key)
    if push.own_only:
        wanted = and_(wanted, col(Submission.client_id) == push.client_id)
    found = await session.exec(
        select(Submission).where(Submission.organization_id == push.organization_id, wanted)
    )
    return found.all()


async def _open_assessment(
    session: AsyncSession, push: Push, instrument: Published, period: str
) -> Assessment:
    """The round, opened by its first submission, held open until this transaction ends."""
    # FOR SHARE lets submissions pass each other and makes a lock wait for them.
    wanted = (
        select(Assessment)
        .where(
            Assessment.organization_id == push.organization_id,
            Assessment.instrument_version_id == instrument.id,
            Assessment.period == period,
        )
        .with_for_update(read=True)
    )
    found = (await session.exec(wanted)).one_or_none()
    if found is None:
        opening = insert(Assessment).values(
            organization_id=push.organization_id,
            id=new_id(),
            instrument_version_id=instrument.id,
            period=period,
            period_end=period_end(period),
            opened_at=push.now,
        )
        await session.exec(opening.on_conflict_do_nothing())
        found = (await session.exec(wanted)).one()
    if found.locked_at is not None:
        raise AssessmentClosed(f"The assessment of {period} was locked; it takes no submissions")
    return found
