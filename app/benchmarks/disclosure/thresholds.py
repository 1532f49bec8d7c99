"""The numbers of the disclosure rules, each with a floor that no operator can undercut.

Rule numbers are those of ``privacy-security.md`` 2c and 2d. Stricter is allowed, weaker is not:
a ``Thresholds`` that exists is safe to use.
"""

import math
from dataclasses import dataclass, field, fields, replace
from datetime import date, timedelta

from app.benchmarks.disclosure.figures import is_item

TOP = 100.0
"""Scores are on a scale from 0 to 100."""


class TooWeakError(ValueError):
    """A threshold weaker than its floor; the message names it and the floor."""


def _least(value: float) -> float:
    """A number that may only be raised."""
    made: float = field(default=value, metadata={"floor": value, "sign": 1})
    return made


def _most(value: float) -> float:
    """A number that may only be lowered."""
    made: float = field(default=value, metadata={"floor": value, "sign": -1})
    return made


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """What a cell, a release and the gate must meet.

    Raises:
        TooWeakError: a value is weaker than the recommended one, or not a finite number, or a bin
            width or rounding step does not divide the scale.
    """

    organizations_for_mean: float = _least(10)
    """R4: fewest organizations a mean may describe (ONS, ACRO: 10; CMS: nothing from 1 to 10)."""

    organizations_for_items: float = _least(100)
    """Fewest organizations in a cell about one item, and in psychometrics: a score for each item
    multiplies what is told of everybody, so only the cohort of all has them (2c, section 9)."""

    organizations_for_histogram: float = _least(20)
    """R4: fewest organizations for a histogram, in bins of ``wide_bin``."""

    organizations_for_quartiles: float = _least(40)
    """R4: fewest organizations for p25, p50 and p75, from bins of ``middle_bin``."""

    organizations_for_deciles: float = _least(100)
    """R4: fewest organizations for p10 and p90, from bins of ``narrow_bin``."""

    wide_bin: float = _least(20)
    """R4: width in points of a histogram's bins, from ``organizations_for_histogram`` on."""

    middle_bin: float = _least(10)
    """R4: the same from ``organizations_for_quartiles`` on."""

    narrow_bin: float = _least(5)
    """R4: the same from ``organizations_for_deciles`` on."""

    networks: float = _least(5)
    """R5: fewest networks in a cell; an independent organization counts as one (DOJ/FTC: 5)."""

    largest_network_share: float = _most(0.25)
    """R5: largest share of a cell's organizations in one network (DOJ/FTC: 25 %)."""

    outside_largest_network: float = _least(8)
    """R5: fewest organizations outside the largest network: what an insider network faces."""

    two_networks_share: float = _most(0.90)
    """R5: largest share of a cell's total in its two largest networks; (n, k) = (2, 90 %)."""

    p_ratio: float = _least(0.10)
    """R5: least share of the largest network's total that the others beyond two must reach."""

    organizations_step: float = _least(5)
    """R6: the number of organizations is rounded to a multiple of this."""

    mean_step: float = _least(0.5)
    """R6: a mean is rounded to a multiple of this, in points."""

    count_step: float = _least(5)
    """R6: a histogram's counts are rounded to a multiple of this."""

    uniform_share: float = _most(0.95)
    """R6: a cell with a larger share of its organizations in one bin tells of all of them."""

    end_margin: float = _least(5)
    """R6: a mean nearer than this to 0 or 100 tells of all its organizations, in points."""

    changed_organizations: float = _least(10)
    """R3: fewest organizations joined, left or resubmitted before a cell has a new value."""

    changed_networks: float = _least(3)
    """R3: fewest networks these are from."""

    changed_in_release: float = _least(20)
    """R3: fewest changed organizations for a release."""

    age_days: float = _least(90)
    """R11: least age of a result (DOJ/FTC: three months)."""

    gate_width: float = _least(20)
    """2d: narrowest range, in points, that all releases may leave for any score."""

    gate_networks: float = _least(20)
    """2d: how many of the largest networks the gate tries as insiders."""

    def __post_init__(self) -> None:
        for each in fields(self):
            value, floor = getattr(self, each.name), each.metadata["floor"]
            if not math.isfinite(value) or (value - floor) * each.metadata["sign"] < 0:
                raise TooWeakError(f"{each.name} is {value}; {floor} is the weakest allowed")
        for name in ("wide_bin", "middle_bin", "narrow_bin", "mean_step"):
            if TOP % getattr(self, name):
                raise TooWeakError(f"{name} must divide {TOP:g}")

    def of(self, figure: str) -> "Thresholds":
        """Those that the figure's cells must meet: an item's need more organizations."""
        needed = max(self.organizations_for_mean, self.organizations_for_items)
        return replace(self, organizations_for_mean=needed) if is_item(figure) else self

    def bin_width(self, organizations: int) -> float | None:
        """Width in points of the histogram that many organizations may have, if any (R4)."""
        if organizations < self.organizations_for_histogram:
            return None
        if organizations < self.organizations_for_quartiles:
            return self.wide_bin
        if organizations < self.organizations_for_deciles:
            return self.middle_bin
        return self.narrow_bin


def old_enough(ended_on: date, on: date, thresholds: Thresholds) -> bool:
    """Whether what ended then may be published on that day (R11)."""
    return on - ended_on >= timedelta(days=thresholds.age_days)
