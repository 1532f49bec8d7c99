"""The attacks' own linear algebra: what equations about sums fix, and how far they narrow.

Nothing of the service's own disclosure code is used here, so that a mistake there is not repeated.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import highspy
import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

PRIMES = (2_147_483_629, 2_147_483_587)
"""Just below 2 to the 31: products of two residues fit into 63 bits."""

TOP = 100.0
SLACK = 1e-6
"""Room in points around an interval, for the solver's own tolerance."""


def fixed(member: Bools) -> Ints:
    """Columns whose value follows exactly from the sums of the rows (0 or 1).

    By elimination in whole numbers modulo a prime: no rounding, so no threshold. A value is fixed
    if and only if its unit vector is a row of the reduced form. What one prime says by accident
    the other does not.
    """
    first, second = (_fixed(member, prime) for prime in PRIMES)
    return np.intersect1d(first, second)


def _fixed(member: Bools, prime: int) -> Ints:
    # Columns alike are never told apart; one of each is enough, and which are alone.
    columns, first, number = np.unique(member, axis=1, return_index=True, return_counts=True)
    left = columns.astype(np.int64)
    done = 0
    for column in range(left.shape[1]):
        below = np.flatnonzero(left[done:, column])
        if not below.size:
            continue
        pivot = done + below[0]
        left[[done, pivot]] = left[[pivot, done]]
        left[done] = left[done] * pow(int(left[done, column]), -1, prime) % prime
        others = np.flatnonzero(left[:, column])
        others = others[others != done]
        left[others] = (left[others] - left[others, column][:, None] * left[done]) % prime
        done += 1
        if done == len(left):
            break
    lonely = np.flatnonzero((left[:done] != 0).sum(axis=1) == 1)
    found = (left[lonely] != 0).argmax(axis=1) if lonely.size else np.empty(0, dtype=np.int64)
    return np.sort(first[found[number[found] == 1]]).astype(np.int64)


@dataclass(slots=True)
class Equations:
    """Intervals for weighted sums of unknowns, each between two ends: what an attacker solves."""

    low: list[float] = field(default_factory=list)
    high: list[float] = field(default_factory=list)
    rows: list[tuple[Ints, Floats, float, float]] = field(default_factory=list)

    def unknowns(self, number: int, low: float, high: float) -> Ints:
        """So many new ones; their places."""
        start = len(self.low)
        self.low += [low] * number
        self.high += [high] * number
        return np.arange(start, start + number)

    def add(self, places: Ints, weights: Floats | float, low: float, high: float) -> None:
        """``low <= sum of weights * unknowns <= high``."""
        value = np.broadcast_to(np.asarray(weights, dtype=np.float64), places.shape)
        self.rows.append((places, np.array(value), low, high))

    def widths(self, targets: Iterable[tuple[Ints, Floats]]) -> list[float]:
        """How far apart the ends of each weighted sum are."""
        low, high = self.ends(targets)
        return [most - least for least, most in zip(low, high, strict=True)]

    def ends(self, targets: Iterable[tuple[Ints, Floats]]) -> tuple[list[float], list[float]]:
        """The least and the greatest of each weighted sum."""
        solver = self._solver()
        found = [(_end(solver, *one, 1), _end(solver, *one, -1)) for one in targets]
        return [low for low, _ in found], [high for _, high in found]

    def _solver(self) -> highspy.Highs:
        program = highspy.HighsLp()
        program.num_col_, program.num_row_ = len(self.low), len(self.rows)
        program.col_cost_ = np.zeros(len(self.low))
        program.col_lower_, program.col_upper_ = np.array(self.low), np.array(self.high)
        program.row_lower_ = np.array([row[2] for row in self.rows])
        program.row_upper_ = np.array([row[3] for row in self.rows])
        program.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        starts = np.cumsum([0, *(len(row[0]) for row in self.rows)])
        program.a_matrix_.start_ = starts.astype(np.int32)
        program.a_matrix_.index_ = np.concatenate([row[0] for row in self.rows]).astype(np.int32)
        program.a_matrix_.value_ = np.concatenate([row[1] for row in self.rows])
        solver = highspy.Highs()  # type: ignore[no-untyped-call]  # not annotated there
        for option, value in (("output_flag", False), ("threads", 1)):
            solver.setOptionValue(option, value)
        solver.passModel(program)
        return solver


def _end(solver: highspy.Highs, places: Ints, weights: Floats, sign: float) -> float:
    """The least (1) or greatest (-1) of a weighted sum.

    Raises:
        ArithmeticError: nothing fits the equations, so they are wrong.
    """
    where = places.astype(np.int32)
    solver.changeColsCost(len(where), where, sign * weights)
    solver.run()
    if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        raise ArithmeticError(f"no optimum: {solver.getModelStatus()}")
    found = float(sign * solver.getInfo().objective_function_value)
    solver.changeColsCost(len(where), where, np.zeros(len(where)))
    return found


def matrix(groups: Sequence[Ints], unknowns: int) -> Bools:
    """(groups, unknowns) Who is in which."""
    made = np.zeros((len(groups), unknowns), dtype=bool)
    for row, group in zip(made, groups, strict=True):
        row[group] = True
    return made
