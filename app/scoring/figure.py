"""A figure, exact or withheld, and the one way to round it.

Figures stay fractions until they are written out. "Withheld" is a value with a reason, never an
exception and never a zero.
"""

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from functools import cached_property
from math import gcd


class Withheld(StrEnum):
    """Why a figure is not given."""

    NOT_APPLICABLE = "not_applicable"
    NOT_DEFINED = "not_defined"
    TOO_FEW_ANSWERED = "too_few_answered"
    TOO_FEW_SECTIONS = "too_few_sections"
    PARTLY_ANSWERED = "partly_answered"
    TOO_FEW_RESPONDENTS = "too_few_respondents"
    NOT_ALONE = "too_few_to_show_alone"
    TOO_FEW_ROLES = "too_few_roles"


@dataclass(frozen=True)
class Figure:
    """A number, or the reason why there is none; exactly one of the two is ``None``."""

    fraction: Fraction | None
    withheld: Withheld | None = None

    @cached_property
    def number(self) -> float | None:
        """The nearest floating-point number, for sorting and for summing up."""
        return None if self.fraction is None else float(self.fraction)

    @cached_property
    def shown(self) -> dict[str, object]:
        """The figure for JSON, made once: figures of submissions come back again and again."""
        known = self.to_dict()
        return {name: known[name] for name in ("score", "fraction", "withheld")}

    def to_dict(self, name: str = "score") -> dict[str, object]:
        """The figure for JSON: exact text, the rounded number under `name`, the reason."""
        known = self.fraction is not None
        return {
            "fraction": str(self.fraction) if known else None,
            name: rounded(self.fraction) if self.fraction is not None else None,
            "withheld": None if self.withheld is None else self.withheld.value,
        }


def hundredths(value: Fraction) -> int:
    """`value` in hundredths, to the nearest whole one; halves go up.

    Integers throughout, so a score of exactly 62.505 cannot fall to either side.
    """
    return (200 * value.numerator + value.denominator) // (2 * value.denominator)


def rounded(value: Fraction) -> float:
    """`value` with two decimals, halves up: the only rounding in the service."""
    return hundredths(value) / 100


def rounded_text(value: Fraction) -> str:
    """`rounded` for a value of 0 or more, always with two decimals: ``61.50``, ``100.00``."""
    whole, part = divmod(hundredths(value), 100)
    return f"{whole}.{part:02d}"


def ratio_text(numerator: int, denominator: int) -> str:
    """``str(Fraction(numerator, denominator))`` without building it: five times cheaper.

    For a numerator of 0 or more and a denominator of 1 or more.
    """
    common = gcd(numerator, denominator)
    if common == denominator:
        return str(numerator // common)
    return f"{numerator // common}/{denominator // common}"
