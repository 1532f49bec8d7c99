"""Further figures of a released cell, from that cell alone: so they tell nothing new (R7).

Source: Student's t by the expansion of Fisher and Cornish (Abramowitz and Stegun 26.7.5).
"""

from math import ceil, floor, sqrt

import numpy as np

from app.benchmarks.disclosure.cells import Cell, Histogram, share_of
from app.benchmarks.disclosure.percentiles import rough
from app.benchmarks.disclosure.thresholds import TOP

Z = 1.959963984540054
"""The 97.5th percentile of the normal distribution: intervals are of 95 %."""

STEP = 0.5
"""Ends of intervals are multiples of this, outwards, in points."""


def interval(cell: Cell) -> tuple[float, float] | None:
    """A 95 % interval around the mean in points, or none without a histogram that carries it.

    For organizations taken as drawn independently from many like them. The half step that the mean
    was rounded by is in it; that hospitals of one network are alike is not.
    """
    known = _moments(cell)
    if known is None:
        return None
    mean, spread, number = known
    low, high = _around(mean, t(number - 1) * sqrt(spread / number) + STEP / 2)
    return max(low, 0.0), min(high, TOP)


def difference(one: Cell, other: Cell) -> tuple[float, tuple[float, float]] | None:
    """Mean of ``one`` less that of ``other``, and its 95 % interval (Welch); none without both.

    Only for cohorts that share nobody.
    """
    first, second = _moments(one), _moments(other)
    if first is None or second is None:
        return None
    left, right = first[1] / first[2], second[1] / second[2]
    freedom = (left + right) ** 2 / (left**2 / (first[2] - 1) + right**2 / (second[2] - 1))
    apart = first[0] - second[0]
    return apart, _around(apart, t(freedom) * sqrt(left + right) + STEP)


def share_from(cell: Cell, score: float) -> str | None:
    """Share of organizations with ``score`` points or more, in steps of 5 % with open ends.

    A bin that the score divides counts in part, as if its organizations were spread evenly.
    """
    usable = _usable(cell)
    if usable is None:
        return None
    below = np.concatenate([[0.0], np.cumsum(usable.counts)])
    return share_of(1 - float(np.interp(score, usable.edges, below)) / sum(usable.counts))


def variance(histogram: Histogram, organizations: int) -> float:
    """Of scores in bins, in points squared; never less than that of one evenly filled bin.

    Rounding to fives empties the thin bins of the tails. Those organizations that it took away are
    put beside the outermost counts left, half on each side; without them intervals held the mean in
    88 to 97 of 100 worlds, with them in 92 to 98.
    """
    edges, counts = np.array(histogram.edges), np.array(histogram.counts, dtype=np.float64)
    filled = np.flatnonzero(counts)
    tail = max(organizations - sum(histogram.counts), 0) / 2
    counts[max(filled[0] - 1, 0)] += tail
    counts[min(filled[-1] + 1, len(counts) - 1)] += tail
    middles, width = (edges[1:] + edges[:-1]) / 2, edges[1] - edges[0]
    mean = np.average(middles, weights=counts)
    squares = float(np.dot((middles - mean) ** 2, counts) / (counts.sum() - 1))
    return max(squares, float(width**2) / 12)


def t(freedom: float) -> float:
    """The 97.5th percentile of Student's t; within 0.001 from 8 degrees of freedom on."""
    terms = (
        (Z**3 + Z) / 4,
        (5 * Z**5 + 16 * Z**3 + 3 * Z) / 96,
        (3 * Z**7 + 19 * Z**5 + 17 * Z**3 - 15 * Z) / 384,
    )
    return Z + terms[0] / freedom + terms[1] / freedom**2 + terms[2] / freedom**3


def _around(middle: float, half: float) -> tuple[float, float]:
    return STEP * floor((middle - half) / STEP), STEP * ceil((middle + half) / STEP)


def _moments(cell: Cell) -> tuple[float, float, int] | None:
    """Mean, variance of the scores, and number of organizations."""
    histogram = _usable(cell)
    if histogram is None or cell.mean is None or cell.organizations is None:
        return None
    return cell.mean, variance(histogram, cell.organizations), cell.organizations


def _usable(cell: Cell) -> Histogram | None:
    """The cell's histogram, unless rounding has left too little of it."""
    if cell.histogram is None or cell.organizations is None:
        return None
    return None if rough(cell.histogram, cell.organizations) else cell.histogram
