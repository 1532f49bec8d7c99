"""How much may be asked: epsilon in whole thousandths, by query, by researcher, by all together.

Limits can be made stricter and never weaker: a ``Limits`` that exists is safe to use. Pure.
"""

from dataclasses import dataclass, field, fields

WHOLE = 1000
"""Thousandths of epsilon in 1."""


class TooWeakError(ValueError):
    """A limit weaker than allowed; the message names it and the weakest."""


def _most(value: int) -> int:
    made: int = field(default=value, metadata={"weakest": value, "sign": -1})
    return made


def _least(value: int) -> int:
    made: int = field(default=value, metadata={"weakest": value, "sign": 1})
    return made


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What queries must keep to.

    Raises:
        TooWeakError: a limit is weaker than allowed.
    """

    query: int = _most(250)
    """Thousandths of epsilon that one query may cost."""

    researcher: int = _most(2_000)
    """The same, of one researcher in a calendar year (UTC)."""

    everybody: int = _most(8_000)
    """The same, of all researchers together: they may put their answers together."""

    organizations: int = _least(100)
    """Below so many, counted with noise, there is no figure."""

    def __post_init__(self) -> None:
        for each in fields(self):
            value, weakest = getattr(self, each.name), each.metadata["weakest"]
            if (value - weakest) * each.metadata["sign"] < 0:
                raise TooWeakError(f"{each.name} is {value}; {weakest} is the weakest allowed")


@dataclass(frozen=True, slots=True)
class Spent:
    """Thousandths of epsilon that are gone in a year."""

    own: int
    everybody: int


@dataclass(frozen=True, slots=True)
class Left:
    """Thousandths of epsilon that are there in a year."""

    own: int
    everybody: int

    @classmethod
    def of(cls, limits: Limits, spent: Spent) -> "Left":
        """What the limits leave; nothing where they were made stricter since."""
        return cls(
            max(0, limits.researcher - spent.own), max(0, limits.everybody - spent.everybody)
        )

    def affords(self, cost: int) -> bool:
        """Whether a query of that cost can still be paid."""
        return cost <= min(self.own, self.everybody)
