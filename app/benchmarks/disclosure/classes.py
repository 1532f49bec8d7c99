"""Who is in the same sets: exchangeable, whatever is said of sets.

All that is published are figures of sets of unknowns. Two that are in the same sets can swap their
scores and nothing published changes; so what can be told of one can be told of each of its class,
and there are as many classes as histories of membership, however many organizations.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np

from app.benchmarks.disclosure.arrays import Bools, Floats, Ints
from app.benchmarks.disclosure.cells import Unknown


@dataclass(frozen=True, eq=False)
class Classes:
    """``kind`` (unknowns) is each one's class, ``member`` (sets, classes) which class is where.

    ``unknowns`` are in the order of their names.
    """

    unknowns: tuple[Unknown, ...]
    kind: Ints
    member: Bools

    @classmethod
    def of(cls, sets: Sequence[frozenset[Unknown]]) -> Self:
        """The classes that these sets make of all that are in any of them."""
        unknowns = tuple(sorted(frozenset[Unknown]().union(*sets)))
        place = {unknown: i for i, unknown in enumerate(unknowns)}
        bits = np.zeros((len(unknowns), max(1, -(-len(sets) // 8))), dtype=np.uint8)
        for i, some in enumerate(sets):
            mine = np.fromiter(map(place.__getitem__, some), dtype=np.int64, count=len(some))
            bits[mine, i // 8] |= 128 >> i % 8
        rows = bits.view(f"V{bits.shape[1]}").reshape(-1)
        _, first, kind = np.unique(rows, return_index=True, return_inverse=True)
        member = np.unpackbits(bits[first], axis=1, count=len(sets)).T.astype(bool)
        return cls(unknowns, kind.reshape(-1).astype(np.int64), member)

    @cached_property
    def number(self) -> Ints:
        """(classes) How many are of each."""
        return np.bincount(self.kind, minlength=self.member.shape[1]).astype(np.int64)

    @cached_property
    def common(self) -> Ints:
        """(sets, sets) How many are in both of two sets."""
        here = self.member.astype(np.float64)
        return np.asarray(np.rint((here * self.number) @ here.T), dtype=np.int64)

    @cached_property
    def _order(self) -> Ints:
        return np.argsort(self.kind, kind="stable")

    def least(self, values: Floats) -> Floats:
        """(classes) The least of each class's values (unknowns)."""
        starts = np.concatenate([[0], np.cumsum(self.number)[:-1]])
        return np.asarray(np.minimum.reduceat(values[self._order], starts))

    def most(self, values: Floats) -> Floats:
        """(classes) The greatest of each class's values (unknowns)."""
        return -self.least(-values)

    def sums(self, values: Floats) -> Floats:
        """(classes) The sum of each class's values (unknowns)."""
        found = np.bincount(self.kind, weights=values, minlength=self.member.shape[1])
        return np.asarray(found, dtype=np.float64)

    def apart(self) -> list[Ints]:
        """Sets in groups that share nobody with each other."""
        groups: list[Ints] = []
        left = np.ones(len(self.member), dtype=bool)
        while left.any():
            group = np.array([np.argmax(left)])
            while (wider := np.flatnonzero(self.common[group].any(axis=0))).size > group.size:
                group = wider
            groups.append(group)
            left[group] = False
        return groups

    def only(self, sets: Ints) -> Self:
        """Those of these sets, which share nobody with the others."""
        member = self.member[sets]
        inside: Bools = np.asarray(member.any(axis=0))
        if inside.all():
            return type(self)(self.unknowns, self.kind, member)
        here = np.flatnonzero(inside[self.kind])
        place = np.cumsum(inside) - 1
        unknowns = tuple(self.unknowns[i] for i in here)
        return type(self)(unknowns, place[self.kind[here]], member[:, inside])
