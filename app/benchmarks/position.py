"""An organization's own scores placed in published breakpoints: bands, never a rank (R8)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from app import sql
from app.benchmarks.disclosure.cells import Cell
from app.benchmarks.disclosure.percentiles import band, next_band
from app.benchmarks.published import Volume
from app.catalog.service import Published
from app.problems import NotFound


@dataclass(frozen=True, slots=True)
class Own:
    """An organization's own scores in a locked round."""

    period: str
    ended_on: date
    scores: dict[str, float | None]


LOCKED = """
    SELECT a.period, a.period_end, r.overall, r.section_scores
    FROM assessment a
    JOIN result r ON r.organization_id = a.organization_id AND r.assessment_id = a.id
    WHERE a.organization_id = %s AND a.instrument_version_id = %s
      AND (%s::text IS NULL OR a.period = %s)
    ORDER BY a.period_end DESC, r.locked_at DESC
"""


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
        raise NotFound("No locked assessment to place; lock one first")
    return found


def place(figure: str, score: float | None, cell: Cell) -> dict[str, Any]:
    """An own score, the band of published breakpoints it lies in, and how far the next one is."""
    ahead = None if score is None else next_band(score, cell)
    return {
        "figure": figure,
        "score": None if score is None else round(score, 2),
        "band": "withheld" if score is None else band(score, cell),
        "next": ahead and {"percentile": ahead[0], "points": round(ahead[1], 2)},
        "percentiles": dict(cell.percentiles),
        "cohort": cell.cohort,
        "cohort_mean": cell.mean,
        "withheld": cell.reason and str(cell.reason),
    }


def trend(
    own: Sequence[Own], volumes: Sequence[Volume], of: tuple[str, str], key: tuple[str, str]
) -> list[dict[str, Any]]:
    """The place in each release of the latest round that had ended by the release's day.

    Args:
        own: locked rounds, the latest first.
        volumes: releases.
        of: instrument and version.
        key: cohort and figure.
    """
    return [
        {
            "release": volume.number,
            "as_of": volume.as_of,
            "period": round_.period,
            **place(key[1], round_.scores[key[1]], volume.cells[of][key]),
        }
        for volume in volumes
        for round_ in [one for one in own if one.ended_on <= volume.as_of][:1]
        if key in volume.cells.get(of, {})
    ]
