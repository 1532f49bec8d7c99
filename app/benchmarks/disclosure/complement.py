"""What is left over by subtraction is a cell as well: shown cells that would show it are withheld.

CMS: nothing small may be shown *nor be derivable*. The same holds for what dominates and for what
tells of all alike: a cohort withheld for such a reason follows from its table's total otherwise.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from app.benchmarks.disclosure.arrays import Bools
from app.benchmarks.disclosure.cells import Contribution, Unknown
from app.benchmarks.disclosure.classes import Classes
from app.benchmarks.disclosure.rules import Group, judge
from app.benchmarks.disclosure.thresholds import Thresholds
from app.benchmarks.lattice import Lattice


class People:
    """Scores and networks of all that may be in a cell, also one of an earlier release."""

    def __init__(self, everybody: Mapping[Unknown, Contribution], figures: Sequence[str]) -> None:
        self._place = {unknown: i for i, unknown in enumerate(everybody)}
        codes: dict[str, int] = {}
        self._networks = np.array(
            [codes.setdefault(one.network, len(codes)) for one in everybody.values()],
            dtype=np.int64,
        )
        self._scores = [
            np.array([one.scores.get(figure, np.nan) for one in everybody.values()])
            for figure in figures
        ]

    def groups(self, unknowns: Sequence[Unknown]) -> list[Group]:
        """These by figure, in this order; an erased one's scores are not numbers."""
        who = np.array([self._place[one] for one in unknowns], dtype=np.int64)
        return [Group(scores[who], self._networks[who]) for scores in self._scores]


@dataclass(eq=False)
class Complement:
    """The cohorts shown, and which of them to withhold.

    ``cohorts`` are the sets of ``classes``. ``groups`` has everybody in these by figure, and
    ``unfit`` remembers which classes may not be shown together.
    """

    cohorts: Sequence[str]
    classes: Classes
    lattice: Lattice
    groups: Sequence[Group]
    thresholds: Thresholds
    unfit: dict[bytes, bool] = field(default_factory=dict)

    def withheld(self) -> frozenset[str]:
        """Cohorts to withhold, the one that loses least first, until nothing unfit is left over."""
        place = {cohort: i for i, cohort in enumerate(self.cohorts)}
        families = [
            (place[family.parent], [place[child] for child in family.children if child in place])
            for family in self.lattice.families()
            if family.parent in place
        ]
        shown = np.ones(len(self.cohorts), dtype=bool)
        while (weakest := self._weakest(shown, families)) is not None:
            shown[weakest] = False
        return frozenset(self.cohorts[i] for i in np.flatnonzero(~shown).tolist())

    def _weakest(self, shown: Bools, families: Sequence[tuple[int, list[int]]]) -> int | None:
        """The smallest set to withhold of those whose difference may not be shown."""
        member, size = self.classes.member, np.diag(self.classes.common)
        for parent, children in families:
            parts = [child for child in children if shown[child]]
            together = member[parts].any(axis=0)
            inside = shown[parent] and parts and not (together & ~member[parent]).any()
            if inside and self._is_unfit(member[parent] & ~together):
                return min(parts, key=lambda part: int(size[part]))
        nested = (self.classes.common == size) & (size[:, None] > size) & shown & shown[:, None]
        for outer, inner in np.argwhere(nested).tolist():
            if self._is_unfit(member[outer] & ~member[inner]):
                return int(inner)
        return None

    def _is_unfit(self, classes: Bools) -> bool:
        """Whether those of these classes may not be shown as a cell; a cell of nobody may."""
        if not classes.any():
            return False
        same = classes.tobytes()
        if same not in self.unfit:
            few = self.classes.number[classes].sum() < self.thresholds.organizations_for_mean
            self.unfit[same] = bool(few) or self._breaks_a_rule(classes)
        return self.unfit[same]

    def _breaks_a_rule(self, classes: Bools) -> bool:
        who = np.flatnonzero(classes[self.classes.kind])
        left = (Group(one.scores[who], one.networks[who]) for one in self.groups)
        return any(judge(one, self.thresholds) for one in left if not np.isnan(one.scores).any())
