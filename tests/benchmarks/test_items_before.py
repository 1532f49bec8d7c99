"""Results and releases from before items were kept; and how items go on in later releases."""

from typing import Any

import pytest

from tests.benchmarks.conftest import OLD, World, fill_teams, make_world
from tests.conftest import Service


def item(world: World, release: int, code: str = "A1") -> dict[str, Any]:
    reply = world.service.http.get(f"/v1/benchmarks/{release}/items", params={"item": code})
    assert reply.status_code == 200, reply.text
    [found] = reply.json()["data"]
    return dict(found)


@pytest.fixture
def world(fresh_service: Service) -> World:
    """108 organizations with a locked team each; no release yet."""
    made = make_world(fresh_service, 130)
    fill_teams(made, range(108))
    return made


def test_results_of_before_do_not_count_for_items(world: World) -> None:
    with world.service.superuser() as connection:
        connection.execute(
            "UPDATE result SET item_scores = NULL WHERE organization_id IN"
            " (SELECT organization_id FROM result ORDER BY 1 LIMIT 10)"
        )

    assert world.build().status_code == 201
    whole = world.service.http.get("/v1/benchmarks/1/cells?cohort=all&figure=overall").json()

    assert whole["data"][0]["organizations"] == 110
    assert item(world, 1)["reason"] == "too_few_organizations"


def test_items_are_carried_until_enough_has_changed(world: World) -> None:
    """Twenty change in release 2, of whom twelve have no score for items."""
    assert world.build().status_code == 201
    first = item(world, 1)
    fill_teams(world, range(108, 128), seed=6)
    with world.service.superuser() as connection:
        connection.execute(
            "UPDATE result SET item_scores = NULL WHERE organization_id IN (SELECT id FROM"
            " organization WHERE substr(external_id, 2)::int BETWEEN 108 AND 119)"
        )
    assert world.build().status_code == 201, "the second release"
    second = item(world, 2)

    assert first["status"] == "published"
    assert (second["status"], second["reason"]) == ("carried", "too_few_changes")
    assert second["as_of_release"] == 1
    same = ("organizations", "mean", "histogram", "percentiles", "share_in_place")
    assert {name: second[name] for name in same} == {name: first[name] for name in same}

    fill_teams(world, range(40), period=f"{OLD}-12", seed=7)
    assert world.build().status_code == 201, "the third release"
    third = item(world, 3)
    assert (third["status"], third["as_of_release"]) == ("published", 3)
    assert third["organizations"] == 115


def test_the_gate_believes_no_item_that_the_scores_do_not_give(world: World) -> None:
    assert world.build().status_code == 201
    gates = world.service.http.get("/v1/benchmarks/1").json()["instruments"]
    assert [one["gate"]["passed"] for one in gates] == [True]
    with world.service.superuser() as connection:
        connection.execute(
            "UPDATE release_cell SET body = (body::jsonb || '{\"mean\": 1.5}')::json"
            " WHERE figure = 'item/A/A1'"
        )
    fill_teams(world, range(108, 130), seed=6)

    reply = world.build()

    # What was published is not what the scores give: no proof holds, and nothing is published.
    assert reply.status_code == 409
    [refused] = reply.json()["findings"]
    strange = [one for one in refused["findings"] if one["rule"] == "inconsistent"]
    assert [one["figure"] for one in strange] == ["item/A/A1"]


def test_a_release_of_before_has_no_items_and_is_served(world: World) -> None:
    assert world.build().status_code == 201
    with world.service.superuser() as connection:
        connection.execute("DELETE FROM release_file")
        connection.execute("DELETE FROM release_cell WHERE figure LIKE 'item/%'")
        connection.execute(
            "UPDATE release SET manifest = (manifest::jsonb - 'items' - 'psychometrics')::json"
        )
    http = world.service.http

    assert http.get("/v1/benchmarks/1/items").json()["data"] == []
    assert http.get("/v1/benchmarks/1/items?item=A1").status_code == 404
    body = http.get("/v1/benchmarks/1").json()
    assert (body["items"], body["files"]) == ([], [])
    assert len(http.get("/v1/benchmarks/1/cells").json()["data"]) > 100
    fill_teams(world, range(108, 130), seed=6)
    assert world.build().status_code == 201
    assert item(world, 2)["status"] == "published"


def test_an_item_that_counts_who_asked_to_be_erased_is_not_carried(world: World) -> None:
    assert world.build().status_code == 201
    fill_teams(world, range(108, 128), seed=6)
    with world.service.superuser() as connection:
        connection.execute(
            "UPDATE organization SET erase_at = now() WHERE id = %s", (world.organizations[0].id,)
        )
        connection.execute(
            "UPDATE result SET item_scores = NULL WHERE organization_id IN (SELECT id FROM"
            " organization WHERE substr(external_id, 2)::int >= 108)"
        )

    assert world.build().status_code == 201

    found = item(world, 2)
    assert (found["status"], found["reason"]) == ("withheld", "too_few_changes")
    assert item(world, 1)["status"] == "published"
