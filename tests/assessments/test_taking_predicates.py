"""Submissions find and end what is their own organization's, with row-level security off too."""

from collections.abc import Callable, Iterator
from functools import partial

import pytest

from app.assessments import push
from app.assessments.related import ask
from app.db import transaction
from tests.assessments.asking import standing
from tests.assessments.test_taking import engine, run, sender, some
from tests.conftest import Organization, Server, Service, serve


@pytest.fixture(scope="module")
def service(server: Server, new_database: Callable[[], str]) -> Iterator[Service]:
    """A service whose database no longer keeps tenants apart."""
    for running in serve(server, new_database()):
        with running.superuser() as connection:
            for table in ("assessment", "submission"):
                connection.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY".encode())
        yield running


@pytest.fixture
def mine(service: Service) -> Organization:
    return service.organization()


@pytest.fixture
def theirs(service: Service) -> Organization:
    return service.organization()


async def found_by(service: Service, mine: Organization) -> tuple[set[str], set[str]]:
    """Whose rounds and whose submissions one of mine finds."""
    [(_, body), *_] = some(1)
    me = sender(service, mine)
    async with transaction(engine(service)) as session:
        named = {**body, "period": "2025-H2", "external_id": "x"}
        one = push.read(me, named, await push.find_instrument(session, named))
        found = await (await ask(session, {0: one})).answer()
        return (
            {str(row.organization_id) for row in found.rounds.values()},
            {str(row.organization_id) for row in found.submissions[0]},
        )


def test_what_is_found_is_ones_own(
    service: Service, mine: Organization, theirs: Organization
) -> None:
    for one in (mine, theirs):
        one.submit(external_id="x")

    assert run(service, partial(found_by, service, mine)) == ({mine.id}, {mine.id})


def test_what_is_ended_is_ones_own(
    service: Service, mine: Organization, theirs: Organization
) -> None:
    own, other = (one.submit(external_id="x").json()["id"] for one in (mine, theirs))
    with service.superuser() as database:
        database.execute("UPDATE submission SET id = %s WHERE id = %s", [own, other])

    assert mine.submit(external_id="x", role="board").status_code == 201

    assert (standing(service, mine.id), standing(service, theirs.id)) == (1, 1)
    with service.superuser() as database:
        [[kept]] = database.execute(
            "SELECT superseded_at FROM submission WHERE organization_id = %s", [theirs.id]
        ).fetchall()
    assert kept is None
