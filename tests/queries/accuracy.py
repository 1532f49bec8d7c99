"""How far answers of the dearest query are from the truth: errors of 95 in 100 answers.

    python -m tests.queries.accuracy

Scores are drawn about 45 with a standard deviation of 15, as the demo's are; seeded.
"""

import random
from collections.abc import Callable, Sequence
from fractions import Fraction
from statistics import mean, quantiles

from app.queries.mechanisms import (
    POINT,
    Measured,
    Plan,
    Statistic,
    exact,
    mean_of,
    measure,
    on_grid,
    quantiles_of,
)

EPSILON = Fraction(1, 4)
TRIES = 2_000
SIZES = (100, 200, 400, 1_000, 4_000)
DICE = random.Random(1)  # noqa: S311 - the same table in each run


def scores(many: int) -> list[int]:
    """On the grid."""
    return [on_grid(DICE.gauss(45, 15)) for _ in range(many)]


def of_count(_: Plan, measured: Measured, true: Sequence[int]) -> float:
    """In organizations."""
    return abs(measured.organizations - len(true))


def of_mean(_: Plan, measured: Measured, true: Sequence[int]) -> float:
    """In points."""
    return abs(float(mean_of(measured)) - mean(true)) / POINT


def of_bins(plan: Plan, measured: Measured, true: Sequence[int]) -> float:
    """In organizations, in the bin in which it is largest."""
    return max(abs(a - b) for a, b in zip(measured.values, exact(plan, true), strict=True))


def of_median(plan: Plan, measured: Measured, true: Sequence[int]) -> float:
    """In points."""
    found = quantiles_of(plan, measured) or {50: 0}
    return abs(found[50] - quantiles(true, n=2)[0] / POINT)


ASKED: dict[str, tuple[Plan, Callable[[Plan, Measured, Sequence[int]], float]]] = {
    "count, organizations": (Plan(Statistic.COUNT, EPSILON), of_count),
    "mean, points": (Plan(Statistic.MEAN, EPSILON), of_mean),
    "histogram of 20, organizations": (Plan(Statistic.HISTOGRAM, EPSILON, 20), of_bins),
    "histogram of 10, organizations": (Plan(Statistic.HISTOGRAM, EPSILON, 10), of_bins),
    "median, points": (Plan(Statistic.QUANTILES, EPSILON), of_median),
}


def error(plan: Plan, of: Callable[[Plan, Measured, Sequence[int]], float], many: int) -> float:
    """The error that 95 of 100 answers do not exceed; of those that there are."""
    true, errors = scores(many), []
    for _ in range(TRIES):
        measured = measure(plan, true, DICE.randrange)
        if measured.organizations >= SIZES[0]:
            errors.append(of(plan, measured, true))
    return sorted(errors)[int(0.95 * len(errors))]


def main() -> None:
    """Print a table."""
    print("organizations", *SIZES, sep="\t")  # noqa: T201 - a program that prints
    for name, (plan, of) in ASKED.items():
        print(name, *(f"{error(plan, of, many):.1f}" for many in SIZES), sep="\t")  # noqa: T201 - the same


if __name__ == "__main__":
    main()
