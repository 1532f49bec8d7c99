"""The days on which releases come out, set long before. Pure.

A release that came out as soon as enough had changed would tell when that was.
"""

from dataclasses import dataclass
from datetime import date
from typing import Self


@dataclass(frozen=True, slots=True)
class Calendar:
    """Days of each year, in order, as month and day."""

    days: tuple[tuple[int, int], ...]

    @classmethod
    def of(cls, text: str) -> Self:
        """Days such as ``01-15 07-15``, as settings have them."""
        days = sorted(date.fromisoformat(f"2001-{one}") for one in text.split())
        return cls(tuple((one.month, one.day) for one in days))

    def last(self, today: date) -> date:
        """The latest of the days that has come; today if it is one."""
        return max(one for one in self._around(today.year) if one <= today)

    def next(self, today: date) -> date:
        """The first of the days that is still to come."""
        return min(one for one in self._around(today.year) if one > today)

    def _around(self, year: int) -> list[date]:
        return [date(y, *one) for y in (year - 1, year, year + 1) for one in self.days]
