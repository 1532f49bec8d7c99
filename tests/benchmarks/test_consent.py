"""Results count in releases by the organization's agreement, and a change holds for the next."""

import pytest

from app.access.models import Kind
from tests.benchmarks.conftest import World, make_world
from tests.conftest import Organization, Service

ALL = 44


@pytest.fixture
def world(fresh_service: Service) -> World:
    """Forty-four organizations in a first release."""
    made = make_world(fresh_service, ALL)
    for number in range(ALL):
        made.lock([number % 5, 3, (number * 7) % 5, 1], number)
    assert made.build().status_code == 201
    return made


def sign(world: World, number: int, *, benchmark: bool) -> None:
    row = world.organizations[number]
    key = world.service.key(Kind.ORGANIZATION, str(row.id))
    Organization({"id": str(row.id)}, world.service.as_(key)).sign(benchmark=benchmark)


def counted(world: World, release: int) -> set[str]:
    """Who is in a release, read past the service."""
    with world.service.superuser() as connection:
        rows = connection.execute(
            "SELECT organization_id::text FROM release_contribution WHERE release_number = %s",
            [release],
        ).fetchall()
    return {organization for (organization,) in rows}


def test_a_withdrawn_consent_holds_for_the_next_release_and_not_for_those_before(
    world: World,
) -> None:
    http = world.service.http
    before = http.get("/v1/benchmarks/1/cells").content
    withdrawn = {str(world.organizations[number].id) for number in range(20)}
    for number in range(20):
        sign(world, number, benchmark=False)

    assert http.get("/v1/benchmarks/1/cells").content == before
    second = world.build()

    assert second.status_code == 201, second.text
    assert http.get("/v1/benchmarks/1/cells").content == before
    assert counted(world, 1) == {str(one.id) for one in world.organizations}
    assert counted(world, 2) == counted(world, 1) - withdrawn
    [cell] = http.get("/v1/benchmarks/2/cells?cohort=all&figure=overall").json()["data"]
    assert cell["organizations"] == 25


def test_who_consents_later_is_in_the_next_release(fresh_service: Service) -> None:
    world = make_world(fresh_service, ALL)
    for number in range(ALL):
        world.lock([number % 5, 3, (number * 7) % 5, 1], number)
    for number in range(20):
        sign(world, number, benchmark=False)
    assert world.build().status_code == 201
    assert len(counted(world, 1)) == ALL - 20

    for number in range(20):
        sign(world, number, benchmark=True)
    second = world.build()

    assert second.status_code == 201, second.text
    assert len(counted(world, 2)) == ALL


def test_who_never_consented_is_in_no_release(fresh_service: Service) -> None:
    world = make_world(fresh_service, 24)
    for number in range(24):
        world.lock([number % 5, 3, (number * 3) % 5, 1], number)
        sign(world, number, benchmark=False)

    reply = world.build()

    assert (reply.status_code, reply.json()["type"]) == (409, "/problems/too-few-changes")
