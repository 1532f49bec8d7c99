"""How well an instrument measures, from running sums: of many teams, a few at a time.

Sums are of whole numbers, so the order in which teams come makes no difference to them. The
formulas are those of ``reliability.py`` and ``agreement.py``.
"""

from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from math import fsum, sqrt

import numpy as np
import numpy.typing as npt

from app.scoring.agreement import MIN_LEVELS, chance_variance
from app.scoring.form import Form
from app.scoring.reliability import MIN_GROUPS, Icc, alpha_of, icc_of

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Scale:
    """A section (by `code`), or the whole (``None``); `places` of its items in the form.

    `rwg_j` has one value, 0 to 1, of each team of two or more; 0 where answers were more spread
    than chance spreads them.
    """

    code: str | None
    items: int
    alpha: float | None
    icc: Icc | None
    rwg_j: Floats


@dataclass(frozen=True, slots=True)
class ItemMeasure:
    """An item: its correlation with the rest of its section, and who is at either end.

    `item_rest` is ``None`` where one of both does not vary, or there is no rest. `ceiling` and
    `floor` are shares of respondents at the best and the worst level.
    """

    code: str
    section: str
    item_rest: float | None
    ceiling: float
    floor: float


@dataclass(slots=True)
class _Part:
    """Sums of one scale."""

    places: Ints
    total: int = 0
    squares: int = 0
    cross: Ints = field(init=False)
    teams: list[float] = field(default_factory=list)
    rwg_j: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.cross = np.zeros(len(self.places), dtype=np.int64)


class Sums:
    """Sums over the complete answers of teams, as steps from each item's worst level."""

    def __init__(self, form: Form) -> None:
        self.form = form
        items = list(form.items.values())
        self._spans = np.array([item.span for item in items], dtype=np.int64)
        self._low = np.array([item.minimum for item in items], dtype=np.int64)
        self._reverse = np.array([item.reverse for item in items], dtype=bool)
        self._chance = np.array([float(chance_variance(item.span + 1)) for item in items])
        ends = np.cumsum([0, *(len(section.items) for section in form.sections)])
        parts = [np.arange(start, end) for start, end in pairwise(ends)]
        self._parts = [_Part(np.arange(len(items))), *map(_Part, parts)]
        self.respondents = self.teams = 0
        self._sum, self._squares, self._best, self._worst = (
            np.zeros(len(items), dtype=np.int64) for _ in range(4)
        )

    def add(self, levels: Ints, sizes: Ints) -> None:
        """Count teams: ``levels`` (respondents, items) as answered, ``sizes`` of the teams in turn.

        Raises:
            ValueError: the sizes are not those of the rows, or a team is empty.
        """
        if sizes.sum() != len(levels) or not (sizes > 0).all():
            raise ValueError("each row is of one team, and no team without rows")
        if not len(levels):
            return
        up = levels - self._low
        steps = np.where(self._reverse, self._spans - up, up)
        starts = np.cumsum(sizes) - sizes
        self.respondents += len(steps)
        self.teams += len(sizes)
        self._sum += steps.sum(axis=0)
        self._squares += (steps**2).sum(axis=0)
        self._best += (steps == self._spans).sum(axis=0)
        self._worst += (steps == 0).sum(axis=0)
        ratios = self._ratios(steps, starts, sizes)
        for part in self._parts:
            self._add(part, steps[:, part.places], starts, sizes)
            part.rwg_j += _rwg_j(ratios[:, part.places]).tolist()

    def _add(self, part: _Part, steps: Ints, starts: Ints, sizes: Ints) -> None:
        whole = steps.sum(axis=1)
        part.total += int(whole.sum())
        part.squares += int((whole**2).sum())
        part.cross += (steps * whole[:, None]).sum(axis=0)
        part.teams += (np.add.reduceat(whole, starts) ** 2 / sizes).tolist()

    def _ratios(self, steps: Ints, starts: Ints, sizes: Ints) -> Floats:
        """(teams of two or more, items) Variance as a part of what chance would make."""
        several = sizes >= MIN_LEVELS
        n = sizes[several][:, None]
        total = np.add.reduceat(steps, starts, axis=0)[several]
        squares = np.add.reduceat(steps**2, starts, axis=0)[several]
        return np.asarray((n * squares - total**2) / (n * (n - 1)) / self._chance)

    @cached_property
    def _variances(self) -> list[float]:
        return [
            self._covariance(int(squares), int(total), int(total))
            for squares, total in zip(self._squares, self._sum, strict=True)
        ]

    def _covariance(self, products: int, one: int, other: int) -> float:
        n = self.respondents
        return (n * products - one * other) / (n * (n - 1))

    def scales(self) -> list[Scale]:
        """The whole, then each section if there are several; of two respondents at least."""
        codes = [None, *(section.code for section in self.form.sections)]
        named = list(zip(codes, self._parts, strict=True))
        return [self._scale(*one) for one in (named if len(named) > 1 + 1 else named[:1])]

    def _scale(self, code: str | None, part: _Part) -> Scale:
        whole = self._covariance(part.squares, part.total, part.total)
        alpha = alpha_of([self._variances[place] for place in part.places.tolist()], whole)
        return Scale(code, len(part.places), alpha, self._icc(part), np.array(part.rwg_j))

    def _icc(self, part: _Part) -> Icc | None:
        count, total = self.teams, self.respondents
        if count < MIN_GROUPS or total == count:
            return None
        means, one = fsum(part.teams), len(part.places) ** 2
        between = (means - part.total**2 / total) / one / (count - 1)
        within = (part.squares - means) / one / (total - count)
        return icc_of(count, total, max(between, 0.0), max(within, 0.0))

    def items(self) -> list[ItemMeasure]:
        """Each item in the form's order; of two respondents at least."""
        found = []
        for section, part in zip(self.form.sections, self._parts[1:], strict=True):
            for item, place, cross in zip(section.items, part.places, part.cross, strict=True):
                at = int(place)
                covariance = self._covariance(int(cross), int(self._sum[at]), part.total)
                whole = self._covariance(part.squares, part.total, part.total)
                rest = whole + self._variances[at] - 2 * covariance
                spread = self._variances[at] * rest
                found.append(
                    ItemMeasure(
                        item.code,
                        section.code,
                        (covariance - self._variances[at]) / sqrt(spread) if spread > 0 else None,
                        float(self._best[at]) / self.respondents,
                        float(self._worst[at]) / self.respondents,
                    )
                )
        return found


def _rwg_j(ratios: Floats) -> Floats:
    """Of each row (items); as ``agreement.rwg_j``."""
    spread = ratios.mean(axis=1)
    agreed = ratios.shape[1] * (1 - spread)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(spread > 1, 0.0, agreed / (agreed + spread))
