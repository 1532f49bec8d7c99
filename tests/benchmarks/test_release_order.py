"""Which releases there may be after which, and what none may be made of."""

import pytest

from tests.benchmarks.conftest import LAST_YEAR, OLD, World, make_world
from tests.conftest import Service


@pytest.fixture
def world(fresh_service: Service) -> World:
    """Twenty-four organizations, all in a first release."""
    made = make_world(fresh_service, 24)
    for number in range(24):
        made.lock([number % 5, 3, (number * 3) % 5, 1], number)
    assert made.build().status_code == 201
    return made


def test_a_release_does_not_go_back_before_the_last_one(world: World) -> None:
    reply = world.build(as_of=f"{LAST_YEAR}-06-30")

    assert reply.status_code == 422
    assert reply.json()["errors"][0]["code"] == "before-last-release"


@pytest.mark.parametrize("day", ["0001-01-01", "1999-12-31", "9999-12-31"])
def test_a_day_far_away_is_refused(fresh_service: Service, day: str) -> None:
    reply = fresh_service.operator.post("/v1/releases", json={"as_of": day})

    assert reply.status_code == 422
    assert reply.json()["errors"][0]["code"] == "out-of-range"


def test_a_release_that_shows_nothing_is_none(world: World) -> None:
    """When all results are too old, what is published stays, and building goes on later."""
    with world.service.superuser() as connection:
        connection.execute("UPDATE assessment SET period_end = '2001-01-01'")

    nothing = world.build()

    assert nothing.status_code == 409
    assert nothing.json()["type"] == "/problems/too-few-changes"
    assert nothing.json()["detail"] == "small 1: no cohort may be shown"
    assert len(world.service.http.get("/v1/benchmarks").json()["data"]) == 1
    for number in range(24):
        world.lock([(number * 2) % 5, 2, number % 5, 3], number, period=f"{OLD}-12")
    again = world.build()
    assert (again.status_code, again.json()["release"]) == (201, 2), again.text


def test_a_section_may_not_take_the_name_of_the_overall_score(fresh_service: Service) -> None:
    levels = [{"level": level, "text": {"en": "level"}} for level in range(2)]
    item = {"code": "I1", "text": {"en": "one"}, "levels": levels}
    section = {"code": "overall", "title": {"en": "A section"}, "items": [item]}
    body = {
        "instrument": "reserved",
        "version": "1",
        "title": {"en": "Reserved"},
        "languages": ["en"],
        "scoring_method": {"overall_min_sections": 1},
        "sections": [section],
    }

    reply = fresh_service.operator.post("/v1/instruments", json=body)

    assert reply.status_code == 422
    assert "section overall stands twice" in reply.text
