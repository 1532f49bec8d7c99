"""An organization's own scores placed in published breakpoints: bands, never a rank (R8)."""

from collections.abc import Sequence
from typing import Any

from app.assessments.locked import Own
from app.benchmarks.disclosure.cells import Cell
from app.benchmarks.disclosure.percentiles import band, next_band
from app.benchmarks.published import Volume


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
