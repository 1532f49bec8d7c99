"""A control chart in the words of the NHS: the latest point, and the target."""

import pytest

from app.charts.chart import Chart, ChartError, chart
from app.charts.series import ChartKind, Plan, Point, Rules
from app.charts.variation import Assurance, Variation, Wished, icons

NHS = Rules(run="classic", shift=7, trend=6, two_of_three=True)
STEADY = [4.0, 6.0] * 8
"""As a baseline: centre 5, limits -0.32 and 10.32, two thirds of the way 1.45 and 8.55."""


def made(*values: float, rules: Rules = NHS) -> Chart:
    return chart(
        Plan(ChartKind.I, baseline=16, rules=rules),
        [Point(value=one) for one in (*STEADY, *values)],
    )


@pytest.mark.parametrize(
    ("values", "up", "down"),
    [
        pytest.param([5.5], "common_cause", "common_cause", id="nothing"),
        pytest.param([11], "improvement", "concern", id="beyond the upper limit"),
        pytest.param([-1], "concern", "improvement", id="beyond the lower limit"),
        pytest.param([11, 5.5], "common_cause", "common_cause", id="not the latest point"),
        pytest.param([4.5] * 7, "concern", "improvement", id="seven below"),
        pytest.param([4, 4.5, 5.2, 5.4, 6, 7], "improvement", "concern", id="six up"),
        pytest.param([9, 5.5, 9], "improvement", "concern", id="two of three"),
        pytest.param([9, 7, 5.5, 4, 3, 2, 1, -1], "concern", "improvement", id="down and out"),
        pytest.param([8, 7, 6, 5.5, 4.5, 4], "concern", "improvement", id="six down"),
        pytest.param(
            [10, 9.5, 9, 8, 7, 6, 5.5], "improvement", "concern", id="a shift outweighs a trend"
        ),
    ],
)
def test_variation(values: list[float], up: str, down: str) -> None:
    found = made(*values)

    assert icons(found, "up", None).variation == up
    assert icons(found, "down", None).variation == down
    neither = Variation.COMMON_CAUSE if up == "common_cause" else Variation.CHANGE
    assert icons(found, None, None).variation is neither


def test_few_crossings_alone_are_a_change_that_points_nowhere() -> None:
    values = [3.5, 4.2] * 3 + [5.1, 6.5] * 3 + [3.5, 4.2] * 3 + [5.2]
    found = chart(Plan(ChartKind.I), [Point(value=one) for one in values])

    assert [one.rule for one in found.signals] == ["few_crossings"]
    assert icons(found, "up", None).variation is Variation.CHANGE


def test_few_crossings_of_an_earlier_phase_say_nothing_of_the_latest_point() -> None:
    values = [3.5, 4.2] * 3 + [5.1, 6.5] * 3 + [3.5, 4.2] * 3 + [5.2]
    plan = Plan(ChartKind.I, phases=(len(values),))
    found = chart(plan, [Point(value=one) for one in [*values, 5, 6, 5]])

    assert [(one.rule, one.phase) for one in found.signals] == [("few_crossings", 0)]
    assert icons(found, "up", None).variation is Variation.COMMON_CAUSE


def test_the_latest_point_is_the_last_that_counts() -> None:
    points = [Point(value=one) for one in (*STEADY, 11)]
    found = chart(Plan(ChartKind.I, baseline=16), [*points, Point(), Point(value=5, excluded=True)])

    assert icons(found, "up", None).variation is Variation.IMPROVEMENT


@pytest.mark.parametrize(
    ("target", "up", "down"),
    [
        (5, "hit_or_miss", "hit_or_miss"),
        (10.3, "hit_or_miss", "hit_or_miss"),
        (10.4, "consistently_failing", "consistently_passing"),
        (-0.3, "hit_or_miss", "hit_or_miss"),
        (-0.4, "consistently_passing", "consistently_failing"),
        (None, "no_target", "no_target"),
    ],
)
def test_assurance(target: float | None, up: str, down: str) -> None:
    assert icons(made(), "up", target).assurance == up
    assert icons(made(), "down", target).assurance == down
    assert icons(made(), None, target).assurance is Assurance.NO_TARGET


@pytest.mark.parametrize(
    ("wished", "target", "expected"),
    [
        ("up", 10, "consistently_failing"),
        ("down", 10, "consistently_passing"),
        ("up", 0, "consistently_passing"),
        ("down", 0, "consistently_failing"),
    ],
)
def test_a_limit_on_the_target_meets_it_only_from_the_good_side(
    wished: Wished, target: float, expected: str
) -> None:
    found = chart(Plan(ChartKind.C), [Point(value=4)] * 4)
    assert (found.points[0].lower, found.points[0].upper) == (0, 10)

    assert icons(found, wished, target).assurance == expected


def test_a_run_chart_promises_nothing() -> None:
    with pytest.raises(ChartError) as caught:
        icons(chart(Plan(ChartKind.RUN), [Point(value=1)]), "up", 1)

    assert (caught.value.index, caught.value.code) == (None, "no_limits")
