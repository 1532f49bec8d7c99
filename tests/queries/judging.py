"""The statistics that tests of chance need, and no more: chi-square, and bounds of a proportion."""

import math
from collections.abc import Sequence
from statistics import NormalDist

FEWEST = 5
"""Expected in a bin, below which its square says little: such bins are put together."""


def chi_square_of(counts: Sequence[int], shares: Sequence[float]) -> tuple[float, int]:
    """Pearson's statistic of counts against probabilities, and its degrees of freedom."""
    total = sum(counts)
    bins, count, share = [], 0, 0.0
    for one, probability in zip(counts, shares, strict=True):
        count, share = count + one, share + probability
        if share * total >= FEWEST:
            bins.append((count, share * total))
            count, share = 0, 0.0
    if bins:
        last = bins.pop()
        bins.append((last[0] + count, last[1] + share * total))
    return sum((seen - due) ** 2 / due for seen, due in bins), len(bins) - 1


def two_sample_of(ours: Sequence[int], others: Sequence[int]) -> tuple[float, int]:
    """The statistic of two samples of one size being of one distribution."""
    bins = [(a, b) for a, b in zip(ours, others, strict=True) if a + b >= 2 * FEWEST]
    return sum((a - b) ** 2 / (a + b) for a, b in bins), len(bins) - 1


def chi_square_limit(freedom: int, risk: float) -> float:
    """What the statistic exceeds with that probability (Wilson and Hilferty)."""
    z, spread = NormalDist().inv_cdf(1 - risk), 2 / (9 * freedom)
    limit: float = freedom * (1 - spread + z * math.sqrt(spread)) ** 3
    return limit


def divergence(seen: float, true: float) -> float:
    """Of two coins, in nats."""
    found = 0.0
    for a, b in ((seen, true), (1 - seen, 1 - true)):
        if a > 0:
            found += math.inf if b <= 0 else a * math.log(a / b)
    return found


def at_least(hits: int, tries: int, risk: float) -> float:
    """A probability that the true one is below with this risk at most (Chernoff; always holds)."""
    return _edge(hits / tries, 0.0, math.log(1 / risk) / tries)


def at_most(hits: int, tries: int, risk: float) -> float:
    """A probability that the true one is above with this risk at most."""
    return _edge(hits / tries, 1.0, math.log(1 / risk) / tries)


def _edge(seen: float, end: float, allowed: float) -> float:
    near, far = seen, end
    for _ in range(60):
        middle = (near + far) / 2
        if divergence(seen, middle) <= allowed:
            near = middle
        else:
            far = middle
    return far
