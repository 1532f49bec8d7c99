"""The verbs of assessments: list, get, lock once and for ever, result and agenda."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from uuid import UUID

from sqlalchemy import or_, update
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.assessments import respondents, submissions
from app.assessments.answers import unpack
from app.assessments.models import Assessment, Mode, Result
from app.catalog import service as catalog
from app.catalog.service import Published
from app.problems import AmbiguousReference, AssessmentEmpty, AssessmentOpen, NotFound
from app.scoring.team import Response, TeamResult, team_result


@dataclass(frozen=True, slots=True)
class Round:
    """An assessment with its instrument and how many submissions stand in it."""

    assessment: Assessment
    instrument: Published
    standing: int


async def list_(
    session: AsyncSession, organization_id: UUID, *, after: UUID | None, limit: int
) -> list[Round]:
    """The organization's assessments by id, one more than ``limit`` if there are more."""
    wanted = (
        select(Assessment)
        .where(Assessment.organization_id == organization_id)
        .order_by(col(Assessment.id))
    )
    if after is not None:
        wanted = wanted.where(col(Assessment.id) > after)
    return await _rounds(session, (await session.exec(wanted.limit(limit + 1))).all())


async def get(
    session: AsyncSession, organization_id: UUID, reference: str, *, instrument: str | None
) -> Round:
    """One assessment by id or by period; by period, the instrument says which if there are more.

    Raises:
        AmbiguousReference: several instruments were used in that period and none was named.
    """
    found = await _find(session, organization_id, reference, instrument)
    return (await _rounds(session, [found]))[0]


async def _find(
    session: AsyncSession, organization_id: UUID, reference: str, instrument: str | None
) -> Assessment:
    named = [col(Assessment.period) == reference]
    with suppress(ValueError):
        named.append(col(Assessment.id) == UUID(reference))
    wanted = select(Assessment).where(Assessment.organization_id == organization_id, or_(*named))
    if instrument is not None:
        versions = await catalog.list_instruments(session, instrument)
        wanted = wanted.where(
            col(Assessment.instrument_version_id).in_([one.id for one in versions])
        )
    found = (await session.exec(wanted.limit(2))).all()
    if not found:
        raise NotFound("No such assessment")
    if len(found) > 1:
        raise AmbiguousReference(
            "Several assessments in that period; use the id, or say ?instrument="
        )
    return found[0]


async def _rounds(session: AsyncSession, rows: Sequence[Assessment]) -> list[Round]:
    if not rows:
        return []
    counts = await submissions.count_standing(
        session, rows[0].organization_id, [row.id for row in rows]
    )
    return [
        Round(
            row,
            await catalog.get_instrument_by_id(session, row.instrument_version_id),
            counts.get(row.id, 0),
        )
        for row in rows
    ]


async def lock(
    session: AsyncSession,
    organization_id: UUID,
    reference: str,
    *,
    instrument: str | None,
    min_group: int,
    now: datetime,
) -> tuple[Round, Result, bool]:
    """Close the round and compute its result; locking again finds the same result.

    Returns:
        The round, its result, and whether this call made it.

    Raises:
        AssessmentEmpty: no submission stands.
    """
    found = await _find(session, organization_id, reference, instrument)
    # Waits for submissions in flight; those that come later find the round locked.
    held = await session.exec(
        select(Assessment)
        .where(Assessment.organization_id == organization_id, Assessment.id == found.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    assessment = held.one()
    found_round = (await _rounds(session, [assessment]))[0]
    if assessment.locked_at is not None:
        return found_round, await _result(session, assessment), False
    team = await _team(session, found_round, min_group)
    # Read when the request came in, the clock may be behind that of the submission that opened it.
    now = max(now, assessment.opened_at)
    result = _row(assessment, team, now)
    await session.exec(
        update(Assessment)
        .where(col(Assessment.organization_id) == organization_id, col(Assessment.id) == found.id)
        .values(locked_at=now)
    )
    assessment.locked_at = now
    session.add(result)
    await session.flush()
    await respondents.forget_who(session, organization_id, found.id, now=now)
    return found_round, result, True


async def _team(session: AsyncSession, found: Round, min_group: int) -> TeamResult:
    rows = await submissions.list_standing(
        session, found.assessment.organization_id, found.assessment.id
    )
    if not rows:
        raise AssessmentEmpty("Nothing to lock: no submission stands")
    form = found.instrument.form
    return team_result(
        form,
        [
            Response(
                role=row.role or Mode.CONSENSUS.value,
                mode=row.mode.value,
                answers=unpack(form, row.answers),
            )
            for row in rows
        ],
        min_group=min_group,
    )


def _row(assessment: Assessment, team: TeamResult, now: datetime) -> Result:
    return Result(
        organization_id=assessment.organization_id,
        assessment_id=assessment.id,
        basis=team.basis,
        respondents=team.respondents,
        overall=_number(team.overall.score.fraction),
        section_scores=[_number(figure.score.fraction) for figure in team.sections],
        item_scores=[_number(score) for score in team.items],
        detail=team.to_dict(),
        locked_at=now,
    )


def _number(exact: Fraction | None) -> float | None:
    return None if exact is None else float(exact)


async def result(
    session: AsyncSession, organization_id: UUID, reference: str, *, instrument: str | None
) -> tuple[Round, Result]:
    """The result of a locked assessment.

    Raises:
        AssessmentOpen: it is not locked yet.
    """
    found = await get(session, organization_id, reference, instrument=instrument)
    if found.assessment.locked_at is None:
        raise AssessmentOpen("Lock the assessment to have its result")
    return found, await _result(session, found.assessment)


async def find_owner(
    session: AsyncSession, organizations: Sequence[UUID], assessment_id: UUID
) -> UUID | None:
    """Which of these organizations an assessment is of."""
    found = await session.exec(
        select(Assessment.organization_id).where(
            col(Assessment.organization_id).in_(organizations), Assessment.id == assessment_id
        )
    )
    return found.one_or_none()


async def list_results(session: AsyncSession, organization_id: UUID) -> list[tuple[Round, Result]]:
    """All results of the organization, oldest round first."""
    found = await session.exec(
        select(Assessment, Result)
        .where(
            Assessment.organization_id == organization_id,
            Result.organization_id == organization_id,
            Result.assessment_id == Assessment.id,
        )
        .order_by(col(Assessment.id))
    )
    rows = found.all()
    rounds = await _rounds(session, [assessment for assessment, _ in rows])
    return [(one, result) for one, (_, result) in zip(rounds, rows, strict=True)]


async def _result(session: AsyncSession, assessment: Assessment) -> Result:
    found = await session.exec(
        select(Result).where(
            Result.organization_id == assessment.organization_id,
            Result.assessment_id == assessment.id,
        )
    )
    return found.one()
