"""What holds of every series: what changes a chart, and what must not."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.charts.chart import Chart, chart
from app.charts.series import ChartKind, Plan, Point, Rules

many = settings(
    max_examples=80,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],  # on a machine that does other things too
)
RULES = st.builds(
    Rules,
    run=st.sampled_from(["anhoj", "classic"]),
    shift=st.integers(6, 9),
    trend=st.integers(5, 7),
    sigma=st.booleans(),
    two_of_three=st.booleans(),
)
LEVELS = st.lists(st.integers(-40, 40), min_size=2, max_size=60)
MOVING = frozenset({ChartKind.I, ChartKind.T, ChartKind.P_PRIME, ChartKind.U_PRIME})
"""Kinds whose limits hang on neighbours."""


def point_of(kind: ChartKind, level: int) -> Point:
    """Some point of this kind; a higher level is a higher value."""
    up = level + 41
    if kind in {ChartKind.XBAR, ChartKind.S}:
        return Point(sample=(0.0, *[up / 3] * (2 + level % 3)))
    if kind in {ChartKind.P, ChartKind.P_PRIME, ChartKind.U, ChartKind.U_PRIME}:
        return Point(numerator=up, denominator=100 + level % 7)
    return Point(value=up)


@st.composite
def series(draw: st.DrawFn, kinds: Any = tuple(ChartKind)) -> tuple[Plan, list[Point]]:
    kind = draw(st.sampled_from(kinds))
    points = [point_of(kind, level) for level in draw(LEVELS)]
    baseline = draw(st.none() | st.integers(2, len(points)))
    return Plan(kind, baseline=baseline, rules=draw(RULES)), points


def told(made: Chart) -> list[tuple[str, tuple[int, ...], str | None]]:
    return [(one.rule, one.points, one.side) for one in made.signals]


@many
@given(series(kinds=(ChartKind.RUN, ChartKind.I)), st.sampled_from([-4096, -3, 0.5, 1000, 2**20]))
def test_adding_to_all_values_changes_no_signal(
    case: tuple[Plan, list[Point]], shift: float
) -> None:
    plan, points = case
    moved = [Point(value=(one.value or 0) + shift) for one in points]

    assert told(chart(plan, moved)) == told(chart(plan, points))


@many
@given(
    series(kinds=(ChartKind.RUN, ChartKind.I, ChartKind.T)), st.sampled_from([0.001, 0.3, 7, 1e6])
)
def test_other_units_change_no_signal(case: tuple[Plan, list[Point]], scale: float) -> None:
    plan, points = case
    scaled = [Point(value=(one.value or 0) * scale) for one in points]

    before, after = chart(plan, points), chart(plan, scaled)

    assert told(after) == told(before)
    assert after.phases[0].centre == pytest.approx(before.phases[0].centre * scale)


@many
@given(
    series(kinds=(ChartKind.P, ChartKind.P_PRIME, ChartKind.U, ChartKind.U_PRIME)),
    st.sampled_from([0.1, 100, 1e4]),
)
def test_per_how_many_a_rate_is_told_changes_no_signal(
    case: tuple[Plan, list[Point]], per: float
) -> None:
    plan, points = case
    before, after = chart(plan, points), chart(replace(plan, per=per), points)

    assert told(after) == told(before)
    assert after.phases[0].sigma_z == before.phases[0].sigma_z
    for told_per, plain in zip(after.points, before.points, strict=True):
        assert told_per.upper == pytest.approx((plain.upper or 0) * per)


@many
@given(series())
def test_read_backwards_a_series_has_the_same_runs(case: tuple[Plan, list[Point]]) -> None:
    plan, points = replace(case[0], baseline=None), case[1]
    before, after = chart(plan, points), chart(plan, points[::-1])

    for name in ("useful", "longest_run", "crossings", "longest_run_limit", "crossings_limit"):
        assert getattr(after.phases[0], name) == getattr(before.phases[0], name)
    assert after.phases[0].centre == pytest.approx(before.phases[0].centre)
    assert {one.rule for one in after.signals} == {one.rule for one in before.signals}
    last = len(points) - 1
    mirrored = {"up": "down", "down": "up"}
    expected = {
        (rule, frozenset(last - at for at in points), mirrored.get(side or "", side))
        for rule, points, side in told(before)
        if rule != "trend"  # of equal neighbours another one stands for all
    }
    assert {(rule, frozenset(at), side) for rule, at, side in told(after) if rule != "trend"} == (
        expected
    )


@many
@given(series(), st.data())
def test_a_gap_changes_nothing(case: tuple[Plan, list[Point]], data: st.DataObject) -> None:
    plan, points = case
    at = data.draw(st.integers(0, len(points)))
    wider = None if plan.baseline is None else plan.baseline + (at < plan.baseline)
    if plan.kind in MOVING:
        at = data.draw(st.sampled_from([0, len(points)]))
        wider = None if plan.baseline is None else plan.baseline + (at == 0)

    before = chart(plan, points)
    after = chart(replace(plan, baseline=wider), [*points[:at], Point(), *points[at:]])

    assert after.phases == (replace(before.phases[0], stop=len(points) + 1),)
    assert after.points[:at] + after.points[at + 1 :] == before.points
    moved = [(rule, tuple(one + (one >= at) for one in own), side)
             for rule, own, side in told(before)]  # fmt: skip
    assert told(after) == moved


@many
@given(series(), st.sets(st.integers(0, 59), max_size=20), st.integers(-40, 40))
def test_an_excluded_point_counts_no_more_than_a_gap(
    case: tuple[Plan, list[Point]], out: set[int], level: int
) -> None:
    plan, points = replace(case[0], baseline=None), [*case[1], *case[1][:2]]
    out = {at for at in out if at < len(case[1])}  # the last two count: there are limits
    ghost = replace(point_of(plan.kind, level), excluded=True)
    excluded = [ghost if at in out else one for at, one in enumerate(points)]
    gaps = [Point() if at in out else one for at, one in enumerate(points)]

    ours, theirs = chart(plan, excluded), chart(plan, gaps)

    assert (ours.phases, ours.signals) == (theirs.phases, theirs.signals)
    for at, one in enumerate(ours.points):
        assert one.excluded == (at in out)
        assert at in out or one == theirs.points[at]


@many
@given(series(), st.lists(st.integers(-40, 40), max_size=20))
def test_a_frozen_baseline_knows_no_later_point(
    case: tuple[Plan, list[Point]], later: list[int]
) -> None:
    plan, points = replace(case[0], baseline=len(case[1])), case[1]
    longer = [*points, *(point_of(plan.kind, level) for level in later)]

    before, after = chart(plan, points), chart(plan, longer)

    assert after.points[: len(points)] == before.points
    assert after.phases[0].centre == before.phases[0].centre
    assert after.phases[0].sigma_z == before.phases[0].sigma_z


@many
@given(series(), series())
def test_a_phase_is_a_chart_of_its_own(
    first: tuple[Plan, list[Point]], second: tuple[Plan, list[Point]]
) -> None:
    plan = replace(first[0], baseline=None)
    tail = [point_of(plan.kind, at % 80 - 40) for at in range(len(second[1]))]
    begin = len(first[1])

    both = chart(replace(plan, phases=(begin,)), [*first[1], *tail])
    alone = chart(plan, tail)

    assert [replace(one, phase=0) for one in both.points[begin:]] == list(alone.points)
    later = [(one.rule, tuple(at - begin for at in one.points), one.side)
             for one in both.signals if one.phase == 1]  # fmt: skip
    assert later == told(alone)


COST = """
from time import process_time
from app.charts.chart import chart
from app.charts.series import ChartKind, Plan, Rules
from tests.charts.test_chart_properties import point_of

for kind in ChartKind:
    points = [point_of(kind, at * 37 % 81 - 40) for at in range(1_000)]
    plan, costs = Plan(kind, rules=Rules(two_of_three=True)), []
    for _ in range(15):
        before = process_time()
        chart(plan, points)
        costs.append(process_time() - before)
    print(kind, min(costs))
"""


def test_a_thousand_points_cost_less_than_twenty_milliseconds() -> None:
    # In a process of its own, where nobody counts covered lines: that costs five times as much.
    root = Path(__file__).parents[2]
    done = subprocess.run(  # noqa: S603 our own words
        [sys.executable, "-c", COST],
        env={"PYTHONPATH": str(root)},
        cwd=root,
        capture_output=True,
        check=True,
        text=True,
    )

    costs = dict(line.split() for line in done.stdout.splitlines())
    assert set(costs) == set(ChartKind)
    assert {kind: cost for kind, cost in costs.items() if float(cost) >= 0.02} == {}
