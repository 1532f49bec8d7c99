"""What an attacker can write down: every published cell of every release as an equation.

Unknowns are the scores behind a figure, one per (organization, submission) ever included. The
attacker knows who is in each cell, so the exact number too, and all rules. Each released mean is
an interval for a sum, each released count an interval for a number of scores in a bin. Percentiles
are computed from the counts and add nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from app.benchmarks.disclosure.cells import (
    Cell,
    Contribution,
    Histogram,
    ReleaseCells,
    Status,
    Unknown,
)
from app.benchmarks.disclosure.thresholds import TOP, Thresholds

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]

FLOOR = Thresholds()
"""The weakest rounding: what was rounded more is taken as rounded this little (safe side)."""

EXACT = 1e-9
"""Half the interval of a mean that was not rounded, in points."""

TOLERANCE = 1e-6
"""How far a sum may be outside its interval and still count as inside, in points."""

COARSE = tuple(float(edge) for edge in range(0, 101, 20))
"""Edges of the bins that scores are thought in where no histogram is published."""


class Row(NamedTuple):
    """A cell as newly published by a release, and the submissions in it."""

    release: int
    cell: Cell
    members: frozenset[Unknown]

    @property
    def name(self) -> tuple[int, str, str]:
        """Its release, cohort and figure."""
        return self.release, self.cell.cohort, self.cell.figure


@dataclass(frozen=True, slots=True)
class Counts:
    """The histograms of a system, in bins fine enough for all of them.

    ``edges`` (bins + 1) are in points. Histogram h belongs to row ``row[h]``; fine bin b is in its
    own bin ``group[h, b]``; the true count of its own bin c is in ``low[h, c]..high[h, c]``.
    """

    edges: Floats
    row: Ints
    group: Ints
    low: Ints
    high: Ints

    def bins(self, scores: Floats) -> Ints:
        """The fine bin of each score; a bin holds its lower edge, the last one both."""
        found = np.searchsorted(self.edges, scores, side="right") - 1
        return np.clip(found, 0, len(self.edges) - 2).astype(np.int64)


@dataclass(frozen=True)
class System:
    """One figure's connected equations: ``low <= member @ x <= high`` and ``counts``.

    ``member`` is (rows, unknowns), 0 or 1; ``low`` and ``high`` (rows) are sums in points;
    ``truth`` (unknowns) is what the operator knows: a solution, unless a release is wrong. Of
    those ``erased`` nothing is known; ``truth`` has the middle of the scale in their place.
    """

    figure: str
    rows: tuple[Row, ...]
    unknowns: tuple[Unknown, ...]
    truth: Floats
    erased: Bools
    member: Floats
    low: Floats
    high: Floats
    counts: Counts

    @cached_property
    def exact(self) -> Bools:
        """(rows) Whether the mean was published without rounding."""
        return np.asarray(self.high - self.low < FLOOR.mean_step / 2)

    @cached_property
    def inside(self) -> Floats:
        """Who is in each histogram: (histograms, unknowns), 0 or 1."""
        return self.member[self.counts.row]

    @cached_property
    def kinds(self) -> Ints:
        """(unknowns) A number for the set of cells each is in; the same cells, the same number."""
        _, kinds = np.unique(self.member, axis=1, return_inverse=True)
        return np.asarray(kinds, dtype=np.int64).reshape(-1)

    def violated(self) -> Ints:
        """Rows whose published mean or counts the true scores do not give.

        What was erased may have been anything, so those rows are given that much room.
        """
        here = self.member * ~self.erased
        sums, counted = here @ self.truth, self.tally(self.truth)
        gone = self.member.sum(axis=1) - here.sum(axis=1)
        right = (sums + TOP * gone >= self.low - TOLERANCE) & (sums <= self.high + TOLERANCE)
        missing = gone[self.counts.row][:, None]
        fits = (counted + missing >= self.counts.low) & (counted <= self.counts.high)
        right[self.counts.row[~fits.all(axis=1)]] = False
        return np.flatnonzero(~right)

    def tally(self, scores: Floats) -> Ints:
        """(histograms, own bins) How many of the scores (unknowns) not erased are in each bin."""
        fine, found = self.counts.bins(scores), np.zeros_like(self.counts.low)
        for h, inside in enumerate((self.inside > 0) & ~self.erased):
            np.add.at(found[h], self.counts.group[h, fine[inside]], 1)
        return found


def stack(history: Sequence[ReleaseCells]) -> list[System]:
    """All releases as systems: one for each figure and each set of connected cells.

    Raises:
        KeyError: a member's score is in no release's contributions.
    """
    values = {c.unknown: c for release in history for c in release.contributions}
    rows: dict[str, dict[object, Row]] = {}
    for release in reversed(history):
        for cell in release.cells:
            if cell.status is Status.PUBLISHED:
                row = Row(cell.as_of_release or release.number, cell, release.members[cell.key])
                same = (row.members, cell.mean, cell.histogram)
                rows.setdefault(cell.figure, {}).setdefault(same, row)
    return [
        _system(figure, part, values)
        for figure, found in rows.items()
        for part in _connected(list(found.values()))
    ]


def _connected(rows: Sequence[Row]) -> list[list[Row]]:
    """The rows in groups that share no unknown with each other."""
    groups: list[tuple[list[Row], set[Unknown]]] = []
    for row in rows:
        touched = [group for group in groups if not group[1].isdisjoint(row.members)]
        groups = [group for group in groups if group[1].isdisjoint(row.members)]
        merged = [r for group in touched for r in group[0]]
        groups.append(([*merged, row], set(row.members).union(*(g[1] for g in touched))))
    return [group[0] for group in groups]


def _system(figure: str, rows: Sequence[Row], values: Mapping[Unknown, Contribution]) -> System:
    unknowns = tuple(sorted(frozenset[Unknown]().union(*(row.members for row in rows))))
    column = {unknown: i for i, unknown in enumerate(unknowns)}
    member = np.zeros((len(rows), len(unknowns)))
    for i, row in enumerate(rows):
        member[i, [column[unknown] for unknown in row.members]] = 1
    means = np.array([float("nan") if r.cell.mean is None else r.cell.mean for r in rows])
    half = np.array([_half(mean) for mean in means])
    size = member.sum(axis=1)
    sources = [values[unknown] for unknown in unknowns]
    erased = np.array([bool(one.erased) for one in sources])
    truth = np.array([TOP / 2 if one.erased else one.scores[figure] for one in sources])
    low, high = size * (means - half), size * (means + half)
    return System(figure, tuple(rows), unknowns, truth, erased, member, low, high, _counts(rows))


def _half(mean: float) -> float:
    """Half the rounding step of a mean, in points."""
    return FLOOR.mean_step / 2 if mean % FLOOR.mean_step == 0 else EXACT


def _counts(rows: Sequence[Row]) -> Counts:
    found = [(i, r.cell.histogram) for i, r in enumerate(rows) if r.cell.histogram is not None]
    edges = np.array(sorted({*COARSE}.union(*(h.edges for _, h in found))))
    widest = max((len(h.counts) for _, h in found), default=1)
    low = np.zeros((len(found), widest), dtype=np.int64)
    high, group = low.copy(), np.zeros((len(found), len(edges) - 1), dtype=np.int64)
    for h, (_, histogram) in enumerate(found):
        own = np.searchsorted(histogram.edges, edges[:-1], side="right") - 1
        group[h] = np.clip(own, 0, len(histogram.counts) - 1)
        for b, (least, most) in enumerate(_ranges(histogram)):
            low[h, b], high[h, b] = least, most
    return Counts(edges, np.array([i for i, _ in found], dtype=np.int64), group, low, high)


def _ranges(histogram: Histogram) -> list[tuple[int, int]]:
    """Least and greatest true count of each bin; both the count itself if it was not rounded."""
    off = int(FLOOR.count_step - 1) // 2
    slack = [off if count % FLOOR.count_step == 0 else 0 for count in histogram.counts]
    return [(max(0, c - s), c + s) for c, s in zip(histogram.counts, slack, strict=True)]
