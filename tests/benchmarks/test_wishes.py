"""Wishes for cohorts: asked for by anyone with a key, for everybody from the next release on."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from app.access.models import Kind
from app.benchmarks.lattice import Lattice
from app.benchmarks.lattices import with_table
from tests.benchmarks.conftest import LAST_YEAR, World, fill, make_world
from tests.benchmarks.test_release_making import DEFINITION
from tests.cli.conftest import Palanca, palanca, use
from tests.conftest import Caller, Server, Service, serve

__all__ = ["palanca"]
WISHES = "/v1/cohort-requests"
ROOMY = {**DEFINITION, "tables": [one for one in DEFINITION["tables"] if one != ["region"]]}
"""Without regions there is room for more."""

WISH = {"attributes": ["teaching", "type"]}


def wish(client: Caller, **body: Any) -> dict[str, Any]:
    reply = client.post(WISHES, json=body or WISH)
    assert reply.status_code in {200, 201}, reply.text
    found: dict[str, Any] = reply.json()
    return found


@pytest.fixture(scope="module")
def researcher(service: Service) -> Caller:
    return service.as_(service.key(Kind.RESEARCHER))


def test_a_wish_says_what_would_come_of_it(researcher: Caller) -> None:
    made = wish(researcher)

    assert made["attributes"] == ["type", "teaching"]
    assert made["status"] == "open"
    assert made["adds"] == 12
    lattice = Lattice.load(DEFINITION)
    assert made["room"] == {"cohorts": 50 - len(lattice.cohorts), "two_way_tables": 1}


def test_the_same_wish_is_one(researcher: Caller) -> None:
    first = wish(researcher)
    reply = researcher.post(WISHES, json={"attributes": ["type", "teaching"]})

    assert reply.status_code == 200
    assert reply.json()["id"] == first["id"]


@pytest.mark.parametrize(
    ("attributes", "pointer", "code"),
    [
        (["moon"], "/attributes/0", "unknown-attribute"),
        (["type", "moon"], "/attributes/1", "unknown-attribute"),
        (["type", "type"], "/attributes", "repeated"),
        (["type"], "/attributes", "published"),
        (["teaching", "size_band"], "/attributes", "published"),
        ([], "/attributes", "too-short"),
        (["type", "teaching", "region"], "/attributes", "too-long"),
    ],
)
def test_what_cannot_be_wished(
    researcher: Caller, attributes: list[str], pointer: str, code: str
) -> None:
    reply = researcher.post(WISHES, json={"attributes": attributes})

    assert reply.status_code == 422
    [error] = reply.json()["errors"]
    assert (error["pointer"], error["code"]) == (pointer, code)


def test_each_sees_its_own_and_the_operator_all(service: Service) -> None:
    one, other = (service.as_(service.key(Kind.RESEARCHER)) for _ in range(2))
    mine, theirs = wish(one), wish(other)

    assert [row["id"] for row in one.get(WISHES).json()["data"]] == [mine["id"]]
    everybody = {row["id"] for row in service.operator.get(WISHES).json()["data"]}
    assert {mine["id"], theirs["id"]} <= everybody


def test_a_table_too_many_is_not_granted() -> None:
    largest = with_table(ROOMY, ["type", "teaching"])

    assert largest is not None
    assert len(Lattice.load(largest).cohorts) == len(Lattice.load(ROOMY).cohorts) + 12
    assert with_table(largest, ["teaching", "type"]) == largest, "it is there"
    assert with_table(largest, ["ownership", "size_band"]) is None, "a fourth two-way table"
    assert with_table(ROOMY, ["country", "type"]) is None, "76 cohorts"
    assert with_table(DEFINITION, ["type", "teaching"]) is None, "56 cohorts"


@pytest.fixture
def world(
    monkeypatch: pytest.MonkeyPatch, server: Server, new_database: Callable[[], str]
) -> Iterator[World]:
    """48 organizations with a locked result each, and who may use the command line."""
    monkeypatch.setattr("app.benchmarks.service.seeded", lambda: ROOMY)
    database = new_database()
    for service in serve(server, database):
        made = make_world(service, 48)
        fill(made, 48)
        use(monkeypatch, server, database)
        yield made


def test_what_is_granted_is_in_the_next_release_for_everybody(
    world: World, palanca: Palanca
) -> None:
    service = world.service
    assert world.build(as_of=f"{LAST_YEAR}-06-15").status_code == 201
    one, other = (service.as_(service.key(Kind.RESEARCHER)) for _ in range(2))
    asked = wish(one)
    wish(other)
    [listed, _] = [json.loads(line) for line in palanca("cohorts", "list").out.splitlines()]
    assert (listed["id"], listed["wished_by"]) == (asked["id"], 2)

    outcome = palanca("cohorts", "accept", asked["id"])

    assert (outcome.code, outcome.out) == (0, "accepted type and teaching: in lattice 2\n")
    for client in (one, other):
        [row] = client.get(WISHES).json()["data"]
        assert (row["status"], row["lattice_version"], row["release"]) == ("accepted", 2, None)
    for number in range(48):
        world.lock([number % 5, 3, (number * 7) % 5, 1], number, period=f"{LAST_YEAR}-06")
    assert world.build().status_code == 201
    [row] = one.get(WISHES).json()["data"]
    assert (row["status"], row["release"]) == ("published", 2)
    before, now = (
        {one["id"] for one in service.http.get(f"/v1/benchmarks/{n}/cohorts").json()["data"]}
        for n in (1, 2)
    )
    assert now - before == {
        f"type:{kind};teaching:{word}"
        for kind in ("acute", "critical_access", "childrens", "psychiatric", "long_term", "other")
        for word in ("yes", "no")
    }
    cell = {"cohort": "type:acute;teaching:yes"}
    assert service.http.get("/v1/benchmarks/2/cells", params=cell).status_code == 200
    assert service.http.get("/v1/benchmarks/1/cells", params=cell).status_code == 422
    assert service.http.get("/v1/benchmarks/2").json()["lattice"]["version"] == 2


def test_what_is_declined_is_not(world: World, palanca: Palanca) -> None:
    client = world.service.as_(world.service.key(Kind.RESEARCHER))
    asked = wish(client)

    assert palanca("cohorts", "decline", asked["id"]).out == "declined type and teaching\n"

    [row] = client.get(WISHES).json()["data"]
    assert (row["status"], row["lattice_version"]) == ("declined", None)
    again = palanca("cohorts", "accept", asked["id"])
    assert again.code == 1
    assert "No such open wish" in again.err


def test_a_wish_without_room_stays_open(world: World, palanca: Palanca) -> None:
    client = world.service.as_(world.service.key(Kind.RESEARCHER))
    asked = wish(client, attributes=["country", "type"])

    outcome = palanca("cohorts", "accept", asked["id"])

    assert outcome.code == 1
    assert "There is room for" in outcome.err
    assert client.get(WISHES).json()["data"][0]["status"] == "open"


def test_a_new_seed_keeps_what_was_granted(
    world: World, palanca: Palanca, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = world.service.as_(world.service.key(Kind.RESEARCHER))
    palanca("cohorts", "accept", wish(client)["id"])
    changed = {**ROOMY, "title": {"en": "Everybody", "es-419": "Todas"}}
    monkeypatch.setattr("app.benchmarks.service.seeded", lambda: changed)

    assert world.build().status_code == 201

    lattice = world.service.http.get("/v1/benchmarks/1").json()["lattice"]
    assert lattice["version"] == 3
    assert lattice["title"]["en"] == "Everybody"
    assert ["type", "teaching"] in lattice["tables"]
