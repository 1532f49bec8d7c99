"""What follows from a released cell alone: intervals, differences, shares in place."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from app.benchmarks.disclosure.cells import Cell, Histogram, Status
from app.benchmarks.disclosure.percentiles import next_band
from app.benchmarks.disclosure.postprocessing import difference, interval, share_from, t, variance
from app.benchmarks.disclosure.rules import describe, edges_of
from app.benchmarks.disclosure.thresholds import Thresholds
from tests.benchmarks.test_disclosure_rules import cell as group

RULES = Thresholds()


def released(scores: list[float]) -> Cell:
    """What would be published of these, each of a network of its own."""
    found = describe(group([1] * len(scores), scores), RULES)
    return Cell("all", "overall", Status.PUBLISHED, as_of_release=1, **found)


def made(counts: dict[int, int], width: float = 10, mean: float = 50) -> Cell:
    """A cell with these counts by number of bin."""
    edges = edges_of(width)
    numbers = tuple(counts.get(n, 0) for n in range(len(edges) - 1))
    organizations = sum(numbers)
    histogram = Histogram(edges, numbers)
    return Cell("all", "A", Status.PUBLISHED, None, organizations, "50+", mean, histogram)


@pytest.mark.parametrize("freedom", [8, 9, 14, 19, 24, 39, 99, 1000, 25.4])
def test_t_is_students(freedom: float) -> None:
    assert t(freedom) == pytest.approx(stats.t.ppf(0.975, freedom), abs=0.001)


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        pytest.param(made({2: 20, 7: 20}), (41.5, 58.5), id="two heaps"),
        pytest.param(made({5: 40}), (48.5, 51.5), id="one bin: as spread evenly in it"),
        pytest.param(made({0: 20}, 20, mean=1), (0, 4), id="never below 0"),
        pytest.param(made({4: 20}, 20, mean=99), (96, 100), id="never above 100"),
        pytest.param(made({}), None, id="no counts"),
        pytest.param(Cell("all", "A", Status.WITHHELD), None, id="withheld"),
        pytest.param(
            Cell("all", "A", Status.PUBLISHED, organizations=10, mean=50), None, id="no histogram"
        ),
    ],
)
def test_interval(cell: Cell, expected: tuple[float, float] | None) -> None:
    assert interval(cell) == expected


@pytest.mark.parametrize("number", [20, 40, 100, 300])
def test_intervals_hold_the_mean_they_are_about(number: int) -> None:
    dice = np.random.default_rng(number)
    worlds = [np.clip(dice.normal(55, 15, number), 0, 100) for _ in range(400)]
    true = float(np.clip(dice.normal(55, 15, 1_000_000), 0, 100).mean())
    found = [interval(released(scores.tolist())) for scores in worlds]
    held = [one[0] <= true <= one[1] for one in found if one is not None]

    assert len(held) > 200
    assert np.mean(held) > 0.92


def test_an_interval_is_near_that_of_the_raw_scores() -> None:
    dice = np.random.default_rng(1)
    for number in (40, 120, 300):
        scores = np.clip(dice.normal(55, 15, number), 0, 100)
        found = interval(released(scores.tolist()))
        raw = stats.t.interval(0.95, number - 1, scores.mean(), stats.sem(scores))

        assert found == pytest.approx(raw, abs=1.5)


def test_differences_are_welchs() -> None:
    dice = np.random.default_rng(2)
    one, other = (np.clip(dice.normal(at, 15, 120), 0, 100) for at in (60, 50))
    found = difference(released(one.tolist()), released(other.tolist()))
    raw = stats.ttest_ind(one, other, equal_var=False).confidence_interval()

    assert found is not None
    assert found[0] == pytest.approx(one.mean() - other.mean(), abs=0.5)
    assert found[1] == pytest.approx((raw.low, raw.high), abs=1.5)
    assert found[1][0] <= raw.low + 0.5
    assert found[1][1] >= raw.high - 0.5


def test_there_is_no_difference_to_what_is_withheld() -> None:
    shown, withheld = made({5: 40}), Cell("all", "A", Status.WITHHELD)

    assert difference(shown, withheld) is difference(withheld, shown) is None


@pytest.mark.parametrize(
    ("cell", "score", "share"),
    [
        pytest.param(made({14: 40, 15: 60}, 5), 75, "60 %", id="at an edge: exact"),
        pytest.param(made({7: 40}), 75, "50 %", id="within a bin: in part"),
        pytest.param(made({2: 40}), 75, "<5 %", id="none"),
        pytest.param(made({9: 40}), 75, ">95 %", id="all"),
        pytest.param(made({}), 75, None, id="no counts"),
        pytest.param(Cell("all", "A", Status.WITHHELD), 75, None, id="withheld"),
    ],
)
def test_share_from(cell: Cell, score: float, share: str | None) -> None:
    assert share_from(cell, score) == share


@given(st.lists(st.floats(0, 100), min_size=100, max_size=200))
def test_the_share_in_place_is_the_true_one_coarsened(scores: list[float]) -> None:
    cell = released(scores)
    share = share_from(cell, 75)
    if share is None or cell.organizations is None or cell.histogram is None:
        return
    true = np.mean(np.array(scores) >= 75)
    shown = {"<5 %": 0.0, ">95 %": 1.0}.get(share) or float(share.strip("<>% ")) / 100
    # Each of 20 counts is at most 2.5 off.
    assert abs(shown - true) <= 0.025 + 20 * 2.5 / (0.8 * len(scores))


def test_the_variance_of_a_histogram_is_near_the_raw_one() -> None:
    scores = np.random.default_rng(3).normal(50, 12, 1000).clip(0, 100)
    histogram = released(scores.tolist()).histogram

    assert histogram is not None
    assert variance(histogram, 1000) == pytest.approx(scores.var(ddof=1), rel=0.1)


@pytest.mark.parametrize(
    ("score", "expected"),
    [(10.0, ("p25", 30.0)), (40.0, ("p50", 10.0)), (59.5, ("p75", 0.5)), (60.0, None)],
)
def test_how_far_it_is_to_the_next_band(score: float, expected: tuple[str, float] | None) -> None:
    marks = {"p10": None, "p25": 40.0, "p50": 50.0, "p75": 60.0, "p90": None}
    cell = Cell("all", "A", Status.PUBLISHED, percentiles=marks)

    assert next_band(score, cell) == expected
