"""Agreement within a team, against values worked out by hand and another formula."""

import statistics
from collections.abc import Sequence
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.scoring.agreement import (
    Rwg,
    average_deviation,
    average_deviation_j,
    chance_variance,
    rwg,
    rwg_j,
    variance,
)

answers = st.lists(st.integers(1, 5), min_size=2, max_size=9)


@pytest.mark.parametrize(
    ("levels", "options", "value", "reset"),
    [
        pytest.param([4, 4, 4], 5, 1, False, id="all the same is 1"),
        pytest.param([3, 3, 4, 5], 5, Fraction(13, 24), False, id="variance 11/12 against 2"),
        pytest.param([3, 4], 5, Fraction(3, 4), False, id="two are enough for a number"),
        pytest.param([1, 3, 5], 5, 0, True, id="variance 4 against 2 falls to -1, so 0"),
        pytest.param([1, 2, 3, 4, 5], 5, 0, True, id="evenly spread: 5/2 against 2"),
        pytest.param([2, 4, 4, 2, 3, 1, 5, 3, 3], 5, Fraction(1, 4), False, id="12/8 against 2"),
        pytest.param([0, 1, 1, 1], 2, 0, False, id="exactly as chance is 0 and no reset"),
    ],
)
def test_rwg(levels: list[int], options: int, value: Fraction, reset: bool) -> None:  # noqa: FBT001
    assert rwg(levels, options=options) == Rwg(Fraction(value), reset=reset)


@pytest.mark.parametrize(
    ("items", "options", "expected"),
    [
        pytest.param([[3, 3, 4, 5]], 5, Rwg(Fraction(13, 24), reset=False), id="one item is rwg"),
        pytest.param(
            [[3, 3, 4, 5], [4, 4, 4, 4]],
            5,
            Rwg(Fraction(74, 85), reset=False),
            id="mean ratio 11/48: 2 x 37/48 / (2 x 37/48 + 11/48)",
        ),
        pytest.param(
            [[3, 3, 4, 5], [4, 4, 4, 4], [2]],
            5,
            Rwg(Fraction(74, 85), reset=False),
            id="an item with one answer is left out",
        ),
        pytest.param([[1, 5], [1, 5]], 5, Rwg(Fraction(0), reset=True), id="more than chance"),
        pytest.param(
            [[0, 1, 1, 1], [4, 4]],
            [2, 5],
            Rwg(Fraction(2, 3), reset=False),
            id="each item against its own range: mean ratio 1/2",
        ),
        pytest.param([[0, 1, 1, 1]], 2, Rwg(Fraction(0), reset=False), id="exactly as chance"),
    ],
)
def test_rwg_j(items: list[list[int]], options: int | list[int], expected: Rwg) -> None:
    assert rwg_j(items, options=options) == expected


@pytest.mark.parametrize(
    ("levels", "expected"),
    [
        pytest.param([4, 4, 4], 0, id="all the same"),
        pytest.param([3, 3, 4, 5], Fraction(3, 4), id="about 15/4: 3/4, 3/4, 1/4, 5/4"),
        pytest.param([0, 4], 2, id="two poles"),
        pytest.param([0, 0, 4], Fraction(16, 9), id="about 4/3: 4/3, 4/3, 8/3"),
    ],
)
def test_average_deviation(levels: list[int], expected: Fraction) -> None:
    assert average_deviation(levels) == expected


def test_a_scale_deviates_by_the_mean_of_its_items() -> None:
    assert average_deviation_j([[0, 4], [3, 3], [1]]) == 1


@pytest.mark.parametrize("levels", [[], [3]])
def test_fewer_than_two_answers_have_no_spread(levels: list[int]) -> None:
    assert variance(levels) is None
    assert rwg(levels, options=5) is None
    assert average_deviation(levels) is None
    assert rwg_j([levels], options=5) is None
    assert average_deviation_j([levels]) is None


def test_one_option_is_refused() -> None:
    with pytest.raises(ValueError, match="1 options"):
        chance_variance(1)


@given(answers)
def test_variance_is_what_the_standard_library_finds(levels: list[int]) -> None:
    assert variance(levels) == statistics.variance(map(Fraction, levels))


@given(st.integers(2, 12))
def test_chance_variance_is_that_of_every_level_once(options: int) -> None:
    assert chance_variance(options) == statistics.pvariance(map(Fraction, range(options)))


@given(answers, st.integers(-3, 3), st.booleans(), st.randoms(use_true_random=False))
def test_agreement_does_not_tell_where_or_which_way_or_who(
    levels: list[int],
    shift: int,
    turned: bool,  # noqa: FBT001
    random: object,
) -> None:
    moved = [shift + (6 - level if turned else level) for level in levels]
    random.shuffle(moved)  # type: ignore[attr-defined]

    assert rwg(moved, options=5) == rwg(levels, options=5)
    assert average_deviation(moved) == average_deviation(levels)


@given(st.lists(answers, min_size=1, max_size=4))
def test_rwg_j_is_the_published_formula(items: Sequence[list[int]]) -> None:
    j = len(items)
    ratio = statistics.mean(statistics.variance(levels) / 2 for levels in items)
    found = rwg_j(items, options=5)

    assert found is not None
    assert found.reset == (ratio > 1 + 1e-12)
    assert 0 <= found.value <= 1
    if not found.reset:
        assert float(found.value) == pytest.approx(j * (1 - ratio) / (j * (1 - ratio) + ratio))
