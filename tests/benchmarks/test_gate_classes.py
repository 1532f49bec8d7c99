"""What makes the gate fast proves no more than is true: classes, moves shared, attackers who know
more.
"""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.benchmarks.disclosure import attacks
from app.benchmarks.disclosure.attacks import Tally, narrow_by_all, narrow_by_means
from app.benchmarks.disclosure.cells import Unknown
from app.benchmarks.disclosure.classes import Classes
from app.benchmarks.disclosure.knowledge import NOBODY, Case
from app.benchmarks.disclosure.rays import rays
from tests.benchmarks.test_gate_attacks import (
    EDGES,
    Groups,
    Systems,
    dense,
    nobody,
    spread,
    system,
    width,
)

Sets = st.lists(st.frozensets(st.integers(0, 9)), min_size=1, max_size=12).map(
    lambda groups: [frozenset(Unknown(f"o{i}", "1") for i in group) for group in groups]
)


@given(Sets)
def test_classes_are_those_who_are_in_the_same_sets(sets: Sequence[frozenset[Unknown]]) -> None:
    classes = Classes.of(sets)

    assert list(classes.unknowns) == sorted(frozenset().union(*sets))
    for i, one in enumerate(classes.unknowns):
        assert classes.member[:, classes.kind[i]].tolist() == [one in some for some in sets]
        for j, other in enumerate(classes.unknowns):
            together = [one in some for some in sets] == [other in some for some in sets]
            assert (classes.kind[i] == classes.kind[j]) == together
    assert classes.number.tolist() == np.bincount(classes.kind).tolist()
    assert classes.common.tolist() == [[len(a & b) for b in sets] for a in sets]


@given(Sets)
def test_sets_that_share_nobody_are_apart(sets: Sequence[frozenset[Unknown]]) -> None:
    classes = Classes.of(sets)

    groups = classes.apart()

    assert sorted(i for group in groups for i in group.tolist()) == list(range(len(sets)))
    everybody = [frozenset().union(*(sets[i] for i in group)) for group in groups]
    assert sum(map(len, everybody)) == len(classes.unknowns)
    for group, who in zip(groups, everybody, strict=True):
        if who:
            part = classes.only(group)
            assert set(part.unknowns) == who
            assert part.common.tolist() == [[len(sets[a] & sets[b]) for b in group] for a in group]


@settings(max_examples=25, deadline=None)
@given(Systems, st.sampled_from([(), EDGES]))
def test_all_of_a_class_can_be_told_to_the_same_width(
    drawn: tuple[list[float], Groups, frozenset[int], bool], edges: Sequence[tuple[float, ...]]
) -> None:
    scores, groups, given_away, exact = drawn
    made = system(scores, groups, exact=exact, edges=edges)
    known = np.isin(np.arange(len(scores)), sorted(given_away))
    places = spread(made).T.tolist()
    [*twins] = [i for i, place in enumerate(places) if place == places[-1] and not known[i]]

    widths = [dense(made, known, i, joint=bool(edges)) for i in twins[:3]]

    assert widths == pytest.approx([widths[0]] * len(widths) if widths else [], abs=1e-3)


@settings(max_examples=25, deadline=None)
@given(Systems, st.data())
def test_who_knows_more_tells_no_less(
    drawn: tuple[list[float], Groups, frozenset[int], bool], data: st.DataObject
) -> None:
    scores, groups, given_away, exact = drawn
    made = system(scores, groups, exact=exact, edges=EDGES)
    known = np.isin(np.arange(len(scores)), sorted(given_away))
    target = data.draw(st.sampled_from(sorted({*range(len(scores))} - given_away)))
    kind = int(made.classes.kind[target])
    size = len(made.classes.number)
    others = np.array(data.draw(st.lists(st.booleans(), min_size=size, max_size=size)))
    others[kind] = False

    richer = Case(made, NOBODY, known).knowing(others)

    assert not richer.known[made.classes.kind == kind][~known[made.classes.kind == kind]].any()
    for joint in (False, True):
        less = width(made, richer.known, target, joint=joint)
        assert less <= width(made, known, target, joint=joint) + 1e-3
    # A move that needs nobody's help who is known is a move for whoever knows less.
    proof = rays(richer, np.array([kind]))[kind]
    assert proof <= dense(made, known, target, joint=False) + 1e-3


def test_insiders_share_the_proofs_that_need_none_of_them() -> None:
    scores = [20.0 + 3 * i for i in range(20)]
    made = system(scores, [frozenset(range(20)), frozenset(range(10)), frozenset(range(5, 15))])
    insiders = [nobody(made), np.arange(20) < 2, np.arange(20) >= 18]
    cases = [Case(made, str(i), known) for i, known in enumerate(insiders)]
    tally = Tally()

    narrow_by_means(cases, tally, 20)

    assert tally.narrow == 0
    assert tally.means.number == tally.method.total() == 20 + 18 + 18
    assert tally.means.least is not None
    least = min(
        dense(made, case.known, i, joint=False)
        for case in cases
        for i in np.flatnonzero(~case.known).tolist()
    )
    assert 20 <= tally.means.least <= least + 1e-3


def test_what_no_program_shows_to_be_wide_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Too many classes for one program: those near the target alone do not show it."""
    scores = [50.0] * 12
    made = system(scores, [frozenset(range(12)), *(frozenset(range(i, i + 3)) for i in range(9))])
    case, whole = Case(made, NOBODY, nobody(made)), Tally()
    narrow_by_all([case], whole, 20, None)
    assert whole.narrow == 0

    monkeypatch.setattr(attacks, "AROUND", (1,))
    tally = Tally()
    narrow_by_all([case], tally, 20, None)

    assert tally.narrow > 0
    assert {finding.rule for finding in tally.findings()} == {"narrow"}
