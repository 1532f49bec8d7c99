"""The attacks the gate tries: exact determination, and ranges over means and histograms.

No step has a time limit: one that stops early says so and has already failed the release.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from app.benchmarks.disclosure.arrays import Floats, Ints
from app.benchmarks.disclosure.findings import Finding, Rule
from app.benchmarks.disclosure.knowledge import NOBODY, Case
from app.benchmarks.disclosure.leverage import combination, determined
from app.benchmarks.disclosure.lp import Program
from app.benchmarks.disclosure.rays import exchanged, rays

JOINT_PROBLEMS = 3
"""Cases that a sample of joint targets is drawn from."""

SEED = 20080301
"""Of the sample of joint targets: the same history, the same sample."""

AROUND = (64, 128, 256, 512, 1024)
"""How many classes, those nearest to the target first, are left to move in a joint program."""

ENOUGH = 20
"""Determined or narrow scores after which a refusal needs no more cells named."""


@dataclass
class Checked:
    """How many scores were looked at, and the narrowest width found, in points."""

    number: int = 0
    least: float | None = None

    def add(self, widths: Floats, numbers: Ints) -> None:
        """Widths, and of how many scores each is."""
        self.number += int(numbers.sum())
        if widths.size:
            least = float(widths.min())
            self.least = least if self.least is None else min(self.least, least)


@dataclass
class Tally:
    """What the attacks have counted so far."""

    determined: int = 0
    determined_unrounded: int = 0
    means: Checked = field(default_factory=Checked)
    joint: Checked = field(default_factory=Checked)
    joint_left: int = 0
    """Scores that were not looked at with histograms."""
    method: Counter[str] = field(default_factory=Counter)
    narrow: int = 0
    at_fault: Counter[tuple[Rule, tuple[int, str, str], int, bool]] = field(default_factory=Counter)

    def blame(self, rule: Rule, case: Case, rows: Ints, number: int = 1) -> None:
        """Count scores that these rows of the case are at fault for."""
        for row in (case.system.rows[i] for i in rows.tolist()):
            self.at_fault[rule, row.name, len(row.members), case.insider != NOBODY] += number

    def findings(self) -> list[Finding]:
        """One for each cell at fault."""
        return [
            Finding(rule, *name, organizations, affected, insider)
            for (rule, name, organizations, insider), affected in sorted(self.at_fault.items())
        ]


def determine(cases: Sequence[Case], tally: Tally) -> None:
    """Steps 1, 3, 5: count scores that means determine, as published and were none rounded."""
    seen: dict[tuple[int, bytes], Ints] = {}
    for case in cases:
        member, exact = case.system.member, case.system.exact
        if exact.any():
            tally.determined += len(determined(member[exact], case.free))
        # Most figures have the same cells and members, so the same leverage.
        same = id(member), case.free.tobytes()
        if same not in seen:
            seen[same] = determined(member, case.free)
        for target in seen[same].tolist():
            tally.determined_unrounded += 1
            if tally.determined_unrounded <= ENOUGH:
                tally.blame(Rule.DETERMINED, case, combination(member, case.free, target))


def narrow_by_means(cases: Sequence[Case], tally: Tally, need: float) -> None:
    """Steps 2 and 3 over means, for every score: proofs first, programs for what is left.

    A move that needs the score of no insider is possible whoever of them looks, so most are looked
    for only once.
    """
    shared: dict[int, Floats] = {}
    for case in cases:
        system, left = case.system, np.flatnonzero(case.free)
        if id(system) not in shared:
            known = np.any([one.known for one in cases if one.system is system], axis=0)
            shared[id(system)] = rays(Case(system, NOBODY, known), left)
        left = _prove(case, left, exchanged(case)[left], tally, "exchange", need)
        left = _prove(case, left, shared[id(system)][left], tally, "rays", need)
        left = _prove(case, left, rays(case, left)[left], tally, "rays", need)
        for target in left.tolist():
            if tally.narrow >= ENOUGH:
                return
            tally.method["program"] += int(case.free[target])
            _try(case, target, tally, tally.means, need, joint=False)


def _prove(
    case: Case, targets: Ints, widths: Floats, tally: Tally, method: str, need: float
) -> Ints:
    """Count the classes that are wide enough; those that are left."""
    proved = widths >= need
    numbers = case.free[targets[proved]]
    tally.method[method] += int(numbers.sum())
    tally.means.add(widths[proved], numbers)
    return targets[~proved]


def narrow_by_all(cases: Sequence[Case], tally: Tally, need: float, targets: int | None) -> None:
    """The same over means and histograms: swaps for every score, programs for what is left.

    Of that a sample of ``targets`` classes, or all of it.
    """
    random = np.random.default_rng(SEED)
    chosen = list(range(len(cases)))
    if targets is not None:
        chosen = [*chosen[:1], *(1 + random.permutation(chosen[:-1])[: JOINT_PROBLEMS - 1])]
    for i, case in enumerate(cases):
        widths = exchanged(case)
        there = case.free > 0
        proved = there & (widths >= need)
        tally.joint.add(widths[proved], case.free[proved])
        left = random.permutation(np.flatnonzero(there & ~proved))
        few = left if targets is None else left[: -(-targets // len(chosen)) * (i in chosen)]
        for done, target in enumerate(few.tolist()):
            if tally.narrow >= ENOUGH:
                left = left[done:]
                break
            _try(case, target, tally, tally.joint, need, joint=True)
        else:
            left = left[len(few) :]
        tally.joint_left += int(case.free[left].sum())


def _try(
    case: Case, target: int, tally: Tally, checked: Checked, need: float, *, joint: bool
) -> None:
    """The width of a class by its programs, no further than ``need`` where less is enough."""
    tries = _richer(case, target) if joint else [case]
    for one in tries:
        width, rows = _width(one, target, need, joint=joint)
        if width >= need:
            break
    numbers = case.free[[target]]
    checked.add(np.array([width]), numbers)
    if width < need:
        tally.narrow += int(numbers[0])
        everywhere = np.flatnonzero(case.system.member[:, target])
        tally.blame(Rule.NARROW, case, rows if rows.size else everywhere, int(numbers[0]))


def _richer(case: Case, target: int) -> Iterator[Case]:
    """Attackers who know more and more of less: what is wide for one is wide for the case.

    The last one knows as much as the case, unless there are too many classes for a program.
    """
    member = case.system.member.astype(np.float64)
    both, size = member[:, target] @ member, member.sum(axis=0)
    near = np.argsort(-both / (size + size[target] - both), kind="stable")
    for number in AROUND:
        if number >= len(near):
            yield case
            return
        others = np.ones(len(near), dtype=bool)
        others[near[:number]] = False
        yield case.knowing(others)


def _width(case: Case, target: int, need: float, *, joint: bool) -> tuple[float, Ints]:
    """Of one program; 0 if it has no optimum. And the rows that held it there."""
    program, rows, width = Program(case, target, joint=joint), list[int](), 0.0
    # Its own scores are possible ones, as far as they are known.
    possible = case.system.truth[case.sure & (case.system.classes.kind == target)].tolist()
    for sign in (1.0, -1.0):
        found = program.end(sign)
        rows += program.binding().tolist()
        if found is None:
            return 0.0, np.unique(rows)
        possible.append(found)
        width = max(possible) - min(possible)
        if width >= need:
            break
    return width, np.unique(rows)
