"""Cells as values: JSON and back, shares, restored releases."""

import json

import pytest

from app.benchmarks.disclosure.cells import (
    NO_PERCENTILES,
    Cell,
    Contribution,
    Histogram,
    Key,
    Reason,
    ReleaseCells,
    Status,
    Unknown,
)
from app.benchmarks.disclosure.columns import Columns, restore


def contribution(name: str, score: float = 50, submission: str = "1") -> Contribution:
    return Contribution(name, name, submission, {"overall": score}, frozenset({"all"}))


@pytest.mark.parametrize("score", [-0.1, 100.1, float("nan"), float("inf")])
def test_a_score_is_from_0_to_100(score: float) -> None:
    with pytest.raises(ValueError, match="score of overall"):
        contribution("a", score)


@pytest.mark.parametrize(
    ("counts", "shares"),
    [
        ((0, 5, 95), ("<5 %", "5 %", "95 %")),
        ((100, 0), (">95 %", "<5 %")),
        ((10, 20, 10), ("25 %", "50 %", "25 %")),
        ((0, 0), ("<5 %", "<5 %")),
    ],
)
def test_shares_never_say_nobody_or_everybody(
    counts: tuple[int, ...], shares: tuple[str, ...]
) -> None:
    assert Histogram(tuple(range(len(counts) + 1)), counts).shares == shares


@pytest.mark.parametrize(
    "cell",
    [
        Cell("all", "overall", Status.WITHHELD, Reason.TOO_FEW_ORGANIZATIONS, broader="all"),
        Cell(
            "all",
            "overall",
            Status.CARRIED,
            Reason.TOO_FEW_CHANGES,
            organizations=20,
            networks="5-9",
            mean=50.5,
            histogram=Histogram((0, 50, 100), (10, 10)),
            percentiles={**NO_PERCENTILES, "p50": 50.0},
            withheld_statistics={"p10": Reason.TOO_FEW_ORGANIZATIONS},
            as_of_release=3,
        ),
        Cell("all", "overall", Status.PUBLISHED, mean=1.0, as_of_release=1),
    ],
)
def test_a_cell_survives_json(cell: Cell) -> None:
    assert Cell.from_dict(json.loads(json.dumps(cell.to_dict()))) == cell


def test_a_release_is_restored_with_the_members_of_each_cells_own_release() -> None:
    old, new = [contribution("a"), contribution("b")], [contribution("a", submission="2")]
    cells = [
        Cell("all", "overall", Status.CARRIED, Reason.TOO_FEW_CHANGES, as_of_release=1),
        Cell("all", "other", Status.PUBLISHED, as_of_release=2),
        Cell("some", "overall", Status.WITHHELD, Reason.TOO_FEW_NETWORKS),
    ]

    restored = restore(2, cells, {1: Columns(old), 2: Columns(new)})

    assert restored == ReleaseCells(
        2,
        tuple(cells),
        tuple(new),
        {
            Key("all", "overall"): frozenset({Unknown("a", "1"), Unknown("b", "1")}),
            Key("all", "other"): frozenset(),
        },
    )
    assert restored.find(Key("all", "other")) is cells[1]
    assert restored.find(Key("none", "other")) is None
    with pytest.raises(KeyError):
        restore(2, cells, {2: Columns(new)})
