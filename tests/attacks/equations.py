"""What an attacker writes down of published cells: means alone, with counts, and across figures."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from tests.attacks.algebra import SLACK, TOP, Equations, Floats, Ints, matrix
from tests.attacks.world import History, Row

MEAN_STEP, COUNT_STEP, BIN = 0.5, 5, 5
"""What means and counts are rounded to, and the narrowest bins; public."""

Target = tuple[Ints, Floats]
ONE = np.ones(1)


class Sums(NamedTuple):
    """Equations about one score of everybody, and the target that stands for each of them."""

    equations: Equations
    targets: list[Target]
    places: Sequence[dict[str, int]] = ()
    """Of each of the people, by section; where figures are solved together."""


def by_means(
    groups: Sequence[Ints], means: Sequence[float], half: float, known: dict[int, float], size: int
) -> Sums:
    """Each mean is an interval for a sum; whose scores are known is fixed."""
    equations = Equations()
    places = equations.unknowns(size, 0, TOP)
    for place, score in known.items():
        equations.low[place] = equations.high[place] = score
    for group, mean in zip(groups, means, strict=True):
        number, room = len(group), SLACK + half * len(group)
        equations.add(places[group], 1, number * mean - room, number * mean + room)
    return Sums(equations, [(places[[i]], ONE) for i in range(size)])


def with_counts(rows: Sequence[Row], scores: Floats, free: Ints) -> Sums:
    """Means and rounded counts together, about one figure's scores; the target is the first free.

    The attacker knows all scores but the free ones: what is wide for it is wide for one who knows
    less. People of the same cells are one group, spread over bins of 5 points: ``parts`` of it are
    in a bin, and ``within`` is how far they are above the lower edges of their bins, together.
    """
    member = matrix([row.members for row in rows], len(scores))
    kinds, kind = np.unique(member[:, free[1:]], axis=1, return_inverse=True)
    number = np.r_[1, np.bincount(kind.reshape(-1), minlength=kinds.shape[1])].astype(np.float64)
    edges = np.arange(0, TOP, BIN)
    equations = Equations()
    parts = np.array([equations.unknowns(len(edges), 0, n) for n in number])
    within = np.array([equations.unknowns(1, 0, BIN * n)[0] for n in number])
    for part, n in zip(parts, number, strict=True):
        equations.add(part, 1, n, n)
    for row, inside in zip(rows, np.c_[member[:, free[0]], kinds], strict=True):
        if inside.any():
            known = scores[np.setdiff1d(row.members, free)]
            _add(equations, row, known, (parts[inside], within[inside]), edges)
    return Sums(equations, [(np.r_[parts[0], within[0]], np.r_[edges, 1])])


def _add(
    equations: Equations, row: Row, known: Floats, who: tuple[Ints, Ints], edges: Floats
) -> None:
    """A cell's mean and counts, less what is known."""
    parts, within = who
    total = len(row.members) * (row.cell.mean or 0.0) - known.sum()
    room = len(row.members) * MEAN_STEP / 2 + SLACK
    places = np.r_[parts.ravel(), within]
    weights = np.r_[np.tile(edges, len(parts)), np.ones(len(within))]
    equations.add(places, weights, total - room, total + room)
    if row.cell.histogram is None:
        return
    own = np.array(row.cell.histogram.edges)
    mine = np.histogram(known, own)[0]
    for i, count in enumerate(row.cell.histogram.counts):
        inside = (edges >= own[i]) & (edges < own[i + 1])
        least = max(0, count - COUNT_STEP // 2) - float(mine[i])
        most = count + COUNT_STEP // 2 - float(mine[i])
        equations.add(parts[:, inside].ravel(), 1, least, most)


def nearest(rows: Sequence[Row], target: int, size: int, number: int) -> Ints:
    """The target, and those that share most of their cells with it."""
    member = matrix([row.members for row in rows], size).astype(np.float64)
    both, each = member[:, target] @ member, member.sum(axis=0)
    alike = both / np.maximum(each + each[target] - both, 1)
    alike[target] = 2
    return np.argsort(-alike, kind="stable")[: number + 1]


def across_figures(
    history: History, sections: Sequence[str], known: frozenset[int], step: float = MEAN_STEP
) -> Sums:
    """Means of all figures at once: an overall score is the mean of the sections that have one."""
    equations = Equations()
    own: list[dict[str, int]] = []
    for place, one in enumerate(history.people):
        mine = [section for section in sections if section in one.scores]
        places = equations.unknowns(len(mine), 0, TOP)
        own.append(dict(zip(mine, places.tolist(), strict=True)))
        if place in known:
            for section, at in own[-1].items():
                equations.low[at] = equations.high[at] = one.scores[section]
    for row in history.rows:
        figure, number, mean = row.cell.figure, len(row.members), row.cell.mean or 0.0
        room = number * step / 2 + SLACK
        terms = [
            _overall(own[i]) if figure == "overall" else _one(own[i][figure])
            for i in row.members.tolist()
        ]
        equations.add(
            np.concatenate([p for p, _ in terms]),
            np.concatenate([w for _, w in terms]),
            number * mean - room,
            number * mean + room,
        )
    return Sums(equations, [_overall(mine) for mine in own], own)


def _one(place: int) -> Target:
    return np.array([place]), ONE


def _overall(mine: dict[str, int]) -> Target:
    return np.array(list(mine.values())), np.full(len(mine), 1 / len(mine))
