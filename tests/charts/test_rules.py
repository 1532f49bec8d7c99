"""Each rule on series made for it: what signals, where, and what does not."""

import pytest

from app.charts.chart import Chart, Signal, chart
from app.charts.series import ChartKind, Plan, Point, Rules

CLASSIC = Rules(run="classic")


def points(*values: float | None) -> list[Point]:
    return [Point(value=one) for one in values]


def told(made: Chart) -> list[tuple[str, tuple[int, ...], str | None]]:
    return [(one.rule, one.points, one.side) for one in made.signals]


def test_a_run_longer_than_the_limit_signals_with_its_points() -> None:
    made = chart(Plan(ChartKind.RUN, baseline=4), points(1, 3, 1, 3, *[4] * 7, 1, 3, 1))

    assert (made.phases[0].centre, made.phases[0].longest_run_limit) == (2, 7)
    assert told(made) == [("long_run", tuple(range(3, 11)), "above")]


def test_a_run_as_long_as_the_limit_does_not() -> None:
    made = chart(Plan(ChartKind.RUN, baseline=4), points(1, 3, 1, 3, *[4] * 6, 1, 3, 1, 3))

    assert made.phases[0].longest_run == made.phases[0].longest_run_limit == 7
    assert made.signals == ()


def test_fewer_crossings_than_the_limit_signal_and_point_nowhere() -> None:
    made = chart(Plan(ChartKind.RUN), points(1, 1, 1, 1, 1, 3, 3, 3, 3, 3, 2))

    assert (made.phases[0].crossings, made.phases[0].crossings_limit) == (1, 2)
    assert told(made) == [("few_crossings", tuple(range(10)), None)]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        pytest.param([1, 9] * 2 + [8] * 5 + [1], [(3, 4, 5, 6, 7, 8)], id="six in a row"),
        pytest.param([1, 9] * 2 + [8] * 4 + [1], [], id="five are too few"),
        pytest.param(
            [1, 9] * 2 + [8, 8, 5, 8, None, 8, 8], [(3, 4, 5, 7, 9, 10)], id="gaps and the centre"
        ),
    ],
)
def test_a_classic_shift(values: list[float | None], expected: list[tuple[int, ...]]) -> None:
    made = chart(Plan(ChartKind.RUN, baseline=4, rules=CLASSIC), points(*values))

    assert [one.points for one in made.signals] == expected
    assert {(one.rule, one.side) for one in made.signals} <= {("shift", "above")}


@pytest.mark.parametrize("shift", [6, 7, 8, 9])
def test_a_classic_shift_is_as_long_as_told(shift: int) -> None:
    plan = Plan(ChartKind.RUN, baseline=2, rules=Rules(run="classic", shift=shift))

    assert chart(plan, points(9, 1, *[2] * (shift - 2))).signals == ()
    assert told(chart(plan, points(9, 1, *[2] * (shift - 1)))) == [
        ("shift", tuple(range(1, shift + 1)), "below")
    ]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        pytest.param([5, 1, 2, 3, 4, 5, 0], [((1, 2, 3, 4, 5), "up")], id="five up"),
        pytest.param([5, 1, 2, 3, 4, 0], [], id="four up"),
        pytest.param([1, 9, 7, 5, 3, 1], [((1, 2, 3, 4, 5), "down")], id="five down"),
        pytest.param(
            [4, 1, 2, 2, 3, None, 4, 5, 5], [((1, 2, 3, 4, 6, 7), "up")], id="equals count once"
        ),
        pytest.param([1, 2, 2, 2, 3, 4], [], id="equals do not help"),
        pytest.param(
            [1, 2, 3, 4, 5, 4, 3, 2, 1],
            [((0, 1, 2, 3, 4), "up"), ((4, 5, 6, 7, 8), "down")],
            id="up and down share the top",
        ),
        pytest.param([3, 3, 3, 3, 3, 3], [], id="level"),
    ],
)
def test_a_classic_trend(
    values: list[float | None], expected: list[tuple[tuple[int, ...], str]]
) -> None:
    made = chart(Plan(ChartKind.RUN, rules=CLASSIC), points(*values))

    assert [(one.points, one.side) for one in made.signals if one.rule == "trend"] == expected


STEADY = [4, 6] * 8
"""As the baseline of an I chart: centre 5, moving range 2, limits 5 - 5.32 and 5 + 5.32."""


def beside(*values: float | None, rules: Rules) -> list[Signal]:
    made = chart(Plan(ChartKind.I, baseline=16, rules=rules), points(*STEADY, *values))
    assert (made.points[-1].lower, made.points[-1].upper) == pytest.approx((-0.32, 10.32))
    return [one for one in made.signals if one.rule in {"beyond_limit", "two_of_three"}]


def test_a_point_beyond_a_limit_signals_alone() -> None:
    found = beside(10.33, 5, -0.33, 10.31, 5, rules=Rules())

    assert [(one.points, one.side) for one in found] == [((16,), "above"), ((18,), "below")]


def test_a_point_on_the_limit_does_not() -> None:
    assert beside(10.32, 5, -0.32, rules=Rules()) == []


