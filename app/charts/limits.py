"""Centre and limits of a phase, by kind of chart.

Sources, by the names used below: *Montgomery*, Introduction to Statistical Quality Control, the
chapters on charts for variables and attributes; *Wheeler*, Understanding Variation (XmR);
*Laney* (2002), Quality Engineering 14:531-537 (primes); *Benneyan* (2001), Health Care Management
Science 4:305-318 (g); *Nelson* (1994), Journal of Quality Technology 26:237-239 (t).
Limits are never screened, and what lies below zero where nothing can be is drawn at zero.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise
from math import exp, fsum, inf, lgamma, sqrt
from statistics import median

from app.charts.series import (
    PROPORTIONS,
    RATES,
    SAMPLED,
    ChartError,
    ChartKind,
    Plan,
    Reading,
    mean,
)

XMR = 2.66
"""Three standard deviations in mean moving ranges: 3 / 1.128, as Wheeler rounds it."""
D2 = 1.128
"""Mean range of two normal values in standard deviations, as the literature rounds it."""
POWER = 3.6
"""Times between events, to the power 1 / 3.6, are nearly normal (Nelson)."""
ROUNDING = 1e-12
"""Share of the numbers' size within which they are the same: what floats lose in a sum."""
TWO_THIRDS = 2 / 3

Band = Callable[[float, float], tuple[float, float]]
"""Lower and upper limit for a size (denominator, sample), at a share of their distance."""


@dataclass(frozen=True, slots=True)
class Fit:
    """What a phase is judged by. `same`: how near two numbers are one."""

    centre: float
    same: float
    band: Band | None = None
    by_size: bool = False
    sigma_z: float | None = None

    def limits(self, reading: Reading, share: float = 1.0) -> tuple[float | None, float | None]:
        """Lower and upper at a point; none for a run chart, or where a gap has no size."""
        if self.band is None or (self.by_size and reading.value is None):
            return None, None
        return self.band(reading.size, share)


def fit(plan: Plan, base: Sequence[Reading], start: int) -> Fit:
    """Centre and limits from the readings of a phase that fix them; gaps and excluded ones too.

    Raises ``ChartError`` at `start` where too few of them count.
    """
    used = [one for one in base if one.counts]
    if len(used) < (1 if plan.kind is ChartKind.RUN else 2):
        raise ChartError(start, "phase_too_short", "Too few points to make centre and limits of")
    if plan.kind in RATES:
        return rates(plan, base, used, start)
    if plan.kind in SAMPLED:
        return samples(plan.kind, used)
    values = [one.value for one in used if one.value is not None]
    match plan.kind:
        case ChartKind.RUN:
            return Fit(median(values), same=closeness_of_median(values))
        case ChartKind.C:
            return counts(values)
        case ChartKind.G:
            return between(values)
        case _:
            return individuals(plan.kind, base, values, start)


def closeness(values: Sequence[float]) -> float:
    """How near a value and a mean of these must be to be the same."""
    return ROUNDING * max(map(abs, values))


