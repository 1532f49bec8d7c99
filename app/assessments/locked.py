"""An organization's locked results over one instrument version."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from app import sql
from app.catalog.service import Published
from app.problems import NotFound

LOCKED = """
    SELECT a.period, a.period_end, r.overall, r.section_scores
    FROM assessment a
    JOIN result r ON r.organization_id = a.organization_id AND r.assessment_id = a.id
    WHERE a.organization_id = %s AND a.instrument_version_id = %s
      AND (%s::text IS NULL OR a.period = %s)
    ORDER BY a.period_end DESC, r.locked_at DESC
"""


@dataclass(frozen=True, slots=True)
class Own:
    """An organization's own scores in a locked round."""

    period: str
    ended_on: date
    scores: dict[str, float | None]
    """By figure: overall, and each section."""


async def own_scores(
    session: AsyncSession, organization_id: UUID, instrument: Published, period: str | None = None
) -> list[Own]:
    """Locked results over an instrument version, the latest first, or that of a period.

    Raises:
        NotFound: nothing is locked.
    """
    figures = instrument.figures
    found = [
        Own(named, ended_on, dict(zip(figures, (overall, *sections), strict=True)))
        for named, ended_on, overall, sections in await sql.rows(
            session, LOCKED, [organization_id, instrument.id, period, period]
        )
    ]
    if not found:
        raise NotFound("No locked assessment yet; lock one first")
    return found
