"""An organization's erasure has a day, can be called off until then, and leaves nothing."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from app.access.models import Kind
from app.db import Scope, transaction
from app.erasure import emptying
from app.erasure.emptying import Work
from app.erasure.holdings import HOLDINGS
from tests.assessments.asking import refused, together
from tests.assessments.inviting import answer, body, invite, path
from tests.conftest import Organization, Service
from tests.erasure.holding import (
    CANARY,
    call,
    carry_out,
    due,
    end,
    full,
    held,
    keeper,
    mentions,
)


def only(organization: Organization) -> dict[str, Any]:
    """The organization's one erasure."""
    [found] = organization.client.get(f"{organization.path}/erasures").json()["data"]
    return dict(found)


def test_an_erasure_is_set_for_a_week_from_now(service: Service) -> None:
    organization = service.organization()

    reply = end(organization)

    body = reply.json()
    due_at = datetime.fromisoformat(body["due_at"])
    assert reply.headers["Location"] == f"{organization.path}/erasures/{body['id']}"
    assert (body["subject"], body["status"], body["counts"]) == ("organization", "scheduled", {})
    assert abs(due_at - datetime.now(UTC) - timedelta(days=7)) < timedelta(minutes=1)
    assert organization.client.get(reply.headers["Location"]).json() == body
    assert carry_out(service) == []


def test_asking_again_changes_nothing(service: Service) -> None:
    organization = service.organization()

    replies = together([lambda: end(organization) for _ in range(3)])

    assert len({reply.content for reply in replies}) == 1
    assert only(organization) == replies[0].json()


def test_while_it_is_coming_nothing_is_taken_in_and_all_can_be_read(service: Service) -> None:
    organization = service.organization()
    assert organization.submit().status_code == 201
    [made] = invite(organization)
    end(organization)

    intake = [
        organization.submit(period="2024"),
        organization.client.post(path(organization), json=body()),
        answer(service, made["token"]),
    ]
    reads = [
        organization.client.get(f"{organization.path}/submissions"),
        organization.client.get(f"{organization.path}/audit"),
        organization.client.post(f"{organization.path}/exports"),
        organization.client.post(f"{organization.path}/erasures", json={"respondent": "r"}),
    ]

    assert [refused(one) for one in intake] == [(409, "organization-ending")] * 3
    assert [one.status_code for one in reads] == [200] * 4


def test_called_off_it_is_as_if_nothing_had_been_asked(service: Service) -> None:
    organization = service.organization()
    where = end(organization).headers["Location"]

    replies = [organization.client.request("DELETE", where) for _ in range(2)]

    assert [one.status_code for one in replies] == [204, 204]
    assert only(organization)["status"] == "called_off"
    assert organization.submit().status_code == 201
    due(service, organization)
    assert carry_out(service) == []
    assert end(organization).headers["Location"] != where


def test_called_off_in_the_last_moment_it_is_let_be(service: Service) -> None:
    organization = full(service)
    where = end(organization).headers["Location"]
    before = held(service, organization)
    assert organization.client.request("DELETE", where).status_code == 204
    chosen = keeper(service)
    ids = UUID(organization.id), UUID(where.rpartition("/")[2])
    work = Work(*ids, chosen.signer, datetime.now(UTC))

    call(service, lambda: emptying.carry_out(chosen.engine, work))

    assert held(service, organization) == before
    assert only(organization)["status"] == "called_off"


def test_once_begun_it_cannot_be_called_off(service: Service) -> None:
    organization = service.organization()
    where = end(organization).headers["Location"]
    with service.superuser() as connection:
        connection.execute(
            "UPDATE erasure SET begun_at = now() WHERE organization_id = %s", (organization.id,)
        )

    assert refused(organization.client.request("DELETE", where)) == (409, "erasure-begun")
    assert only(organization)["status"] == "running"


def test_only_an_own_erasure_can_be_seen_or_called_off(service: Service) -> None:
    organization, other = service.organization(), service.organization()
    theirs = end(other).json()["id"]

    for method in ("GET", "DELETE"):
        for one in (theirs, str(uuid4())):
            reply = organization.client.request(method, f"{organization.path}/erasures/{one}")
            assert refused(reply) == (404, "not-found")
    assert only(other)["status"] == "scheduled"


