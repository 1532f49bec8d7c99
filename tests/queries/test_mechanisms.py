"""What is measured, how one organization changes it, and what is worked out of noisy numbers."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.queries.mechanisms import (
    FINE,
    TOP,
    Measured,
    Noise,
    Plan,
    Statistic,
    exact,
    mean_margin,
    mean_of,
    measure,
    on_grid,
    quantiles_of,
)
from tests.queries.test_laplace import source

QUARTER = Fraction(1, 4)
PLANS = [
    Plan(Statistic.COUNT, QUARTER),
    Plan(Statistic.MEAN, QUARTER),
    Plan(Statistic.HISTOGRAM, QUARTER, 10),
    Plan(Statistic.HISTOGRAM, QUARTER, 20),
    Plan(Statistic.QUANTILES, QUARTER),
]
SCORES = st.lists(st.integers(0, TOP), max_size=30)


@pytest.mark.parametrize("plan", PLANS, ids=str)
@given(scores=SCORES, another=st.integers(0, TOP))
def test_one_organization_changes_no_more_than_the_sensitivity(
    plan: Plan, scores: list[int], another: int
) -> None:
    before, after = exact(plan, scores), exact(plan, [*scores, another])
    noise = plan.figure_noise

    changed = sum(abs(a - b) for a, b in zip(before, after, strict=True))
    assert changed <= (0 if noise is None else noise.sensitivity)


@pytest.mark.parametrize("plan", PLANS, ids=str)
def test_the_sensitivity_is_reached_and_epsilon_is_spent_to_the_last(plan: Plan) -> None:
    noises = [plan.count_noise, *([plan.figure_noise] if plan.figure_noise else [])]

    assert sum(noise.epsilon for noise in noises) == QUARTER
    assert plan.count_noise.sensitivity == 1
    if plan.figure_noise is not None:
        changed = [abs(value) for value in exact(plan, [TOP])]
        assert sum(changed) == plan.figure_noise.sensitivity


@given(scores=st.lists(st.integers(0, TOP), min_size=1))
def test_everybody_is_in_one_bin(scores: list[int]) -> None:
    for width in (10, 20):
        plan = Plan(Statistic.HISTOGRAM, QUARTER, width)
        counts = exact(plan, scores)
        assert sum(counts) == len(scores)
        for place, count in enumerate(counts):
            low, high = plan.edges[place] * 10, plan.edges[place + 1] * 10
            is_last = place == len(counts) - 1
            due = sum(low <= one < high or (is_last and one == high) for one in scores)
            assert count == due


@given(st.floats(-1e9, 1e9))
def test_scores_are_on_the_grid_and_within_the_scale(score: float) -> None:
    placed = on_grid(score)

    assert type(placed) is int
    assert 0 <= placed <= TOP
    if 0 <= score <= 100:
        assert abs(placed - score * 10) <= 0.5


def test_a_mean_is_that_of_the_scores_where_there_is_no_noise() -> None:
    plan, scores = PLANS[1], [100, 500, 750]
    measured = Measured(3, tuple(exact(plan, scores)))

    assert mean_of(measured) == Fraction(1350, 3)
    assert mean_of(Measured(1, (10**6,))) == TOP
    assert mean_of(Measured(1, (-(10**6),))) == 0


def test_the_margin_of_a_mean_holds_as_often_as_it_says() -> None:
    plan, scores, below = PLANS[1], [n * 37 % 1001 for n in range(400)], source(5)
    true, missed, tries = Fraction(sum(scores), len(scores)), 0, 2_000
    for _ in range(tries):
        measured = measure(plan, scores, below)
        margin = mean_margin(plan, measured, 0.05)
        assert margin is not None
        missed += abs(mean_of(measured) - true) > margin

    assert missed <= 0.05 * tries
    assert mean_margin(plan, Measured(3, (5,)), 0.05) is None


@pytest.mark.parametrize("epsilon", [Fraction(1, 16), Fraction(1, 4), Fraction(3)], ids=str)
def test_a_margin_is_the_smallest_that_holds(epsilon: Fraction) -> None:
    noise, below, tries = Noise(epsilon, 1), source(11), 20_000
    margin = noise.margin(0.05)
    draws = [
        abs(measure(Plan(Statistic.COUNT, epsilon), [], below).organizations) for _ in range(tries)
    ]

    assert sum(one > margin for one in draws) <= 0.056 * tries
    assert margin == 0 or sum(one > margin - 1 for one in draws) > 0.045 * tries


def cumulated(counts: list[int]) -> Measured:
    return Measured(sum(counts), tuple(counts))


def test_quartiles_are_read_from_the_bins() -> None:
    plan = PLANS[4]
    counts = exact(plan, [n * 10 for n in range(100)])

    assert quantiles_of(plan, cumulated(counts)) == {25: 25, 50: 50, 75: 75}
    assert quantiles_of(plan, cumulated([0] * 20)) is None
    assert quantiles_of(plan, cumulated([-3] * 20)) is None
    assert quantiles_of(plan, cumulated([8] + [0] * 19)) == {25: 1, 50: 2, 75: 4}


@given(st.lists(st.integers(-50, 50), min_size=100 // FINE, max_size=100 // FINE))
def test_whatever_the_noise_quartiles_rise_within_the_scale(counts: list[int]) -> None:
    found = quantiles_of(PLANS[4], cumulated(counts))

    if found is not None:
        assert 0 <= found[25] <= found[50] <= found[75] <= 100


def test_quartiles_are_near_the_true_ones() -> None:
    plan, below = PLANS[4], source(2)
    scores = [350 + n % 300 for n in range(2_000)]

    for _ in range(20):
        found = quantiles_of(plan, measure(plan, scores, below))
        assert found is not None
        assert all(abs(found[rank] - (35 + 0.3 * rank)) <= 3 for rank in found)
