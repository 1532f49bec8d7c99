"""Long runs and few crossings: the published table, and how often chance alone signals."""

from collections import Counter
from math import comb

import numpy as np
import pytest
from scipy import stats

from app.charts.chart import chart
from app.charts.runs import crossings_limit, longest_run_limit
from app.charts.series import ChartKind, Plan, Point

PUBLISHED_CROSSINGS = [
    2, 2, 3, 3, 4, 4, 4, 5, 5, 6, 6, 6, 7, 7, 8, 8, 8, 9, 9, 10, 10, 11, 11, 11, 12, 12, 13, 13,
    14, 14, 14, 15, 15, 16, 16, 17, 17, 17, 18, 18, 19, 19, 20, 20, 21, 21, 21, 22, 22, 23, 23,
    24, 24, 25, 25, 25, 26, 26, 27, 27, 28, 28, 29, 29, 29, 30, 30, 31, 31, 32, 32, 33, 33, 34,
    34, 34, 35, 35, 36, 36, 37, 37, 38, 38, 39, 39, 39, 40, 40, 41, 41,
]  # fmt: skip
"""Lower limit for crossings, n = 10 to 100: appendix 2 in the vignette of qicharts2 (Anhøj)."""
PUBLISHED_RUNS = {6: 2, 7: 11, 8: 23, 9: 45, 10: 10}
"""How often each upper limit for the longest run stands in that table, in this order."""


def test_the_table_is_the_published_one() -> None:
    table = range(10, 101)
    runs = [limit for limit, times in PUBLISHED_RUNS.items() for _ in range(times)]

    assert [crossings_limit(n) for n in table] == PUBLISHED_CROSSINGS
    assert [longest_run_limit(n) for n in table] == runs


def test_the_table_is_that_of_scipy() -> None:
    for n in (*range(10, 101), 365, 1_000, 10_000):
        assert crossings_limit(n) == stats.binom.ppf(0.05, n - 1, 0.5)
        assert longest_run_limit(n) == np.round(np.log2(n) + 3)


def test_under_ten_useful_points_nothing_is_judged() -> None:
    made = chart(Plan(ChartKind.RUN, baseline=1), [Point(value=one) for one in [0.0] + [1.0] * 9])

    assert (crossings_limit(9), longest_run_limit(9)) == (None, None)
    assert (made.phases[0].useful, made.phases[0].longest_run, made.signals) == (9, 9, ())
    assert made.phases[0].longest_run_limit is None
    assert made.phases[0].crossings_limit is None


def share_of_false_signals(n: int, *, own_median: bool) -> float:
    """Exact, by counting all series of n sides that neither rule minds.

    With a centre known before, each side is a coin; with the series' own median, half of the
    points lie above. Both as in Wentzel-Larsen & Anhøj (2019), PLoS ONE 14(10):e0223233.
    """
    longest, fewest = round(np.log2(n) + 3), stats.binom.ppf(0.05, n - 1, 0.5)
    ways = Counter({(0, 0, 1, 0): 1, (1, 1, 1, 0): 1})
    for _ in range(n - 1):
        after: Counter[tuple[int, int, int, int]] = Counter()
        for (above, side, length, crossings), count in ways.items():
            for new in (0, 1):
                run = length + 1 if new == side else 1
                if run <= longest:
                    after[above + new, new, run, crossings + (new != side)] += count
        ways = after
    kept = [
        (above, count) for (above, _, _, crossings), count in ways.items() if crossings >= fewest
    ]
    if own_median:
        return 1 - sum(count for above, count in kept if above == n // 2) / comb(n, n // 2)
    return 1 - sum(count for _, count in kept) / float(2**n)


def simulated(values: np.ndarray, centre: np.ndarray) -> float:
    """Share of the rows of 24 that signal, by a few lines that share nothing with ours."""
    above = values > centre
    few = (above[:, 1:] != above[:, :-1]).sum(axis=1) < 8
    run = np.ones(len(above))
    longest = run.copy()
    for at in range(1, above.shape[1]):
        run = np.where(above[:, at] == above[:, at - 1], run + 1, 1)
        longest = np.maximum(longest, run)
    return float((few | (longest > 8)).mean())


@pytest.mark.parametrize("own_median", [True, False], ids=["own median", "known centre"])
def test_chance_signals_as_seldom_as_it_must(own_median: bool) -> None:  # noqa: FBT001
    # Anhøj & Olesen (2014), PLoS ONE 9(11):e113825: "around 5 %", whatever the number of points.
    # At 24 the exact shares are 3.1 % with the own median and 6.6 % with a centre known before.
    rows = np.random.default_rng(24).normal(size=(10_000, 24))
    centre = np.median(rows, axis=1, keepdims=True) if own_median else np.zeros((10_000, 1))
    known = Point(value=0.0)
    plan = Plan(ChartKind.RUN) if own_median else Plan(ChartKind.RUN, baseline=1)

    signalled = [
        bool(chart(plan, [*([] if own_median else [known]), *points]).signals)
        for points in ([Point(value=one) for one in row] for row in rows.tolist())
    ]

    share = sum(signalled) / len(signalled)
    exact = share_of_false_signals(24, own_median=own_median)
    assert exact == pytest.approx(0.0306 if own_median else 0.0662, abs=0.0001)
    assert share == simulated(rows, centre)
    assert abs(share - exact) < 0.01
    assert 0.02 < share < 0.08


def test_a_shift_is_seen_where_chance_is_not() -> None:
    rows = np.random.default_rng(7).normal(size=(500, 24))
    rows[:, 12:] += 3

    seen = sum(
        bool(chart(Plan(ChartKind.RUN), [Point(value=x) for x in row]).signals) for row in rows
    )

    assert seen > 480
