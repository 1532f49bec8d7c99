"""Which lines of a whole file are about the same submission, in 24 bytes a name. Pure.

Names are kept as hashes of 64 bits, keyed anew in each process: of three million names two are
mistaken for one another once in four million files.
"""

from array import array
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.int64]

NOBODY = np.iinfo(np.int64).max


@dataclass(frozen=True, slots=True)
class _Pairs:
    """For some lines, another line."""

    lines: Numbers
    others: Numbers

    @classmethod
    def of(cls, lines: Numbers, others: Numbers) -> "_Pairs":
        """Of several others the first."""
        order = np.lexsort((others, lines))
        found, starts = np.unique(lines[order], return_index=True)
        return cls(found, others[order][starts])

    def find(self, lines: Sequence[int]) -> dict[int, int]:
        if not len(self.lines):
            return {}
        wanted = np.array(lines, np.int64)
        at = np.minimum(np.searchsorted(self.lines, wanted), len(self.lines) - 1)
        there = self.lines[at] == wanted
        return dict(zip(wanted[there].tolist(), self.others[at][there].tolist(), strict=True))


@dataclass(frozen=True, slots=True)
class Verdicts:
    """What lines have to do with each other."""

    _clashes: _Pairs
    _repeats: _Pairs

    def clashes(self, lines: Sequence[int]) -> dict[int, int]:
        """Of some lines, the first that is about the same submission and says otherwise."""
        return self._clashes.find(lines)

    def repeats(self, lines: Sequence[int]) -> dict[int, int]:
        """Of some lines, the first, before each, that says the very same."""
        return self._repeats.find(lines)


class Survey:
    """Names of lines, and a mark of what each line says."""

    def __init__(self) -> None:
        self._names, self._lines, self._says = array("q"), array("q"), array("q")
        self._sorted: tuple[Numbers, Numbers, Numbers] | None = None

    def add(self, line: int, names: Iterable[Hashable], says: Hashable = None) -> None:
        """A line that goes by these names. To say the same is to be given the same ``says``."""
        self._sorted = None
        mark = hash(says)
        for name in names:
            self._names.append(hash(name))
            self._lines.append(line)
            self._says.append(mark)

    def shared(self) -> set[int]:
        """Lines that have a name together with another line."""
        names, lines, _ = self._in_order()
        _, sizes = np.unique(names, return_counts=True)
        return {*lines[np.repeat(sizes > 1, sizes)].tolist()}

    def known_as(self, names: Iterable[Hashable]) -> set[int]:
        """Lines that go by one of these names."""
        known, lines, _ = self._in_order()
        found: set[int] = set()
        for name in names:
            start = np.searchsorted(known, hash(name), "left")
            end = np.searchsorted(known, hash(name), "right")
            found.update(lines[start:end].tolist())
        return found

    def settle(self) -> Verdicts:
        """Set all lines against each other; in whatever order they stand, the same clash."""
        names, lines, says = self._in_order()
        _, starts, sizes = np.unique(names, return_index=True, return_counts=True)
        if not len(starts):
            nothing = _Pairs(names, names)
            return Verdicts(nothing, nothing)
        first_line = np.repeat(lines[starts], sizes)
        otherwise = says != np.repeat(says[starts], sizes)
        first_other = np.minimum.reduceat(np.where(otherwise, lines, NOBODY), starts)
        other = np.where(otherwise, first_line, np.repeat(first_other, sizes))
        clashes = other != NOBODY
        repeats = ~clashes & (lines != first_line)
        return Verdicts(
            _Pairs.of(lines[clashes], other[clashes]),
            _Pairs.of(lines[repeats], first_line[repeats]),
        )

    def _in_order(self) -> tuple[Numbers, Numbers, Numbers]:
        """By name and line, each pair of them once."""
        if self._sorted is None:
            names, lines, says = (_numbers(one) for one in (self._names, self._lines, self._says))
            order = np.lexsort((lines, names))
            names, lines, says = names[order], lines[order], says[order]
            new = np.ones(len(names), bool)
            new[1:] = (names[1:] != names[:-1]) | (lines[1:] != lines[:-1])
            self._sorted = names[new], lines[new], says[new]
        return self._sorted


def _numbers(numbers: "array[Any]") -> Numbers:
    return np.frombuffer(numbers, np.int64) if numbers else np.empty(0, np.int64)
