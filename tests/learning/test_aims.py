"""Aims: how much, by when; how they stand; what may change of them."""

from typing import Any

import pytest

from tests.conftest import Service
from tests.learning.following import follow, set_aim

DRIVERS: list[dict[str, Any]] = [
    {
        "code": "P1",
        "title": "Patients at risk are known",
        "element": "seven-leverage-points:LP6",
        "secondary": [
            {"code": "P1.1", "title": "Risk is looked at on admission"},
            {"code": "P1.2", "title": "It is on the board of the ward"},
        ],
    }
]


@pytest.mark.parametrize("missing", ["baseline", "target", "by", "from_on"])
def test_without_how_much_by_when_it_is_no_aim(service: Service, missing: str) -> None:
    followed = follow(service)
    body = {
        "title": "Fewer falls",
        "measure": "falls",
        "baseline": 3.4,
        "from_on": "2023-01-01",
        "target": 1.7,
        "by": "2024-12-31",
    }
    del body[missing]
    organization = followed.organization

    reply = organization.client.post(f"{organization.path}/aims", json=body)

    assert reply.status_code == 422
    assert reply.json()["errors"][0]["pointer"] == f"/{missing}"


WRONG: dict[str, tuple[dict[str, Any], str, str]] = {
    "the wrong way": ({"target": 4.0}, "/target", "wrong-way"),
    "nowhere": ({"target": 3.4}, "/target", "wrong-way"),
    "before it begins": ({"by": "2022-12-31"}, "/by", "not-later"),
    "another measure": ({"measure": "waits"}, "/measure", "unknown"),
    "no such element": ({"elements": ["seven-leverage-points:LP9"]}, "/elements/0", "unknown"),
    "a driver twice": ({"drivers": DRIVERS * 2}, "/drivers/1/code", "repeated"),
    "a driver of nothing": (
        {"drivers": [{"code": "P", "title": "P", "element": "nothing:X"}]},
        "/drivers/0/element",
        "unknown",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_with_an_aim_is_told(service: Service, case: str) -> None:
    more, pointer, code = WRONG[case]

    reply = set_aim(follow(service), **more)

    assert reply.status_code == 422, reply.text
    assert (pointer, code) in {(one["pointer"], one["code"]) for one in reply.json()["errors"]}


def test_an_aim_has_its_driver_diagram(service: Service) -> None:
    followed = follow(service)

    aim = set_aim(followed, drivers=DRIVERS, elements=["seven-leverage-points:LP1"])

    assert aim.status_code == 201, aim.text
    assert aim.json()["drivers"][0]["secondary"][1]["code"] == "P1.2"
    got = followed.organization.client.get(aim.headers["Location"])
    assert got.json() == aim.json()
    assert aim.json()["board_adopted_on"] is None


STANDING: dict[str, tuple[list[float], dict[str, Any], str]] = {
    "too early": ([3.4] * 5, {}, "cannot_tell_yet"),
    "reached": ([3.4] * 6 + [1.7] * 6, {}, "reached"),
    "on the line": ([3.0] * 12 + [2.2] * 6, {}, "on_course"),
    "behind the line": ([3.4] * 18, {}, "off_course"),
    "too late": ([3.0] * 18, {"by": "2023-12-31"}, "off_course"),
}


@pytest.mark.parametrize("case", STANDING)
def test_how_an_aim_stands(service: Service, case: str) -> None:
    values, more, standing = STANDING[case]
    followed = follow(service)
    followed.values([*values])

    verdict = set_aim(followed, from_on="2022-12-31", **more).json()["verdict"]

    assert verdict["standing"] == standing
    assert verdict["periods"] == len(values)
    assert verdict["reason"]
    assert (verdict["level"] is None) == (standing == "cannot_tell_yet")


def test_goalposts_stay_and_the_rest_changes(service: Service) -> None:
    followed = follow(service)
    client, where = followed.organization.client, set_aim(followed).headers["Location"]
    tag = client.get(where).headers["ETag"]

    moved = client.request("PATCH", where, json={"target": 3.0})
    changed = client.request(
        "PATCH", where, json={"board_adopted_on": "2023-02-01"}, headers={"If-Match": tag}
    )
    stale = client.request("PATCH", where, json={"title": "x"}, headers={"If-Match": tag})
    half = client.request("PATCH", where, json={"closed_on": "2024-06-30"})
    closed = client.request(
        "PATCH", where, json={"closed_on": "2024-06-30", "closed_why": "Merged into another"}
    )

    assert moved.status_code == 422
    assert changed.json()["board_adopted_on"] == "2023-02-01"
    assert changed.headers["ETag"] != tag
    assert stale.status_code == 412
    assert half.status_code == 422
    assert closed.json()["closed_on"] == "2024-06-30"
    assert closed.json()["title"] == "Halve falls with injury"


@pytest.mark.parametrize("name", ["title", "elements", "drivers"])
def test_what_every_aim_has_cannot_be_taken_away(service: Service, name: str) -> None:
    followed = follow(service)
    where = set_aim(followed).headers["Location"]

    reply = followed.organization.client.request("PATCH", where, json={name: None})

    assert reply.status_code == 422
    assert reply.json()["errors"][0]["pointer"] == f"/{name}"
