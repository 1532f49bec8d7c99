"""What is scored: the sections, items, ranges, weights and rule of one instrument version.

A form that exists can be scored: whatever is wrong with it is refused when it is built. No wording
and no languages in here; those are the catalog's.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from itertools import chain
from math import lcm

MAX_PART = 1000
"""Bounds levels and the two halves of a weight, so that a hostile receipt cannot make exact
arithmetic dear. Scales of 0 to 100 and weights such as 3/2 are far inside."""

MAX_ITEMS = 1000
"""Bounds the items of a form; the longest known assessment of the kind has 270 (ISMP, 2011)."""


class Special(StrEnum):
    """An answer that is not a level."""

    NOT_APPLICABLE = "not_applicable"
    DONT_KNOW = "dont_know"


Answer = int | Special
"""A level on the item's own range, or why there is none. An item without an answer is absent."""


@dataclass(frozen=True, slots=True)
class Item:
    """One statement, answered with a level from `minimum` to `maximum`.

    A reversed item says the contrary of the others: its lowest level is the best.
    """

    code: str
    minimum: int
    maximum: int
    reverse: bool = False
    weight: Fraction = Fraction(1)

    def __post_init__(self) -> None:
        if not -MAX_PART <= self.minimum < self.maximum <= MAX_PART:
            raise ValueError(f"Item {self.code}: no range from {self.minimum} to {self.maximum}")
        _check_weight(self.code, self.weight)

    @property
    def span(self) -> int:
        """Steps from the lowest level to the top."""
        return self.maximum - self.minimum

    def oriented(self, level: int) -> int:
        """The level on the item's own range, with the best on top."""
        return self.minimum + self.maximum - level if self.reverse else level

    def steps(self, level: int) -> int:
        """Steps gained: 0 at the worst level, `span` at the best."""
        return self.maximum - level if self.reverse else level - self.minimum


@dataclass(frozen=True, slots=True)
class Section:
    """Items that are scored together.

    ``unit`` and ``values`` put all items on one denominator: an item's weighted share is
    ``values[i] * steps / unit``. So a section adds whole numbers and divides once.
    """

    code: str
    items: tuple[Item, ...]
    weight: Fraction = Fraction(1)
    unit: int = field(init=False, repr=False, compare=False)
    values: tuple[int, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not self.items:
            raise ValueError(f"Section {self.code}: no items")
        _check_weight(self.code, self.weight)
        unit = lcm(*(item.span * item.weight.denominator for item in self.items))
        values = tuple(
            item.weight.numerator * (unit // (item.span * item.weight.denominator))
            for item in self.items
        )
        object.__setattr__(self, "unit", unit)
        object.__setattr__(self, "values", values)


@dataclass(frozen=True, slots=True)
class Rule:
    """When a figure is given, as the instrument states it.

    `section_min_answered`: share of a section's applicable items that must be answered, above 0.
    `overall_min_sections`: sections that must have a score.
    `in_place_from`: lowest level, best on top, at which an item is in place; ``None`` if the
    instrument has no such figure.
    """

    section_min_answered: Fraction
    overall_min_sections: int
    in_place_from: int | None = None

    def __post_init__(self) -> None:
        share = self.section_min_answered
        if not 0 < share <= 1 or share.denominator > MAX_PART:
            raise ValueError(f"Rule: {share} is no share of items")


@dataclass(frozen=True, slots=True)
class Form:
    """One instrument version, as far as scoring goes.

    `content_sha256` is the catalog's hash of the whole version, wording included; it is carried
    into receipts and not looked into. Raises ``ValueError`` on a form that cannot be scored.
    """

    instrument: str
    version: str
    content_sha256: str
    sections: tuple[Section, ...]
    rule: Rule
    items: dict[str, Item] = field(init=False, repr=False, compare=False)
    common: frozenset[int | None] = field(init=False, repr=False, compare=False)
    """What may be said of any item: the levels that all have, and nothing."""

    def __post_init__(self) -> None:
        every = list(chain.from_iterable(section.items for section in self.sections))
        object.__setattr__(self, "items", {item.code: item for item in every})
        lowest = max((one.minimum for one in every), default=0)
        highest = min((one.maximum for one in every), default=0)
        object.__setattr__(self, "common", frozenset([None, *range(lowest, highest + 1)]))
        if len(every) > MAX_ITEMS:
            raise ValueError(f"Form: {len(every)} items, at most {MAX_ITEMS}")
        if len(self.items) < len(every):
            raise ValueError("Form: an item code is used twice")
        if len({section.code for section in self.sections}) < len(self.sections):
            raise ValueError("Form: a section code is used twice")
        self._check_rule()

    def _check_rule(self) -> None:
        if not 1 <= self.rule.overall_min_sections <= len(self.sections):
            raise ValueError(
                f"Rule: {self.rule.overall_min_sections} of {len(self.sections)} sections"
            )
        level = self.rule.in_place_from
        for item in self.items.values():
            if level is not None and not item.minimum < level <= item.maximum:
                raise ValueError(f"Rule: in place from {level}, not a step up on item {item.code}")


def _check_weight(code: str, weight: Fraction) -> None:
    if weight <= 0 or max(weight.numerator, weight.denominator) > MAX_PART:
        raise ValueError(f"{code}: weight {weight} is not above 0 with parts up to {MAX_PART}")