def test_limits_can_be_left_out_of_the_rules() -> None:
    assert beside(99, 5, -99, rules=Rules(sigma=False)) == []


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        pytest.param([9, 9], [(16, 17)], id="two in a row"),
        pytest.param([9, 5, 9], [(16, 18)], id="two of three"),
        pytest.param([9, 5, 5, 9], [], id="two of four"),
        pytest.param([9, 1], [], id="one on either side"),
        pytest.param([9, None, 5, None, 9], [(16, 20)], id="gaps are not points"),
        pytest.param([9, 5, 9, 5, 9, 5, 5, 9, 9], [(16, 18, 20), (23, 24)], id="two stretches"),
        pytest.param([8.54, 8.54], [], id="short of two thirds"),
        pytest.param([1, 5, 1], [(16, 18)], id="below"),
    ],
)
def test_two_of_three(values: list[float | None], expected: list[tuple[int, ...]]) -> None:
    found = beside(*values, rules=Rules(two_of_three=True))

    assert [one.points for one in found] == expected


def test_a_run_chart_knows_no_limits() -> None:
    made = chart(Plan(ChartKind.RUN, rules=Rules(two_of_three=True)), points(*STEADY, 99, -99))

    assert told(made) == []
    assert {(one.lower, one.upper) for one in made.points} == {(None, None)}


def test_phases_are_judged_each_for_itself() -> None:
    made = chart(
        Plan(ChartKind.I, phases=(4, 8)), points(1, 2, 1, 2, 11, 12, 11, 12, 21, 22, 21, 22)
    )

    assert [(one.start, one.stop, one.centre) for one in made.phases] == [
        (0, 4, 1.5),
        (4, 8, 11.5),
        (8, 12, 21.5),
    ]
    assert [one.phase for one in made.points] == [0] * 4 + [1] * 4 + [2] * 4
    assert [round(one.upper or 0, 2) for one in made.points[::4]] == [4.16, 14.16, 24.16]
    assert made.signals == ()
    assert not any(one.frozen for one in made.phases)


def test_a_baseline_freezes_the_first_phase_alone() -> None:
    made = chart(Plan(ChartKind.RUN, phases=(4,), baseline=2), points(1, 3, 7, 9, 4, 4, 6))

    assert [(one.centre, one.frozen) for one in made.phases] == [(2, True), (4, False)]


def test_no_moving_range_is_made_over_a_gap_or_an_excluded_point() -> None:
    with_gap = chart(Plan(ChartKind.I), points(1, 2, None, 12, 13))
    with_excluded = chart(
        Plan(ChartKind.I), [*points(1, 2), Point(value=99, excluded=True), *points(12, 13)]
    )

    for made in (with_gap, with_excluded):
        assert made.phases[0].centre == 7
        assert made.points[0].upper == pytest.approx(7 + 2.66)
    assert with_gap.points[2].value is None
    assert (with_excluded.points[2].value, with_excluded.points[2].excluded) == (99, True)
    assert not any(2 in one.points for one in with_excluded.signals)


def test_a_run_chart_takes_ratios_of_any_numbers() -> None:
    ratios = [Point(numerator=-1.5, denominator=0.5), Point(numerator=3, denominator=2)]
    made = chart(Plan(ChartKind.RUN, per=10), [*ratios, Point(value=7)])

    assert [one.value for one in made.points] == [-30, 15, 7]
    assert made.phases[0].centre == 7


def test_a_gap_has_limits_only_where_they_hang_on_no_denominator() -> None:
    rates = chart(
        Plan(ChartKind.U, per=1000),
        [Point(numerator=2, denominator=100), Point(), Point(numerator=4, denominator=100)],
    )
    counts = chart(Plan(ChartKind.C), points(4, None, 4))

    assert rates.points[1].centre == pytest.approx(30)
    assert (rates.points[1].lower, rates.points[1].upper) == (None, None)
    assert (counts.points[1].centre, counts.points[1].upper) == (4, 10)


def test_limits_of_rates_stay_where_rates_can_be() -> None:
    made = chart(Plan(ChartKind.P, per=100), [Point(numerator=9, denominator=10)] * 3)

    assert (made.points[0].value, made.points[0].upper) == (90, 100)
    assert made.points[0].lower == pytest.approx(90 - 300 * (0.09 / 10) ** 0.5)


def test_rates_that_never_vary_have_limits_on_their_centre() -> None:
    made = chart(
        Plan(ChartKind.P_PRIME, baseline=3),
        [Point(numerator=0, denominator=9)] * 3 + [Point(numerator=1, denominator=9)],
    )

    assert (made.phases[0].sigma_z, made.points[0].upper) == (None, 0)
    assert told(made) == [("beyond_limit", (3,), "above")]


def test_equal_values_signal_nothing_whatever_floats_make_of_them() -> None:
    for kind in (ChartKind.RUN, ChartKind.I, ChartKind.T):
        made = chart(Plan(kind), [Point(value=one) for one in [0.3, 0.1 + 0.2, 0.7 - 0.4] * 9])

        assert (made.phases[0].useful, made.signals) == (0, ())
