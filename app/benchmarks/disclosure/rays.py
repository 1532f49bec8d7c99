"""Proofs of width over means: two sets of scores with the same means, far apart in one score.

Both proofs keep every sum as it truly is, so they hold for unrounded means as well. Scores that
were erased stay where they were, wherever that was. Not finding a width proves nothing; what is
left over goes to the linear program.
"""

import numpy as np

from app.benchmarks.disclosure.system import TOLERANCE, Bools, Floats, System
from app.benchmarks.disclosure.thresholds import TOP


def exchanged(system: System, known: Bools) -> Floats:
    """(unknowns) Widths by swaps of exchangeable unknowns, in points; means *and* histograms.

    Two that are in the same cells can swap their scores, and nothing that was ever published
    changes, so each may have any of the others' scores. Where they have the same figures they can
    swap all of them at once: then this holds for any relation between figures as well.
    """
    low, high = system.truth.copy(), system.truth.copy()
    fixed = known | system.erased
    for kind in range(system.kinds.max() + 1):
        same = (system.kinds == kind) & ~fixed
        if same.any():
            low[same], high[same] = system.truth[same].min(), system.truth[same].max()
    return high - low


def rays(system: System, known: Bools) -> Floats:
    """(unknowns) Widths by moving one score while others make up for it, in points; means only.

    The others move in proportion to their squared room to 0 or 100 (the least weighted squares
    solution), both ways until one of them reaches an end of the scale. Known scores stay.
    """
    truth, member = system.truth, system.member
    fixed = known | system.erased
    weight = np.where(fixed, 0, np.minimum(truth, TOP - truth)) ** 2
    inverse = np.linalg.pinv((member * weight) @ member.T, rcond=TOLERANCE**2, hermitian=True)
    moves = np.eye(len(truth)) - weight[:, None] * (member.T @ inverse @ member)
    size = np.where(moves == 0, np.nan, np.abs(moves))
    up = np.where(moves > 0, TOP - truth[:, None], truth[:, None]) / size
    down = np.where(moves > 0, truth[:, None], TOP - truth[:, None]) / size
    far = np.fmin.reduce(up, axis=0) + np.fmin.reduce(down, axis=0)
    kept = np.abs(member @ moves).max(axis=0) * far <= TOLERANCE
    free = kept & ~fixed & (np.diag(moves) > TOLERANCE)
    return np.where(free, far * np.diag(moves), 0)
