"""Wishes for cohorts at once, by many, and of attributes that a newer lattice has lost."""

import asyncio
import json
from collections.abc import Callable, Iterator

import httpx
import pytest
from psycopg.types.json import Jsonb

from app.access.models import Kind
from app.cli import cohorts
from tests.benchmarks.conftest import World, fill, make_world
from tests.benchmarks.test_wishes import ROOMY, WISHES, wish
from tests.cli.conftest import Palanca, palanca, use
from tests.conftest import Server, Service, serve

__all__ = ["palanca"]


@pytest.fixture
def world(
    monkeypatch: pytest.MonkeyPatch, server: Server, new_database: Callable[[], str]
) -> Iterator[World]:
    """44 organizations with a locked result each, and who may use the command line."""
    monkeypatch.setattr("app.benchmarks.service.seeded", lambda: ROOMY)
    database = new_database()
    for service in serve(server, database):
        made = make_world(service, 44)
        fill(made, 44)
        use(monkeypatch, server, database)
        yield made


def test_the_same_wish_at_once_is_one(service: Service) -> None:
    key = service.key(Kind.RESEARCHER)

    async def all_at_once() -> list[httpx.Response]:
        transport = httpx.ASGITransport(service.http.app)
        async with httpx.AsyncClient(
            transport=transport,
            base_url="http://testserver",
            headers={"Authorization": f"Bearer {key}"},
        ) as client:
            attributes = {"attributes": ["type", "ownership"]}
            asked = (client.post(WISHES, json=attributes) for _ in range(8))
            return await asyncio.gather(*asked)

    assert service.http.portal is not None
    replies = service.http.portal.call(all_at_once)

    assert sorted(one.status_code for one in replies) == [200] * 7 + [201]
    assert len({one.json()["id"] for one in replies}) == 1
    assert len(service.as_(key).get(WISHES).json()["data"]) == 1


def _lattice(world: World, version: int, **changed: object) -> None:
    """A further version of the lattice, as a build with another seed would make it."""
    with world.service.superuser() as connection:
        connection.execute(
            "INSERT INTO lattice_version (version, definition, seed_sha256, at)"
            " VALUES (%s, %s, '', now())",
            (version, Jsonb({**ROOMY, **changed, "version": version})),
        )


def test_a_wish_whose_attributes_are_no_more_can_be_read(world: World, palanca: Palanca) -> None:
    client = world.service.as_(world.service.key(Kind.RESEARCHER))
    asked = wish(client)
    kept = {name: one for name, one in ROOMY["attributes"].items() if name != "type"}
    tables = [one for one in ROOMY["tables"] if "type" not in one]
    _lattice(world, 1, attributes=kept, tables=tables)

    reply = client.get(WISHES)

    assert reply.status_code == 200
    [row] = reply.json()["data"]
    assert (row["id"], row["status"], row["adds"]) == (asked["id"], "open", 0)
    assert palanca("cohorts", "list").code == 0
    assert client.post(WISHES, json={"attributes": ["type", "teaching"]}).status_code == 422


def test_what_no_release_has_is_not_published(world: World, palanca: Palanca) -> None:
    """A wish was granted, and another seed left no room for it before the next release."""
    client = world.service.as_(world.service.key(Kind.RESEARCHER))
    palanca("cohorts", "accept", wish(client)["id"])
    with pytest.MonkeyPatch.context() as patch:
        full = {**ROOMY, "tables": [*ROOMY["tables"], ["ownership", "size_band"]]}
        patch.setattr("app.benchmarks.service.seeded", lambda: full)
        assert world.build().status_code == 201

        [row] = client.get(WISHES).json()["data"]

    tables = world.service.http.get("/v1/benchmarks/1").json()["lattice"]["tables"]
    assert ["type", "teaching"] not in tables
    assert (row["status"], row["release"]) == ("accepted", None)


def test_the_operator_sees_the_newest_of_many(
    world: World, palanca: Palanca, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cohorts, "AT_ONCE", 2)
    clients = [world.service.as_(world.service.key(Kind.RESEARCHER)) for _ in range(5)]
    asked = [wish(client)["id"] for client in clients]

    listed = [json.loads(line) for line in palanca("cohorts", "list").out.splitlines()]

    assert [one["id"] for one in listed] == asked
    assert {one["wished_by"] for one in listed} == {5}
