"""What a query measures, and with how much noise. Pure: scores in, noisy whole numbers out.

Neighbours are two sets of results that differ in one organization's result, which is in one of
them and not in the other. Every measurement is whole numbers plus discrete Laplace noise, so one
sampler carries every promise; what is shown is worked out of the noisy numbers alone.
"""

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from app.queries.laplace import Below, draw

POINT = 10
"""Steps of the grid in one point of a score."""

TOP = 100 * POINT
"""The highest score on the grid; the lowest is 0."""

CENTRE = TOP // 2
"""Scores are added up as distances from here: half the sensitivity of adding up the scores."""

COUNT_SHARE = Fraction(1, 4)
"""Of epsilon, for the count that decides whether there are enough; the rest is for the figure."""

FINE = 5
"""Width in points of the bins that quantiles are read from."""

PERCENTILES = (25, 50, 75)
"""Further out, too few lie in a bin for the noise."""


class Statistic(StrEnum):
    """What can be asked for."""

    COUNT = "count"
    MEAN = "mean"
    HISTOGRAM = "histogram"
    QUANTILES = "quantiles"


@dataclass(frozen=True, slots=True)
class Noise:
    """Discrete Laplace noise that hides one organization."""

    epsilon: Fraction
    sensitivity: int
    """The most that one organization changes the numbers by, in sum."""

    @property
    def scale(self) -> Fraction:
        """Of the distribution."""
        return self.sensitivity / self.epsilon

    def margin(self, risk: float) -> int:
        """The least m for which noise is beyond m with at most this probability; for display."""
        p = math.exp(-1 / float(self.scale))
        return max(0, math.ceil(math.log(risk * (1 + p) / 2) / math.log(p)) - 1)


@dataclass(frozen=True, slots=True)
class Plan:
    """A statistic, its bins if it has any, and what it may cost."""

    statistic: Statistic
    epsilon: Fraction
    bin_width: int | None = None
    """In points, of a histogram."""

    @property
    def count_noise(self) -> Noise:
        """For the number of organizations."""
        alone = self.statistic is Statistic.COUNT
        return Noise(self.epsilon if alone else self.epsilon * COUNT_SHARE, 1)

    @property
    def figure_noise(self) -> Noise | None:
        """For the figure; a count is its own."""
        if self.statistic is Statistic.COUNT:
            return None
        # Everybody is in one bin, so bins share one epsilon (parallel composition).
        most = CENTRE if self.statistic is Statistic.MEAN else 1
        return Noise(self.epsilon * (1 - COUNT_SHARE), most)

    @property
    def edges(self) -> list[int]:
        """Of the bins, in points; the last bin has its upper edge too."""
        width = self.bin_width or FINE
        return list(range(0, 100 + width, width))


@dataclass(frozen=True, slots=True)
class Measured:
    """Noisy whole numbers: all that is ever known of the scores."""

    organizations: int
    values: tuple[int, ...]
    """A sum of distances from the centre, or counts by bin, or nothing."""


def on_grid(score: float) -> int:
    """A score as a whole number of steps, within the scale."""
    return min(max(round(score * POINT), 0), TOP)


def exact(plan: Plan, scores: Sequence[int]) -> list[int]:
    """The numbers that noise is added to."""
    match plan.statistic:
        case Statistic.COUNT:
            return []
        case Statistic.MEAN:
            return [sum(score - CENTRE for score in scores)]
        case _:
            inner = [edge * POINT for edge in plan.edges[1:-1]]
            counts = [0] * (len(inner) + 1)
            for score in scores:
                counts[bisect_right(inner, score)] += 1
            return counts


def measure(plan: Plan, scores: Sequence[int], below: Below) -> Measured:
    """Measure with noise; it costs the plan's epsilon whatever comes out.

    Args:
        plan: what, and how dear.
        scores: on the grid, one of each organization.
        below: the randomness.
    """
    noise = plan.figure_noise
    values = () if noise is None else tuple(exact(plan, scores))
    return Measured(
        len(scores) + draw(plan.count_noise.scale, below),
        tuple(value + draw(noise.scale, below) for value in values) if noise else (),
    )


def mean_of(measured: Measured) -> Fraction:
    """The mean in steps of the grid, within the scale; needs a count above 0."""
    found = CENTRE + Fraction(measured.values[0], measured.organizations)
    return min(max(found, Fraction(0)), Fraction(TOP))


def mean_margin(plan: Plan, measured: Measured, risk: float) -> Fraction | None:
    """How far, in steps, the noise may have moved the mean with this probability at most.

    None: farther than can be said.
    """
    noise = plan.figure_noise
    of_count = plan.count_noise.margin(risk / 2)
    if noise is None or measured.organizations <= of_count:
        return None
    away = abs(Fraction(measured.values[0], measured.organizations))
    moved = noise.margin(risk / 2) + away * of_count
    return Fraction(moved) / (measured.organizations - of_count)


def quantiles_of(plan: Plan, measured: Measured) -> dict[int, int] | None:
    """Percentiles in whole points, read from the noisy counts; None if these add up to nothing.

    Noise makes the cumulative counts go up and down: half-way between the highest so far and the
    lowest yet to come they rise, and within a bin a percentile lies where its share of it does.
    """
    rising = _rising(measured.values)
    total, found = rising[-1], {}
    if total <= 0:
        return None
    for percentile in PERCENTILES:
        wanted = total * percentile / 100
        place = next(n for n, reached in enumerate(rising) if n and reached >= wanted)
        before, reached = rising[place - 1], rising[place]
        # The first bin may begin above what is wanted: then it is its lower edge.
        share = (wanted - before) / (reached - before) if reached > before else Fraction(0)
        low, high = plan.edges[place - 1], plan.edges[place]
        found[percentile] = round(low + (high - low) * max(share, Fraction(0)))
    return found


def _rising(counts: Sequence[int]) -> list[Fraction]:
    """Cumulative counts from nothing on, none less than the one before."""
    sums = [0]
    for count in counts:
        sums.append(sums[-1] + count)
    highest, lowest = list(sums), list(sums)
    for place in range(1, len(sums)):
        highest[place] = max(highest[place], highest[place - 1])
        lowest[-place - 1] = min(lowest[-place - 1], lowest[-place])
    return [Fraction(high + low, 2) for high, low in zip(highest, lowest, strict=True)]
