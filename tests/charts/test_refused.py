"""What makes no chart, and the index, the code and the sentence that say so."""

from math import inf, nan

import pytest

from app.charts.chart import ChartError, chart
from app.charts.series import MAX_POINTS, ChartKind, Plan, Point, Rules

GOOD = {
    **dict.fromkeys(
        (ChartKind.RUN, ChartKind.I, ChartKind.C, ChartKind.G, ChartKind.T), Point(value=3)
    ),
    **dict.fromkeys((ChartKind.XBAR, ChartKind.S), Point(sample=(1, 2, 3))),
    **dict.fromkeys(
        (ChartKind.P, ChartKind.P_PRIME, ChartKind.U, ChartKind.U_PRIME),
        Point(numerator=1, denominator=4),
    ),
}
VALUED = (ChartKind.RUN, ChartKind.I, ChartKind.C, ChartKind.G, ChartKind.T)
RATED = (ChartKind.P, ChartKind.P_PRIME, ChartKind.U, ChartKind.U_PRIME)
SAMPLED = (ChartKind.XBAR, ChartKind.S)


def of(numerator: float | None, denominator: float | None) -> Point:
    return Point(numerator=numerator, denominator=denominator)


def refused(plan: Plan, points: list[Point]) -> ChartError:
    with pytest.raises(ChartError) as caught:
        chart(plan, points)
    assert str(caught.value) == caught.value.message
    assert caught.value.message
    return caught.value


BAD_POINTS = [
    *[(kind, Point(value=one), "not_finite") for kind in VALUED for one in (nan, inf, -inf)],
    *[(kind, Point(value=1.001e15), "too_large") for kind in VALUED],
    *[(kind, Point(numerator=1, denominator=one), "not_finite")
      for kind in RATED for one in (nan, inf)],
    *[(kind, Point(numerator=nan, denominator=1), "not_finite") for kind in RATED],
    *[(kind, Point(sample=(1, nan)), "not_finite") for kind in SAMPLED],
    *[(kind, Point(sample=(1, -2e15)), "too_large") for kind in SAMPLED],
    *[(kind, of(0, one), "denominator_not_positive")
      for kind in (*RATED, ChartKind.RUN) for one in (0, -0.5)],
    *[(kind, of(0, one), "too_small") for kind in RATED for one in (1e-16, 5e-324)],
    *[(kind, of(-1, 9), "negative_count") for kind in RATED],
    *[(kind, of(1.5, 9), "not_whole") for kind in RATED],
    *[(kind, of(10, 9.5), "more_than_all") for kind in (ChartKind.P, ChartKind.P_PRIME)],
    *[(kind, Point(value=-1), "negative_count") for kind in (ChartKind.C, ChartKind.G)],
    *[(kind, Point(value=2.5), "not_whole") for kind in (ChartKind.C, ChartKind.G)],
    *[(ChartKind.T, Point(value=one), "time_not_positive") for one in (0, -1)],
    *[(kind, Point(sample=(1,)), "sample_too_small") for kind in SAMPLED],
    *[(kind, Point(value=1), "wrong_part") for kind in (*RATED, *SAMPLED)],
    *[(kind, of(1, 2), "wrong_part") for kind in (*SAMPLED, *VALUED) if kind != ChartKind.RUN],
    *[(kind, Point(sample=(1, 2)), "wrong_part") for kind in (*RATED, *VALUED)],
    *[(kind, of(1, None), "wrong_part") for kind in (*RATED, ChartKind.RUN)],
    *[(kind, of(None, 2), "wrong_part") for kind in (*RATED, ChartKind.RUN)],
    (ChartKind.RUN, Point(value=1, numerator=1, denominator=2), "wrong_part"),
    (ChartKind.U, Point(numerator=1, denominator=2, sample=(1, 2)), "wrong_part"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "point", "code"), BAD_POINTS)
@pytest.mark.parametrize("excluded", [False, True])
def test_a_bad_point_is_refused_by_its_index(
    kind: ChartKind,
    point: Point,
    code: str,
    excluded: bool,  # noqa: FBT001
) -> None:
    given = Point(point.value, point.numerator, point.denominator, point.sample, excluded)

    error = refused(Plan(kind), [*[GOOD[kind]] * 3, given, GOOD[kind]])

    assert (error.index, error.code) == (3, code)


