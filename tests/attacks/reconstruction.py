"""P1: rebuild scores from everything ever published, by elimination and by linear programs."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from app.benchmarks.disclosure.cells import Cell, Status
from tests.attacks import naive
from tests.attacks.algebra import Floats, Ints, fixed, matrix
from tests.attacks.equations import MEAN_STEP, across_figures, by_means, nearest, with_counts
from tests.attacks.results import Result
from tests.attacks.world import LATTICE, History, Pace, Row, World

NARROW, WIDE = 20.0, 100.0
"""No score may be narrowed to less; half of them not at all (points)."""

FIGURE = "overall"

AROUND = (60, 120, 240, 480, 100_000)
"""How many scores an attacker does not know, those nearest to the target, with counts."""


def reconstruct(world: World, history: History, *, targets: int, joint: int) -> list[Result]:
    """Every published mean of all releases as equations.

    Args:
        world: whose networks and attributes the attacker knows.
        history: what was published.
        targets: how many scores to narrow by programs over means, in each of three ways.
        joint: how many by programs over means and counts.
    """
    rows, random = history.of(FIGURE), np.random.default_rng(7)
    scores = np.array([one.scores[FIGURE] for one in history.people])
    seen = np.unique(np.concatenate([row.members for row in rows]))
    insider = largest_network(history)
    narrow = _narrow(world, history, rows, scores, (seen, insider), targets)
    some = random.choice(seen, min(joint, len(seen)), replace=False)
    return [
        _exact(world, history, rows, insider),
        narrow,
        replace(_joint(rows, some, scores), naive=narrow.naive, naive_beaten=narrow.naive_beaten),
        _across(
            world, history, random.choice(seen, min(targets, len(seen)), replace=False), insider
        ),
    ]


def largest_network(history: History) -> Ints:
    """Places of the submissions of the network with the most organizations."""
    owned = Counter({(one.network, one.organization) for one in history.people})
    largest, _ = Counter(network for network, _ in owned).most_common(1)[0]
    return np.flatnonzero([one.network == largest for one in history.people])


def _exact(world: World, history: History, rows: Sequence[Row], insider: Ints) -> Result:
    now = history.counted[0]
    attributes = [world.first[one.organization] for one in now]
    answers = naive.free_filters(attributes, np.array([one.scores[FIGURE] for one in now]))
    careless = len(fixed(matrix(answers.groups, len(now))))
    found = {}
    for figure in (FIGURE, *world.sections):
        member = matrix([row.members for row in history.of(figure)], len(history.people))
        known = member.copy()
        known[:, insider] = False
        found[figure] = len(fixed(member)), len(fixed(known))
    alone, pooled = (max(pair[i] for pair in found.values()) for i in (0, 1))
    return Result(
        "P1 exact",
        f"elimination modulo two primes over {len(rows)} published means of each figure, all"
        f" releases, {len(history.people)} unknowns, as though nothing were rounded; again knowing"
        f" the largest network ({len(insider)} submissions)."
        f" Naive: free filters, {len(answers.groups)} cohorts of one moment",
        f"{careless} of {len(now)} exactly determined",
        f"{alone} determined, {pooled} with the network's scores known",
        "0",
        naive_beaten=careless > 0,
        passed=alone == pooled == 0,
    )


def _narrow(
    world: World,
    history: History,
    rows: Sequence[Row],
    scores: Floats,
    who: tuple[Ints, Ints],
    number: int,
) -> Result:
    seen, insider = who
    groups, means = [row.members for row in rows], [row.cell.mean or 0.0 for row in rows]
    random = np.random.default_rng(8)
    known = {i: float(scores[i]) for i in insider.tolist()}
    widths = []
    for given in ({}, known):
        left = np.setdiff1d(seen, list(given))
        chosen = np.union1d(_rare(groups, left)[: number // 2], random.permutation(left)[:number])
        sums = by_means(groups, means, MEAN_STEP / 2, given, len(scores))
        widths.append(sums.equations.widths([sums.targets[i] for i in chosen]))
    now = history.counted[0]
    mine = np.array([one.scores[FIGURE] for one in now])
    answers = naive.free_filters([world.first[one.organization] for one in now], mine)
    sums = by_means(answers.groups, answers.means, 0, {}, len(mine))
    some = random.permutation(len(mine))[: min(40, len(mine))]
    careless = sums.equations.widths([sums.targets[i] for i in some])
    return Result(
        "P1 widths",
        f"linear programs over means of all releases: {len(widths[0])} scores, the rarest histories"
        f" of membership first; {len(widths[1])} with the largest network's known."
        f" Naive: {len(some)} scores, exact means",
        f"{sum(one < NARROW for one in careless)} of {len(some)} under 20 points,"
        f" least {max(0, min(careless)):.1f}",
        f"least {min(widths[0]):.1f}, median {np.median(widths[0]):.0f};"
        f" with the network least {min(widths[1]):.1f}, median {np.median(widths[1]):.0f}",
        "least >= 20, median 100",
        naive_beaten=min(careless) < NARROW,
        passed=all(min(w) >= NARROW and np.median(w) >= WIDE - 0.01 for w in widths),
    )


def _rare(groups: Sequence[Ints], seen: Ints) -> Ints:
    """Those seen, the ones first who are in the fewest and smallest cells with others like them."""
    size = int(seen.max()) + 1
    member = matrix([group[group < size] for group in groups], size)[:, seen]
    _, kind, number = np.unique(member, axis=1, return_inverse=True, return_counts=True)
    return seen[np.argsort(number[kind.reshape(-1)], kind="stable")]


def _joint(rows: Sequence[Row], targets: Ints, scores: Floats) -> Result:
    widths = [_jointly(rows, target, scores) for target in targets.tolist()]
    return Result(
        "P1 joint",
        f"programs over means and rounded counts of all releases, bins of 5 points: {len(widths)}"
        f" scores at random, by attackers who know all scores but those of the {AROUND[0]},"
        f" {AROUND[1]}, ... nearest, up to all",
        "means alone, see P1 widths",
        f"least {min(widths):.1f}, median {np.median(widths):.0f} (lower bounds)",
        "least >= 20",
        naive_beaten=True,
        passed=min(widths) >= NARROW,
    )


def _jointly(rows: Sequence[Row], target: int, scores: Floats) -> float:
    """The width for the strongest attacker of whom it is not narrow."""
    width = 0.0
    for number in AROUND:
        sums = with_counts(rows, scores, nearest(rows, target, len(scores), number))
        [width] = sums.equations.widths(sums.targets)
        if width >= NARROW:
            break
    return width


def _across(world: World, history: History, targets: Ints, insider: Ints) -> Result:
    """All figures at once: overall is the mean of the sections."""
    widths = []
    for known in (frozenset[int](), frozenset(insider.tolist())):
        sums = across_figures(history, world.sections, known)
        left = [i for i in targets.tolist() if i not in known]
        widths.append(sums.equations.widths([sums.targets[i] for i in left]))
    careless = _partial(world)
    return Result(
        "P1 across figures",
        f"programs over the rounded means of {1 + len(world.sections)} figures at once, overall"
        " being the mean of the sections that have a score:"
        f" {len(widths[0])} scores, {len(widths[1])} with the largest network's known."
        " Naive: one release, the same lattice, exact means, each figure of whoever has a score;"
        f" {len(careless)} hospitals without one section",
        f"least {min(careless):.1f}, median {np.median(careless):.0f}",
        f"least {min(widths[0]):.1f}, with the network's {min(widths[1]):.1f}",
        "least >= 20",
        naive_beaten=min(careless) < NARROW,
        passed=min(*widths[0], *widths[1]) >= NARROW,
    )


def _partial(world: World) -> list[float]:
    """Widths of overall scores of hospitals without one section, one publisher's figures apart."""
    fresh = World(len(world.level), 1, sections=world.sections, pace=Pace(partial=0.03))
    history, now = History(), fresh.quarter(1)
    for cohort in LATTICE.cohorts:
        for figure in ("overall", *world.sections):
            group = [c for c in now if cohort.id in c.cohorts and figure in c.scores]
            if len(group) >= naive.LEAST:
                mean = float(np.mean([c.scores[figure] for c in group]))
                cell = Cell(cohort.id, figure, Status.PUBLISHED, mean=mean)
                history.rows.append(Row(1, cell, history.found(group)))
    lacking = [i for i, c in enumerate(history.people) if len(c.scores) <= len(world.sections)]
    sums = across_figures(history, world.sections, frozenset(), step=0)
    return sums.equations.widths([sums.targets[i] for i in lacking])
