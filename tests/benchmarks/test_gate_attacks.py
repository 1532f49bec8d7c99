"""The attacks against straightforward formulations, and what happens when they find something."""

from collections.abc import Sequence
from dataclasses import replace

import highspy
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.benchmarks.disclosure.arrays import Bools, Floats
from app.benchmarks.disclosure.attacks import Tally, narrow_by_all, narrow_by_means
from app.benchmarks.disclosure.cells import (
    Cell,
    Contribution,
    Histogram,
    Key,
    ReleaseCells,
    Status,
    Unknown,
)
from app.benchmarks.disclosure.findings import Rule
from app.benchmarks.disclosure.knowledge import NOBODY, Case
from app.benchmarks.disclosure.leverage import combination, determined
from app.benchmarks.disclosure.lp import Program
from app.benchmarks.disclosure.percentiles import round_to
from app.benchmarks.disclosure.rays import exchanged, rays
from app.benchmarks.disclosure.rules import count
from app.benchmarks.disclosure.system import System, stack

FIGURE = "overall"
Groups = Sequence[frozenset[int]]


def system(
    scores: Sequence[float],
    groups: Groups,
    *,
    exact: bool = False,
    edges: Sequence[tuple[float, ...]] = (),
) -> System:
    """One system of cells over these scores, the first ones with histograms of those edges."""
    cells, members = [], {}
    for i, group in enumerate(groups):
        mine = [scores[j] for j in sorted(group)]
        mean = sum(mine) / len(mine)
        histogram = None
        if i < len(edges):
            counts = count(np.array(mine), edges[i])
            histogram = Histogram(edges[i], tuple(int(round_to(n, 5)) for n in counts))
        shown = mean if exact else round_to(mean, 0.5)
        cell = Cell(
            f"c{i}", FIGURE, Status.PUBLISHED, mean=shown, histogram=histogram, as_of_release=1
        )
        cells.append(cell)
        members[cell.key] = frozenset(Unknown(f"o{j:02}", "1") for j in group)
    contributions = tuple(
        Contribution(f"o{i:02}", f"o{i:02}", "1", {FIGURE: score}, frozenset())
        for i, score in enumerate(scores)
    )
    [made] = stack([ReleaseCells(1, tuple(cells), contributions, members)])
    return made


def nobody(made: System) -> Bools:
    return np.zeros(len(made.unknowns), dtype=bool)


def spread(made: System) -> Floats:
    """(rows, unknowns) Who is in which row, 0 or 1."""
    return made.member[:, made.classes.kind].astype(np.float64)


def joint_rows(made: System, size: int) -> list[tuple[Floats, float, float]]:
    """Rows that tie scores to their parts in bins, and parts to counts."""
    edges, unknowns = made.counts.edges, len(made.unknowns)
    rows: list[tuple[Floats, float, float]] = []
    for i in range(unknowns):
        parts = slice(unknowns + i * (len(edges) - 1), unknowns + (i + 1) * (len(edges) - 1))
        one, above, below = np.zeros((3, size))
        one[parts] = above[i] = below[i] = 1
        above[parts], below[parts] = -edges[:-1], -edges[1:]
        rows += [(one, 1, 1), (above, 0, np.inf), (below, -np.inf, 0)]
    for h, inside in enumerate(spread(made)[made.counts.row]):
        for own in range(made.counts.low.shape[1]):
            row = np.zeros(size)
            row[unknowns:] = np.outer(inside, made.counts.group[h] == own).ravel()
            rows.append((row, made.counts.low[h, own], made.counts.high[h, own]))
    return rows


def dense(made: System, known: Bools, target: int, *, joint: bool) -> float:
    """Width by the textbook program: a column per score, and per score and bin; dense rows."""
    unknowns, bins = len(made.unknowns), len(made.counts.edges) - 1
    size = unknowns * (1 + bins if joint else 1)
    low, high = np.zeros(size), np.ones(size)
    high[:unknowns] = 100
    true = unknowns + np.arange(unknowns) * bins + made.bins
    for i in np.flatnonzero(known):
        low[i] = high[i] = made.truth[i]
        if joint:
            low[true[i]] = 1
    rows = joint_rows(made, size) if joint else []
    for member, least, most in zip(spread(made), made.low, made.high, strict=True):
        rows.append((np.pad(member, (0, size - unknowns)), least - 1e-6, most + 1e-6))
    solver = highspy.Highs()  # type: ignore[no-untyped-call]  # not annotated there
    solver.setOptionValue("output_flag", False)
    for pair in zip(low.tolist(), high.tolist(), strict=True):
        solver.addVar(*pair)
    for row, least, most in rows:
        filled = np.flatnonzero(row)
        solver.addRow(least, most, len(filled), filled.astype(np.int32), row[filled])
    return end(solver, target, -1) - end(solver, target, 1)


