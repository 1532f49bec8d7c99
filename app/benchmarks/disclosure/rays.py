"""Proofs of width: two sets of scores that give the same figures, far apart in one score.

Whatever scores fit what is published, those of one class may be swapped and they still fit. So a
range that is possible for one of a class is possible for each of it, erased ones included. Both
proofs keep every sum as it truly is, so they hold for unrounded means as well. Not finding a width
proves nothing; what is left over goes to the linear program.
"""

from dataclasses import dataclass

import numpy as np

from app.benchmarks.disclosure.arrays import Floats, Ints
from app.benchmarks.disclosure.knowledge import Case
from app.benchmarks.disclosure.system import TOLERANCE
from app.benchmarks.disclosure.thresholds import TOP

AT_ONCE = 4_000_000
"""Numbers in memory together, one for each class and each class that it is asked about."""


def exchanged(case: Case) -> Floats:
    """(classes) Widths by swaps within a class, in points; means *and* histograms.

    Where they have the same figures they can swap all of them at once: then this holds for any
    relation between figures as well.
    """
    system, classes = case.system, case.system.classes
    low = classes.least(np.where(case.sure, system.truth, np.inf))
    high = classes.most(np.where(case.sure, system.truth, -np.inf))
    return np.where(high > low, high - low, 0)


def rays(case: Case, targets: Ints) -> Floats:
    """(classes) Widths by moving one score while others make up for it, in points; means only.

    The others move in proportion to their squared room to 0 or 100 (the least weighted squares
    solution), both ways until one of them reaches an end of the scale. Known scores stay, and so
    do erased ones, wherever they were. Of classes that are not ``targets`` none is looked for.
    """
    width = np.zeros(len(case.free))
    if targets.size:
        movers, step = _Movers.of(case), max(1, AT_ONCE // len(width))
        for at in range(0, len(targets), step):
            some = targets[at : at + step]
            width[some] = _widths(case, movers, some)
    return width


@dataclass(frozen=True, slots=True)
class _Movers:
    """What the others do to make up for a move.

    An unknown's ``weight`` (unknowns) is 0 if it stays; ``of_class`` (classes) are their sums.
    ``above`` and ``below`` (classes) are the least rooms of any of a class to the ends of the
    scale, for its weight. ``toward`` (classes, rows) is how far each of a class moves, for its
    weight, to raise the sum of one row by a point.
    """

    weight: Floats
    of_class: Floats
    above: Floats
    below: Floats
    toward: Floats

    @classmethod
    def of(cls, case: Case) -> "_Movers":
        """All whose score is not known, but to the operator."""
        truth, classes = case.system.truth, case.system.classes
        weight = np.where(case.sure, np.minimum(truth, TOP - truth), 0) ** 2
        moving, of_class = weight > 0, classes.sums(weight)
        scale = np.where(moving, weight, 1)
        above = classes.least(np.where(moving, (TOP - truth) / scale, np.inf))
        below = classes.least(np.where(moving, truth / scale, np.inf))
        member = classes.member.astype(np.float64)
        inverse = np.linalg.pinv((member * of_class) @ member.T, rcond=TOLERANCE**2, hermitian=True)
        return cls(weight, of_class, above, below, member.T @ inverse)


def _widths(case: Case, movers: _Movers, targets: Ints) -> Floats:
    """(targets) The widths of some classes."""
    truth, classes = case.system.truth, case.system.classes
    member = classes.member.astype(np.float64)
    # How far each of a class (rows) moves, for its weight, against a move of a target (columns).
    share = movers.toward @ member[:, targets]
    left = np.abs(member[:, targets] - (member * movers.of_class) @ share).max(axis=0)
    up, down = _far(share, movers.above, movers.below), _far(-share, movers.above, movers.below)
    column = np.full(len(classes.number), -1)
    column[targets] = np.arange(len(targets))
    mine = np.flatnonzero(case.sure & (column[classes.kind] >= 0))
    at = column[classes.kind[mine]]
    own = 1 - movers.weight[mine] * share[classes.kind[mine], at]
    mine, at, own = (some[own > TOLERANCE] for some in (mine, at, own))
    far = np.minimum(up[at], (TOP - truth[mine]) / own)
    far += np.minimum(down[at], truth[mine] / own)
    kept = left[at] * far <= TOLERANCE
    width = np.zeros(len(targets))
    np.maximum.at(width, at[kept], (far * own)[kept])
    return width


def _far(share: Floats, above: Floats, below: Floats) -> Floats:
    """(targets) How far until some mover is at an end of the scale."""
    room = np.where(share > 0, below[:, None], above[:, None])
    far = np.full(share.shape, np.inf)
    np.divide(room, np.abs(share), out=far, where=share != 0)
    return np.asarray(far.min(axis=0))