def test_nothing_is_left_but_a_shell(service: Service) -> None:
    organization, other = full(service), full(service, external_id="other-one")
    external_id = organization.row["external_id"]
    before, theirs = held(service, organization), held(service, other)
    end(organization)
    due(service, organization)

    [done] = carry_out(service)

    assert str(done.organization_id) == organization.id
    left = {table: number for table, number in held(service, organization).items() if number}
    assert left == {"client": 1, "erasure": 1}
    assert mentions(service, external_id) <= {"audit_event"}
    with service.superuser() as connection:
        shell = connection.execute(
            "SELECT to_jsonb(o) FROM organization o WHERE id = %s", (organization.id,)
        ).fetchone()
        counts = connection.execute(
            "SELECT counts FROM erasure WHERE organization_id = %s", (organization.id,)
        ).fetchone()
        names = connection.execute(
            "SELECT name FROM client WHERE organization_id = %s", (organization.id,)
        ).fetchall()
    assert shell is not None
    assert counts is not None
    said = {name: value for name, value in shell[0].items() if value not in (None, False, "", {})}
    assert set(said) == {"id", "external_id", "created_at", "erase_at", "erased_at"}
    assert said["external_id"] == organization.id
    assert names == [("",)]
    tables = {one.name: one.table.name for one in HOLDINGS}
    assert {tables[name]: number for name, number in counts[0].items() if name in tables} == {
        table: before[table] for table in tables.values() if before[table]
    }
    assert held(service, other) == theirs


def test_the_erased_is_nobodys(service: Service) -> None:
    network = service.network()["id"]
    organization = service.organization(network=network, share_with_network=True)
    end(organization)
    due(service, organization)
    owner = service.as_(service.key(Kind.NETWORK, network))
    carry_out(service)

    assert refused(organization.client.get(organization.path)) == (401, "unauthenticated")
    for caller in (owner, service.operator):
        for name in (organization.id, organization.row["external_id"]):
            assert caller.get(f"/v1/organizations/{name}").status_code == 404
    assert owner.get("/v1/organizations").json()["data"] == []
    again = {"external_id": organization.row["external_id"], "name": "Anew", "network": network}
    assert service.operator.post("/v1/organizations", json=again).status_code == 201


def test_texts_of_the_only_organization_that_has_them_are_nowhere(fresh_service: Service) -> None:
    organization = full(fresh_service)
    assert mentions(fresh_service, CANARY) >= {"organization", "submission"}
    end(organization)
    due(fresh_service, organization)

    carry_out(fresh_service)

    assert mentions(fresh_service, CANARY) == set()
    assert mentions(fresh_service, organization.id) == {
        *("audit_event", "audit_head", "client", "erasure", "organization")
    }


def test_the_trail_tells_of_the_beginning_and_the_end(service: Service) -> None:
    organization = service.organization()
    location = end(organization).headers["Location"]
    due(service, organization)
    carry_out(service)

    with service.superuser() as connection:
        found = connection.execute(
            "SELECT body::jsonb FROM audit_event WHERE chain_id = %s ORDER BY seq DESC LIMIT 2",
            (organization.id,),
        ).fetchall()
    assert [one["operation"] for (one,) in found] == ["palanca erase finish", "palanca erase begin"]
    assert {one["target"] for (one,) in found} == {location}
    assert [one["actor"]["kind"] for (one,) in found] == ["service"] * 2


REFERRING = {
    "assessment": ("invitation", "submission", "result"),
    "submission": ("invitation",),
    "measure": ("observation", "change_test", "adoption", "aim"),
    "aim": ("change_test", "adoption"),
}
"""By table, those whose rows would hold its rows."""


@pytest.mark.parametrize("table", [one.table.name for one in HOLDINGS])
def test_the_database_refuses_to_delete_unless_something_is_being_erased(
    service: Service, table: str
) -> None:
    organization = full(service)
    with service.superuser() as connection:
        if table == "release_contribution":
            connection.execute(
                "INSERT INTO release VALUES (1, now(), '{}', '') ON CONFLICT DO NOTHING"
            )
            connection.execute(
                "INSERT INTO release_contribution SELECT organization_id, 1, id, '{}'"
                " FROM assessment WHERE organization_id = %s",
                (organization.id,),
            )
        for child in REFERRING.get(table, ()):
            statement = f"DELETE FROM {child} WHERE organization_id = %s"  # noqa: S608 - ours
            connection.execute(statement.encode(), (organization.id,))
    organizations = (UUID(organization.id),)

    async def deleted(scope: Scope) -> int:
        async with transaction(service.http.app.state.engine, scope) as session:  # type: ignore[attr-defined]
            connection = await session.connection()
            gone = await connection.execute(text(f"DELETE FROM {table}"))  # noqa: S608 - ours
            await session.rollback()
            return gone.rowcount

    assert call(service, lambda: deleted(Scope(organizations=organizations))) == 0
    assert call(service, lambda: deleted(Scope(erasing=True))) == 0
    erasing = Scope(organizations=organizations, erasing=True)
    assert call(service, lambda: deleted(erasing)) == held(service, organization)[table] > 0


def test_erasures_of_all_are_seen_by_the_keeper_alone(service: Service) -> None:
    organization = service.organization()
    end(organization)

    async def seen(scope: Scope) -> int:
        async with transaction(service.http.app.state.engine, scope) as session:  # type: ignore[attr-defined]
            return await session.scalar(text("SELECT count(*) FROM erasure")) or 0

    assert call(service, lambda: seen(Scope(operator=True))) == 0
    assert call(service, lambda: seen(Scope(organizations=(UUID(organization.id),)))) == 1
    assert len(call(service, keeper(service).list_)) >= 1