def end(solver: highspy.Highs, target: int, sign: float) -> float:
    """One end of the target's range."""
    solver.changeColCost(target, sign)
    solver.run()
    assert solver.getModelStatus() == highspy.HighsModelStatus.kOptimal
    return float(solver.getSolution().col_value[target])


def width(made: System, known: Bools, target: int, *, joint: bool) -> float:
    program = Program(Case(made, "n", known), int(made.classes.kind[target]), joint=joint)
    least, most = program.end(1), program.end(-1)
    assert least is not None
    assert most is not None
    return most - least


Systems = st.integers(6, 14).flatmap(
    lambda n: st.tuples(
        st.lists(
            st.sampled_from([0.0, 3.0, 20.0, 41.5, 60.25, 77.0, 100.0]), min_size=n, max_size=n
        ),
        st.lists(st.frozensets(st.integers(0, n - 1), min_size=2), min_size=1, max_size=5).map(
            lambda groups: [frozenset(range(n)), *groups]
        ),
        st.frozensets(st.integers(0, n - 1), max_size=2),
        st.booleans(),
    )
)
EDGES = ((0, 20, 40, 60, 80, 100), (0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100))
UNEVEN = ((0, 50, 100), (0, 12.5, 25, 37.5, 50, 62.5, 75, 87.5, 100))


@settings(max_examples=25, deadline=None)
@given(Systems, st.sampled_from([(), EDGES, UNEVEN]))
def test_programs_agree_with_the_textbook(
    drawn: tuple[list[float], Groups, frozenset[int], bool],
    edges: Sequence[tuple[float, ...]],
) -> None:
    scores, groups, given_away, exact = drawn
    made = system(scores, groups, exact=exact, edges=edges)
    known = np.isin(np.arange(len(scores)), sorted(given_away))

    assert made.violated().size == 0
    case, kind = Case(made, "n", known), made.classes.kind
    proofs, exchanges = rays(case, np.arange(kind.max() + 1)), exchanged(case)
    for target in {0, len(scores) - 1} - given_away:
        expected = dense(made, known, target, joint=False)
        together = dense(made, known, target, joint=True)
        assert width(made, known, target, joint=False) == pytest.approx(expected, abs=1e-3)
        assert width(made, known, target, joint=True) == pytest.approx(together, abs=1e-3)
        # A proof never claims more than there is.
        assert proofs[kind[target]] <= expected + 1e-3
        assert exchanges[kind[target]] <= together + 1e-3


@settings(max_examples=60, deadline=None)
@given(Systems)
def test_leverage_agrees_with_the_rank_of_the_cells(
    drawn: tuple[list[float], Groups, frozenset[int], bool],
) -> None:
    scores, groups, given_away, _ = drawn
    made = system(scores, groups)
    known = np.isin(np.arange(len(scores)), sorted(given_away))
    case, free = Case(made, "n", known), spread(made)[:, ~known]
    rank = np.linalg.matrix_rank(free) if free.size else 0
    expected = [
        i
        for i, unit in zip(np.flatnonzero(~known), np.eye(free.shape[1]), strict=True)
        if np.linalg.matrix_rank(np.vstack([free, unit])) == rank
    ]

    found = determined(made.member, case.free)

    alone = np.isin(made.classes.kind, found) & ~known
    assert np.flatnonzero(alone).tolist() == expected
    assert len(found) == len(expected)
    for one in found.tolist():
        rows = combination(made.member, case.free, one)
        assert one in determined(made.member[rows], case.free)


