"""Whether an aim is on course: what was seen last, against the straight line to the target."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from math import isclose
from statistics import median
from typing import NamedTuple

from app.charts.limits import ROUNDING
from app.charts.series import ChartError, check_number

LATEST = 6
"""Observations that make a level, so that one or two good ones do not."""


class Aim(NamedTuple):
    """How much, by when: from `baseline` on `from_on` to `target` on `by`."""

    baseline: float
    target: float
    from_on: date
    by: date


class Standing(StrEnum):
    """Where an aim stands."""

    REACHED = "reached"
    ON_COURSE = "on_course"
    OFF_COURSE = "off_course"
    CANNOT_TELL_YET = "cannot_tell_yet"


@dataclass(frozen=True, slots=True)
class Verdict:
    """Where an aim stands, and the numbers that say so.

    `n`: observations after `from_on`. `level`: the median of the last six; `expected`: the
    straight line from baseline to target in the middle of these six, the target from `by` on.
    Both ``None`` under six.
    """

    standing: Standing
    n: int
    level: float | None
    expected: float | None


def verdict(aim: Aim, dated: Sequence[tuple[date, float]]) -> Verdict:
    """Judge `aim` by observations, each with the day on which its period ended, in any order.

    Reached: the level is at the target or beyond. On course: it is at the line or beyond, and the
    last observation is not after `by`. Observations on `from_on` or before are of the baseline and
    count nowhere. Raises ``ChartError`` (with an index into `dated`) for numbers that are none and
    an aim that goes nowhere.
    """
    check(aim, dated)
    since = sorted((on, value) for on, value in dated if on > aim.from_on)
    if len(since) < LATEST:
        return Verdict(Standing.CANNOT_TELL_YET, len(since), None, None)
    latest = since[-LATEST:]
    level = median(value for _, value in latest)
    line = expected(aim, latest)
    if at_or_beyond(aim, level, aim.target):
        standing = Standing.REACHED
    elif latest[-1][0] <= aim.by and at_or_beyond(aim, level, line):
        standing = Standing.ON_COURSE
    else:
        standing = Standing.OFF_COURSE
    return Verdict(standing, len(since), level, line)


def check(aim: Aim, dated: Sequence[tuple[date, float]]) -> None:
    """Raise ``ChartError`` for what cannot be judged."""
    check_number(None, aim.baseline)
    check_number(None, aim.target)
    if aim.target == aim.baseline:
        raise ChartError(None, "no_direction", "The target is where the baseline is")
    if aim.by <= aim.from_on:
        raise ChartError(None, "no_time", "The aim ends before it begins")
    for index, (_, value) in enumerate(dated):
        check_number(index, value)


def expected(aim: Aim, latest: Sequence[tuple[date, float]]) -> float:
    """The line in the middle of these observations, halfway between the two middle ones."""
    half = len(latest) // 2
    days = [(on - aim.from_on).days for on, _ in latest[half - 1 : half + 1]]
    share = min(1.0, sum(days) / (2 * (aim.by - aim.from_on).days))
    return aim.baseline + share * (aim.target - aim.baseline)


def at_or_beyond(aim: Aim, level: float, mark: float) -> bool:
    """Whether `level` is as far as `mark`, seen from the baseline towards the target."""
    scale = ROUNDING * max(abs(aim.baseline), abs(aim.target))
    if isclose(level, mark, rel_tol=ROUNDING, abs_tol=scale):
        return True
    return level > mark if aim.target > aim.baseline else level < mark
