"""Each instrument's share of the next release: renewed, kept, or left out, and why. Pure."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

from app.benchmarks.disclosure.builder import build_cells, keep
from app.benchmarks.disclosure.cells import Cell, Key, ReleaseCells
from app.benchmarks.disclosure.changes import TooFewChangesError, changed_organizations
from app.benchmarks.disclosure.findings import DERIVED, GateReport
from app.benchmarks.disclosure.gate import gate
from app.benchmarks.disclosure.together import complete
from app.benchmarks.items import all_figures
from app.benchmarks.lattice import Lattice
from app.benchmarks.manifest import Part, Plan
from app.benchmarks.psychometrics import measures_of
from app.benchmarks.snapshot import Snapshot
from app.catalog.service import Published


@dataclass(frozen=True, slots=True)
class Outcome:
    """What becomes of an instrument version; without ``part`` it is not in the release.

    ``contributions`` would count, ``changed`` organizations joined, left or resubmitted since the
    last release.
    """

    instrument: Published
    contributions: int
    changed: int
    part: Part | None
    skipped: str | None = None

    @property
    def name(self) -> str:
        """The instrument and its version."""
        return f"{self.instrument.form.instrument} {self.instrument.form.version}"

    @property
    def renewed(self) -> bool:
        """Whether it has new figures, which the gate has judged."""
        return self.part is not None and self.part.report is not None


def judge_all(snapshot: Snapshot, plan: Plan, number: int) -> Iterator[Outcome]:
    """Every instrument version's that was answered; with too few changes it keeps its cells."""
    for version, instrument in snapshot.instruments.items():
        earlier = snapshot.earlier.get(version, [])
        if not earlier and not snapshot.now.get(version):
            continue  # nobody's yet
        measures = partial(
            measures_of,
            snapshot.measured.get(version),
            earlier=earlier,
            before=snapshot.measures.get(version, []),
            thresholds=plan.thresholds,
        )
        now = complete(snapshot.now.get(version, []), instrument.figures)
        changed = changed_organizations(
            {one.unknown for one in now},
            {one.unknown for release in earlier[-1:] for one in release.contributions},
        )
        counts = (instrument, len(now), len(changed))
        try:
            cells, report = gated(
                partial(
                    build_cells,
                    now,
                    plan.lattice,
                    all_figures(instrument),
                    earlier=earlier,
                    number=number,
                    thresholds=plan.thresholds,
                ),
                earlier,
                plan,
            )
        except TooFewChangesError as exc:
            kept = _within(keep(earlier, number), plan.lattice) if earlier else None
            shown = kept is not None and any(cell.shown for cell in kept.cells)
            part = None
            if kept is not None and shown:
                part = Part(instrument, kept, None, measures(kept))
            yield Outcome(*counts, part, str(exc))
            continue
        if not any(cell.shown for cell in cells.cells):
            yield Outcome(*counts, None, "no cohort may be shown")
            continue
        yield Outcome(*counts, Part(instrument, cells, report, measures(cells)))


def _within(kept: ReleaseCells, lattice: Lattice) -> ReleaseCells:
    """Without cells of cohorts that the lattice has no more; who led there leads further out.

    Only of these: what is about no attributes is in no lattice.
    """
    there = {one.id for one in lattice.cohorts}
    cells = {cell.key: cell for cell in kept.cells}
    gone = {cell.cohort for cell in kept.cells if ":" in cell.cohort} - there

    def further_out(cell: Cell) -> Cell:
        broader = cell.broader
        while broader in gone:
            broader = cells[Key(broader, cell.figure)].broader
        return replace(cell, broader=broader)

    return ReleaseCells(
        kept.number,
        tuple(further_out(cell) for cell in kept.cells if cell.cohort not in gone),
        kept.contributions,
        {key: members for key, members in kept.members.items() if key.cohort not in gone},
    )


def gated(
    build: Callable[..., ReleaseCells], earlier: Sequence[ReleaseCells], plan: Plan
) -> tuple[ReleaseCells, GateReport]:
    """Cells that the gate passes: those at fault are withheld, until none is left (R10).

    A cell that breaks a rule of its own is the builder's mistake: with it the release is refused.
    """
    withheld: set[Key] = set()
    while True:
        cells = build(withhold=withheld)
        report = gate([*earlier, cells], plan.thresholds, joint_targets=plan.joint_targets)
        at_fault = {
            Key(one.cohort, one.figure)
            for one in report.findings
            if one.release == cells.number and one.cohort
        }
        mistaken = {one.rule for one in report.findings} - DERIVED
        if report.passed or mistaken or not at_fault - withheld:
            return cells, report
        withheld |= at_fault
