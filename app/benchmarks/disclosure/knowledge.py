"""What an attacker knows besides what is published: scores of its own."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from app.benchmarks.disclosure.arrays import Bools, Floats, Ints
from app.benchmarks.disclosure.system import System

NOBODY = ""
"""The insider that knows nothing but what is published."""


@dataclass(frozen=True, eq=False)
class Case:
    """A system, and whose scores (``known``, unknowns) the attacker has: an insider network's.

    What is known is taken out: fewer unknowns, and bounds less what the known ones make of them.
    """

    system: System
    insider: str
    known: Bools

    @cached_property
    def free(self) -> Ints:
        """(classes) How many scores the attacker does not have."""
        classes = self.system.classes
        found = np.bincount(classes.kind[~self.known], minlength=len(classes.number))
        return found.astype(np.int64)

    @cached_property
    def bounds(self) -> tuple[Floats, Floats]:
        """(rows) Least and greatest sum of the free scores."""
        system = self.system
        mine = system.member @ system.classes.sums(system.truth * self.known)
        return system.low - mine, system.high - mine

    @cached_property
    def counted(self) -> tuple[Ints, Ints]:
        """(histograms, own bins) Least and greatest number of free scores in each bin."""
        counts, mine = self.system.counts, self.system.tally(self.known)
        return counts.low - mine, counts.high - mine

    def knowing(self, others: Bools) -> "Case":
        """Of an attacker who has all scores of these classes too, erased ones aside."""
        return Case(
            self.system, self.insider, self.known | (others[self.system.classes.kind] & self.sure)
        )

    @cached_property
    def sure(self) -> Bools:
        """(unknowns) Whose score is free, and known to the operator: not erased."""
        return ~self.known & ~self.system.erased
