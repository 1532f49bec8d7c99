"""Cohorts side by side, over HTTP; intervals and shares in place with them."""

import pytest

from app.benchmarks.disclosure.cells import Cell
from app.benchmarks.disclosure.postprocessing import difference, interval, share_from
from tests.benchmarks.conftest import World

CELLS, BESIDE = "/v1/benchmarks/1/cells", "/v1/benchmarks/1/comparison"
DERIVED = ("mean_interval", "share_in_place")


def test_a_cell_says_what_follows_from_it(published: World) -> None:
    http = published.service.http
    [manifest] = http.get("/v1/benchmarks/1").json()["instruments"]
    shown = [one for one in http.get(CELLS).json()["data"] if one["mean"] is not None]

    assert manifest["in_place"] == dict.fromkeys(("overall", "A", "B"), 75.0)
    assert shown
    for one in shown:
        derived = {name: one.pop(name) for name in DERIVED}
        if one["histogram"]:
            del one["histogram"]["shares"]
        cell = Cell.from_dict(one)
        assert derived["share_in_place"] == share_from(cell, 75)
        found = interval(cell)
        assert derived["mean_interval"] == (found and list(found))
    assert any(one["cohort"] == "all" for one in shown)


def test_cohorts_are_compared_to_the_first(published: World) -> None:
    cohorts = ["teaching:yes", "teaching:no", "all", "type:acute"]
    http = published.service.http
    reply = http.get(BESIDE, params={"cohorts": ",".join(cohorts), "figure": "A"})

    assert reply.status_code == 200
    [row] = reply.json()["data"]
    assert row["figure"] == "A"
    assert [one["cohort"] for one in row["cells"]] == cohorts
    alone = {one["cohort"]: one for one in http.get(CELLS, params={"figure": "A"}).json()["data"]}
    for one in row["cells"]:
        assert {name: one[name] for name in alone[one["cohort"]]} == alone[one["cohort"]]
    first, second, everybody, withheld = row["cells"]
    assert first["difference"] is None
    assert second["difference"]["mean"] == second["mean"] - first["mean"]
    assert everybody["difference"] == {"mean": everybody["mean"] - first["mean"], "interval": None}
    assert withheld["difference"] is None


def test_an_interval_is_around_the_difference_of_cohorts_that_share_nobody(
    published: World,
) -> None:
    cohorts = {"cohorts": "teaching:yes,teaching:no", "figure": "overall"}
    [row] = published.service.http.get(BESIDE, params=cohorts).json()["data"]
    cells = []
    for one in row["cells"]:
        body = {name: one[name] for name in one if name not in {*DERIVED, "difference"}}
        if body["histogram"]:
            del body["histogram"]["shares"]
        cells.append(Cell.from_dict(body))
    found = difference(cells[1], cells[0])

    assert row["cells"][1]["difference"]["interval"] == (found and list(found[1]))


def test_all_figures_are_compared_unless_one_is_named(published: World) -> None:
    cohorts = {"cohorts": "teaching:yes,teaching:no"}
    body = published.service.http.get(BESIDE, params=cohorts).json()

    assert [one["figure"] for one in body["data"]] == ["overall", "A", "B"]


@pytest.mark.parametrize(
    ("cohorts", "figure", "status", "kind"),
    [
        pytest.param(["all"], "A", 422, "invalid", id="one cohort"),
        pytest.param(["all", "all"], "A", 422, "invalid", id="one cohort, twice"),
        pytest.param(["all", "moon:yes"], "A", 422, "cohort-not-published", id="unpublished"),
        pytest.param(["all", "teaching:yes"], "Z", 404, "not-found", id="no such figure"),
        pytest.param(["all", ""], "A", 422, "cohort-not-published", id="none after a comma"),
        pytest.param(["all"] * 1300, "A", 422, "invalid", id="too many"),
    ],
)
def test_what_cannot_be_compared(
    published: World, cohorts: list[str], figure: str, status: int, kind: str
) -> None:
    params = {"cohorts": ",".join(cohorts), "figure": figure}
    reply = published.service.http.get(BESIDE, params=params)

    assert (reply.status_code, reply.json()["type"]) == (status, f"/problems/{kind}")
