"""Figures about single items over HTTP and in files."""

import csv
import io
from typing import Any

import numpy as np
import pytest

from tests.benchmarks.conftest import World

ITEMS = "/v1/benchmarks/1/items"
CODES = ("A1", "A2", "B1", "B2")


def answers(world: World) -> dict[Any, np.ndarray[Any, Any]]:
    """Of each organization, its teams' or its consensus' levels, the best on top; past the API."""
    with world.service.superuser() as connection:
        rows = connection.execute(
            "SELECT organization_id, answers FROM submission ORDER BY id"
        ).fetchall()
    found: dict[Any, list[list[int]]] = {}
    for organization, stored in rows:
        one, two, three, four = stored
        found.setdefault(organization, []).append([one, two, three, 4 - four])
    return {key: np.array(levels) for key, levels in found.items()}


def listed(world: World, path: str = ITEMS, **query: str) -> list[dict[str, Any]]:
    reply = world.service.http.get(path, params=query)
    assert reply.status_code == 200, reply.text
    return list(reply.json()["data"])


@pytest.mark.parametrize("place", range(4))
def test_figures_of_items_are_the_true_ones_coarsened(measured: World, place: int) -> None:
    [cell] = listed(measured, item=CODES[place])
    scores = np.array([25 * team[:, place].mean() for team in answers(measured).values()])

    assert (cell["item"], cell["section"]) == (CODES[place], CODES[place][0])
    assert (cell["cohort"], cell["figure"]) == ("all", f"item/{CODES[place][0]}/{CODES[place]}")
    assert (cell["status"], cell["organizations"]) == ("published", 120)
    assert cell["mean"] == pytest.approx(scores.mean(), abs=0.25)
    assert cell["mean"] % 0.5 == 0
    edges = cell["histogram"]["edges"]
    counts = np.histogram(scores, edges)[0]
    assert np.abs(np.array(cell["histogram"]["counts"]) - counts).max() <= 2
    assert len(cell["histogram"]["shares"]) == len(counts) == 20
    assert cell["percentiles"]["p50"] == pytest.approx(np.median(scores), abs=5)
    in_place = float(np.mean(scores >= 75))
    share = cell["share_in_place"]
    assert share == "<5 %" or abs(int(share.split()[0]) / 100 - in_place) <= 0.08


def test_items_come_in_the_instruments_order_and_by_section(measured: World) -> None:
    assert [one["item"] for one in listed(measured)] == list(CODES)
    assert [one["item"] for one in listed(measured, section="B")] == ["B1", "B2"]
    assert [one["title"] for one in listed(measured)] == ["one", "two", "three", "four"]
    assert listed(measured, instrument="small", version="1") == listed(measured)


@pytest.mark.parametrize(
    "query", ["item=Z", "section=Z", "section=A&item=B1", "instrument=other", "version=2"]
)
def test_what_is_no_item_is_not_found(measured: World, query: str) -> None:
    assert measured.service.http.get(f"{ITEMS}?{query}").status_code == 404
    assert measured.service.http.get("/v1/benchmarks/2/items").status_code == 404


def test_items_are_apart_from_cells_of_cohorts(measured: World) -> None:
    http = measured.service.http
    figures = {one["figure"] for one in listed(measured, "/v1/benchmarks/1/cells")}
    compared = http.get("/v1/benchmarks/1/comparison?cohorts=all,teaching:yes").json()["data"]

    assert figures == {one["figure"] for one in compared} == {"overall", "A", "B"}
    assert http.get("/v1/benchmarks/1/cells?figure=item/A/A1").status_code == 404
    [summary] = http.get("/v1/benchmarks").json()["data"][0]["instruments"]
    assert summary["figures"] == ["overall", "A", "B"]
    assert sum(summary["cells"].values()) == len(listed(measured, "/v1/benchmarks/1/cells"))


def test_files_have_items_with_their_words(measured: World) -> None:
    http = measured.service.http
    data = csv.DictReader(io.StringIO(http.get("/v1/benchmarks/1/data.csv").text))
    rows = [row for row in data if row["figure"].startswith("item/")]
    shown = {one["figure"]: one for one in listed(measured)}

    assert {row["figure"] for row in rows} == set(shown)
    for row in rows:
        assert (row["cohort"], row["status"]) == ("all", "published")
        if row["statistic"] == "mean":
            assert float(row["value"]) == shown[row["figure"]]["mean"]
    for figure in shown:
        mine = [row["statistic"] for row in rows if row["figure"] == figure]
        assert mine.count("bin_share") == 20
        assert {"share_in_place", "mean_low", "p90"} <= set(mine)
    assert "| `item/A/A1` | `A` | one | one |" in http.get("/v1/benchmarks/1/codebook.md").text
    hashed = {one["figure"] for one in http.get("/v1/benchmarks/1/cells.json").json()}
    assert set(shown) < hashed
    [named] = http.get("/v1/benchmarks/1/manifest.json").json()["items"]
    assert [one["item"] for one in named["items"]] == list(CODES)


def test_under_a_hundred_organizations_items_are_withheld_with_the_reason(published: World) -> None:
    cells = listed(published)

    assert [one["item"] for one in cells] == list(CODES)
    for cell in cells:
        assert (cell["status"], cell["reason"]) == ("withheld", "too_few_organizations")
        assert cell["mean"] is cell["organizations"] is cell["histogram"] is None
    data = csv.DictReader(io.StringIO(published.service.http.get("/v1/benchmarks/1/data.csv").text))
    rows = [row for row in data if row["figure"] == "item/A/A1"]
    assert {(row["status"], row["reason"], row["value"]) for row in rows} == {
        ("withheld", "too_few_organizations", "")
    }