def test_two_releases_around_one_joiner_as_in_the_appendix() -> None:
    """12 to 13 organizations: steps of 0.5 leave 12.5 points; an insider with nine of ten, 5."""
    scores = [50.0] * 13
    around = system(scores, [frozenset(range(12)), frozenset(range(13))])
    insider = system([50.0] * 10, [frozenset(range(10))])

    assert determined(around.member, around.classes.number).tolist() == [around.classes.kind[12]]
    assert width(around, nobody(around), 12, joint=False) == pytest.approx(12.5, abs=1e-3)
    assert width(insider, np.arange(10) < 9, 9, joint=False) == pytest.approx(5, abs=1e-3)
    assert width(insider, np.arange(10) < 2, 9, joint=False) == pytest.approx(100, abs=1e-3)


def test_nobody_is_left_when_all_is_known() -> None:
    made = system([40.0, 60.0], [frozenset({0, 1})])
    case = Case(made, "n", ~nobody(made))

    assert determined(made.member, case.free).size == 0
    assert exchanged(case).tolist() == [0]
    assert rays(case, np.array([0])).tolist() == [0]
    tally = Tally()
    narrow_by_means([case], tally, 20)
    narrow_by_all([case], tally, 20, None)
    assert (tally.means.number, tally.joint.number) == (0, 0)


def test_a_low_mean_narrows_and_its_cell_is_named() -> None:
    made = system([1.0] * 9 + [2.0] + [50.0] * 12, [frozenset(range(22)), frozenset(range(10))])
    tally = Tally()

    narrow_by_means([Case(made, NOBODY, nobody(made))], tally, 20)

    # Ten at a mean of 1.0 to 1.25: none above 12.5. The others are wide by swaps or rays.
    assert tally.narrow == 10
    assert tally.means.least == pytest.approx(12.5, abs=0.01)
    assert tally.method["program"] >= 10
    [finding] = tally.findings()
    assert finding.rule == Rule.NARROW
    assert (finding.cohort, finding.organizations, finding.affected) == ("c1", 10, 10)
    assert not finding.insider


def test_histograms_narrow_what_means_do_not() -> None:
    """Unrounded counts put all twenty between 40 and 50; the mean alone leaves everything."""
    made = system([45.0] * 20, [frozenset(range(20))])
    told = replace(made.rows[0].cell, histogram=Histogram(tuple(range(0, 101, 10)), (0,) * 10))
    counted = replace(told, histogram=Histogram((0, 40, 50, 100), (0, 21, 0)))
    members = {told.key: made.rows[0].members}
    contributions = tuple(
        Contribution(u.organization, u.organization, u.submission, {FIGURE: 45.0}, frozenset())
        for u in made.unknowns
    )
    [tight] = stack([ReleaseCells(1, (counted,), contributions, members)])
    tally = Tally()

    assert rays(Case(made, NOBODY, nobody(made)), np.array([0])).min() > 20
    # 21 of 20 in a bin cannot be: no optimum, so no width, so refused.
    assert tight.violated().tolist() == [0]
    narrow_by_all([Case(tight, NOBODY, nobody(tight))], tally, 20, 4)
    assert (tally.narrow, tally.joint.number, tally.joint.least) == (20, 20, 0)
    assert {finding.cohort for finding in tally.findings()} == {"c0"}


def test_a_certain_refusal_ends_the_search() -> None:
    made = system([0.0] * 30, [frozenset(range(30))])
    case, tally = Case(made, NOBODY, nobody(made)), Tally()

    narrow_by_means([case, case], tally, 20)
    narrow_by_all([case], tally, 20, None)

    assert tally.narrow == tally.means.number == 30
    assert (tally.joint.number, tally.joint_left) == (0, 30)


def test_a_shown_cell_without_a_mean_is_inconsistent() -> None:
    made = system([40.0, 60.0], [frozenset({0, 1})])
    cell = replace(made.rows[0].cell, mean=None)
    contributions = tuple(
        Contribution(u.organization, u.organization, u.submission, {FIGURE: 50.0}, frozenset())
        for u in made.unknowns
    )
    members = {Key("c0", FIGURE): made.rows[0].members}
    [bare] = stack([ReleaseCells(1, (cell,), contributions, members)])

    assert bare.violated().tolist() == [0]
