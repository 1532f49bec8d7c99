"""How well an instrument measures, over many teams. Floats: these are estimates, not scores.

For an instrument's quality page, never for one organization.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

MIN_ITEMS = 2
MIN_ROWS = 2
MIN_GROUPS = 2


def cronbach_alpha(rows: Sequence[Sequence[float]] | npt.NDArray[np.float64]) -> float | None:
    """Cronbach's alpha; `rows` are respondents, columns items, oriented alike, none missing.

    ``None`` under two items or two rows, or where the sums do not vary. Raises ``ValueError`` on
    ragged rows. Source: Cronbach (1951), Psychometrika 16:297-334.
    """
    table = np.asarray(rows, dtype=np.float64)
    if len(table) < MIN_ROWS or table.shape[1] < MIN_ITEMS:
        return None
    return alpha_of(table.var(axis=0, ddof=1).tolist(), table.sum(axis=1).var(ddof=1))


def alpha_of(items: Sequence[float], whole: float) -> float | None:
    """Cronbach's alpha from the variance of each item and that of their sum."""
    number = len(items)
    if number < MIN_ITEMS or whole == 0:
        return None
    return float(number / (number - 1) * (1 - sum(items) / whole))


@dataclass(frozen=True, slots=True)
class Icc:
    """Intraclass correlations of a one-way random-effects analysis of variance.

    `icc1`: share of variance that lies between groups, or the reliability of one respondent.
    `icc2`: reliability of a group's mean; ``None`` if the groups' means do not differ.
    Either may be negative: groups then differ less than chance.
    """

    icc1: float
    icc2: float | None
    groups: int
    mean_size: float
    between: float
    within: float


def icc(groups: Sequence[Sequence[float]]) -> Icc | None:
    """ICC(1) and ICC(2) of one value per respondent, by group; groups may differ in size.

    Uses the mean group size, as `ICC1` and `ICC2` of the R package *multilevel* do. ``None`` with
    under two groups, no group of two, or no variance at all. Empty groups are left out.
    Source: Bliese (2000), in Klein & Kozlowski, *Multilevel Theory*, pp. 349-381.
    """
    samples = [np.asarray(group, dtype=np.float64) for group in groups if len(group)]
    count, total = len(samples), sum(len(sample) for sample in samples)
    if count < MIN_GROUPS or total == count:
        return None
    grand = np.concatenate(samples).mean()
    between = sum(len(s) * float(s.mean() - grand) ** 2 for s in samples) / (count - 1)
    within = sum(float(((s - s.mean()) ** 2).sum()) for s in samples) / (total - count)
    return icc_of(count, total, between, within)


def icc_of(count: int, total: int, between: float, within: float) -> Icc | None:
    """The same from mean squares, `count` groups and `total` respondents."""
    size = total / count
    spread = between + (size - 1) * within
    if spread == 0:
        return None
    return Icc(
        icc1=(between - within) / spread,
        icc2=(between - within) / between if between else None,
        groups=count,
        mean_size=size,
        between=between,
        within=within,
    )
