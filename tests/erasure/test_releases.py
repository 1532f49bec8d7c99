"""Published releases stay as they are, and the next one knows nothing of who was erased."""

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest

from app.access.models import Kind
from tests.benchmarks.conftest import OLD, World, make_world
from tests.conftest import Organization, Server, serve
from tests.erasure.holding import carry_out, due, end, held, lock, mentions

ERASED, LEAVING, WITHHELD = 5, 6, 7
"""Numbers of organizations: one that is erased, one that will be, one that no longer takes part."""
CELLS = "/v1/benchmarks/{}/cells"


@dataclass(frozen=True, slots=True)
class Published:
    """A world with two releases; in between, some organizations went."""

    world: World
    gone: Organization
    first: bytes
    before: dict[str, int]
    remembered: set[str]
    second: Any


def own(world: World, number: int) -> Organization:
    """An organization of the world with a key."""
    row = world.organizations[number]
    key = world.service.key(Kind.ORGANIZATION, str(row.id))
    names = {"id": str(row.id), "external_id": row.external_id}
    return Organization(names, world.service.as_(key))


@pytest.fixture(scope="module")
def published(server: Server, new_database: Callable[[], str]) -> Iterator[Published]:
    for service in serve(server, new_database()):
        world, dice = make_world(service, 48), random.Random(11)  # noqa: S311
        for number in range(48):
            world.lock([dice.randint(0, 4) for _ in range(4)], number)
        assert world.build().status_code == 201
        gone, leaving, apart = (own(world, number) for number in (ERASED, LEAVING, WITHHELD))
        first, before = service.http.get(CELLS.format(1)).content, held(service, gone)
        remembered = assessments(world, gone)
        for one in (gone, leaving):
            end(one)
        due(service, gone)
        with service.superuser() as connection:
            connection.execute(
                "UPDATE erasure SET due_at = now() + interval '1 day' WHERE organization_id = %s",
                (leaving.id,),
            )
        carry_out(service)
        assert apart.sign(benchmark=False).status_code == 201
        for number in range(16, 48):
            world.lock([dice.randint(0, 4) for _ in range(4)], number, period=f"{int(OLD)}-12")
        second = world.build()
        yield Published(world, gone, first, before, remembered, second)


def assessments(world: World, organization: Organization) -> set[str]:
    with world.service.superuser() as connection:
        found = connection.execute(
            "SELECT id FROM assessment WHERE organization_id = %s", (UUID(organization.id),)
        ).fetchall()
    return {str(one) for (one,) in found}


def counted(world: World, release: int) -> set[str]:
    with world.service.superuser() as connection:
        found = connection.execute(
            "SELECT organization_id FROM release_contribution WHERE release_number = %s", (release,)
        ).fetchall()
    return {str(one) for (one,) in found}


def test_the_next_release_is_judged_and_passes(published: Published) -> None:
    assert published.second.status_code == 201, published.second.text
    manifest = published.world.service.http.get("/v1/benchmarks/2").json()
    [small] = [one for one in manifest["instruments"] if one["instrument"] == "small"]
    assert small["gate"]["passed"] is True
    assert small["gate"]["releases"] == 2
    assert small["gate"]["exactly_determined_unrounded"] == 0


def test_earlier_releases_are_the_same_to_the_byte(published: Published) -> None:
    http = published.world.service.http
    http.app.state.shelf._volumes.clear()  # type: ignore[attr-defined]  # noqa: SLF001 - read anew

    assert http.get(CELLS.format(1)).content == published.first
    assert http.get(CELLS.format(2)).content != published.first


def test_who_went_or_is_going_or_does_not_want_is_not_in_it(published: Published) -> None:
    ids = [str(one.id) for one in published.world.organizations]
    assert counted(published.world, 1) == set(ids) - {ids[ERASED]}
    assert counted(published.world, 2) == set(ids) - {ids[ERASED], ids[LEAVING], ids[WITHHELD]}


def test_no_table_remembers_the_erased(published: Published) -> None:
    service, gone = published.world.service, published.gone
    assert published.before["release_contribution"] == published.before["result"] == 1

    left = {table for table, number in held(service, gone).items() if number}
    assert left == {"client", "erasure"}
    assert mentions(service, gone.id) == {
        *("audit_event", "audit_head", "client", "erasure", "organization")
    }
    for assessment in published.remembered:
        assert mentions(service, assessment) <= {"audit_event"}


def test_what_remains_says_that_somebody_was_counted(published: Published) -> None:
    with published.world.service.superuser() as connection:
        [only] = connection.execute("SELECT to_jsonb(e) FROM erased_contribution e").fetchall()
    [row] = only

    assert set(row) == {
        *("release_number", "id", "instrument_version_id", "cohorts", "figures", "before_id")
    }
    assert row["before_id"] is None
    assert row["release_number"] == 1
    assert row["figures"] == [
        "overall",
        "A",
        "B",
        *(f"item/{code[0]}/{code}" for code in ("A1", "A2", "B1", "B2")),
    ]
    assert set(row["cohorts"]) == {"all", "teaching:yes", "all/items/A", "all/items/B"}
    assert UUID(row["id"]).version == 4
    text = json.dumps(row)
    assert not [one for one in published.remembered if one in text]


def test_called_off_it_takes_part_again(published: Published) -> None:
    world, leaving = published.world, own(published.world, LEAVING)
    [coming] = leaving.client.get(f"{leaving.path}/erasures").json()["data"]
    assert leaving.client.request("DELETE", f"{leaving.path}/erasures/{coming['id']}").is_success
    dice = random.Random(12)  # noqa: S311
    for number in range(10, 48):
        world.lock([dice.randint(0, 4) for _ in range(4)], number, period=f"{int(OLD) + 1}-01")

    reply = world.build()

    assert reply.status_code == 201, reply.text
    assert leaving.id in counted(world, 3)
    assert lock(leaving, OLD).status_code == 200


def test_a_panel_knows_of_the_erased_that_it_was_in_both_halves(
    server: Server, new_database: Callable[[], str]
) -> None:
    for service in serve(server, new_database()):
        world, dice = make_world(service, 48), random.Random(13)  # noqa: S311
        for step, again in enumerate((range(48), range(30))):
            for number in again:
                levels = [dice.randint(0, 4) for _ in range(4)]
                world.lock(levels, number, period=f"{OLD}-0{step + 1}")
            assert world.build().status_code == 201
        [_, point] = world.service.http.get("/v1/benchmarks/trend").json()["data"]
        assert point["same_organizations"]["organizations"] == 30
        gone = own(world, ERASED)
        end(gone)
        due(service, gone)
        carry_out(service)

        with service.superuser() as connection:
            found = connection.execute(
                "SELECT release_number, id, before_id FROM erased_contribution ORDER BY 1"
            ).fetchall()
        [(_, first, none), (_, _, before)] = found
        assert (none, before) == (None, first)
        for number in range(10, 48):
            world.lock([dice.randint(0, 4) for _ in range(4)], number, period=f"{OLD}-03")
        reply = world.build()
        assert reply.status_code == 201, reply.text
        [*same, point] = world.service.http.get("/v1/benchmarks/trend").json()["data"]
        assert point["same_organizations"]["reason"] == "complementary", "one left"
        assert same[1]["same_organizations"]["organizations"] == 30
