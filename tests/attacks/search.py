"""P7: let a program look for the query sets that tell most of a target's score.

After QuerySnout: random sets of reachable answers, the best of them changed and crossed. An answer
set is judged by how well a linear rule guesses *above the middle* in worlds that the attacker makes
up with the same memberships, and the best is tried on worlds it has not seen.
"""

from typing import NamedTuple

import numpy as np

from tests.attacks import naive
from tests.attacks.algebra import Bools, Floats, Ints, matrix
from tests.attacks.results import Result
from tests.attacks.world import History, World

FIGURE, MEAN, EACH, WORST = "overall", 0.55, 13.0, 0.65
MOST = 12
"""Answers in a set."""


class Reach(NamedTuple):
    """Answers that can be had: who is in each (answers, people), how they are rounded (points)."""

    member: Bools
    step: float


class Learned(NamedTuple):
    """Worlds that an attacker made up: answers (worlds, answers), scores (worlds, people)."""

    answers: Floats
    scores: Floats


def imagine(reach: Reach, worlds: int, random: np.random.Generator) -> Learned:
    """Worlds in which everybody's score is drawn anew, and what would have been published."""
    scores = random.normal(0, EACH, (worlds, reach.member.shape[1])).astype(np.float32)
    answers = scores @ (reach.member / reach.member.sum(axis=1)[:, None]).T.astype(np.float32)
    if reach.step:
        answers = np.round(answers / reach.step) * reach.step
    return Learned(answers.astype(np.float64), scores.astype(np.float64))


def search(reach: Reach, target: int, sets: int, random: np.random.Generator) -> Ints:
    """The best set of answers of so many that are tried."""
    seen = imagine(reach, 1500, random)
    spread = np.cov(seen.answers.T) + 1e-9 * np.eye(seen.answers.shape[1])
    tells = (seen.answers - seen.answers.mean(axis=0)).T @ seen.scores[:, target] / len(seen.scores)

    def worth(chosen: Ints) -> float:
        part = spread[np.ix_(chosen, chosen)]
        return float(tells[chosen] @ np.linalg.solve(part, tells[chosen]))

    with_target = np.flatnonzero(reach.member[:, target])
    rest = len(reach.member)
    population: list[tuple[float, Ints]] = []
    for tried in range(sets):
        if tried < sets // 3 or len(population) < 2:
            some = random.choice(with_target, min(len(with_target), MOST // 2), replace=False)
            chosen = np.r_[some, random.integers(rest, size=MOST - len(some))]
        else:
            one, other = (population[random.integers(len(population))][1] for _ in range(2))
            chosen = np.r_[one, other][random.permutation(len(one) + len(other))[:MOST]]
            if random.random() < 0.5:
                chosen[0] = random.integers(rest)
        chosen = np.unique(chosen)
        population.append((worth(chosen), chosen))
        if len(population) > 60:
            population.sort(key=lambda one: -one[0])
            del population[30:]
    return max(population, key=lambda one: one[0])[1]


def accuracy(reach: Reach, target: int, chosen: Ints, random: np.random.Generator) -> float:
    """How often the rule learned in made-up worlds is right in others."""
    train, test = (imagine(reach, number, random) for number in (3000, 3000))
    inputs = np.c_[train.answers[:, chosen], np.ones(len(train.answers))]
    rule = np.linalg.lstsq(inputs, train.scores[:, target], rcond=None)[0]
    told = np.c_[test.answers[:, chosen], np.ones(len(test.answers))] @ rule > 0
    return float(np.mean(told == (test.scores[:, target] > 0)))


def hunt(reach: Reach, targets: Ints, sets: int, seed: int) -> list[float]:
    """The accuracy that a search reaches for each target."""
    random = np.random.default_rng(seed)
    each = sets // len(targets)
    return [accuracy(reach, t, search(reach, t, each, random), random) for t in targets.tolist()]


def snout(world: World, history: History, targets: int = 50, sets: int = 100_000) -> list[Result]:
    """Fifty targets among those counted."""
    rows = history.of(FIGURE)
    ours = Reach(matrix([row.members for row in rows], len(history.people)), 0.5)
    random = np.random.default_rng(11)
    seen = np.unique(np.concatenate([row.members for row in rows]))
    found = hunt(ours, random.choice(seen, targets, replace=False), sets, 12)
    now = history.counted[0]
    scores = np.array([one.scores[FIGURE] for one in now])
    answers = naive.free_filters([world.first[one.organization] for one in now], scores)
    careless = Reach(matrix(answers.groups, len(now)), 0)
    few = max(3, targets // 5)
    beaten = hunt(careless, random.choice(len(now), few, replace=False), sets * few // targets, 13)
    return [
        Result(
            "P7",
            f"random and evolutionary search over {sets:,} sets of up to {MOST} of {len(rows)}"
            f" published means for {targets} targets: above the middle? Naive: {few} targets,"
            f" {len(answers.groups)} answers to free filters",
            f"mean accuracy {np.mean(beaten):.1%}, most {max(beaten):.1%}",
            f"mean accuracy {np.mean(found):.1%}, most {max(found):.1%}",
            "mean <= 55 %, none > 65 %",
            naive_beaten=max(beaten) > WORST,
            passed=bool(np.mean(found) <= MEAN and max(found) <= WORST),
        )
    ]
