"""Periods of observations: those of assessments, and ISO weeks and days besides. Pure."""

import re
from datetime import date, timedelta
from enum import StrEnum

from app.assessments.periods import period_start

WEEK = r"(19|20|21)[0-9]{2}-W(0[1-9]|[1-4][0-9]|5[0-3])"
DAY = r"(19|20|21)[0-9]{2}-[0-9]{2}-[0-9]{2}"


class Frequency(StrEnum):
    """How long the periods of a measure are."""

    YEAR = "year"
    HALF = "half"
    QUARTER = "quarter"
    MONTH = "month"
    WEEK = "week"
    DAY = "day"


_YEAR = "(19|20|21)[0-9]{2}"
SHAPES = {
    Frequency.YEAR: _YEAR,
    Frequency.HALF: f"{_YEAR}-H[12]",
    Frequency.QUARTER: f"{_YEAR}-Q[1-4]",
    Frequency.MONTH: f"{_YEAR}-(0[1-9]|1[0-2])",
    Frequency.WEEK: WEEK,
    Frequency.DAY: DAY,
}
EXAMPLES = {
    Frequency.YEAR: "2026",
    Frequency.HALF: "2026-H1",
    Frequency.QUARTER: "2026-Q3",
    Frequency.MONTH: "2026-09",
    Frequency.WEEK: "2026-W37",
    Frequency.DAY: "2026-09-14",
}
PATTERN = f"^({'|'.join(SHAPES.values())})$"


def starts_on(period: str, frequency: Frequency) -> date:
    """The first day of a period of that length.

    Raises:
        ValueError: it is no such period, or the calendar does not have it.
    """
    if not re.fullmatch(SHAPES[frequency], period):
        raise ValueError(f"{period!r} is no {frequency} such as {EXAMPLES[frequency]}")
    match frequency:
        case Frequency.DAY:
            return date.fromisoformat(period)
        case Frequency.WEEK:
            year, week = period.split("-W")
            return date.fromisocalendar(int(year), int(week), 1)
    return period_start(period)


def ends_on(first: date, frequency: Frequency) -> date:
    """The last day of the period that begins on ``first``."""
    match frequency:
        case Frequency.DAY:
            return first
        case Frequency.WEEK:
            return first + timedelta(days=6)
    months = {Frequency.YEAR: 12, Frequency.HALF: 6, Frequency.QUARTER: 3, Frequency.MONTH: 1}
    year, month = divmod(first.year * 12 + first.month - 1 + months[frequency], 12)
    return date(year, month + 1, 1) - timedelta(days=1)
