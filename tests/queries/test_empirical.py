"""Neighbours cannot be told apart better than is claimed; half the noise is found out."""

import random
from collections.abc import Callable

from tests.queries.empirical import PLANS, bounds, halved

DRAWS = 12_000
SEED = 20_261_123


def test_no_bound_is_above_what_is_claimed(counted: Callable[[str], None]) -> None:
    found = bounds(DRAWS, random.Random(SEED).randrange)  # noqa: S311 - the same draws in each run

    assert found.keys() == PLANS.keys()
    for name, one in found.items():
        assert 0.5 * one.claimed < one.least <= one.claimed, (name, one)
    counted(", ".join(f"{name}: {one.least:.2f}/{one.claimed:g}" for name, one in found.items()))


def test_half_the_noise_is_found_out() -> None:
    found = bounds(DRAWS, random.Random(SEED).randrange, halved)  # noqa: S311 - as above

    for name, one in found.items():
        assert one.least > one.claimed, (name, one)
