"""An organization's own scores placed in published breakpoints: bands, never a rank (R8)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.assessments.models import Assessment, Result
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


async def own_scores(
    session: AsyncSession, organization_id: UUID, instrument: Published, period: str | None = None
) -> list[Own]:
    """Locked results over an instrument version, the latest first, or that of a period.

    Raises:
        NotFound: nothing is locked.
    """
    wanted = (
        select(Assessment, Result)
        .where(
            Assessment.organization_id == organization_id,
            Assessment.instrument_version_id == instrument.id,
            Result.organization_id == organization_id,
            Result.assessment_id == Assessment.id,
        )
        .order_by(col(Assessment.period_end).desc(), col(Result.locked_at).desc())
    )
    if period is not None:
        wanted = wanted.where(Assessment.period == period)
    found = [
        Own(
            round_.period,
            round_.period_end,
            dict(zip(instrument.figures, (row.overall, *row.section_scores), strict=True)),
        )
        for round_, row in await session.exec(wanted)
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
