"""Queries name their organization: with row-level security off, nothing foreign is found either."""

from collections.abc import Callable, Iterator

import pytest

from app.access.models import Kind
from tests.assessments.asking import refused, rows
from tests.conftest import Organization, Server, Service, serve


@pytest.fixture(scope="module")
def service(server: Server, new_database: Callable[[], str]) -> Iterator[Service]:
    """A service whose database no longer keeps tenants apart."""
    for running in serve(server, new_database()):
        with running.superuser() as connection:
            for table in ("organization", "assessment", "submission", "result"):
                connection.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY".encode())
        yield running


@pytest.fixture
def mine(service: Service) -> Organization:
    return service.organization()


@pytest.fixture
def theirs(service: Service) -> Organization:
    """An organization with submissions by every kind of name, one of them locked."""
    organization = service.organization()
    organization.submit(external_id="rec", respondent="p")
    organization.submit(mode="consensus")
    organization.submit(period="2024")
    organization.client.post(f"{organization.path}/assessments/2024/lock")
    return organization


def test_nothing_foreign_is_found_by_id(mine: Organization, theirs: Organization) -> None:
    found = theirs.client.get(f"{theirs.path}/submissions").json()["data"]

    for one in found:
        submission = f"{mine.path}/submissions/{one['id']}"
        assessment = f"{mine.path}/assessments/{one['assessment_id']}"
        for path in (submission, f"{submission}/receipt", assessment, f"{assessment}/result"):
            assert refused(mine.client.get(path)) == (404, "not-found"), path
        for path in (f"{submission}/withdrawal", f"{assessment}/lock"):
            assert refused(mine.client.post(path)) == (404, "not-found"), path
        assert refused(mine.submit(supersedes=one["id"])) == (422, "invalid")
    assert theirs.client.get(f"{theirs.path}/submissions").json()["data"] == found


@pytest.mark.parametrize("kind", [Kind.ORGANIZATION, Kind.NETWORK])
def test_no_foreign_organization_is_found(
    service: Service, mine: Organization, theirs: Organization, kind: Kind
) -> None:
    tenant = mine.id if kind is Kind.ORGANIZATION else service.network()["id"]
    stranger = service.as_(service.key(kind, tenant))

    for reference in (theirs.id, theirs.row["external_id"]):
        reply = stranger.get(f"/v1/organizations/{reference}/submissions")
        assert refused(reply) == (404, "not-found")


def test_a_name_is_looked_for_among_ones_own(
    service: Service, mine: Organization, theirs: Organization
) -> None:
    before = rows(service, theirs.id)

    by_name = mine.submit(external_id="rec", respondent="p")
    consensus = mine.submit(mode="consensus")
    late = mine.submit(period="2024")

    assert [one.status_code for one in (by_name, consensus, late)] == [201] * 3
    assert [one.json()["supersedes"] for one in (by_name, consensus, late)] == [None] * 3
    assert rows(service, mine.id) == {"assessment": 2, "submission": 3, "result": 0}
    assert rows(service, theirs.id) == before


def test_lists_and_results_are_of_ones_own(mine: Organization, theirs: Organization) -> None:
    for level in (1, 1, 1):
        mine.submit(answers={"A1": level, "A2": level, "B1": level, "B2": level})

    locked = mine.client.post(f"{mine.path}/assessments/2025-H2/lock").json()

    assert locked["result"]["respondents"] == 3
    assert locked["result"]["sections"][0]["score"] == 25.0
    for path in ("submissions", "assessments"):
        owners = [
            {
                one["organization_id"]
                for one in each.client.get(f"{each.path}/{path}").json()["data"]
            }
            for each in (mine, theirs)
        ]
        assert owners == [{mine.id}, {theirs.id}]
