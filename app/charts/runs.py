"""Runs and crossings of a centre line, and how long and how few chance makes them.

Source: Anhøj & Olesen (2014), PLoS ONE 9(11):e113825. Works on sides: +1 above the centre, -1
below it. Who lies on the centre is useless for these rules and must not come in here.
"""

from collections.abc import Sequence
from functools import lru_cache
from itertools import groupby
from math import log2

MIN_USEFUL = 10
"""Under ten useful points the rules judge nothing: the least n of their published table."""


def longest_run_limit(useful: int) -> int | None:
    """The longest run that chance alone explains: round(log2(n) + 3); ``None`` under ten points.

    A longer one is a signal. No log2 of a whole number ends in exactly a half, so the way of
    rounding does not matter.
    """
    return round(log2(useful) + 3) if useful >= MIN_USEFUL else None


@lru_cache(maxsize=256)
def crossings_limit(useful: int) -> int | None:
    """The fewest crossings that chance alone explains; ``None`` under ten points.

    The 5 % quantile of Binomial(n - 1, 1/2), in whole numbers, so exact at every n. Fewer are a
    signal.
    """
    if useful < MIN_USEFUL:
        return None
    steps = useful - 1
    least, term, total = 0, 1, 1
    while 20 * total < 1 << steps:
        term = term * (steps - least) // (least + 1)
        least += 1
        total += term
    return least


def runs(sides: Sequence[int]) -> list[tuple[int, int]]:
    """The runs as (start, stop) positions in `sides`, stop exclusive, in order."""
    found, start = [], 0
    for _, same in groupby(sides):
        stop = start + sum(1 for _ in same)
        found.append((start, stop))
        start = stop
    return found
