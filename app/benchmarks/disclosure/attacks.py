"""The attacks the gate tries: exact determination, and ranges over means and histograms.

No step has a time limit: one that stops early says so and has already failed the release.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from app.benchmarks.disclosure.findings import Finding, Rule
from app.benchmarks.disclosure.leverage import combination, determined
from app.benchmarks.disclosure.lp import Program
from app.benchmarks.disclosure.rays import exchanged, rays
from app.benchmarks.disclosure.system import Bools, Ints, System

JOINT_PROBLEMS = 3
"""Cases that a sample of joint targets is drawn from."""

SEED = 20080301
"""Of the sample of joint targets: the same history, the same sample."""

ENOUGH = 20
"""Determined or narrow scores after which a refusal needs no more cells named."""

NOBODY = ""
"""The insider that knows nothing but what is published."""


@dataclass(frozen=True)
class Case:
    """A system, and whose scores (``known``, unknowns) the attacker has: an insider network's."""

    system: System
    insider: str
    known: Bools


@dataclass
class Tally:
    """What the attacks have counted so far; widths in points."""

    determined: int = 0
    determined_unrounded: int = 0
    widths: list[float] = field(default_factory=list)
    method: Counter[str] = field(default_factory=Counter)
    joint: list[float] = field(default_factory=list)
    narrow: int = 0
    at_fault: Counter[tuple[Rule, tuple[int, str, str], int, bool]] = field(default_factory=Counter)

    def blame(self, rule: Rule, case: Case, rows: Ints) -> None:
        """Count one more score that these rows of the case are at fault for."""
        for row in (case.system.rows[i] for i in rows.tolist()):
            self.at_fault[rule, row.name, len(row.members), case.insider != NOBODY] += 1

    def findings(self) -> list[Finding]:
        """One for each cell at fault."""
        return [
            Finding(rule, *name, organizations, affected, insider)
            for (rule, name, organizations, insider), affected in sorted(self.at_fault.items())
        ]


def determine(cases: Sequence[Case], tally: Tally) -> None:
    """Steps 1, 3, 5: count scores that means determine, as published and were none rounded."""
    seen: dict[tuple[bytes, bytes], Ints] = {}
    for case in cases:
        exact = case.system.member[case.system.exact]
        tally.determined += len(determined(exact, case.known)) if len(exact) else 0
        # Most figures have the same cells and members, so the same leverage.
        same = case.system.member.tobytes(), case.known.tobytes()
        if same not in seen:
            seen[same] = determined(case.system.member, case.known)
        for unknown in seen[same]:
            tally.determined_unrounded += 1
            if tally.determined_unrounded <= ENOUGH:
                rows = combination(case.system.member, case.known, int(unknown))
                tally.blame(Rule.DETERMINED, case, rows)


def narrow_by_means(cases: Sequence[Case], tally: Tally, need: float) -> None:
    """Steps 2 and 3 over means, for every score: proofs first, programs for what is left."""
    for case in cases:
        free, system = ~case.known, case.system
        exchange, ray = exchanged(system, case.known), rays(system, case.known)
        wide = np.maximum(exchange, ray)
        proved = free & (wide >= need)
        tally.method["exchange"] += int((proved & (exchange >= need)).sum())
        tally.method["rays"] += int((proved & (exchange < need)).sum())
        tally.widths += wide[proved].tolist()
        left = np.flatnonzero(free & ~proved)
        if left.size and tally.narrow < ENOUGH:
            widths = _program(case, left, tally, need, joint=False)
            tally.method["program"] += len(widths)
            tally.widths += widths


def narrow_by_all(cases: Sequence[Case], tally: Tally, need: float, targets: int | None) -> None:
    """The same over means and histograms, for a sample of ``targets`` scores or for all."""
    random = np.random.default_rng(SEED)
    chosen = list(cases)
    if targets is not None and cases:
        others = 1 + random.permutation(len(cases) - 1)[: JOINT_PROBLEMS - 1]
        chosen = [cases[0], *(cases[i] for i in others)]
    for case in chosen:
        free = random.permutation(np.flatnonzero(~case.known))
        few = free if targets is None else free[: -(-targets // len(chosen))]
        if few.size and tally.narrow < ENOUGH:
            tally.joint += _program(case, few, tally, need, joint=True)


def _program(case: Case, targets: Ints, tally: Tally, need: float, *, joint: bool) -> list[float]:
    """Widths of the targets, no further than ``need`` where one side is enough.

    Each optimum is a solution for all scores, so it may settle other targets on the way.
    """
    program = Program(case.system, case.known, joint=joint)
    # An erased score is nowhere known to be: both ends of its range have to be found.
    low = np.where(case.system.erased, np.nan, case.system.truth)
    high = low.copy()
    widths: list[float] = []
    for target in targets:
        if tally.narrow >= ENOUGH:
            break
        rows: list[int] = []
        for sign in (1.0, -1.0):
            if high[target] - low[target] >= need:
                break
            wish = np.zeros(len(low))
            wish[target] = sign
            found = program.solve(wish)
            rows += program.binding().tolist()
            if found is None:
                low[target] = high[target] = np.nan
                break
            low, high = np.fmin(low, found), np.fmax(high, found)
        width = float(high[target] - low[target])
        widths.append(width)
        if not width >= need:
            tally.narrow += 1
            all_rows = np.flatnonzero(case.system.member[:, target])
            tally.blame(Rule.NARROW, case, np.unique(rows) if rows else all_rows)
    return widths
