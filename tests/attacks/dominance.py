"""P4: networks that own many of a cohort, and pool what they know."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from app.benchmarks.disclosure.cells import Contribution
from tests.attacks.algebra import Ints
from tests.attacks.equations import MEAN_STEP, by_means
from tests.attacks.results import Result
from tests.attacks.world import History, World

COHORT, OTHER = "ownership:public", "ownership:nonprofit"
NUMBERS = (10, 12, 16, 20, 30, 40, 60, 100)
MOST, NARROW = 25, 20.0
FEWEST_NETWORKS, LARGEST_SHARE = 5, 0.25


def cases(most: int, numbers: Sequence[int]) -> Iterator[tuple[int, int]]:
    """A network of 1 to 25, and of how many it is a part."""
    for number in numbers:
        for own in range(1, min(most, number - 1) + 1):
            yield own, number


def cohort(networks: Sequence[int], rest: int = 60, seed: int = 3) -> list[Contribution]:
    """A cohort of networks of those sizes, and a sound one of independent organizations."""
    world = World(max(rest, sum(networks)) + sum(networks), seed)
    made = [world.submit(i, 1) for i in range(sum(networks) + rest)]
    names = [f"net{i}" for i, size in enumerate(networks) for _ in range(size)]
    return [
        replace(
            one,
            network=names[i] if i < len(names) else one.organization,
            cohorts=frozenset({"all", COHORT if i < len(names) else OTHER}),
        )
        for i, one in enumerate(made)
    ]


def publish(contributions: Sequence[Contribution]) -> History:
    """The first release of these, by the service's own rules."""
    world, history = World(2, 1), History()
    world.release(history, contributions)
    return history


def insider_width(history: History, network: str) -> float | None:
    """The narrowest that the network can make another's score; ``None`` if nothing is shown."""
    rows = history.of("overall")
    if not any(row.cell.cohort == COHORT for row in rows):
        return None
    scores = np.array([one.scores["overall"] for one in history.people])
    groups, means = [row.members for row in rows], [row.cell.mean or 0.0 for row in rows]
    return narrowest(groups, means, scores, [o.network == network for o in history.people])


def narrowest(
    groups: Sequence[Ints], means: Sequence[float], scores: np.ndarray, own: Sequence[bool]
) -> float:
    """Of those in the first group that are not its own, alike by symmetry: one is tried."""
    known = {i: float(scores[i]) for i in np.flatnonzero(own).tolist()}
    [cell] = [group for group in groups if len(group) == min(map(len, groups))][:1]
    left = np.setdiff1d(cell, list(known))
    sums = by_means(groups, means, MEAN_STEP / 2, known, len(scores))
    return min(sums.equations.widths([sums.targets[left[0]]]))


def dominate(most: int = MOST, numbers: Sequence[int] = NUMBERS) -> list[Result]:
    """Each network in each cohort, and cohorts of few networks."""
    wrong, shown, widths, careless, tried = 0, 0, [], [], 0
    for own, number in cases(most, numbers):
        tried += 1
        contributions = cohort([own, *[1] * (number - own)])
        found = insider_width(publish(contributions), "net0")
        bad = own / number > LARGEST_SHARE or number - own + 1 < FEWEST_NETWORKS
        wrong += bad and found is not None
        if found is not None:
            shown += 1
            widths.append(found)
        scores = np.array([one.scores["overall"] for one in contributions[:number]])
        mean = float(np.round(scores.mean() * 2) / 2)
        careless.append(
            narrowest([np.arange(number)], [mean], scores, [i < own for i in range(number)])
        )
    few = [[5] * 4, [7, 7, 6], [4, 4, 4, 4], [25] * 4]
    wrong += sum(insider_width(publish(cohort(one)), "net0") is not None for one in few)
    return [
        Result(
            "P4",
            f"a network with m of n organizations, m to {most}, n of {numbers}: {tried} cohorts,"
            f" and {len(few)} of fewer than 5 networks; the network knows its own."
            " Naive: any 10 organizations, means to 0.5",
            f"{sum(one < NARROW for one in careless)} of {tried} narrowed under 20 points,"
            f" least {min(careless):.1f}",
            f"{wrong} dominated cells shown; of {shown} shown, least width {min(widths):.1f}",
            "0 shown; widths >= 20",
            naive_beaten=min(careless) < NARROW,
            passed=wrong == 0 and min(widths) >= NARROW,
        )
    ]
