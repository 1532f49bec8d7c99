"""What a control chart says in the words of NHS England's *Making Data Count*, as data.

Two questions, as that programme asks them. Variation: does the latest point belong to a change, and
is it for the better? Assurance: would the process, left as it is, meet the target?
"""

from enum import StrEnum
from typing import Literal, NamedTuple

from app.charts.chart import Chart
from app.charts.series import ChartError, ChartKind
from app.charts.signals import Rule, Signal

Wished = Literal["up", "down"]


class Variation(StrEnum):
    """What the latest point belongs to; `change` is one for which no direction is good or bad."""

    COMMON_CAUSE = "common_cause"
    IMPROVEMENT = "improvement"
    CONCERN = "concern"
    CHANGE = "change"


class Assurance(StrEnum):
    """What the limits promise about the target."""

    HIT_OR_MISS = "hit_or_miss"
    CONSISTENTLY_PASSING = "consistently_passing"
    CONSISTENTLY_FAILING = "consistently_failing"
    NO_TARGET = "no_target"


class Icons(NamedTuple):
    """Both answers."""

    variation: Variation
    assurance: Assurance


WEIGHT: dict[Rule, int] = {
    "beyond_limit": 0,
    "two_of_three": 1,
    "long_run": 2,
    "shift": 2,
    "trend": 3,
    "few_crossings": 4,
}
"""Which signal speaks where a point belongs to several: the one that says most of the point."""


def icons(chart: Chart, wished: Wished | None, target: float | None) -> Icons:
    """Variation and assurance of a control chart, from its latest point that counts.

    `wished`: where better is; ``None`` where neither is, so that a change is no more than a change
    and no target can be passed. Raises ``ChartError`` for a run chart, which has no limits.
    """
    if chart.kind is ChartKind.RUN:
        raise ChartError(None, "no_limits", "A run chart has no limits to promise anything")
    latest = max(
        at for at, one in enumerate(chart.points) if one.value is not None and not one.excluded
    )
    return Icons(variation(chart, latest, wished), assurance(chart, latest, wished, target))


def variation(chart: Chart, latest: int, wished: Wished | None) -> Variation:
    """What the signals say of the point at `latest`."""
    told = [one for one in chart.signals if speaks_of(chart, one, latest)]
    if not told:
        return Variation.COMMON_CAUSE
    side = min(told, key=lambda one: WEIGHT[one.rule]).side
    if side is None or wished is None:
        return Variation.CHANGE
    better = side in {"above", "up"} if wished == "up" else side in {"below", "down"}
    return Variation.IMPROVEMENT if better else Variation.CONCERN


def speaks_of(chart: Chart, signal: Signal, latest: int) -> bool:
    """Whether a signal is about a point; few crossings are about the whole phase."""
    if signal.rule == "few_crossings":
        return signal.phase == chart.points[latest].phase
    return latest in signal.points


def assurance(chart: Chart, latest: int, wished: Wished | None, target: float | None) -> Assurance:
    """Whether all, none or some of what lies within the latest limits meets the target."""
    point = chart.points[latest]
    if wished is None or target is None or point.lower is None or point.upper is None:
        return Assurance.NO_TARGET
    up = wished == "up"
    worst, best = (point.lower, point.upper) if up else (point.upper, point.lower)
    if worst == target or (worst > target) == up:
        return Assurance.CONSISTENTLY_PASSING
    if best == target or (best < target) == up:
        return Assurance.CONSISTENTLY_FAILING
    return Assurance.HIT_OR_MISS
