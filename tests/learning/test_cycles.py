"""Tests of change: predicted first, studied once, chained."""

from typing import Any

import httpx
import pytest

from tests.conftest import Service
from tests.learning.following import Followed, follow, set_aim
from tests.learning.test_aims import DRIVERS

STUDY = {
    "ended_on": "2023-02-03",
    "happened": "Two falls in three nights",
    "study": "Fewer than predicted, and the rounds took longer",
    "decision": "adapt",
}


def plan(followed: Followed, aim: str, **more: Any) -> httpx.Response:
    organization = followed.organization
    body = {
        "aim": aim,
        "title": "Hourly rounds",
        "prediction": "Three falls at most",
        "plan": "One night nurse, three nights",
        "starts_on": "2023-02-01",
        **more,
    }
    return organization.client.post(f"{organization.path}/tests", json=body)


def planned(service: Service) -> tuple[Followed, str, httpx.Response]:
    followed = follow(service)
    aim = set_aim(followed, drivers=DRIVERS).json()["id"]
    return followed, aim, plan(followed, aim)


def test_a_test_is_planned_and_studied_once(service: Service) -> None:
    followed, aim, test = planned(service)
    client, where = followed.organization.client, test.headers["Location"]

    assert test.status_code == 201
    assert test.json()["decision"] is None
    done = client.post(f"{where}/study", json=STUDY)
    again = client.post(f"{where}/study", json=STUDY)
    other = client.post(f"{where}/study", json={**STUDY, "decision": "adopt"})

    assert (done.status_code, again.status_code, other.status_code) == (201, 200, 409)
    assert client.get(where).json() == done.json()
    assert done.json()["decision"] == "adapt"
    path = f"{followed.organization.path}/aims/{aim}"
    assert client.get(path).json()["tests"] == 1


def test_what_follows_comes_of_a_studied_test_of_the_same_aim(service: Service) -> None:
    followed, aim, test = planned(service)
    client, first = followed.organization.client, test.json()["id"]
    other = set_aim(followed, title="Another").json()["id"]

    early = plan(followed, aim, follows=first)
    client.post(f"{test.headers['Location']}/study", json=STUDY)
    of_another = plan(followed, other, follows=first)
    next_one = plan(followed, aim, follows=first, scale="unit", driver="P1.2")

    assert early.json()["errors"][0]["code"] == "not-studied"
    assert of_another.json()["errors"][0]["code"] == "unknown"
    assert next_one.json()["follows"] == first
    listed = client.get(f"{followed.organization.path}/tests?aim={aim}").json()["data"]
    assert [one["id"] for one in listed] == [first, next_one.json()["id"]]
    assert client.get(f"{followed.organization.path}/tests?aim={other}").json()["data"] == []


@pytest.mark.parametrize(
    ("more", "pointer"),
    [
        ({"driver": "P9"}, "/driver"),
        ({"element": "nothing:X"}, "/element"),
        ({"aim": "00000000-0000-7000-8000-000000000000"}, "/aim"),
        ({"prediction": ""}, "/prediction"),
    ],
)
def test_what_is_not_there_is_told(service: Service, more: dict[str, str], pointer: str) -> None:
    followed, aim, _ = planned(service)

    reply = plan(followed, **{"aim": aim, **more})

    assert reply.status_code == 422
    assert reply.json()["errors"][0]["pointer"] == pointer


@pytest.mark.parametrize("ended_on", ["2023-01-31", "2199-01-01"])
def test_a_test_ends_after_it_began_and_not_in_the_future(service: Service, ended_on: str) -> None:
    followed, _, test = planned(service)

    reply = followed.organization.client.post(
        f"{test.headers['Location']}/study", json={**STUDY, "ended_on": ended_on}
    )

    assert reply.json()["errors"][0]["pointer"] == "/ended_on"
