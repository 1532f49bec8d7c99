"""How a submission comes in: checked, recognised if it is a retry, scored and kept."""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import orjson
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.assessments import intake
from app.assessments.answers import pack
from app.assessments.models import Assessment, Mode, Submission
from app.assessments.periods import period_end
from app.assessments.schemas import SubmissionIn
from app.assessments.submissions import Stored, end, load, stands
from app.catalog import service as catalog
from app.catalog.service import Published
from app.db import new_id
from app.problems import (
    AlreadyExists,
    AssessmentClosed,
    IdempotencyKeyReused,
    Invalid,
    error,
)
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


async def submit(session: AsyncSession, push: Push, raw: object) -> Stored:
    """Take a submission in, score it and keep it; or find that it is here already.

    Raises:
        Invalid: with everything that is wrong with the body.
        AssessmentClosed: the round is locked.
        AlreadyExists: the names in it point at different submissions.
        IdempotencyKeyReused: the key came with another body before.
    """
    instrument = await _instrument(session, raw)
    given, answers = intake.read(
        raw,
        instrument.form if instrument else None,
        instrument.may_not_apply if instrument else frozenset(),
    )
    if instrument is None:
        raise AssertionError("intake.read refuses a body without a known instrument")
    body_sha256 = hashlib.sha256(
        orjson.dumps(given.model_dump(mode="json"), option=orjson.OPT_SORT_KEYS)
    ).digest()
    retried = await _find_retried(session, push, given, body_sha256)
    if retried is not None:
        return await load(session, retried, replayed=True)
    assessment = await _open_assessment(session, push, instrument, given.period)
    respondent = _respondent_hash(push, given)
    before = await _find_predecessor(session, assessment, given, respondent)
    if before is not None:
        await end(session, before, superseded_at=push.now)
    submission = _row(push, given, instrument.form, answers, assessment)
    submission.body_sha256 = body_sha256
    submission.respondent_hash = respondent
    submission.supersedes_id = before.id if before else None
    session.add(submission)
    await session.flush()
    return Stored(submission, assessment, instrument, is_new=True)


async def _instrument(session: AsyncSession, raw: object) -> Published | None:
    named = intake.wanted(raw)
    if named is None:
        return None
    return await catalog.find_instrument(session, named.instrument, named.version)


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


def _respondent_hash(push: Push, given: SubmissionIn) -> bytes | None:
    """A keyed hash, apart for every organization, so that people cannot be linked across them."""
    if given.respondent is None:
        return None
    message = f"respondent:{push.organization_id}:{given.respondent}".encode()
    return hmac.digest(push.pepper, message, hashlib.sha256)


async def _find_retried(
    session: AsyncSession, push: Push, given: SubmissionIn, body_sha256: bytes
) -> Submission | None:
    """The submission that this one repeats: by idempotency key, or by external id and content."""
    mine = select(Submission).where(Submission.organization_id == push.organization_id)
    if push.idempotency_key is not None:
        same_key = mine.where(
            Submission.client_id == push.client_id,
            Submission.idempotency_key == push.idempotency_key,
        )
        found = (await session.exec(same_key)).one_or_none()
        if found is not None and found.body_sha256 != body_sha256:
            raise IdempotencyKeyReused("Use a new Idempotency-Key for a new submission")
        if found is not None:
            return found
    if given.external_id is None:
        return None
    same_content = mine.where(
        Submission.external_id == given.external_id,
        Submission.body_sha256 == body_sha256,
        *stands(),
    )
    return (await session.exec(same_content)).one_or_none()


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
        await session.execute(opening.on_conflict_do_nothing())
        found = (await session.exec(wanted)).one()
    if found.locked_at is not None:
        raise AssessmentClosed(f"The assessment of {period} was locked; it takes no submissions")
    return found


async def _find_predecessor(
    session: AsyncSession, assessment: Assessment, given: SubmissionIn, respondent: bytes | None
) -> Submission | None:
    """The standing submission that this one replaces, by whichever name leads to it."""
    names = []
    if given.supersedes is not None:
        names.append(col(Submission.id) == given.supersedes)
    if given.external_id is not None:
        names.append(col(Submission.external_id) == given.external_id)
    if respondent is not None:
        names.append(
            (col(Submission.respondent_hash) == respondent)
            & (col(Submission.assessment_id) == assessment.id)
        )
    if given.mode is Mode.CONSENSUS:
        names.append(
            (col(Submission.mode) == Mode.CONSENSUS)
            & (col(Submission.assessment_id) == assessment.id)
        )
    found: dict[UUID, Submission] = {}
    for name in names:
        wanted = select(Submission).where(
            Submission.organization_id == assessment.organization_id, name, *stands()
        )
        found |= {row.id: row for row in (await session.exec(wanted)).all()}
    if given.supersedes is not None and given.supersedes not in found:
        raise Invalid(
            [
                error(
                    "/supersedes",
                    "not-standing",
                    "No such standing submission",
                    received=str(given.supersedes),
                )
            ]
        )
    if len(found) > 1:
        raise AlreadyExists(
            "external_id, respondent, supersedes and mode point at different submissions",
            submissions=sorted(map(str, found)),
        )
    before = next(iter(found.values()), None)
    if before is not None and before.assessment_id != assessment.id:
        raise AlreadyExists(
            "That external_id stands for a submission of another period or instrument",
            submissions=[str(before.id)],
        )
    return before
