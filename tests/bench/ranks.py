"""Whether one kind of request takes longer than another: the test of Mann and Whitney."""

from math import erfc, sqrt

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]


def mann_whitney(one: Numbers, other: Numbers) -> float:
    """Two-sided p that both come from one distribution; normal approximation, ties corrected."""
    both = np.concatenate([one, other])
    _, place, counts = np.unique(both, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    ranks = (ends - (counts - 1) / 2)[place]
    n, m, total = len(one), len(other), len(both)
    u = ranks[:n].sum() - n * (n + 1) / 2
    ties = ((counts.astype(float) ** 3 - counts) / (total * (total - 1))).sum()
    deviation = sqrt(n * m / 12 * (total + 1 - ties))
    z = max(abs(u - n * m / 2) - 0.5, 0.0) / deviation
    return erfc(z / sqrt(2))
