"""What the gate reports: early stops, wrong figures, empty releases, a way out of a refusal."""

from dataclasses import replace

import pytest

from app.benchmarks.disclosure.builder import build_cells
from app.benchmarks.disclosure.cells import Key
from app.benchmarks.disclosure.findings import Rule
from app.benchmarks.disclosure.gate import gate
from tests.benchmarks.test_gate_world import LATTICE, RULES, World, build, publish

FIGURE = "overall"


def test_the_gate_says_when_it_stopped_early() -> None:
    """Twenty with a mean of half a point pass as rounded, yet not one of them is wide."""
    world = World(60, 60)
    everybody = world.submit(range(60), 1, [FIGURE])
    lows = [replace(c, scores={FIGURE: 0.5}) for c in everybody]
    report = gate([publish(1, {"all": lows})], RULES)

    assert not report.passed
    assert not report.complete
    assert report.min_width is None


def test_figures_that_the_scores_do_not_give_are_refused() -> None:
    release = build(World(60, 30).submit(range(60), 1, [FIGURE]), figures=[FIGURE])
    wrong = [
        replace(c, mean=c.mean + 5) if c.cohort == "all" and c.mean else c for c in release.cells
    ]

    report = gate([replace(release, cells=tuple(wrong))], RULES)

    assert Rule.INCONSISTENT in {finding.rule for finding in report.findings}


def test_a_release_that_shows_nothing_gives_nothing_away() -> None:
    world = World(30, 30)
    world.networks = ["n0"] * 30

    report = gate([build(world.submit(range(30), 1, [FIGURE]), figures=[FIGURE])], RULES)

    assert report.passed
    assert (report.organizations, report.unknowns, report.cells, report.checked) == (0, 0, 0, 0)


def test_a_gate_needs_a_release() -> None:
    with pytest.raises(ValueError, match="needs a release"):
        gate([], RULES)


def test_withholding_the_cells_at_fault_is_a_way_out() -> None:
    """Hospitals whose two-way tables leave an insider's neighbour alone: cells are left out."""
    world = World(136, 23, seed=48)
    contributions = world.history(1, linked=True)[0].contributions
    withhold: set[Key] = set()
    for _ in range(6):
        release = build_cells(
            contributions,
            LATTICE,
            [FIGURE],
            earlier=[],
            number=1,
            thresholds=RULES,
            withhold=withhold,
        )
        report = gate([release], RULES, joint_targets=2)
        if report.passed:
            break
        assert {finding.insider for finding in report.findings} == {True}
        smallest = min(report.findings, key=lambda finding: finding.organizations)
        withhold.add(Key(smallest.cohort, smallest.figure))

    assert report.passed
    assert 0 < len(withhold) < 6
    assert {key for key in withhold if (cell := release.find(key)) and cell.shown} == set()
