"""An organization's place in what is published, and how it moves; over HTTP."""

import pytest

from app.access.models import Kind
from tests.benchmarks.conftest import LAST_YEAR, OLD, World, fill, make_world
from tests.conftest import Organization, Service


def own(world: World, number: int) -> Organization:
    """An organization of the world with a key."""
    row = world.organizations[number]
    key = world.service.key(Kind.ORGANIZATION, str(row.id))
    return Organization({"id": str(row.id)}, world.service.as_(key))


def test_a_position_is_a_band_of_published_breakpoints(published: World) -> None:
    organization = own(published, 5)

    reply = organization.client.get(f"{organization.path}/position")

    assert reply.status_code == 200
    body = reply.json()
    assert (body["release"], body["cohort"], body["period"]) == (1, "all", OLD)
    assert [one["figure"] for one in body["data"]] == ["overall", "A", "B"]
    for one in body["data"]:
        marks = {name: value for name, value in one["percentiles"].items() if value is not None}
        below = [name for name, value in marks.items() if one["score"] >= value]
        expected = {
            0: "below_p25",
            1: "p25_p50",
            2: "p50_p75",
            3: "above_p75",
        }[len(below)]
        assert one["band"] == expected


def test_a_position_needs_a_locked_result(published: World) -> None:
    organization = published.service.organization()

    reply = organization.client.get(f"{organization.path}/position")

    assert reply.status_code == 404
    assert reply.json()["type"] == "/problems/not-found"


def test_it_says_how_far_the_next_band_is(published: World) -> None:
    organization = own(published, 7)

    for one in organization.client.get(f"{organization.path}/position").json()["data"]:
        ahead = {n: v for n, v in one["percentiles"].items() if v is not None and v > one["score"]}
        if not ahead:
            assert one["next"] is None
            continue
        name = min(ahead, key=lambda n: ahead[n])
        assert one["next"]["percentile"] == name
        assert one["next"]["points"] == pytest.approx(ahead[name] - one["score"], abs=0.01)


def test_a_trend_places_the_round_of_then_in_each_release(fresh_service: Service) -> None:
    world = make_world(fresh_service, 44)
    fill(world, 44)
    assert world.build(as_of=f"{LAST_YEAR}-06-15").status_code == 201
    for number in range(44):
        world.lock([(number * 3) % 5, 2, (number * 2) % 5, 4], number, period=f"{LAST_YEAR}-06")
    assert world.build().status_code == 201
    organization = own(world, 3)

    reply = organization.client.get(f"{organization.path}/position/trend?figure=B")

    assert reply.status_code == 200
    body = reply.json()
    assert (body["figure"], body["cohort"]) == ("B", "all")
    assert [(one["release"], one["period"]) for one in body["data"]] == [
        (1, OLD),
        (2, f"{LAST_YEAR}-06"),
    ]
    for one in body["data"]:
        path = f"{organization.path}/position?release={one['release']}&period={one['period']}"
        there = organization.client.get(path).json()["data"]
        assert {name: one[name] for name in there[2]} == there[2]


def test_a_trend_begins_with_the_first_own_round(fresh_service: Service) -> None:
    world = make_world(fresh_service, 45)
    fill(world, 44)
    assert world.build(as_of=f"{LAST_YEAR}-06-15").status_code == 201
    for number in range(45):
        world.lock([(number * 3) % 5, 2, (number * 2) % 5, 4], number, period=f"{LAST_YEAR}-07")
    assert world.build().status_code == 201

    organization = own(world, 44)
    body = organization.client.get(f"{organization.path}/position/trend").json()

    assert [one["release"] for one in body["data"]] == [2]


@pytest.mark.parametrize(
    ("query", "status", "kind"),
    [
        pytest.param("figure=Z", 404, "not-found", id="no such figure"),
        pytest.param("instrument=other", 404, "not-found", id="no such instrument"),
        pytest.param("cohort=region:moon", 422, "cohort-not-published", id="no such cohort"),
    ],
)
def test_a_trend_of_what_is_not_there(published: World, query: str, status: int, kind: str) -> None:
    organization = own(published, 2)

    reply = organization.client.get(f"{organization.path}/position/trend?{query}")

    assert (reply.status_code, reply.json()["type"]) == (status, f"/problems/{kind}")


def test_there_is_no_trend_before_the_first_release(fresh_service: Service) -> None:
    world = make_world(fresh_service, 1)
    organization = own(world, 0)

    assert organization.client.get(f"{organization.path}/position/trend").status_code == 404
