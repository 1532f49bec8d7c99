"""How far the members of one team agree on an item or a section. Exact: fractions throughout.

Every function takes levels as answered, one per respondent; reversed items need no turning, as
spread does not depend on direction. ``None`` where fewer than two answered: one answer has no
spread. Who may see a figure is decided in `team.py`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import repeat

MIN_LEVELS = 2
"""Answers needed for a sample variance (n - 1 in the denominator)."""


@dataclass(frozen=True, slots=True)
class Rwg:
    """An agreement index, 0 (none) to 1 (all the same).

    `reset` says that answers were more spread than chance would spread them. The formula then has
    no meaning (rwg falls below 0, rwg(j) below 0 or above 1), and 0 is given as the authors advise.
    """

    value: Fraction
    reset: bool


def variance(levels: Sequence[int]) -> Fraction | None:
    """Sample variance (n - 1)."""
    n = len(levels)
    if n < MIN_LEVELS:
        return None
    total = sum(levels)
    return Fraction(n * sum(level * level for level in levels) - total * total, n * (n - 1))


def chance_variance(options: int) -> Fraction:
    """Variance of answers spread evenly over `options` levels: (A^2 - 1) / 12.

    Raises ``ValueError`` under two options.
    """
    if options < MIN_LEVELS:
        raise ValueError(f"{options} options leave nothing to agree on")
    return Fraction(options * options - 1, 12)


def rwg(levels: Sequence[int], *, options: int) -> Rwg | None:
    """1 - variance / chance variance, for one item with `options` levels.

    Source: James, Demaree & Wolf (1984), J Appl Psychol 69:85-98, uniform null distribution.
    """
    found = variance(levels)
    if found is None:
        return None
    value = 1 - found / chance_variance(options)
    return Rwg(max(value, Fraction(0)), reset=value < 0)


def rwg_j(items: Sequence[Sequence[int]], *, options: int | Sequence[int]) -> Rwg | None:
    """rwg(j) over J parallel items, each a sequence of levels; `options` for all or for each.

    J (1 - r) / (J (1 - r) + r), r the mean over items of variance / chance variance: with equal
    ranges the published formula, with unequal ones each item against its own chance. Items that
    fewer than two answered are left out. Source as for `rwg`.
    """
    each = repeat(options, len(items)) if isinstance(options, int) else options
    ratios = [
        found / chance_variance(count)
        for levels, count in zip(items, each, strict=True)
        if (found := variance(levels)) is not None
    ]
    if not ratios:
        return None
    spread = sum(ratios, Fraction(0)) / len(ratios)
    if spread > 1:
        return Rwg(Fraction(0), reset=True)
    agreed = len(ratios) * (1 - spread)
    return Rwg(agreed / (agreed + spread), reset=False)


def average_deviation(levels: Sequence[int]) -> Fraction | None:
    """Mean distance from the mean, in levels.

    Source: Burke, Finkelstein & Dusig (1999), Organ Res Methods 2:49-68, AD about the mean.
    """
    n = len(levels)
    if n < MIN_LEVELS:
        return None
    total = sum(levels)
    return Fraction(sum(abs(n * level - total) for level in levels), n * n)


def average_deviation_j(items: Sequence[Sequence[int]]) -> Fraction | None:
    """Mean of the items' average deviations, in levels; items under two answers left out.

    Source as for `average_deviation`, scale level.
    """
    found = [each for levels in items if (each := average_deviation(levels)) is not None]
    return sum(found, Fraction(0)) / len(found) if found else None
