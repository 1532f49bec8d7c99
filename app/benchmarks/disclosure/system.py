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

from app.benchmarks.disclosure.arrays import Bools, Floats, Ints
from app.benchmarks.disclosure.cells import (
    Cell,
    Contribution,
    Histogram,
    ReleaseCells,
    Status,
    Unknown,
)
from app.benchmarks.disclosure.classes import Classes
from app.benchmarks.disclosure.thresholds import TOP, Thresholds

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


@dataclass(frozen=True, eq=False)
class System:
    """One figure's connected equations: ``low <= member @ x <= high`` and ``counts``.

    ``classes`` tells who is in which row, whoever is in the same ones together. ``low`` and
    ``high`` (rows) are sums in points; ``truth`` (unknowns) is what the operator knows: a solution,
    unless a release is wrong. Of those ``erased`` (unknowns) nothing is known; ``truth`` has the
    middle of the scale in their place.
    """

    figure: str
    rows: tuple[Row, ...]
    classes: Classes
    truth: Floats
    erased: Bools
    low: Floats
    high: Floats
    counts: Counts

    @property
    def unknowns(self) -> tuple[Unknown, ...]:
        """Whose scores they are."""
        return self.classes.unknowns

    @property
    def member(self) -> Bools:
        """(rows, classes) Which class is in which row."""
        return self.classes.member

    @cached_property
    def exact(self) -> Bools:
        """(rows) Whether the mean was published without rounding."""
        return np.asarray(self.high - self.low < FLOOR.mean_step / 2)

    @cached_property
    def bins(self) -> Ints:
        """(unknowns) The fine bin that each score is in."""
        return self.counts.bins(self.truth)

    def violated(self) -> Ints:
        """Rows whose published mean or counts the true scores do not give.

        What was erased may have been anything, so those rows are given that much room.
        """
        here = ~self.erased
        sums = self.member @ self.classes.sums(self.truth * here)
        gone = self.member @ self.classes.sums(self.erased.astype(float))
        right = (sums + TOP * gone >= self.low - TOLERANCE) & (sums <= self.high + TOLERANCE)
        counted, missing = self.tally(here), gone[self.counts.row][:, None]
        fits = (counted + missing >= self.counts.low) & (counted <= self.counts.high)
        right[self.counts.row[~fits.all(axis=1)]] = False
        return np.flatnonzero(~right)

    def tally(self, which: Bools) -> Ints:
        """(histograms, own bins) How many scores of these (unknowns) are in each bin."""
        fine = len(self.counts.edges) - 1
        place = self.classes.kind[which] * fine + self.bins[which]
        of_class = np.bincount(place, minlength=self.member.shape[1] * fine).reshape(-1, fine)
        inside = self.member[self.counts.row] @ of_class.astype(np.float64)
        found = np.zeros_like(self.counts.low)
        for h, row in enumerate(np.rint(inside).astype(np.int64)):
            np.add.at(found[h], self.counts.group[h], row)
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
    systems: list[System] = []
    known: dict[tuple[frozenset[Unknown], ...], list[tuple[Ints, Classes]]] = {}
    for figure, found in rows.items():
        mine = list(found.values())
        # Most figures have the same members in the same cells, so the same classes.
        sets = tuple(row.members for row in mine)
        if sets not in known:
            everybody = Classes.of(sets)
            known[sets] = [(part, everybody.only(part)) for part in everybody.apart()]
        for part, classes in known[sets]:
            systems.append(_system(figure, [mine[i] for i in part], classes, values))
    return systems


def _system(
    figure: str, rows: Sequence[Row], classes: Classes, values: Mapping[Unknown, Contribution]
) -> System:
    means = np.array([float("nan") if r.cell.mean is None else r.cell.mean for r in rows])
    half = np.array([_half(mean) for mean in means])
    size = np.diag(classes.common)
    sources = [values[unknown] for unknown in classes.unknowns]
    erased = np.array([bool(one.erased) for one in sources])
    truth = np.array([TOP / 2 if one.erased else one.scores[figure] for one in sources])
    low, high = size * (means - half), size * (means + half)
    return System(figure, tuple(rows), classes, truth, erased, low, high, _counts(rows))


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
