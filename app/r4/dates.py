"""FHIR's dates, which may leave out day and month. Pure."""

import calendar
import re
from datetime import UTC, date, datetime, timedelta

from app.r4.schemas import DATE_TIME


def period_of(when: str) -> str | None:
    """The half-year of a dateTime, or its year where no more is said; None: no such day."""
    if bounds(when) is None:
        return None
    return when if len(when) == 4 else f"{when[:4]}-H{1 if when[5:7] <= '06' else 2}"  # noqa: PLR2004 - a year


def bounds(when: str) -> tuple[datetime, datetime] | None:
    """From when until before when a dateTime is; without a zone it is UTC. None: no dateTime."""
    if not re.fullmatch(DATE_TIME, when):
        return None
    try:
        return _bounds(when)
    except (ValueError, OverflowError):
        return None


def _bounds(when: str) -> tuple[datetime, datetime]:
    if "T" in when:
        start = datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", when)).astimezone(UTC)
        exact = timedelta(microseconds=1) if "." in when else timedelta(seconds=1)
        return start, start + exact
    parts = [int(one) for one in when.split("-")]
    first = date(*[*parts, 1, 1][:3])
    days = {
        1: 366 if calendar.isleap(first.year) else 365,
        2: calendar.monthrange(first.year, first.month)[1],
        3: 1,
    }[len(parts)]
    start = datetime(first.year, first.month, first.day, tzinfo=UTC)
    return start, start + timedelta(days=days)
