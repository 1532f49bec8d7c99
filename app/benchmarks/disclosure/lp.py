"""Linear programs over everything published: the narrowest range an attacker can prove.

A column is what all of a class have together: the attacker cannot tell them apart, so the range of
one score is the same with the others of its class taken as a sum. In the joint form a class is
spread over bins: ``parts[g, b]`` of it are in bin b, and its sum is the bins' lower edges by part,
plus positions within the bins. Histogram counts bound sums of parts. Parts may be fractions, which
real organizations have not: the range is never narrower than the true one, and may be wider.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import highspy
import numpy as np

from app.benchmarks.disclosure.arrays import Bools, Floats, Ints
from app.benchmarks.disclosure.knowledge import Case
from app.benchmarks.disclosure.system import TOLERANCE
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
    """A case as a linear program about the score of one of a class."""

    def __init__(self, case: Case, target: int, *, joint: bool) -> None:
        """With ``joint`` means and histograms, else means alone; ``target`` is a class."""
        self._case = case
        self._edges = case.system.counts.edges if joint else np.array([0, TOP])
        # Groups: the one score, and the classes without it.
        number = case.free.copy()
        number[target] -= 1
        there = np.flatnonzero(number)
        self._number = np.concatenate([[1], number[there]]).astype(np.float64)
        self._member: Bools = case.system.member[:, np.concatenate([[target], there])]
        groups, bins = len(self._number), len(self._edges) - 1
        # Columns: where each group is within its bins, then its parts, bin by bin.
        self._parts = groups + np.arange(groups * bins).reshape(groups, bins)
        low = np.zeros(groups * (bins + 1))
        high = np.repeat(self._number, bins + 1)
        high[:groups] = self._number * np.diff(self._edges).max()
        high[self._parts] = self._number[:, None]
        if bins == 1:
            low[self._parts] = high[self._parts]
        rows = [*self._whole(), *self._means(), *(self._counted() if joint else ())]
        self._cells = np.array([row.cell for row in rows])
        self._solver = _solver(rows, low, high)
        self._cost = np.concatenate([[1], self._edges[:-1]])
        self._columns = np.concatenate([[0], self._parts[0]])

    def _whole(self) -> Iterator[Block]:
        """The parts make the whole; a position is no further than the bins are wide."""
        width = np.diff(self._edges)
        if len(width) == 1:
            return
        for group, (parts, number) in enumerate(zip(self._parts, self._number, strict=True)):
            yield Block(parts, np.ones(len(parts)), number, number)
            if np.ptp(width) > 0:
                yield Block(np.r_[group, parts], np.r_[1, -width], -np.inf, 0)

    def _means(self) -> Iterator[Block]:
        for i, (low, high) in enumerate(zip(*self._case.bounds, strict=True)):
            who = np.flatnonzero(self._member[i])
            if not who.size:
                continue
            column = np.r_[who, self._parts[who].ravel()]
            value = np.r_[np.ones(len(who)), np.tile(self._edges[:-1], len(who))]
            yield Block(column, value, low - TOLERANCE, high + TOLERANCE, i)

    def _counted(self) -> Iterator[Block]:
        counts, (low, high) = self._case.system.counts, self._case.counted
        for h, row in enumerate(counts.row.tolist()):
            parts = self._parts[self._member[row]]
            if not parts.size:
                continue
            for b in range(counts.group[h].max() + 1):
                column = parts[:, counts.group[h] == b].ravel()
                yield Block(column, np.ones(len(column)), low[h, b], high[h, b], row)

    def end(self, sign: float) -> float | None:
        """The least (``sign`` 1) or greatest (-1) that the score can be, in points.

        ``None`` if the solver did not reach an optimum, as when no scores fit what is published.
        """
        columns = self._columns.astype(np.int32)
        self._solver.changeColsCost(len(columns), columns, sign * self._cost)
        self._solver.run()
        if self._solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return None
        return float(sign * self._solver.getInfo().objective_function_value)

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
    for option, value in (("output_flag", False), ("threads", 1)):
        solver.setOptionValue(option, value)
    solver.passModel(program)
    return solver
