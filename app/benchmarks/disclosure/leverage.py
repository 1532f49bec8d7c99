"""Exact determination: which scores are the solution of a linear system.

A score is determined by means that were not rounded if and only if its unit vector is a
combination of cells. Exchangeable unknowns (in the same cells) never are, so only those alone in
their cells are looked at.
"""

import numpy as np

from app.benchmarks.disclosure.system import Bools, Floats, Ints

RANK = 1e-8
"""Singular values below this share of the largest are zero (0/1 matrices of at most thousands)."""

DETERMINED = 1 - 1e-6
"""A leverage above this is 1: the unit vector is in the row space."""


def determined(member: Floats, known: Bools) -> Ints:
    """Columns of ``member`` (cells, unknowns; 0 or 1) fixed by the rows; ``known`` are given.

    Source: ``privacy-security.md`` appendix A; the leverage of a unit vector is its squared length
    within the row space.
    """
    free = np.flatnonzero(~known)
    columns, first, number = np.unique(
        member[:, free], axis=1, return_index=True, return_counts=True
    )
    if not (number == 1).any():
        return np.empty(0, dtype=np.int64)
    _, size, directions = np.linalg.svd(columns * np.sqrt(number), full_matrices=False)
    leverage = (directions[size > RANK * size[0]] ** 2).sum(axis=0)
    alone = (number == 1) & (leverage > DETERMINED)
    return np.asarray(np.sort(free[first[alone]]), dtype=np.int64)


def combination(member: Floats, known: Bools, unknown: int) -> Ints:
    """Rows of ``member`` whose combination gives the determined unknown: the cells at fault."""
    unit = np.zeros(member.shape[1])
    unit[unknown] = 1
    weights, *_ = np.linalg.lstsq(member[:, ~known].T, unit[~known], rcond=RANK)
    return np.flatnonzero(np.abs(weights) > RANK**0.5).astype(np.int64)
