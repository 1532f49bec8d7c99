"""What a chart is made of: points in order of time, and the plan that says how to read them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import fsum, isfinite
from typing import Literal

LARGEST = 1e15
"""No number, given or plotted, may be larger: whole numbers are exact up to 9e15."""
MAX_POINTS = 10_000
"""Ten thousand points are 27 years of days; the rules' cost grows with their number."""


class ChartError(ValueError):
    """Input that makes no chart: which point (``None``: the whole), a stable code, a sentence."""

    def __init__(self, index: int | None, code: str, message: str) -> None:
        super().__init__(message)
        self.index = index
        self.code = code
        self.message = message


class ChartKind(StrEnum):
    """The kind of chart: a run chart, or a control chart for a kind of data."""

    RUN = "run"
    I = "i"  # noqa: E741 the chart's name in the literature
    XBAR = "xbar"
    S = "s"
    P = "p"
    P_PRIME = "p_prime"
    U = "u"
    U_PRIME = "u_prime"
    C = "c"
    G = "g"
    T = "t"


SAMPLED = frozenset({ChartKind.XBAR, ChartKind.S})
PROPORTIONS = frozenset({ChartKind.P, ChartKind.P_PRIME})
RATES = PROPORTIONS | {ChartKind.U, ChartKind.U_PRIME}
COUNTS = frozenset({ChartKind.C, ChartKind.G})


@dataclass(frozen=True, slots=True)
class Point:
    """One period. With nothing in it, a gap: it breaks no run and counts nowhere.

    `value` is for run, i, c (a count), g (opportunities between events) and t (time between
    events); `numerator` and `denominator` for p, u and their primes, and for a run chart of a
    ratio; `sample` for xbar and s. `excluded`: drawn, but counts in no limit and no rule.
    """

    value: float | None = None
    numerator: float | None = None
    denominator: float | None = None
    sample: tuple[float, ...] = ()
    excluded: bool = False

    @property
    def is_gap(self) -> bool:
        """Whether nothing was observed (or nothing may be told)."""
        return (
            self.value is None
            and self.numerator is None
            and self.denominator is None
            and not self.sample
        )


@dataclass(frozen=True, slots=True)
class Rules:
    """Which rules tell a change from noise.

    `run`: "anhoj" (long run, few crossings) or "classic" (`shift` so many in a row on one side,
    `trend` so many in a row up or down), for run charts and control charts alike. For control
    charts also `sigma` (a point beyond a limit) and `two_of_three` (two of three points beyond two
    thirds of the distance to the limit, on one side).
    """

    run: Literal["anhoj", "classic"] = "anhoj"
    shift: int = 6
    trend: int = 5
    sigma: bool = True
    two_of_three: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """How to read a series.

    `phases`: indexes at which a new phase begins, ascending; only there are centre and limits
    made anew. `baseline`: how many points from the start fix centre and limits of the first
    phase, by which its later points are judged. `per`: what p, u and ratios are told per.
    """

    kind: ChartKind
    phases: tuple[int, ...] = ()
    baseline: int | None = None
    rules: Rules = Rules()
    per: float = 1.0


@dataclass(frozen=True, slots=True)
class Reading:
    """A checked point as it is plotted, and its size: a denominator, a sample's size, or 1.

    `spread` is a sample's standard deviation; `count` whether it counts in limits and rules.
    """

    value: float | None
    count: float = 0.0
    size: float = 1.0
    spread: float = 0.0
    counts: bool = False


def mean(values: Sequence[float]) -> float:
    """The mean, its sum exact."""
    return fsum(values) / len(values)


def spans(plan: Plan, length: int) -> Iterator[tuple[int, int]]:
    """Start and stop (exclusive) of each phase."""
    starts = (0, *plan.phases)
    yield from zip(starts, (*plan.phases, length), strict=True)


def numbers(point: Point) -> Iterator[float]:
    """All numbers of a point."""
    yield from point.sample
    for number in (point.value, point.numerator, point.denominator):
        if number is not None:
            yield number


def check_number(index: int | None, number: float) -> None:
    """Raise ``ChartError`` if not finite (`not_finite`) or beyond 1e15 (`too_large`)."""
    if not isfinite(number):
        raise ChartError(index, "not_finite", "The number is not finite")
    if abs(number) > LARGEST:
        raise ChartError(index, "too_large", "The number is larger than 1e15")
