"""What may go into a chart. Everything refused is a `ChartError`, with the index of the point."""

from collections.abc import Sequence
from math import fsum, sqrt

from app.charts.series import (
    COUNTS,
    LARGEST,
    MAX_POINTS,
    PROPORTIONS,
    RATES,
    SAMPLED,
    ChartError,
    ChartKind,
    Plan,
    Point,
    Reading,
    check_number,
    mean,
    numbers,
)

SHIFTS = range(6, 10)
TRENDS = range(5, 8)
SMALLEST = 1 / LARGEST
MIN_SAMPLE = 2
"""A sample of one has no spread."""


def check_plan(plan: Plan, length: int) -> None:
    """Raise ``ChartError`` for phases, a baseline, a `per` or rules that make no sense."""
    if not length:
        raise ChartError(None, "no_points", "A chart needs points")
    if length > MAX_POINTS:
        raise ChartError(None, "too_many_points", f"A chart has at most {MAX_POINTS} points")
    check_number(None, plan.per)
    if plan.per <= 0:
        raise ChartError(None, "per_not_positive", "Rates are told per a number above zero")
    if plan.rules.shift not in SHIFTS or plan.rules.trend not in TRENDS:
        raise ChartError(None, "unknown_rule", "A shift is of 6 to 9 points, a trend of 5 to 7")
    check_phases(plan, length)


def check_phases(plan: Plan, length: int) -> None:
    """Raise ``ChartError`` for phases or a baseline that lie where they cannot."""
    before = 0
    for begin in plan.phases:
        if not 0 < begin < length:
            raise ChartError(begin, "phase_out_of_range", "A phase begins outside of the series")
        if begin <= before:
            raise ChartError(begin, "phases_not_ascending", "Phases must be in order, each once")
        before = begin
    first = plan.phases[0] if plan.phases else length
    if plan.baseline is not None and not 1 <= plan.baseline <= first:
        raise ChartError(
            None,
            "baseline_out_of_range",
            f"The baseline is of 1 to {first} points, the first phase",
        )


def readings(plan: Plan, points: Sequence[Point]) -> list[Reading]:
    """Each point checked and as it is plotted; gaps have no value."""
    if plan.kind in SAMPLED:
        read = sampled
    elif plan.kind in RATES:
        read = rated
    else:
        read = valued
    return [
        Reading(value=None) if point.is_gap else read(plan, index, point)
        for index, point in enumerate(points)
    ]


def sampled(plan: Plan, index: int, point: Point) -> Reading:
    """A sample's mean and standard deviation (n - 1)."""
    if point.value is not None or point.numerator is not None or point.denominator is not None:
        raise ChartError(index, "wrong_part", "This chart takes samples and nothing else")
    for number in point.sample:
        check_number(index, number)
    size = len(point.sample)
    if size < MIN_SAMPLE:
        raise ChartError(index, "sample_too_small", "A sample needs two values or more")
    middle = mean(point.sample)
    spread = sqrt(fsum((one - middle) ** 2 for one in point.sample) / (size - 1))
    value = middle if plan.kind is ChartKind.XBAR else spread
    return Reading(value, middle, size, spread, counts=not point.excluded)


def rated(plan: Plan, index: int, point: Point) -> Reading:
    """A numerator over its denominator, told per `plan.per`."""
    over, under = point.numerator, point.denominator
    if over is None or under is None or point.value is not None or point.sample:
        raise ChartError(index, "wrong_part", "This takes a numerator and a denominator, no more")
    check_number(index, over)
    check_number(index, under)
    if under <= 0:
        raise ChartError(index, "denominator_not_positive", "The denominator is not above zero")
    if under < SMALLEST:
        raise ChartError(index, "too_small", "The denominator is smaller than 1e-15")
    if plan.kind is not ChartKind.RUN:
        check_count(index, over)
    if plan.kind in PROPORTIONS and over > under:
        raise ChartError(index, "more_than_all", "The numerator is larger than the denominator")
    value = over / under * plan.per
    check_number(index, value)
    return Reading(value, over, under, counts=not point.excluded)


def valued(plan: Plan, index: int, point: Point) -> Reading:
    """The value of a point that has one number; or the ratio that a run chart may have instead."""
    value = point.value
    if value is None and plan.kind is ChartKind.RUN:
        return rated(plan, index, point)
    if value is None or len(list(numbers(point))) > 1:
        raise ChartError(index, "wrong_part", "This chart takes one value and nothing else")
    check_number(index, value)
    if plan.kind in COUNTS:
        check_count(index, value)
    if plan.kind is ChartKind.T and value <= 0:
        raise ChartError(index, "time_not_positive", "The time between events is not above zero")
    return Reading(value, counts=not point.excluded)


def check_count(index: int, number: float) -> None:
    """Raise ``ChartError`` unless `number` is 0, 1, 2 and so on."""
    if number < 0:
        raise ChartError(index, "negative_count", "A count is below zero")
    if number != int(number):
        raise ChartError(index, "not_whole", "A count is not a whole number")
