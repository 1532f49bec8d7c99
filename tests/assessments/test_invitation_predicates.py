"""Invitations are looked for among one's own: with row-level security off, twins stay apart too.

A twin has the same id in another organization, as random ids never have.
"""

from collections.abc import Callable, Iterator

import pytest

from tests.assessments.asking import refused
from tests.assessments.inviting import answer, body, invite, listed, path
from tests.conftest import Organization, Server, Service, serve


@pytest.fixture(scope="module")
def service(server: Server, new_database: Callable[[], str]) -> Iterator[Service]:
    """A service whose database no longer keeps tenants apart."""
    for running in serve(server, new_database()):
        with running.superuser() as connection:
            for table in ("organization", "assessment", "submission", "invitation"):
                connection.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY".encode())
        yield running


@pytest.fixture
def mine(service: Service) -> Organization:
    return service.organization()


@pytest.fixture
def theirs(service: Service) -> Organization:
    return service.organization()


def twins(service: Service, mine: Organization, theirs: Organization) -> str:
    """An invitation of one's own, whose token opens it, and a stranger's with the same id."""
    [own], [other] = invite(mine), invite(theirs)
    with service.superuser() as connection:
        connection.execute("UPDATE invitation SET id = %s WHERE id = %s", (own["id"], other["id"]))
    return str(own["token"])


def used(service: Service, organization: Organization) -> list[bool]:
    with service.superuser() as connection:
        found = connection.execute(
            "SELECT used_on IS NOT NULL FROM invitation WHERE organization_id = %s",
            (organization.id,),
        ).fetchall()
    return [one for (one,) in found]


def test_answers_use_up_ones_own_invitation(
    service: Service, mine: Organization, theirs: Organization
) -> None:
    token = twins(service, mine, theirs)

    assert answer(service, token).status_code == 201

    assert (used(service, mine), used(service, theirs)) == ([True], [False])


def test_lists_and_counts_are_of_ones_own(
    service: Service, mine: Organization, theirs: Organization
) -> None:
    assert twins(service, mine, theirs)

    found = listed(mine)

    assert (len(found["data"]), found["counts"]["nursing"]["made"]) == (1, 1)


def test_revoking_ends_ones_own(service: Service, mine: Organization, theirs: Organization) -> None:
    assert twins(service, mine, theirs)
    [own] = listed(mine)["data"]

    assert mine.client.request("DELETE", f"{path(mine)}/{own['id']}").status_code == 204

    assert [one["status"] for one in listed(mine)["data"]] == ["revoked"]
    assert [one["status"] for one in listed(theirs)["data"]] == ["open"]


def test_only_ones_own_round_is_locked(
    service: Service, mine: Organization, theirs: Organization
) -> None:
    assert theirs.submit().status_code == 201
    assert theirs.client.post(f"{theirs.path}/assessments/2025-H2/lock").is_success

    [own] = invite(mine)

    assert refused(theirs.client.post(path(theirs), json=body())) == (409, "assessment-closed")
    assert service.as_(own["token"]).get("/v1/invitation").json()["status"] == "open"


def test_locking_cuts_the_links_of_ones_own(
    service: Service, mine: Organization, theirs: Organization
) -> None:
    [own], [other] = invite(mine), invite(theirs)
    for one in (own, other):
        assert answer(service, one["token"]).status_code == 201
    with service.superuser() as connection:
        for table in ("submission", "assessment"):
            connection.execute("SET session_replication_role = replica")
            connection.execute(
                f"UPDATE {table} t SET id = (SELECT id FROM {table} WHERE organization_id = %s)"  # noqa: S608 - ours
                " WHERE organization_id = %s".encode(),
                (mine.id, theirs.id),
            )
        connection.execute(
            "UPDATE submission s SET assessment_id = (SELECT id FROM assessment a"
            " WHERE a.organization_id = s.organization_id) WHERE organization_id = %s",
            (theirs.id,),
        )
        connection.execute(
            "UPDATE invitation i SET submission_id = (SELECT id FROM submission s"
            " WHERE s.organization_id = i.organization_id) WHERE organization_id = %s",
            (theirs.id,),
        )

    assert mine.client.post(f"{mine.path}/assessments/2025-H2/lock").status_code == 201

    with service.superuser() as connection:
        found = connection.execute(
            "SELECT submission_id IS NULL FROM invitation WHERE organization_id = ANY (%s)"
            " ORDER BY organization_id = %s",
            ([mine.id, theirs.id], theirs.id),
        ).fetchall()
    assert found == [(True,), (False,)]


def test_a_round_that_another_locked_is_not_ones_own(
    service: Service, mine: Organization, theirs: Organization
) -> None:
    for one in (mine, theirs):
        [made] = invite(one)
        assert answer(service, made["token"]).status_code == 201
    assert theirs.client.post(path(theirs).replace("/invitations", "/lock")).is_success

    assert [one["status"] for one in listed(mine)["data"]] == ["open"]
    assert [one["status"] for one in listed(theirs)["data"]] == ["used"]


def test_a_lock_cuts_no_link_to_another_round(
    service: Service, mine: Organization, theirs: Organization
) -> None:
    def answered(organization: Organization, period: str) -> dict[str, str]:
        made = organization.client.post(path(organization, period), json=body()).json()["data"][0]
        assert answer(service, made["token"]).status_code == 201
        with service.superuser() as connection:
            [[submission, of]] = connection.execute(
                "SELECT s.id, s.assessment_id FROM submission s"
                " JOIN invitation i ON i.submission_id = s.id WHERE i.id = %s",
                (made["id"],),
            ).fetchall()
        return {"submission": submission, "round": of}

    first, second, other = (
        answered(mine, "2025-H1"),
        answered(mine, "2025-H2"),
        answered(theirs, "2025-H1"),
    )
    with service.superuser() as connection:  # a stranger's, by the names of two of mine
        connection.execute("SET session_replication_role = replica")
        connection.execute(
            "UPDATE submission SET id = %s, assessment_id = %s WHERE id = %s",
            (second["submission"], first["round"], other["submission"]),
        )

    assert mine.client.post(f"{mine.path}/assessments/2025-H1/lock").is_success

    with service.superuser() as connection:
        found = connection.execute(
            "SELECT period, submission_id IS NULL FROM invitation WHERE organization_id = %s"
            " ORDER BY period",
            (mine.id,),
        ).fetchall()
    assert found == [("2025-H1", True), ("2025-H2", False)]
