"""Periods as people name them: ``2026``, ``2026-H1``, ``2026-Q3``, ``2026-09``. Pure."""

import calendar
import re
from datetime import date
from functools import lru_cache

PATTERN = r"^(19|20|21)[0-9]{2}(-(H[12]|Q[1-4]|0[1-9]|1[0-2]))?$"
_MONTHS = {"H": 6, "Q": 3}


@lru_cache(1000)
def period_start(period: str) -> date:
    """The first day of a period; text as for ``period_end``."""
    end = period_end(period)
    part = period.partition("-")[2]
    length = _MONTHS.get(part[0], 1) if part else 12
    return date(end.year, end.month - length + 1, 1)


@lru_cache(1000)
def period_end(period: str) -> date:
    """The last day of a period.

    Args:
        period: text that matches ``PATTERN``.

    Raises:
        ValueError: it does not.
    """
    if not re.fullmatch(PATTERN, period):
        raise ValueError(f"{period!r} is not a period such as 2026, 2026-H1, 2026-Q3 or 2026-09")
    year, _, part = period.partition("-")
    month = 12
    if part:
        length = _MONTHS.get(part[0])
        month = int(part[1:]) * length if length else int(part)
    return date(int(year), month, calendar.monthrange(int(year), month)[1])