def test_a_rate_told_per_too_many_is_too_large() -> None:
    error = refused(Plan(ChartKind.U, per=1e15), [GOOD[ChartKind.U], of(9, 2)])

    assert (error.index, error.code) == (1, "too_large")


@pytest.mark.parametrize("kind", ChartKind)
def test_all_good_points_make_a_chart(kind: ChartKind) -> None:
    made = chart(Plan(kind), [GOOD[kind]] * 3)

    assert len(made.points) == 3
    assert made.signals == ()


@pytest.mark.parametrize(
    ("plan", "index", "code"),
    [
        (Plan(ChartKind.RUN, phases=(0,)), 0, "phase_out_of_range"),
        (Plan(ChartKind.RUN, phases=(-1,)), -1, "phase_out_of_range"),
        (Plan(ChartKind.RUN, phases=(6,)), 6, "phase_out_of_range"),
        (Plan(ChartKind.RUN, phases=(3, 2)), 2, "phases_not_ascending"),
        (Plan(ChartKind.RUN, phases=(3, 3)), 3, "phases_not_ascending"),
        (Plan(ChartKind.RUN, baseline=0), None, "baseline_out_of_range"),
        (Plan(ChartKind.RUN, baseline=7), None, "baseline_out_of_range"),
        (Plan(ChartKind.RUN, baseline=4, phases=(3,)), None, "baseline_out_of_range"),
        (Plan(ChartKind.RUN, per=0), None, "per_not_positive"),
        (Plan(ChartKind.RUN, per=-1), None, "per_not_positive"),
        (Plan(ChartKind.RUN, per=nan), None, "not_finite"),
        (Plan(ChartKind.RUN, per=2e15), None, "too_large"),
        (Plan(ChartKind.RUN, rules=Rules(shift=5)), None, "unknown_rule"),
        (Plan(ChartKind.RUN, rules=Rules(shift=10)), None, "unknown_rule"),
        (Plan(ChartKind.RUN, rules=Rules(trend=4)), None, "unknown_rule"),
        (Plan(ChartKind.RUN, rules=Rules(trend=8)), None, "unknown_rule"),
        (Plan(ChartKind.I, phases=(2, 5)), 5, "phase_too_short"),
        (Plan(ChartKind.I, baseline=1), 0, "phase_too_short"),
        (Plan(ChartKind.C, phases=(5,)), 5, "phase_too_short"),
    ],
)
def test_a_plan_that_makes_no_sense_is_refused(plan: Plan, index: int | None, code: str) -> None:
    error = refused(plan, [Point(value=one) for one in (1, 2, 1, 3, 1, 2)])

    assert (error.index, error.code) == (index, code)


def test_points_that_do_not_count_make_no_phase() -> None:
    gap, ghost = Point(), Point(value=1, excluded=True)

    for plan, points in [
        (Plan(ChartKind.RUN), [gap, ghost]),
        (Plan(ChartKind.C), [gap, ghost, Point(value=1)]),
        (Plan(ChartKind.I), [Point(value=1), gap, Point(value=1), ghost, Point(value=2)]),
    ]:
        error = refused(plan, points)
        assert (error.index, error.code) == (0, "phase_too_short")


def test_a_chart_has_points_and_not_too_many() -> None:
    assert refused(Plan(ChartKind.RUN), []).code == "no_points"
    assert refused(Plan(ChartKind.RUN), [Point()] * (MAX_POINTS + 1)).code == "too_many_points"


def test_the_largest_numbers_make_charts() -> None:
    for kind in VALUED:
        made = chart(Plan(kind), [Point(value=one) for one in (1e15, 1, 1e15, 3)])
        assert all(abs(one.upper or 0) < inf for one in made.points)
    for kind in RATED:
        least = [of(0, 1e-15), of(1, 1.0), of(1, 1e15), of(0, 1e15)]
        assert all((one.upper or 0) < inf for one in chart(Plan(kind), least).points)
    for kind in SAMPLED:
        wide = [Point(sample=(-1e15, 1e15)), Point(sample=(1e15, -1e15, 0))]
        assert all((one.upper or 0) < inf for one in chart(Plan(kind), wide).points)
