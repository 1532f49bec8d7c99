"""Percentiles and bands: post-processing of what is already released (R7, R8).

Nothing here sees a score of another organization: a percentile comes from the rounded histogram,
a band from the reader's own score and the released cell. So neither tells anything new.
"""

from collections.abc import Mapping

import numpy as np

from app.benchmarks.disclosure.cells import NO_PERCENTILES, Cell, Histogram, Reason
from app.benchmarks.disclosure.thresholds import Thresholds

QUARTILES = ("p25", "p50", "p75")
"""What a histogram in middle bins carries."""

DECILES = ("p10", "p90")
"""What only a histogram in narrow bins carries."""

ROUGHEST = 0.2
"""Rounded counts that miss the rounded number of organizations by a larger share of it (many
bins of one or two, each rounded away) do not carry percentiles. Both numbers are public."""


def percentiles(
    histogram: Histogram | None, organizations: int, thresholds: Thresholds
) -> tuple[Mapping[str, float | None], Mapping[str, Reason]]:
    """Percentiles in points, interpolated in the rounded counts, and why others are withheld.

    ``organizations`` is the rounded number. The bins' width tells what may be read from them:
    quartiles from middle bins on, p10 and p90 from narrow ones. Values are rounded as means are
    and never decrease from p10 to p90.
    """
    width = histogram.edges[1] - histogram.edges[0] if histogram else float("inf")
    carried = ((QUARTILES, thresholds.middle_bin), (DECILES, thresholds.narrow_bin))
    names = [name for group, widest in carried if width <= widest for name in group]
    reasons = {n: Reason.TOO_FEW_ORGANIZATIONS for n in NO_PERCENTILES if n not in names}
    if histogram is None or not names:
        return NO_PERCENTILES, reasons
    if rough(histogram, organizations):
        return NO_PERCENTILES, reasons | dict.fromkeys(names, Reason.HISTOGRAM_TOO_ROUGH)
    found = {name: _interpolate(histogram, name, thresholds) for name in names}
    return {name: found.get(name) for name in NO_PERCENTILES}, reasons


def rough(histogram: Histogram, organizations: int) -> bool:
    """Whether rounding left too little of a histogram to read anything further from it."""
    total = sum(histogram.counts)
    return total == 0 or abs(total - organizations) > ROUGHEST * organizations


def _interpolate(histogram: Histogram, name: str, thresholds: Thresholds) -> float:
    """The score below which that share of the rounded counts lies, spread evenly in each bin."""
    below = np.concatenate([[0], np.cumsum(histogram.counts)]) / sum(histogram.counts)
    share = int(name.removeprefix("p")) / 100
    last = int(np.searchsorted(below, share))
    [value] = np.interp([share], below[last - 1 : last + 1], histogram.edges[last - 1 : last + 1])
    return round_to(float(value), thresholds.mean_step)


def round_to(value: float, step: float) -> float:
    """The nearest multiple of ``step``, halves upwards."""
    return step * float(np.floor(value / step + 0.5))


def next_band(score: float, cell: Cell) -> tuple[str, float] | None:
    """The next published percentile above an own score, and the points to it; none above all."""
    ahead = [(n, value) for n, value in cell.percentiles.items() if value is not None]
    return next(((name, value - score) for name, value in ahead if value > score), None)


def band(score: float, cell: Cell) -> str:
    """Where an own score lies in the published breakpoints (R8), such as ``p25_p50``.

    A function of the score (0..100) and the released cell alone, so that asking tells nothing
    about anybody: ``below_`` the lowest published percentile, between two of them (a score at a
    breakpoint is above it), ``above_`` the highest; ``withheld`` if none is published.
    """
    marks = [(name, value) for name, value in cell.percentiles.items() if value is not None]
    if not marks:
        return "withheld"
    passed = sum(score >= value for _, value in marks)
    if passed == 0:
        return f"below_{marks[0][0]}"
    if passed == len(marks):
        return f"above_{marks[-1][0]}"
    return f"{marks[passed - 1][0]}_{marks[passed][0]}"
