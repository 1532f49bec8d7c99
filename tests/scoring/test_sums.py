"""Running sums give what the formulas give on all answers at once."""

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.scoring.agreement import rwg_j
from app.scoring.form import Form, Item, Rule, Section
from app.scoring.reliability import cronbach_alpha, icc
from app.scoring.sums import Sums

FORM = Form(
    "test",
    "1",
    "0" * 64,
    (
        Section("A", (Item("A1", 0, 4), Item("A2", 0, 4, reverse=True), Item("A3", 1, 3))),
        Section("B", (Item("B1", 0, 4), Item("B2", 0, 2))),
        Section("C", (Item("C1", 0, 4),)),
    ),
    Rule(Fraction(1, 2), 1),
)
ITEMS = list(FORM.items.values())
PLACES = {None: [0, 1, 2, 3, 4, 5], "A": [0, 1, 2], "B": [3, 4], "C": [5]}
ROW = st.tuples(*(st.integers(item.minimum, item.maximum) for item in ITEMS))
TEAMS = st.lists(st.lists(ROW, min_size=1, max_size=6), min_size=2, max_size=8)


def summed(teams: Sequence[Sequence[tuple[int, ...]]], at_once: int = 100) -> Sums:
    sums = Sums(FORM)
    for start in range(0, len(teams), at_once):
        some = teams[start : start + at_once]
        levels = np.array([row for team in some for row in team], dtype=np.int64)
        sums.add(levels, np.array([len(team) for team in some], dtype=np.int64))
    return sums


def oriented(row: tuple[int, ...]) -> list[int]:
    return [item.oriented(level) for item, level in zip(ITEMS, row, strict=True)]


@given(TEAMS)
@settings(max_examples=150, deadline=None)
def test_sums_agree_with_the_formulas_on_all_answers(
    teams: list[list[tuple[int, ...]]],
) -> None:
    turned = [[oriented(row) for row in team] for team in teams]
    everybody = np.array([row for team in turned for row in team], dtype=np.float64)
    if len(everybody) < 2:
        return
    for scale in summed(teams).scales():
        places = PLACES[scale.code]
        chosen = everybody[:, places]
        groups = [[float(np.mean([row[i] for i in places])) for row in team] for team in turned]
        expected = icc(groups)
        assert scale.items == len(places)
        assert near(scale.alpha, cronbach_alpha(chosen))
        if scale.icc is None or expected is None:
            assert scale.icc is expected or max(np.ptp(chosen.mean(axis=1)), 0) < 1e-9
        else:
            assert near(scale.icc.icc1, expected.icc1)
            assert (scale.icc.groups, scale.icc.mean_size) == (expected.groups, expected.mean_size)
        options = [ITEMS[i].span + 1 for i in places]
        agreed = [
            rwg_j([[row[i] for row in team] for i in places], options=options) for team in teams
        ]
        values = [float(one.value) for one in agreed if one is not None]
        assert scale.rwg_j == pytest.approx(values)


@given(TEAMS)
@settings(max_examples=100, deadline=None)
def test_items_agree_with_numpy(teams: list[list[tuple[int, ...]]]) -> None:
    everybody = np.array([oriented(row) for team in teams for row in team], dtype=np.float64)
    for place, measure in enumerate(summed(teams).items()):
        others = [i for i in PLACES[measure.section] if i != place]
        item, rest = everybody[:, place], everybody[:, others].sum(axis=1)
        if measure.item_rest is None:
            assert not others or np.ptp(item) == 0 or np.ptp(rest) == 0
        else:
            assert measure.item_rest == pytest.approx(np.corrcoef(item, rest)[0, 1])
        assert measure.ceiling == pytest.approx(np.mean(item == ITEMS[place].maximum))
        assert measure.floor == pytest.approx(np.mean(item == ITEMS[place].minimum))


@given(TEAMS, st.integers(1, 4), st.randoms())
@settings(max_examples=50, deadline=None)
def test_neither_order_nor_portions_matter(
    teams: list[list[tuple[int, ...]]], at_once: int, random: np.random.Generator
) -> None:
    mixed = list(teams)
    random.shuffle(mixed)
    one, other = summed(teams), summed(mixed, at_once)

    assert one.items() == other.items()
    for a, b in zip(one.scales(), other.scales(), strict=True):
        assert (a.alpha, a.icc) == (b.alpha, b.icc)
        assert sorted(a.rwg_j.tolist()) == sorted(b.rwg_j.tolist())


def test_a_form_of_one_section_has_one_scale() -> None:
    form = Form("test", "1", "", (FORM.sections[0],), FORM.rule)
    sums = Sums(form)
    sums.add(np.array([[0, 4, 1], [4, 0, 3]]), np.array([2]))

    [scale] = sums.scales()
    assert (scale.code, scale.items) == (None, 3)


def test_rows_without_a_team_are_refused() -> None:
    levels = np.zeros((2, 6), dtype=np.int64)
    for sizes in ([1], [2, 0], [3]):
        with pytest.raises(ValueError, match="each row is of one team"):
            Sums(FORM).add(levels, np.array(sizes))
    empty = Sums(FORM)
    empty.add(levels[:0], np.array([], dtype=np.int64))
    assert (empty.respondents, empty.teams) == (0, 0)


def near(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is other
    return one == pytest.approx(other, abs=1e-9)
