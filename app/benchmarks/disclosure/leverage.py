"""Exact determination: which scores are the solution of a linear system.

A score is determined by means that were not rounded if and only if its unit vector is a
combination of cells. Exchangeable unknowns (of one class) never are, so only those alone in their
class are looked at.
"""

import numpy as np

from app.benchmarks.disclosure.arrays import Bools, Ints

RANK = 1e-8
"""Singular values below this share of the largest are zero (0/1 matrices of at most thousands)."""

DETERMINED = 1 - 1e-6
"""A leverage above this is 1: the unit vector is in the row space."""


def determined(member: Bools, number: Ints) -> Ints:
    """Classes that the rows fix, each of one unknown.

    Args:
        member: (cells, classes) which class is in which cell.
        number: (classes) how many unknowns are in each.

    Source: ``privacy-security.md`` appendix A; the leverage of a unit vector is its squared length
    within the row space.
    """
    there = np.flatnonzero(number)
    if not (number == 1).any():
        return np.empty(0, dtype=np.int64)
    alone = there[number[there] == 1]
    base, rest = np.linalg.qr((member[:, there] * np.sqrt(number[there])).T)
    turned, size, _ = np.linalg.svd(rest)
    directions = base[number[there] == 1] @ turned[:, : len(size)][:, size > RANK * size[0]]
    return np.asarray(alone[(directions**2).sum(axis=1) > DETERMINED], dtype=np.int64)


def combination(member: Bools, number: Ints, target: int) -> Ints:
    """Rows of ``member`` whose combination gives the determined class: the cells at fault."""
    unit = np.zeros(member.shape[1])
    unit[target] = 1
    there = number > 0
    weights, *_ = np.linalg.lstsq(member[:, there].T.astype(float), unit[there], rcond=RANK)
    return np.flatnonzero(np.abs(weights) > RANK**0.5).astype(np.int64)
