"""The verbs of submissions that are there: read, list, withdraw, and the receipt."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from uuid import UUID

from sqlalchemy import ColumnElement, func, update
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.assessments.answers import by_item
from app.assessments.incoming import Push
from app.assessments.models import Assessment, Submission
from app.assessments.rows import RoundRow, SubmissionRow
from app.catalog import service as catalog
from app.catalog.service import Published
from app.problems import AssessmentClosed, NotFound, SubmissionEnded
from app.scoring.form import Answer
from app.scoring.receipt import Receipt, make_receipt
from app.scoring.score import Score


@dataclass(frozen=True)
class Stored:
    """A submission with its round and instrument; ``replayed`` if it was there before."""

    submission: Submission | SubmissionRow
    assessment: Assessment | RoundRow
    instrument: Published
    replayed: bool = False
    known: tuple[Sequence[Answer | None], Score] | None = None
    """Answers by item and their score, where they were worked out just now."""

    def repeats_key_of(self, push: Push) -> bool:
        """Whether it was there before by the idempotency key of who pushes."""
        key = push.idempotency_key
        return self.replayed and key is not None and key == self.submission.idempotency_key

    @cached_property
    def href(self) -> str:
        """Where it is."""
        row = self.submission
        return f"/v1/organizations/{row.organization_id}/submissions/{row.id}"

    @property
    def by_item(self) -> Sequence[Answer | None]:
        """Answers in item order of the form, as submitted."""
        return by_item(self.submission.answers) if self.known is None else self.known[0]

    @property
    def answers(self) -> dict[str, Answer]:
        """Item code to answer, as submitted."""
        given = zip(self.instrument.form.items, self.by_item, strict=True)
        return {code: answer for code, answer in given if answer is not None}

    @property
    def score(self) -> Score:
        """What the answers come to."""
        if self.known is None:
            return self.instrument.scorer.score(self.by_item).score
        return self.known[1]


def stands() -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """What holds for a submission that counts."""
    return col(Submission.superseded_at).is_(None), col(Submission.withdrawn_at).is_(None)


async def end(
    session: AsyncSession, submission: Submission | SubmissionRow, **instants: datetime
) -> None:
    """Set the one instant that ends a submission, unless another request was first."""
    ended = await session.exec(
        update(Submission)
        .where(
            col(Submission.organization_id) == submission.organization_id,
            col(Submission.id) == submission.id,
            *stands(),
        )
        .values(**instants)
        .returning(col(Submission.id))
    )
    if ended.one_or_none() is None:
        raise SubmissionEnded("Another request ended that submission just now")


async def load(session: AsyncSession, row: Submission, *, replayed: bool = False) -> Stored:
    """A row with its round and instrument."""
    assessment = (
        await session.exec(
            select(Assessment).where(
                Assessment.organization_id == row.organization_id,
                Assessment.id == row.assessment_id,
            )
        )
    ).one()
    instrument = await catalog.get_instrument_by_id(session, assessment.instrument_version_id)
    return Stored(row, assessment, instrument, replayed=replayed)


async def get(
    session: AsyncSession,
    organization_id: UUID,
    submission_id: UUID,
    *,
    pushed_by: UUID | None = None,
) -> Stored:
    """A submission of the organization's; superseded and withdrawn ones are kept too.

    With ``pushed_by``, only if that client pushed it.
    """
    wanted = select(Submission).where(
        Submission.organization_id == organization_id, Submission.id == submission_id
    )
    if pushed_by is not None:
        wanted = wanted.where(Submission.client_id == pushed_by)
    row = (await session.exec(wanted)).one_or_none()
    if row is None:
        raise NotFound("No such submission")
    return await load(session, row)


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list of submissions may be narrowed to."""

    period: str | None = None
    instrument: str | None = None
    external_id: str | None = None
    standing: bool = False
    pushed_by: UUID | None = None
    version: UUID | None = None
    """Id of the instrument version."""
    since: datetime | None = None
    until: datetime | None = None
    """Submitted from then on, and before then."""


async def list_(
    session: AsyncSession,
    organization_id: UUID,
    filters: Filters,
    *,
    after: UUID | None,
    limit: int,
) -> list[Stored]:
    """The organization's submissions by id, one more than ``limit`` if there are more."""
    wanted = (
        select(Submission, Assessment)
        .where(*await _wanted(session, organization_id, filters))
        .order_by(col(Submission.id))
    )
    if after is not None:
        wanted = wanted.where(col(Submission.id) > after)
    rows = (await session.exec(wanted.limit(limit + 1))).all()
    return [
        Stored(
            row,
            assessment,
            await catalog.get_instrument_by_id(session, assessment.instrument_version_id),
        )
        for row, assessment in rows
    ]


