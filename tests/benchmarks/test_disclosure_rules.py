"""R4 to R6 for one cell, as tables."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.benchmarks.disclosure.cells import Contribution, Histogram, Reason
from app.benchmarks.disclosure.rules import Group, describe, edges_of, judge, networks_band
from app.benchmarks.disclosure.thresholds import Thresholds

RULES = Thresholds()


def cell(sizes: Sequence[int], scores: Sequence[float] | None = None) -> Group:
    """Of networks of those sizes; scores spread out unless given."""
    networks = [f"n{i}" for i, size in enumerate(sizes) for _ in range(size)]
    values = scores or [20 + 60 * i / len(networks) for i in range(len(networks))]
    contributions = [
        Contribution(f"o{i}", network, "1", {"overall": score}, frozenset({"all"}))
        for i, (network, score) in enumerate(zip(networks, values, strict=True))
    ]
    return Group.of(contributions, "overall")


@pytest.mark.parametrize(
    ("sizes", "scores", "reason"),
    [
        pytest.param([], None, Reason.TOO_FEW_ORGANIZATIONS, id="nobody"),
        pytest.param([1] * 9, None, Reason.TOO_FEW_ORGANIZATIONS, id="nine"),
        pytest.param([1] * 10, None, None, id="ten independent ones"),
        pytest.param([3, 3, 2, 2], None, Reason.TOO_FEW_NETWORKS, id="four networks"),
        pytest.param([2] * 5, None, None, id="five networks of two"),
        pytest.param([3] + [1] * 8, None, Reason.NETWORK_DOMINANCE, id="three of eleven"),
        pytest.param([3] + [1] * 9, None, None, id="a quarter: three of twelve"),
        pytest.param([9, 1], None, Reason.TOO_FEW_NETWORKS, id="an insider with nine of ten"),
        pytest.param([11] + [1] * 29, None, Reason.NETWORK_DOMINANCE, id="eleven of forty"),
        pytest.param([10] + [1] * 30, None, None, id="ten of forty"),
        pytest.param(
            [1] * 12, [100, 100] + [1] * 10, Reason.NETWORK_DOMINANCE, id="two hold 90 % of points"
        ),
        pytest.param(
            [1] * 12, [0, 0] + [99] * 10, Reason.NETWORK_DOMINANCE, id="two lack 90 % of points"
        ),
        pytest.param(
            [1] * 12, [100, 9] + [0.9] * 10, Reason.NETWORK_DOMINANCE, id="the rest under a tenth"
        ),
        pytest.param([1] * 12, [0] * 12, Reason.GROUP_DISCLOSURE, id="all at 0"),
        pytest.param([1] * 12, [100] * 12, Reason.GROUP_DISCLOSURE, id="all at 100"),
        pytest.param([1] * 12, [4.9] * 12, Reason.GROUP_DISCLOSURE, id="a mean under 5"),
        pytest.param([1] * 12, [50] * 12, None, id="alike, but without a histogram"),
        pytest.param([1] * 20, [50] * 20, Reason.GROUP_DISCLOSURE, id="all in one bin"),
        pytest.param([1] * 20, [50] * 19 + [90], None, id="95 % in one bin"),
        pytest.param([1] * 40, [55] * 39 + [65], Reason.GROUP_DISCLOSURE, id="97.5 % in one bin"),
    ],
)
def test_judge(sizes: Sequence[int], scores: list[float] | None, reason: Reason | None) -> None:
    assert judge(cell(sizes, scores), RULES) == reason


def test_the_others_may_be_under_a_tenth_only_of_the_largest() -> None:
    scores = [30.0, 1.0] + [0.29] * 10
    strict = Thresholds(p_ratio=0.2, two_networks_share=0.9)

    assert judge(cell([1] * 12, scores), strict) == Reason.NETWORK_DOMINANCE


def test_the_p_ratio_bites_where_the_two_largest_share_does_not() -> None:
    strict = Thresholds(p_ratio=2)

    assert judge(cell([1] * 12, [90] + [10] * 11), RULES) is None
    assert judge(cell([1] * 12, [90] + [10] * 11), strict) == Reason.NETWORK_DOMINANCE


@pytest.mark.parametrize(
    ("networks", "band"),
    [(4, None), (5, "5-9"), (9, "5-9"), (10, "10-19"), (20, "20-49"), (49, "20-49"), (50, "50+")],
)
def test_networks_are_shown_as_a_band(networks: int, band: str | None) -> None:
    assert networks_band(networks) == band


def test_figures_of_a_small_cell() -> None:
    shown = describe(cell([1] * 12, [40] * 11 + [43]), RULES)

    assert shown == {
        "organizations": 10,
        "networks": "10-19",
        "mean": 40.5,
        "histogram": None,
        "percentiles": dict.fromkeys(("p10", "p25", "p50", "p75", "p90")),
        "withheld_statistics": dict.fromkeys(
            ("histogram", "p10", "p25", "p50", "p75", "p90"), Reason.TOO_FEW_ORGANIZATIONS
        ),
    }


def test_counts_are_rounded_and_the_top_belongs_to_the_last_bin() -> None:
    shown = describe(cell([1] * 23, [100] * 8 + [80] * 3 + [20] * 12), RULES)

    assert shown["organizations"] == 25
    assert shown["histogram"] == Histogram(edges_of(20), (0, 10, 0, 0, 10))


@given(st.lists(st.floats(0, 100), min_size=10, max_size=130), st.randoms())
def test_figures_are_rounded_right_and_blind_to_order(scores: list[float], random: object) -> None:
    shown = describe(cell([1] * len(scores), scores), RULES)
    shuffled = list(scores)
    random.shuffle(shuffled)  # type: ignore[attr-defined]

    assert describe(cell([1] * len(scores), shuffled), RULES) == shown
    assert abs(shown["mean"] - sum(scores) / len(scores)) <= 0.25 + 1e-9
    assert shown["mean"] % 0.5 == 0
    assert abs(shown["organizations"] - len(scores)) <= 2
    assert shown["organizations"] not in range(1, 10)
    if shown["histogram"]:
        assert all(count % 5 == 0 for count in shown["histogram"].counts)
