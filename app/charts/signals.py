"""The rules that tell a change from noise, over the points of one phase that count."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from app.charts.limits import ROUNDING, TWO_THIRDS, Fit
from app.charts.runs import crossings_limit, longest_run_limit, runs
from app.charts.series import Reading, Rules

Rule = Literal["long_run", "few_crossings", "shift", "trend", "beyond_limit", "two_of_three"]
Side = Literal["above", "below", "up", "down"]


@dataclass(frozen=True, slots=True)
class Signal:
    """A change that a rule saw: the indexes that make it, and where to. `phase` from 0.

    `side` is ``None`` for few crossings, which point nowhere.
    """

    rule: Rule
    points: tuple[int, ...]
    side: Side | None
    phase: int


@dataclass(frozen=True, slots=True)
class Counted:
    """The points of a phase that count, and what they are judged by."""

    phase: int
    fit: Fit
    indexes: list[int]
    values: list[float]
    readings: list[Reading]

    def signal(self, rule: Rule, positions: Sequence[int], side: int) -> Signal:
        """A signal above or below, by positions among the points that count."""
        points = tuple(self.indexes[at] for at in positions)
        return Signal(rule, points, "above" if side > 0 else "below", self.phase)


@dataclass(frozen=True, slots=True)
class Runs:
    """Runs on one side of the centre: positions of the useful points, their sides, the runs.

    `spans` are (start, stop) within `useful`.
    """

    useful: list[int]
    sides: list[int]
    spans: list[tuple[int, int]]

    @property
    def longest(self) -> int:
        """Points in the longest run; 0 where no point is useful."""
        return max((stop - start for start, stop in self.spans), default=0)

    @property
    def crossings(self) -> int:
        """How often the line crosses the centre."""
        return max(0, len(self.spans) - 1)


def runs_of(counted: Counted) -> Runs:
    """The runs; a point on the centre is left out: it neither breaks a run nor lengthens it."""
    fit, useful, sides = counted.fit, [], []
    for at, value in enumerate(counted.values):
        if abs(value - fit.centre) > fit.same:
            useful.append(at)
            sides.append(1 if value > fit.centre else -1)
    return Runs(useful, sides, runs(sides))


def signals_of(rules: Rules, counted: Counted, found: Runs) -> Iterator[Signal]:
    """Every signal, rule by rule."""
    if rules.run == "anhoj":
        limit = longest_run_limit(len(found.useful))
        if limit is not None:
            yield from long_runs(counted, found, limit + 1, "long_run")
            yield from few_crossings(counted, found)
    else:
        yield from long_runs(counted, found, rules.shift, "shift")
        yield from trends(counted, rules.trend)
    if counted.fit.band is not None:
        if rules.sigma:
            for at, side in beyond(counted, 1.0):
                yield counted.signal("beyond_limit", [at], side)
        if rules.two_of_three:
            yield from two_of_three(counted)


def long_runs(counted: Counted, found: Runs, least: int, rule: Rule) -> Iterator[Signal]:
    """Each run of `least` points or more."""
    for start, stop in found.spans:
        if stop - start >= least:
            yield counted.signal(rule, found.useful[start:stop], found.sides[start])


def few_crossings(counted: Counted, found: Runs) -> Iterator[Signal]:
    """One signal of all useful points, if the line crosses the centre too seldom."""
    limit = crossings_limit(len(found.useful))
    if limit is not None and found.crossings < limit:
        points = tuple(counted.indexes[at] for at in found.useful)
        yield Signal("few_crossings", points, None, counted.phase)


def trends(counted: Counted, least: int) -> Iterator[Signal]:
    """Each `least` points or more that go up, or down; of equal neighbours only one is counted.

    Source: Perla, Provost & Murray (2011), BMJ Quality & Safety 20:46-51.
    """
    for positions, distinct, direction in slopes(counted.values):
        if distinct >= least:
            points = tuple(counted.indexes[at] for at in positions)
            yield Signal("trend", points, "up" if direction > 0 else "down", counted.phase)


def slopes(values: Sequence[float]) -> Iterator[tuple[range, int, int]]:
    """Each stretch that goes one way: its positions, how many differ, and 1 (up) or -1 (down)."""
    start = end = direction = 0
    distinct = 1
    for at, (before, after) in enumerate(pairwise(values), start=1):
        if abs(after - before) <= ROUNDING * max(abs(before), abs(after)):
            continue
        step = 1 if after > before else -1
        if step != direction:
            if direction:
                yield range(start, end + 1), distinct, direction
            start, distinct, direction = at - 1, 1, step
        distinct, end = distinct + 1, at
    if direction:
        yield range(start, end + 1), distinct, direction


def beyond(counted: Counted, share: float) -> Iterator[tuple[int, int]]:
    """Positions beyond this share of the distance to the limit, and on which side."""
    fit = counted.fit
    for at, (value, reading) in enumerate(zip(counted.values, counted.readings, strict=True)):
        lower, upper = fit.limits(reading, share)
        same = max(fit.same, ROUNDING * abs(value))
        if upper is not None and value - upper > same:
            yield at, 1
        elif lower is not None and lower - value > same:
            yield at, -1


def two_of_three(counted: Counted) -> Iterator[Signal]:
    """Stretches in which two of three points in a row lie far out on one side."""
    far = list(beyond(counted, TWO_THIRDS))
    for side in (1, -1):
        stretch: list[int] = []
        for at in [position for position, where in far if where == side]:
            if stretch and at - stretch[-1] > 2:  # noqa: PLR2004 no third point holds both
                yield from close(counted, stretch, side)
                stretch = []
            stretch.append(at)
        yield from close(counted, stretch, side)


def close(counted: Counted, stretch: list[int], side: int) -> Iterator[Signal]:
    """The signal of a stretch, if it has two points."""
    if len(stretch) > 1:
        yield counted.signal("two_of_three", stretch, side)