def closeness_of_median(values: Sequence[float]) -> float:
    """The same for their median, in which at most the two in the middle have a part."""
    ordered, half = sorted(values), len(values) // 2
    return closeness(ordered[(len(values) - 1) // 2 : half + 1])


def bounded(centre: float, distance: float, top: float = inf) -> tuple[float, float]:
    """Limits at a distance from the centre, within 0 and `top`."""
    return max(0.0, centre - distance), min(top, centre + distance)


def moving_range(values: Sequence[float | None], start: int) -> float:
    """Mean distance of neighbours; a gap (``None``) has no neighbours."""
    ranges = [abs(b - a) for a, b in pairwise(values) if a is not None and b is not None]
    if not ranges:
        raise ChartError(start, "phase_too_short", "No two neighbours to make a moving range of")
    return mean(ranges)


def individuals(
    kind: ChartKind, base: Sequence[Reading], values: Sequence[float], start: int
) -> Fit:
    """I (Wheeler) and T (Nelson): the mean, and 2.66 mean moving ranges on either side of it."""
    power = POWER if kind is ChartKind.T else 1.0
    turned = [
        one.value ** (1 / power) if one.counts and one.value is not None else None for one in base
    ]
    centre = mean([one for one in turned if one is not None])
    width = XMR * moving_range(turned, start)

    @cache
    def band(_: float, share: float) -> tuple[float, float]:
        return centre - share * width, centre + share * width

    @cache
    def turned_back(_: float, share: float) -> tuple[float, float]:
        lower, upper = bounded(centre, share * width)
        return lower**POWER, upper**POWER

    if kind is ChartKind.T:
        return Fit(centre**POWER, closeness(values), turned_back)
    return Fit(centre, closeness(values), band)


def counts(values: Sequence[float]) -> Fit:
    """C: the mean m, and 3 sqrt(m) on either side (Montgomery)."""
    centre = mean(values)
    width = 3 * sqrt(centre)
    return Fit(centre, closeness(values), cache(lambda _, share: bounded(centre, share * width)))


def between(values: Sequence[float]) -> Fit:
    """G: limits from the mean m, 3 sqrt(m (m + 1)) on either side (Benneyan).

    The centre is the median: a geometric variable lies below its mean nearly two times in three,
    and the rules on runs need half of the points on either side.
    """
    middle = mean(values)
    width = 3 * sqrt(middle * (middle + 1))
    return Fit(
        median(values),
        closeness_of_median(values),
        cache(lambda _, share: bounded(middle, share * width)),
    )


def rates(plan: Plan, base: Sequence[Reading], used: Sequence[Reading], start: int) -> Fit:
    """P and U (Montgomery), and their primes (Laney): limits for each denominator.

    The centre is all numerators over all denominators. The primes multiply the distance by
    sigma_z, the mean moving range of the standardized rates over 1.128; it is ``None``, and the
    limits lie on the centre, where all rates are 0 (or all proportions 1).
    """
    per, top = plan.per, plan.per if plan.kind in PROPORTIONS else inf
    rate = fsum(one.count for one in used) / fsum(one.size for one in used)
    variance = rate * (1 - rate) if plan.kind in PROPORTIONS else rate
    sigma_z = None
    if plan.kind in {ChartKind.P_PRIME, ChartKind.U_PRIME} and variance > 0:
        scores = [
            (one.count / one.size - rate) / sqrt(variance / one.size) if one.counts else None
            for one in base
        ]
        sigma_z = moving_range(scores, start) / D2
    width = 3 * per * (1.0 if sigma_z is None else sigma_z)

    @cache
    def band(size: float, share: float) -> tuple[float, float]:
        return bounded(rate * per, share * width * sqrt(variance / size), top)

    values = [one.value for one in used if one.value is not None]
    return Fit(rate * per, closeness(values), band, by_size=True, sigma_z=sigma_z)


def samples(kind: ChartKind, used: Sequence[Reading]) -> Fit:
    """Xbar and S (Montgomery): A3, B3 and B4 with the exact c4, for each sample's size.

    The grand mean weighs samples by size; the standard deviation is the mean of the samples' if
    all have one size, else the pooled one.
    """
    sizes = {one.size for one in used}
    if len(sizes) == 1:
        spread = mean([one.spread for one in used])
    else:
        squares = fsum((one.size - 1) * one.spread**2 for one in used)
        spread = sqrt(squares / fsum(one.size - 1 for one in used))
    if kind is ChartKind.S:
        return Fit(
            spread,
            closeness([size for one in used for size in (one.count, one.spread)]),
            cache(lambda size, share: bounded(spread, share * 3 * spread * relative_spread(size))),
            by_size=True,
        )
    grand = fsum(one.size * one.count for one in used) / fsum(one.size for one in used)

    @cache
    def band(size: float, share: float) -> tuple[float, float]:
        width = share * 3 * spread / (c4(size) * sqrt(size))
        return grand - width, grand + width

    return Fit(grand, closeness([one.count for one in used]), band, by_size=True)


@lru_cache(maxsize=256)
def c4(size: float) -> float:
    """Mean of the sample standard deviation of `size` normal values, over the true one."""
    return sqrt(2 / (size - 1)) * exp(lgamma(size / 2) - lgamma((size - 1) / 2))


def relative_spread(size: float) -> float:
    """Standard deviation of the sample standard deviation over its mean."""
    return sqrt(1 - c4(size) ** 2) / c4(size)
