"""Linear programs over everything published: the narrowest range an attacker can prove.

In the joint form each unknown is spread over bins: ``z[i, b]`` is the part of it in bin b (all
parts make one) and its score is the sum of the bins' lower edges by part, plus a position within
a bin. Histogram counts bound sums of parts. Parts may be fractions, which real organizations have
not: the range is never narrower than the true one, and may be wider.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import highspy
import numpy as np

from app.benchmarks.disclosure.system import TOLERANCE, Bools, Floats, Ints, System
from app.benchmarks.disclosure.thresholds import TOP


class Block(NamedTuple):
    """A row of a program: ``low <= value @ columns[column] <= high``.

    ``cell`` is the row of the system it comes from, -1 if it is no cell's.
    """

    column: Ints
    value: Floats
    low: float
    high: float
    cell: int = -1


class Program:
    """A system as a linear program, kept by the solver from one objective to the next."""

    def __init__(self, system: System, known: Bools, *, joint: bool) -> None:
        """With ``joint`` means and histograms, else means alone; ``known`` scores are given."""
        self._system, self._size = system, len(system.unknowns)
        self._edges = system.counts.edges if joint else np.array([0, TOP])
        bins = len(self._edges) - 1
        # Columns: the position of each unknown within its bins, then its parts, bin by bin.
        self._parts = self._size + np.arange(self._size * bins).reshape(self._size, bins)
        true = np.clip(np.searchsorted(self._edges, system.truth, side="right") - 1, 0, bins - 1)
        own, position = self._parts[np.arange(self._size), true], system.truth - self._edges[true]
        low, high = np.zeros(self._size * (bins + 1)), np.ones(self._size * (bins + 1))
        high[: self._size] = np.diff(self._edges).max()
        high[self._parts[known]] = 0
        low[own[known]] = high[own[known]] = 1
        low[: self._size][known] = high[: self._size][known] = position[known]
        rows = [*self._whole(), *self._means(), *(self._counted() if joint else ())]
        self._cells = np.array([row.cell for row in rows])
        self._solver = _solver(rows, low, high)
        self._solver.setBasis(_basis(rows, len(low), own, position > high[: self._size] / 2))

    def _whole(self) -> Iterable[Block]:
        """The parts make one; a position is no further than the bins are wide."""
        width = np.diff(self._edges)
        for i, parts in enumerate(self._parts):
            yield Block(parts, np.ones(len(parts)), 1, 1)
            if np.ptp(width) > 0:
                yield Block(np.r_[i, parts], np.r_[1, -width], -np.inf, 0)

    def _means(self) -> Iterable[Block]:
        system = self._system
        for i, (low, high) in enumerate(zip(system.low, system.high, strict=True)):
            who = np.flatnonzero(system.member[i])
            column = np.r_[who, self._parts[who].ravel()]
            value = np.r_[np.ones(len(who)), np.tile(self._edges[:-1], len(who))]
            yield Block(column, value, low - TOLERANCE, high + TOLERANCE, i)

    def _counted(self) -> Iterable[Block]:
        counts = self._system.counts
        for h, inside in enumerate(self._system.inside):
            parts = self._parts[inside > 0]
            for b in range(counts.group[h].max() + 1):
                column = parts[:, counts.group[h] == b].ravel()
                bounds = float(counts.low[h, b]), float(counts.high[h, b])
                yield Block(column, np.ones(len(column)), *bounds, int(counts.row[h]))

    def solve(self, wish: Floats) -> Floats | None:
        """(unknowns) The scores that make ``wish @ scores`` (unknowns) least, or ``None``.

        ``None`` if the solver did not reach an optimum, as when no scores fit what is published.
        """
        cost = np.concatenate([wish, np.outer(wish, self._edges[:-1]).ravel()])
        self._solver.changeColsCost(len(cost), np.arange(len(cost), dtype=np.int32), cost)
        self._solver.run()
        if self._solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return None
        found = np.array(self._solver.getSolution().col_value)
        return np.asarray(found[: self._size] + found[self._parts] @ self._edges[:-1])

    def binding(self) -> Ints:
        """Rows of the system that held the last solution where it is: the cells at fault."""
        dual = np.abs(np.array(self._solver.getSolution().row_dual)) > TOLERANCE
        return np.unique(self._cells[dual & (self._cells >= 0)])


def _solver(rows: Sequence[Block], low: Floats, high: Floats) -> highspy.Highs:
    program = highspy.HighsLp()
    program.num_col_, program.num_row_ = len(low), len(rows)
    program.col_cost_, program.col_lower_, program.col_upper_ = np.zeros(len(low)), low, high
    program.row_lower_ = np.array([row.low for row in rows], dtype=float)
    program.row_upper_ = np.array([row.high for row in rows], dtype=float)
    program.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    program.a_matrix_.start_ = np.cumsum([0, *(len(row.column) for row in rows)], dtype=np.int32)
    program.a_matrix_.index_ = np.concatenate([row.column for row in rows]).astype(np.int32)
    program.a_matrix_.value_ = np.concatenate([row.value for row in rows]).astype(float)
    solver = highspy.Highs()  # type: ignore[no-untyped-call]  # not annotated there
    # Primal simplex: after a change of objective the last solution is still a feasible start,
    # ten times faster here than the dual simplex, the default.
    for option, value in (("output_flag", False), ("threads", 1), ("simplex_strategy", 4)):
        solver.setOptionValue(option, value)
    solver.passModel(program)
    return solver


def _basis(rows: Sequence[Block], columns: int, own: Ints, late: Bools) -> highspy.HighsBasis:
    """A start near the truth: each unknown in its own bin, each cell as it comes out."""
    status, basis = highspy.HighsBasisStatus, highspy.HighsBasis()
    start = np.full(columns, status.kLower, dtype=object)
    start[: len(late)][late] = status.kUpper
    start[own] = status.kBasic
    basis.col_status = list(start)
    basis.row_status = [
        status.kLower if row.low == row.high == 1 else status.kBasic for row in rows
    ]
    basis.valid = True
    return basis
