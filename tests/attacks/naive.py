"""A careless publisher over the same hospitals: what many services do, and what the attacks beat.

Any combination of filters from ten organizations on, exact means, refreshed with each join.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from app.benchmarks.disclosure.cells import Contribution
from tests.attacks.algebra import Floats, Ints
from tests.attacks.world import LATTICE

LEAST = 10
"""Fewest organizations of a cohort, as its authors were told."""


@dataclass(frozen=True, slots=True)
class Answers:
    """Cohorts of one moment, and the exact mean of each."""

    groups: list[Ints]
    means: list[float]
    scores: Floats


def free_filters(
    attributes: Sequence[Mapping[str, str]], scores: Floats, least: int = LEAST
) -> Answers:
    """Every combination of one category, or none, of each attribute that has so many."""
    names = list(LATTICE.attributes)
    codes = {
        name: {c: n for n, c in enumerate(LATTICE.attributes[name].categories)} for name in names
    }
    table = np.array([[codes[n].get(one.get(n, ""), -1) for n in names] for one in attributes])
    groups: dict[bytes, Ints] = {}
    for group in _split(table, np.arange(len(table)), 0, least):
        groups.setdefault(group.tobytes(), group)
    found = list(groups.values())
    return Answers(found, [float(scores[group].mean()) for group in found], scores)


def _split(table: Ints, group: Ints, at: int, least: int) -> Iterator[Ints]:
    """The group, and it cut by every category of the attributes from that one on."""
    if at == table.shape[1]:
        yield group
        return
    yield from _split(table, group, at + 1, least)
    for value in np.unique(table[group, at]).tolist():
        part = group[table[group, at] == value]
        if value >= 0 and len(part) >= least:
            yield from _split(table, part, at + 1, least)


def live(contributions: Sequence[Contribution], least: int = LEAST) -> dict[str, tuple[int, float]]:
    """The lattice's cohorts as they are right now: how many, and the exact mean."""
    scores: dict[str, list[float]] = {}
    for one in contributions:
        for cohort in one.cohorts:
            scores.setdefault(cohort, []).append(one.scores["overall"])
    return {c: (len(v), float(np.mean(v))) for c, v in scores.items() if len(v) >= least}
