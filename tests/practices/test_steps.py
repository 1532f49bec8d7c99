"""From a score to the next step: in a stated order, every line with its reason."""

from typing import Any

import pytest

from app.practices.steps import Standing, ordered, reasons, words
from tests.assessments.whole_form import answered
from tests.conftest import Organization, Service
from tests.learning.following import follow, set_aim
from tests.practices.writing import publish


def steps(organization: Organization, query: str = "") -> Any:
    reply = organization.client.get(f"{organization.path}/next-steps{query}")
    assert reply.status_code == 200, reply.text
    return reply.json()


def weak(service: Service) -> Organization:
    return answered(service, lambda section: {"LP6": 0, "LP2": 1}.get(section, 3))


def test_the_lowest_comes_first_with_what_to_do(service: Service) -> None:
    told = steps(weak(service))

    assert [one["section"] for one in told["data"]] == ["LP6", "LP2", "LP1"]
    first = told["data"][0]
    assert first["element"] == "seven-leverage-points:LP6"
    assert (first["score"], first["priority"]) == (0, 100)
    assert first["reasons"] == [{"kind": "level", "points": 100, "text": "Its score is 0 of 100."}]
    guidance = service.http.get(
        "/v1/frameworks/seven-leverage-points/elements/LP6?lang=en&edition=2"
    ).json()["guidance"]
    assert first["first_30_days"] == guidance["first_30_days"]
    assert first["aim"]["measure"] == guidance["measures"][0]
    assert first["led_by"][0] == guidance["led_by"][0]["code"]
    assert told["rule"] == words()["rule"]["en"]


def test_it_is_said_in_spanish_and_as_many_as_asked_for(service: Service) -> None:
    told = steps(weak(service), "?lang=es-419&limit=7")

    assert len(told["data"]) == 7
    assert told["data"][0]["reasons"][0]["text"] == "Su puntaje es 0 de 100."
    assert told["data"][0]["title"] != told["data"][0]["section"]


def test_practices_and_aims_that_name_it_are_with_it(service: Service) -> None:
    organization = weak(service)
    practice = publish(service, title="Rounds for LP6")
    aim = set_aim(follow(service, organization), elements=["seven-leverage-points:LP6"])

    first, second = steps(organization)["data"][:2]

    assert practice in {one["id"] for one in first["practices"]}
    assert first["aims"] == [aim.json()["id"]]
    assert second["aims"] == []
    assert "no evidence has been published" in first["known"]


def test_without_a_locked_result_there_is_nothing_to_go_by(service: Service) -> None:
    organization = service.organization()

    reply = organization.client.get(f"{organization.path}/next-steps")

    assert reply.status_code == 404


@pytest.mark.parametrize(
    ("one", "priority"),
    [
        (Standing("A", "A", 40.0), 60.0),
        (Standing("A", "A", 40.0, gap=30.0), 75.0),
        (Standing("A", "A", 40.0, median=60.0), 70.0),
        (Standing("A", "A", 40.0, median=30.0), 60.0),
        (Standing("A", "A", 40.0, gap=30.0, median=60.0), 85.0),
    ],
)
def test_the_rule_can_be_done_by_hand(one: Standing, priority: float) -> None:
    assert one.priority == priority


def test_equals_stay_in_the_instruments_order() -> None:
    found = ordered([Standing("B", "B", 50.0), Standing("A", "A", 50.0), Standing("C", "C", 10.0)])

    assert [one.code for one in found] == ["C", "B", "A"]


def test_each_part_has_its_sentence() -> None:
    one = Standing("A", "A", 40.0, gap=30.0, highest="board", lowest="nursing", median=52.5)

    found = {it["kind"]: it for it in reasons(one, 7, "es-419")}

    assert sum(it["points"] for it in found.values()) == one.priority == 81.25
    assert "la junta directiva lo ve más alto y enfermería más bajo" in found["roles"]["text"]
    assert found["peers"]["text"].startswith("Está 12.5 puntos por debajo")
    assert "publicación 7" in found["peers"]["text"]


def test_roles_that_see_it_differently_count(service: Service) -> None:
    organization = service.organization()
    form = service.http.get("/v1/instruments/seven-leverage-points/versions/1").json()
    items = [item["code"] for section in form["sections"] for item in section["items"]]
    for role, level in (("board", 4), ("nursing", 1)):
        for number in range(3):
            organization.submit(
                instrument="seven-leverage-points",
                version="1",
                period="2025-H2",
                role=role,
                respondent=f"{role}-{number}",
                answers=dict.fromkeys(items, level),
            )
    organization.client.post(f"{organization.path}/assessments/2025-H2/lock")

    first = steps(organization)["data"][0]

    assert [one["kind"] for one in first["reasons"]] == ["level", "roles"]
    assert first["reasons"][1]["points"] == 37.5
    assert "the board sees it highest, nursing lowest" in first["reasons"][1]["text"]
