"""Contributions of a release by columns: what its cells are computed from."""

from collections.abc import Mapping, Sequence
from functools import cached_property

import numpy as np

from app.benchmarks.disclosure.arrays import Bools, Floats, Ints
from app.benchmarks.disclosure.cells import Cell, Contribution, Key, ReleaseCells, Unknown
from app.benchmarks.disclosure.figures import counted_in, is_item
from app.benchmarks.disclosure.panel import PANEL, members_of
from app.benchmarks.disclosure.rules import Group


class Columns:
    """Who is in each cohort, and with which scores.

    Cells with the same members have the very same set of them, so that there is one for most
    figures of a cohort.
    """

    def __init__(self, contributions: Sequence[Contribution]) -> None:
        self.contributions = tuple(contributions)
        self._unknowns = [c.unknown for c in contributions]
        names = {name: number for number, name in enumerate({c.network for c in contributions})}
        self._networks = np.array([names[c.network] for c in contributions], dtype=np.int64)
        places: dict[str, list[int]] = {}
        for place, one in enumerate(contributions):
            for cohort in one.cohorts:
                places.setdefault(cohort, []).append(place)
        self._places = {cohort: np.array(mine) for cohort, mine in places.items()}
        self._erased = [(place, c.erased) for place, c in enumerate(contributions) if c.erased]
        self._counted: dict[str, Bools] = {}
        self._figures: dict[str, Floats] = {}
        self._sets: dict[bytes, frozenset[Unknown]] = {}

    def group(self, key: Key) -> Group:
        """The scores behind a cell; of contributions that all have theirs."""
        who = self._who(key)
        return Group(self._scores(key.figure)[who], self._networks[who])

    def members(self, key: Key) -> frozenset[Unknown]:
        """Who counts in a cell: in the cohort, with a score for the figure."""
        if key.cohort in PANEL:
            return self._panel[key.cohort]
        who = self._who(key)
        same = who.tobytes()
        if same not in self._sets:
            self._sets[same] = frozenset([self._unknowns[i] for i in who.tolist()])
        return self._sets[same]

    @cached_property
    def _panel(self) -> dict[str, frozenset[Unknown]]:
        return {cohort: members_of(cohort, self.contributions) for cohort in PANEL}

    def _who(self, key: Key) -> Ints:
        cohort = counted_in(key.figure) if is_item(key.figure) else key.cohort
        places = self._places.get(cohort, np.empty(0, dtype=np.int64))
        if is_item(key.figure):  # who has all of its section
            return places
        return np.asarray(places[self._with(key.figure)[places]])

    def _with(self, figure: str) -> Bools:
        """Who counts for a figure."""
        if figure not in self._counted:
            found = ~np.isnan(self._scores(figure))
            found[[place for place, gone in self._erased if figure in gone]] = True
            self._counted[figure] = found
        return self._counted[figure]

    def _scores(self, figure: str) -> Floats:
        if figure not in self._figures:
            given = [c.scores.get(figure, np.nan) for c in self.contributions]
            self._figures[figure] = np.array(given, dtype=np.float64)
        return self._figures[figure]


def restore(
    number: int, cells: Sequence[Cell], contributions: Mapping[int, Columns]
) -> ReleaseCells:
    """A stored release as ``build_cells`` made it.

    ``contributions`` has, by number, what went into each release up to this one.

    Raises:
        KeyError: the contributions of a cell's ``as_of_release`` are missing.
    """
    members = {
        cell.key: contributions[cell.as_of_release].members(cell.key)
        for cell in cells
        if cell.as_of_release is not None
    }
    mine = contributions.get(number)
    return ReleaseCells(number, tuple(cells), () if mine is None else mine.contributions, members)
