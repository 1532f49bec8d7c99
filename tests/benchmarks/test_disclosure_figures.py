"""A cohort's figures stand and fall together: none may be reckoned from the others."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from app.benchmarks.disclosure.builder import build_cells
from app.benchmarks.disclosure.cells import Contribution, Key, ReleaseCells, Status
from app.benchmarks.disclosure.findings import Rule
from app.benchmarks.disclosure.gate import gate
from tests.benchmarks.test_gate_world import LATTICE, RULES, World

FIGURES = ("overall", "L1", "L2")
COHORT = "teaching:yes"


def submitted(number: int = 120) -> list[Contribution]:
    return World(number, number).submit(range(number), 1, FIGURES)


def build(contributions: list[Contribution], *earlier: ReleaseCells) -> ReleaseCells:
    return build_cells(
        contributions,
        LATTICE,
        FIGURES,
        earlier=earlier,
        number=len(earlier) + 1,
        thresholds=RULES,
    )


def shown(release: ReleaseCells) -> Mapping[str, set[str]]:
    """Figures shown, by cohort."""
    found: dict[str, set[str]] = {}
    for cell in release.cells:
        if cell.shown:
            found.setdefault(cell.cohort, set()).add(cell.figure)
    return found


def test_who_lacks_a_figure_counts_in_none() -> None:
    everybody = submitted()
    partial = replace(everybody[0], scores={"overall": 80.0, "L1": 80.0})

    release = build([partial, *everybody[1:]])

    assert release.contributions == tuple(everybody[1:])
    assert all(partial.unknown not in members for members in release.members.values())


def test_a_section_that_may_not_be_shown_takes_the_others_with_it() -> None:
    """Were the overall mean and L1 shown, L2 would follow: nobody in the cohort has a point."""
    alike = [
        replace(one, scores={"L1": one.scores["L1"], "L2": 0.0, "overall": one.scores["L1"] / 2})
        if COHORT in one.cohorts
        else one
        for one in submitted()
    ]

    release = build(alike)

    assert COHORT not in shown(release)
    assert "all" in shown(release)
    assert set(map(frozenset, shown(release).values())) == {frozenset(FIGURES)}
    reasons = {cell.reason for cell in release.cells if cell.cohort == COHORT}
    assert len(reasons) == 1, "which figure it was is not told"


@pytest.mark.parametrize("why", ["all alike", "one network"])
def test_a_withheld_cohort_does_not_follow_from_the_total_less_the_other(why: str) -> None:
    """Fifteen or more organizations: too many to be withheld for their number."""
    alike = dict.fromkeys(FIGURES, 100.0)
    everybody = [
        one
        if COHORT not in one.cohorts
        else replace(one, scores=alike)
        if why == "all alike"
        else replace(one, network="n")
        for one in submitted()
    ]
    assert len([one for one in everybody if COHORT in one.cohorts]) >= 15

    cohorts = shown(build(everybody))

    assert COHORT not in cohorts
    assert "teaching:no" not in cohorts or "all" not in cohorts
    assert len(cohorts) >= 5


def test_a_cell_at_fault_takes_its_cohort_with_it() -> None:
    release = build_cells(
        submitted(),
        LATTICE,
        FIGURES,
        earlier=(),
        number=1,
        thresholds=RULES,
        withhold={Key(COHORT, "L2")},
    )

    assert COHORT not in shown(release)


@pytest.mark.parametrize("without", [None, "overall", "L2"])
def test_the_gate_looks_for_cohorts_with_figures_apart(without: str | None) -> None:
    release = build(submitted())
    broken = replace(
        release,
        cells=tuple(
            replace(cell, status=Status.WITHHELD) if cell.key == (COHORT, without) else cell
            for cell in release.cells
        ),
    )

    found = {f.cohort for f in gate([broken], RULES).findings if f.rule == Rule.DIFFERENCE}

    assert found == ({COHORT} if without else set())


def test_the_gate_looks_for_figures_of_different_members() -> None:
    release = build(submitted())
    key = Key(COHORT, "overall")
    members = {**release.members, key: release.members[key] - {min(release.members[key])}}

    findings = gate([replace(release, members=members)], RULES).findings

    assert (Rule.DIFFERENCE, COHORT) in {(one.rule, one.cohort) for one in findings}
