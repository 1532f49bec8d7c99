"""P2: subtract reachable answers from each other, in pairs and in threes."""

from collections.abc import Sequence

import numpy as np

from app.benchmarks.disclosure.cells import Unknown
from tests.attacks import naive
from tests.attacks.algebra import Floats, Ints, matrix
from tests.attacks.results import Result
from tests.attacks.world import History, Row, World

FIGURE, FEW = "overall", 10
MOST = 400
"""Answers of the careless publisher that are put together; there are thousands."""


def small_differences(groups: Sequence[Ints], size: int) -> tuple[int, int]:
    """Pairs and triples of sets of which one, less the others inside it, leaves 1 to 9.

    Of two releases as well: then those in the difference may have answered anew, and are counted
    once by answer. A triple is a set less two others that share nobody.
    """
    member = np.unique(matrix(groups, size), axis=0).astype(np.float32)
    common = np.asarray(member @ member.T, dtype=np.float64)
    number = np.diag(common)
    left = number[:, None] - number
    inside = common == number
    pairs = int((inside & (left > 0) & (left < FEW)).sum())
    return pairs, _triples(common, inside, number)


def _triples(common: Floats, inside: np.ndarray, number: Floats) -> int:
    found = 0
    for whole in range(len(number)):
        parts = np.flatnonzero(inside[whole])
        parts = parts[parts != whole]
        left = number[whole] - number[parts][:, None] - number[parts]
        apart = common[np.ix_(parts, parts)] == 0
        found += int((apart & (left > 0) & (left < FEW)).sum()) // 2
    return found


def changed_little(history: History) -> int:
    """Pairs of values of one cohort in two releases between which 1 to 9 organizations changed."""
    found = 0
    for row in history.of(FIGURE):
        mine = _who(history, row)
        for other in history.of(FIGURE):
            if other.cell.cohort == row.cell.cohort and other.release < row.release:
                theirs = _who(history, other)
                found += 0 < len({one.organization for one in mine ^ theirs}) < FEW
    return found


def moved_with_panels(history: History) -> int:
    """Panels that, with everybody then and now, are about 1 to 9 that came or went."""
    rows = {(row.cell.cohort, row.release): _who(history, row) for row in history.of(FIGURE)}
    found, last = 0, 0
    for release in sorted(number for cohort, number in rows if cohort == "all"):
        if ("all/again", release) in rows:
            now = rows["all", release] - rows["all/again", release]
            then = rows["all", last] - rows["all/before", release]
            found += 0 < len({one.organization for one in now ^ then}) < FEW
        last = release
    return found


def _who(history: History, row: Row) -> frozenset[Unknown]:
    return frozenset(history.people[i].unknown for i in row.members.tolist())


def difference(world: World, history: History) -> list[Result]:
    """Search all of it."""
    groups = [row.members for row in history.of(FIGURE)]
    pairs, triples = small_differences(groups, len(history.people))
    changed, moved = changed_little(history), moved_with_panels(history)
    panels = sum(row.cell.cohort == "all/again" for row in history.of(FIGURE))
    now = history.counted[0]
    answers = naive.free_filters(
        [world.first[one.organization] for one in now],
        np.array([one.scores[FIGURE] for one in now]),
    )
    some = np.random.default_rng(5).permutation(len(answers.groups))[:MOST]
    careless = small_differences([answers.groups[i] for i in some], len(now))
    return [
        Result(
            "P2",
            f"every pair and every triple of {len(groups)} published answers over all releases;"
            f" values of one cohort in two releases; {panels} panels with everybody then and now."
            f" Naive: {len(some)} answers to free filters",
            f"{careless[0]} pairs, {careless[1]} triples",
            f"{pairs} pairs, {triples} triples; {changed} of one cohort in two releases;"
            f" {moved} panels",
            "0 leave 1 to 9 organizations",
            naive_beaten=careless[0] > 0,
            passed=pairs == triples == changed == moved == 0,
        )
    ]
