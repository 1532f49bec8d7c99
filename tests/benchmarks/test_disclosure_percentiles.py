"""R7 and R8: percentiles from the released histogram, bands from released percentiles."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.benchmarks.disclosure.cells import NO_PERCENTILES, Cell, Histogram, Reason, Status
from app.benchmarks.disclosure.percentiles import band, percentiles, round_to
from app.benchmarks.disclosure.rules import describe, edges_of
from app.benchmarks.disclosure.thresholds import Thresholds
from tests.benchmarks.test_disclosure_rules import cell

RULES = Thresholds()

LEADERSHIP_CLIMATE = [
    *(47.06, 48.71, 43.13, 46.47, 55.3, 61.52, 58.04, 58.46, 51.56, 41.59, 50.46, 34.49, 55.23),
    *(52.42, 53.15, 44.89, 49.53, 52.09, 55.18, 45.27, 36.09, 50.87, 56.26, 55.75, 54.41, 66.61),
    *(59.69, 41.54, 42.38, 49.39, 46.08, 57.95, 68.48, 46.56, 41.75, 41.68, 49.6, 53.48, 52.63),
    *(59.9, 67.31, 66.29, 58.4, 46.68, 59.57, 49.59, 43.06, 39.86, 53.07),
]
"""The means of 49 units, 11 items, rescaled to 0..100: public data lq2002 (R, multilevel)."""


def test_real_quartiles_are_within_three_points() -> None:
    shown = describe(cell([1] * 49, LEADERSHIP_CLIMATE), RULES)
    true = np.percentile(LEADERSHIP_CLIMATE, [25, 50, 75])

    assert true == pytest.approx([46.08, 51.56, 56.26], abs=0.01)
    assert [shown["percentiles"][name] for name in ("p25", "p50", "p75")] == pytest.approx(
        true, abs=3
    )
    assert shown["percentiles"]["p10"] is shown["percentiles"]["p90"] is None
    assert shown["withheld_statistics"] == {
        "p10": Reason.TOO_FEW_ORGANIZATIONS,
        "p90": Reason.TOO_FEW_ORGANIZATIONS,
    }


@pytest.mark.parametrize(
    ("width", "counts", "organizations", "expected"),
    [
        pytest.param(20, {2: 20}, 20, {}, id="wide bins carry none"),
        pytest.param(10, {4: 40}, 40, {"p25": 42.5, "p50": 45, "p75": 47.5}, id="one bin: evenly"),
        pytest.param(
            10, {0: 20, 9: 20}, 40, {"p25": 5, "p50": 10, "p75": 95}, id="a gap starts at its start"
        ),
        pytest.param(
            5,
            {10: 100},
            100,
            {"p10": 50.5, "p25": 51.5, "p50": 52.5, "p75": 54, "p90": 54.5},
            id="narrow bins carry all",
        ),
    ],
)
def test_percentiles(
    width: float, counts: dict[int, int], organizations: int, expected: dict[str, float]
) -> None:
    edges = edges_of(width)
    histogram = Histogram(edges, tuple(counts.get(i, 0) for i in range(len(edges) - 1)))

    found, reasons = percentiles(histogram, organizations, RULES)

    assert {name: value for name, value in found.items() if value is not None} == expected
    assert reasons == dict.fromkeys(NO_PERCENTILES.keys() - expected, Reason.TOO_FEW_ORGANIZATIONS)


def test_counts_rounded_away_carry_no_percentiles() -> None:
    rough = Histogram(edges_of(10), (5, 5, 5, 5, 5, 0, 0, 0, 0, 5))

    found, reasons = percentiles(rough, 40, RULES)

    assert found == NO_PERCENTILES
    assert reasons["p50"] == Reason.HISTOGRAM_TOO_ROUGH
    assert reasons["p90"] == Reason.TOO_FEW_ORGANIZATIONS


def test_no_histogram_no_percentiles() -> None:
    assert percentiles(None, 10, RULES) == (
        NO_PERCENTILES,
        dict.fromkeys(NO_PERCENTILES, Reason.TOO_FEW_ORGANIZATIONS),
    )


@given(st.lists(st.integers(0, 8), min_size=20, max_size=20))
def test_percentiles_never_decrease(fives: list[int]) -> None:
    counts = tuple(5 * five for five in fives)

    found, _ = percentiles(Histogram(edges_of(5), counts), sum(counts), RULES)
    values = [value for value in found.values() if value is not None]

    assert values == sorted(values)
    assert len(values) == (5 if sum(counts) else 0)


@pytest.mark.parametrize(("value", "expected"), [(1.24, 1.0), (1.25, 1.5), (1.74, 1.5), (2, 2)])
def test_halves_are_rounded_up(value: float, expected: float) -> None:
    assert round_to(value, 0.5) == expected


QUARTERS = {**NO_PERCENTILES, "p25": 40.0, "p50": 50.0, "p75": 60.0}
ALL = {"p10": 30.0, **{k: v for k, v in QUARTERS.items() if v}, "p90": 70.0}


@pytest.mark.parametrize(
    ("score", "published", "expected"),
    [
        (39.9, QUARTERS, "below_p25"),
        (40, QUARTERS, "p25_p50"),
        (59.9, QUARTERS, "p50_p75"),
        (60, QUARTERS, "above_p75"),
        (0, ALL, "below_p10"),
        (35, ALL, "p10_p25"),
        (69, ALL, "p75_p90"),
        (100, ALL, "above_p90"),
        (50, NO_PERCENTILES, "withheld"),
    ],
)
def test_band(score: float, published: dict[str, float | None], expected: str) -> None:
    shown = Cell("all", "overall", Status.PUBLISHED, percentiles=published)

    assert band(score, shown) == expected
