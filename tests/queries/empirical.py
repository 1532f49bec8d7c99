"""How much neighbours can be told apart in truth: a lower bound for epsilon, from many draws.

    python -m tests.queries.empirical [--draws 100000] [--seed 1 | --os]

For each statistic the worst neighbours are measured again and again: nobody, and one organization
with the highest score. Events are chosen on one half of the draws and judged on the other; what is
printed holds with a probability of 99.9 %. It ends with 1 if a bound is above what is claimed, or
if noise of half the scale is not found out.
"""

import argparse
import math
import random
import secrets
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from unittest.mock import patch

from app.queries.laplace import Below, draw
from app.queries.mechanisms import TOP, Measured, Plan, Statistic, measure
from tests.queries.judging import at_least, at_most

RISK = 0.001
CLAIMED, DEAREST = Fraction(1), Fraction(1, 4)
"""What is claimed of the plans that are tried: more than a query may cost, as the promise scales
and is sooner seen to be broken; and for the count what the dearest query costs."""

PLANS = {
    "count": Plan(Statistic.COUNT, CLAIMED),
    "count at 1/4": Plan(Statistic.COUNT, DEAREST),
    "mean": Plan(Statistic.MEAN, CLAIMED),
    "histogram of 20": Plan(Statistic.HISTOGRAM, CLAIMED, 20),
    "histogram of 10": Plan(Statistic.HISTOGRAM, CLAIMED, 10),
    "quantiles": Plan(Statistic.QUANTILES, CLAIMED),
}
Draw = Callable[[Fraction, Below], int]
Event = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Bound:
    """What was found for a statistic."""

    claimed: float
    least: float
    """Epsilon is at least this."""


def noticed(measured: Measured) -> tuple[int, int]:
    """The numbers that the one organization changes: the count, and the sum or the last bin."""
    return measured.organizations, measured.values[-1] if measured.values else 0


def sample(plan: Plan, scores: list[int], draws: int, below: Below) -> list[tuple[int, int]]:
    """So many measurements of the same scores."""
    return [noticed(measure(plan, scores, below)) for _ in range(draws)]


def events(plan: Plan) -> Iterator[Event]:
    """Both numbers at least so much."""
    noise = plan.figure_noise
    steps = [0] if noise is None else [noise.sensitivity * n // 2 for n in range(-2, 5)]
    ends = [-(10**9)] if noise is None else steps
    yield from product(range(-1, 4), ends)


def hits(drawn: list[tuple[int, int]], event: Event) -> int:
    """How often an event came about."""
    return sum(count >= event[0] and value >= event[1] for count, value in drawn)


def bound(plan: Plan, draws: int, below: Below) -> Bound:
    """A lower bound of epsilon for the neighbours that are told apart best."""
    with_one, without = (sample(plan, scores, draws, below) for scores in ([TOP], []))
    half = draws // 2

    def promise(event: Event) -> float:
        seen, other = hits(with_one[:half], event), hits(without[:half], event)
        return math.log(at_least(seen, half, RISK) / at_most(other, half, RISK))

    chosen = max(events(plan), key=promise)
    rest = draws - half
    seen, other = hits(with_one[half:], chosen), hits(without[half:], chosen)
    found = math.log(at_least(seen, rest, RISK / 2) / at_most(other, rest, RISK / 2))
    return Bound(float(plan.epsilon), found)


def halved(scale: Fraction, below: Below) -> int:
    """The planted fault: half the noise."""
    return draw(scale / 2, below)


def bounds(draws: int, below: Below, noise: Draw = draw) -> dict[str, Bound]:
    """The bound of every statistic, with the real noise or another's."""
    with patch("app.queries.mechanisms.draw", noise):
        return {name: bound(plan, draws, below) for name, plan in PLANS.items()}


def main() -> int:
    """Print the bounds."""
    asked = argparse.ArgumentParser(prog="python -m tests.queries.empirical")
    asked.add_argument("--draws", type=int, default=100_000)
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--os", action="store_true", help="the operating system's randomness")
    given = asked.parse_args()
    below = secrets.randbelow if given.os else random.Random(given.seed).randrange  # noqa: S311
    found, planted = bounds(given.draws, below), bounds(given.draws, below, halved)
    for name, one in found.items():
        print(  # noqa: T201 - a program that prints
            f"{name}: epsilon is {one.least:.3f} at least, {one.claimed:g} is claimed;"
            f" with half the noise {planted[name].least:.3f} at least"
        )
    sound = all(one.least <= one.claimed for one in found.values())
    caught = all(one.least > one.claimed for one in planted.values())
    return 0 if sound and caught else 1


if __name__ == "__main__":
    sys.exit(main())
