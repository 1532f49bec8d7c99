"""A leadership development program from a locked result."""

from typing import Any

import pytest

from tests.assessments.whole_form import INSTRUMENT, answered
from tests.conftest import Organization, Service

LEVELS = {"LP1": 3, "LP3": 1, "LP4": None, "LP7": 0}


@pytest.fixture(scope="module")
def hospital(service: Service) -> Organization:
    """Nothing answered for LP4, the lowest in LP7, then LP3."""
    return answered(service, lambda section: LEVELS.get(section, 2))


def made(hospital: Organization, **asked: str) -> Any:
    reply = hospital.client.get(f"{hospital.path}/program", params=asked)
    assert reply.status_code == 200, reply.text
    assert reply.headers["cache-control"] == "no-store"
    return reply.json()


def test_it_is_the_program_of_the_same_scores(service: Service, hospital: Organization) -> None:
    found = made(hospital, most="3", roles="cfo,cno")

    scores = {"LP1": 75, "LP2": 50, "LP3": 25, "LP5": 50, "LP6": 50, "LP7": 0}
    body = {"framework": INSTRUMENT, "scores": scores, "most": 3, "roles": ["cfo", "cno"]}
    asked = service.http.post("/v1/programs", json=body).json()
    of = {"instrument": INSTRUMENT, "version": "1", "period": "2025-H2"}
    assert found == asked | {"result": of}
    assert asked["result"] is None
    assert [one["code"] for one in found["modules"]] == ["LP7", "LP3", "LP2"]
    assert "LP4" not in found["left_out"], "nothing is known of it"


def test_it_is_also_a_page(hospital: Organization) -> None:
    asked = {"markdown": "true", "lang": "es-419"}
    reply = hospital.client.get(f"{hospital.path}/program", params=asked)

    assert reply.headers["content-type"] == "text/markdown; charset=utf-8"
    assert reply.headers["content-language"] == "es-419"
    assert reply.headers["cache-control"] == "no-store"
    assert "*Por qué aquí:* Su puntaje, 0 de 100, es el más bajo." in reply.text


@pytest.mark.parametrize(
    ("asked", "status", "pointers"),
    [
        pytest.param({"roles": "king,cfo"}, 422, ["query:/roles"], id="no such role"),
        pytest.param({"roles": "cfo,,cno"}, 422, ["query:/roles"], id="no list of roles"),
        pytest.param({"most": "0"}, 422, ["query:/most"], id="no module"),
        pytest.param({"period": "2019"}, 404, [], id="no such round"),
        pytest.param({"instrument": "none"}, 404, [], id="no such instrument"),
    ],
)
def test_what_cannot_be_made_is_said(
    hospital: Organization, asked: dict[str, str], status: int, pointers: list[str]
) -> None:
    reply = hospital.client.get(f"{hospital.path}/program", params=asked)

    assert reply.status_code == status
    assert [one["pointer"] for one in reply.json().get("errors", [])] == pointers


def test_another_organizations_is_like_none(service: Service, hospital: Organization) -> None:
    other = service.organization()
    path = f"/v1/organizations/{other.id[:-4]}ffff/program"

    theirs, none = other.client.get(f"{hospital.path}/program"), other.client.get(path)

    assert (theirs.status_code, theirs.content) == (none.status_code, none.content)
    assert theirs.status_code == 404
