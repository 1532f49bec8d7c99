"""What releases remember of an organization once it has been erased: that somebody was counted."""

from collections import defaultdict
from uuid import UUID, uuid4

from sqlmodel import col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.assessments.models import Assessment, Result
from app.benchmarks.items import all_figures
from app.benchmarks.models import ErasedContribution, ReleaseContribution
from app.catalog import service as catalog


async def forget(session: AsyncSession, organization_id: UUID) -> int:
    """Put nobody in an organization's place, in every release; how many rows went.

    All at once, for they are few: one a result and release. Needs ``Scope(erasing=True)``, and the
    results, of which it takes which figures there were.
    """
    mine = col(ReleaseContribution.organization_id) == organization_id
    found = await session.exec(
        select(ReleaseContribution, Assessment, Result).where(
            mine,
            Assessment.organization_id == ReleaseContribution.organization_id,
            Assessment.id == ReleaseContribution.assessment_id,
            Result.organization_id == ReleaseContribution.organization_id,
            Result.assessment_id == ReleaseContribution.assessment_id,
        )
    )
    nobody: defaultdict[UUID, UUID] = defaultdict(uuid4)
    for counted, assessment, result in found.all():
        instrument = await catalog.get_instrument_by_id(session, assessment.instrument_version_id)
        items = result.item_scores or [None] * len(instrument.form.items)
        values = (result.overall, *result.section_scores, *items)
        scores = zip(all_figures(instrument), values, strict=True)
        session.add(
            ErasedContribution(
                release_number=counted.release_number,
                id=nobody[assessment.id],
                instrument_version_id=instrument.id,
                cohorts=counted.cohorts,
                figures=[figure for figure, score in scores if score is not None],
                before_id=counted.before_id and nobody[counted.before_id],
            )
        )
    gone = await session.exec(delete(ReleaseContribution).where(mine))
    await session.flush()
    return gone.rowcount
