"""What releases remember of an organization once it has been erased: that somebody was counted."""

from uuid import UUID, uuid4

from sqlmodel import col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.assessments.models import Assessment, Result
from app.benchmarks.models import ErasedContribution, ReleaseContribution
from app.catalog import service as catalog
from app.catalog.service import Published


async def forget(session: AsyncSession, organization_id: UUID, limit: int) -> int:
    """Put nobody in an organization's place, for so many of its results; how many rows went.

    Needs ``Scope(erasing=True)``, and the results, of which it takes which figures there were.
    """
    found = await session.exec(
        select(Assessment, Result)
        .where(
            Assessment.organization_id == organization_id,
            col(Assessment.id).in_(
                select(ReleaseContribution.assessment_id).where(
                    ReleaseContribution.organization_id == organization_id
                )
            ),
            Result.organization_id == organization_id,
            Result.assessment_id == Assessment.id,
        )
        .limit(limit)
    )
    gone = 0
    for assessment, result in found.all():
        instrument = await catalog.get_instrument_by_id(session, assessment.instrument_version_id)
        gone += await _replace(session, result, instrument)
    return gone


async def _replace(session: AsyncSession, result: Result, instrument: Published) -> int:
    scores = zip(instrument.figures, (result.overall, *result.section_scores), strict=True)
    figures = [figure for figure, score in scores if score is not None]
    mine = (
        col(ReleaseContribution.organization_id) == result.organization_id,
        col(ReleaseContribution.assessment_id) == result.assessment_id,
    )
    counted = (await session.exec(select(ReleaseContribution).where(*mine))).all()
    nobody = uuid4()
    session.add_all(
        ErasedContribution(
            release_number=one.release_number,
            id=nobody,
            instrument_version_id=instrument.id,
            cohorts=one.cohorts,
            figures=figures,
        )
        for one in counted
    )
    await session.exec(delete(ReleaseContribution).where(*mine))
    await session.flush()
    return len(counted)
