"""One figure over all releases: as each has it, carried and withheld ones too."""

import csv
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.benchmarks.conftest import OLD, World, fill, make_world
from tests.conftest import Server, Service, serve

TREND = "/v1/benchmarks/trend"


@pytest.fixture(scope="module")
def world(server: Server, new_database: Callable[[], str]) -> Iterator[World]:
    """Three releases: 44 organizations, then all again, then twenty teaching ones as well."""
    for service in serve(server, new_database()):
        made = make_world(service, 74)
        fill(made, 44)
        assert made.build().status_code == 201
        for number in range(44):
            made.lock([(number * 3) % 5, 2, (number * 2) % 5, 2], number, period=f"{OLD}-12")
        assert made.build().status_code == 201
        for number in [one for one in range(44, 74) if one % 3]:
            made.lock([number % 5, 2, number % 4, 1], number)
        assert made.build().status_code == 201
        yield made


def asked(world: World, **query: str) -> dict[str, Any]:
    reply = world.service.http.get(TREND, params=query)
    assert reply.status_code == 200, reply.text
    return dict(reply.json())


@pytest.mark.parametrize("figure", ["overall", "A", "B", "item/A/A1"])
@pytest.mark.parametrize("cohort", ["all", "teaching:yes", "type:acute"])
def test_each_point_is_the_releases_own_figure(world: World, cohort: str, figure: str) -> None:
    if figure.startswith("item/") and cohort != "all":
        reply = world.service.http.get(TREND, params={"cohort": cohort, "figure": figure})
        assert reply.status_code == 404
        return
    found = asked(world, cohort=cohort, figure=figure)

    assert (found["instrument"], found["version"]) == ("small", "1")
    assert (found["cohort"], found["figure"]) == (cohort, figure)
    assert [one["release"] for one in found["data"]] == [1, 2, 3]
    for point in found["data"]:
        path = f"/v1/benchmarks/{point['release']}/"
        if figure.startswith("item/"):
            reply = world.service.http.get(path + "items", params={"item": "A1"})
        else:
            query = {"cohort": cohort, "figure": figure}
            reply = world.service.http.get(path + "cells", params=query)
        [cell] = reply.json()["data"]
        assert {name: cell[name] for name in point.keys() & cell.keys()} == {
            name: point[name] for name in point.keys() & cell.keys()
        }
        assert point["as_of"] == reply.json()["as_of"]


def test_it_says_what_is_carried_and_what_withheld(world: World) -> None:
    all_of_them = asked(world)["data"]
    small = asked(world, cohort="type:acute")["data"]

    assert [one["status"] for one in all_of_them] == ["published"] * 3
    assert [one["as_of_release"] for one in all_of_them] == [1, 2, 3]
    assert [one["organizations"] for one in all_of_them] == [45, 45, 65]
    assert {(one["status"], one["reason"], one["mean"]) for one in small} == {
        ("withheld", "too_few_organizations", None)
    }
    carried = asked(world, cohort="teaching:no")["data"]
    assert [one["status"] for one in carried] == ["published", "published", "carried"]
    assert carried[2]["as_of_release"] == 2
    assert carried[2]["mean"] == carried[1]["mean"]


def test_it_does_not_pretend_that_the_organizations_are_the_same(world: World) -> None:
    found = asked(world)

    assert found["organizations"] == "as_counted_in_each_release"
    assert "not a change of the same organizations" in found["note"]


@pytest.mark.parametrize("figure", ["overall", "A", "B"])
def test_beside_it_are_the_same_organizations_twice(world: World, figure: str) -> None:
    """All 44 answered again for the second release, and nobody for the third."""
    first, second, third = asked(world, figure=figure)["data"]
    same = second["same_organizations"]

    assert first["same_organizations"] is None
    assert (same["status"], same["since_release"], same["organizations"]) == ("published", 1, 45)
    for half, point in (("before", first), ("now", second)):
        assert same[half] == {name: point[name] for name in same[half]}
    assert same["change"] == second["mean"] - first["mean"] != 0
    nobody = third["same_organizations"]
    assert (nobody["status"], nobody["reason"]) == ("withheld", "too_few_organizations")
    assert {nobody["change"], nobody["organizations"], nobody["now"]["mean"]} == {None}


@pytest.mark.parametrize(
    "query", [{"cohort": "teaching:yes"}, {"figure": "item/A/A1"}], ids=["a cohort", "an item"]
)
def test_only_everybodys_sections_have_them(world: World, query: dict[str, str]) -> None:
    assert {one["same_organizations"] for one in asked(world, **query)["data"]} == {None}


def test_the_data_files_have_them_as_cohorts_of_their_own(world: World) -> None:
    http, same = world.service.http, asked(world)["data"][1]["same_organizations"]
    rows = [*csv.DictReader(http.get("/v1/benchmarks/2/data.csv").text.splitlines())]
    halves = {"all/before": same["before"]["mean"], "all/again": same["now"]["mean"]}

    for cohort, mean in halves.items():
        mine = [one for one in rows if one["cohort"] == cohort and one["figure"] == "overall"]
        [row] = [one for one in mine if one["statistic"] == "mean"]
        assert (float(row["value"]), row["status"], row["teaching"]) == (mean, "published", "")
    ids = {one["id"] for one in http.get("/v1/benchmarks/2/cohorts").json()["data"]}
    cells = http.get("/v1/benchmarks/2/cells").json()["data"]
    assert not {*ids, *(one["cohort"] for one in cells)} & halves.keys()


@pytest.mark.parametrize(
    ("query", "status"),
    [
        pytest.param({"figure": "Z"}, 404, id="an unknown figure"),
        pytest.param({"instrument": "other"}, 404, id="an unknown instrument"),
        pytest.param({"version": "9"}, 404, id="an unknown version"),
        pytest.param({"cohort": "teaching:yes;region:europe"}, 422, id="a free filter"),
        pytest.param({"region": "europe"}, 422, id="an attribute as a parameter"),
    ],
)
def test_what_is_not_published_has_no_trend(
    world: World, query: dict[str, str], status: int
) -> None:
    assert world.service.http.get(TREND, params=query).status_code == status


def test_without_a_release_there_is_none(fresh_service: Service) -> None:
    assert fresh_service.http.get(TREND).status_code == 404