async def count(session: AsyncSession, organization_id: UUID, filters: Filters) -> int:
    """How many there are."""
    wanted = await _wanted(session, organization_id, filters)
    return (await session.exec(select(func.count()).where(*wanted))).one()


async def _wanted(
    session: AsyncSession, organization_id: UUID, filters: Filters
) -> list[ColumnElement[bool]]:
    """What holds of the submissions and their rounds that are wanted."""
    equal = {
        col(Assessment.period): filters.period,
        col(Assessment.instrument_version_id): filters.version,
        col(Submission.external_id): filters.external_id,
        col(Submission.client_id): filters.pushed_by,
    }
    wanted = [
        col(Submission.organization_id) == organization_id,
        col(Assessment.organization_id) == organization_id,
        col(Assessment.id) == Submission.assessment_id,
        *(column == value for column, value in equal.items() if value is not None),
    ]
    if filters.since is not None:
        wanted.append(col(Submission.submitted_at) >= filters.since)
    if filters.until is not None:
        wanted.append(col(Submission.submitted_at) < filters.until)
    if filters.standing:
        wanted += stands()
    if filters.instrument is not None:
        versions = await catalog.list_instruments(session, filters.instrument)
        ids = [one.id for one in versions]
        wanted.append(col(Assessment.instrument_version_id).in_(ids))
    return wanted


async def find_owner(
    session: AsyncSession, organizations: Sequence[UUID], submission_id: UUID
) -> UUID | None:
    """Which of these organizations a submission is of."""
    found = await session.exec(
        select(Submission.organization_id).where(
            col(Submission.organization_id).in_(organizations), Submission.id == submission_id
        )
    )
    return found.one_or_none()


async def withdraw(
    session: AsyncSession,
    organization_id: UUID,
    submission_id: UUID,
    *,
    pushed_by: UUID | None,
    now: datetime,
) -> Stored:
    """Take a standing submission out of an open round; it stays readable.

    Withdrawn before, it stays as it is.

    Raises:
        AssessmentClosed: the round is locked; its result stays as it is.
        SubmissionEnded: it was superseded before.
    """
    stored = await get(session, organization_id, submission_id, pushed_by=pushed_by)
    held = await session.exec(
        select(Assessment.locked_at)
        .where(Assessment.organization_id == organization_id, Assessment.id == stored.assessment.id)
        .with_for_update(read=True)
    )
    if held.one() is not None:
        raise AssessmentClosed("The assessment was locked; its result stays as it is")
    if stored.submission.status == "withdrawn":
        return replace(stored, replayed=True)
    if stored.submission.status != "stands":
        raise SubmissionEnded(f"The submission is {stored.submission.status} already")
    await end(session, stored.submission, withdrawn_at=now)
    stored.submission.withdrawn_at = now
    return stored


def receipt(stored: Stored) -> Receipt:
    """The receipt, made anew from the stored answers; the hash in the row proves it the same.

    Raises:
        AssertionError: the rule of this code gives another receipt than was given out.
    """
    made = make_receipt(stored.instrument.form, stored.answers)
    if bytes.fromhex(made["sha256"]) != stored.submission.receipt_sha256:
        raise AssertionError(f"receipt of submission {stored.submission.id} is not reproducible")
    return made


async def count_standing(
    session: AsyncSession, organization_id: UUID, assessment_ids: Sequence[UUID]
) -> dict[UUID, int]:
    """Standing submissions of each assessment."""
    found = await session.exec(
        select(Submission.assessment_id, func.count())
        .where(
            Submission.organization_id == organization_id,
            col(Submission.assessment_id).in_(assessment_ids),
            *stands(),
        )
        .group_by(col(Submission.assessment_id))
    )
    return dict(found.all())


async def list_standing(
    session: AsyncSession, organization_id: UUID, assessment_id: UUID
) -> Sequence[Submission]:
    """What counts in a round."""
    found = await session.exec(
        select(Submission)
        .where(
            Submission.organization_id == organization_id,
            Submission.assessment_id == assessment_id,
            *stands(),
        )
        .order_by(col(Submission.id))
    )
    return found.all()
