"""What goes is named by its organization: with row-level security off, a twin of it stays too.

A twin has the same ids in another organization. Such rows never come about by themselves; random
ids would hide that a query forgot whose rows it is about.
"""

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from psycopg.sql import SQL, Identifier

from app.erasure.holdings import HOLDINGS
from tests.assessments.inviting import answer, invite
from tests.conftest import Organization, Server, Service, serve
from tests.erasure.holding import PSEUDONYM, call, carry_out, due, end, full, held, keeper, tables


@pytest.fixture(scope="module")
def service(server: Server, new_database: Callable[[], str]) -> Iterator[Service]:
    """A service whose database no longer keeps tenants apart."""
    for running in serve(server, new_database()):
        with running.superuser() as connection:
            for table in tables(running):
                statement = SQL("ALTER TABLE {} DISABLE ROW LEVEL SECURITY")
                connection.execute(statement.format(Identifier(table)))
        yield running


@pytest.fixture
def own(service: Service) -> Organization:
    """A full organization that was counted in a release."""
    organization = full(service)
    with service.superuser() as connection:
        connection.execute("INSERT INTO release VALUES (1, now(), '{}', '') ON CONFLICT DO NOTHING")
        connection.execute(
            "INSERT INTO release_contribution SELECT organization_id, 1, assessment_id, '{all}'"
            " FROM result WHERE organization_id = %s",
            (organization.id,),
        )
    return organization


def twin(service: Service, own: Organization) -> Organization:
    """Another organization with the same rows."""
    other = service.organization(agree=False)
    with service.superuser() as connection:
        for table in [*[one.table.name for one in reversed(HOLDINGS)], "erasure"]:
            columns = [
                name
                for (name,) in connection.execute(
                    "SELECT column_name FROM information_schema.columns"
                    " WHERE table_schema = 'public' AND table_name = %s"
                    " AND column_name <> 'organization_id'",
                    (table,),
                ).fetchall()
            ]
            names = SQL(", ").join(map(Identifier, columns))
            copy = SQL(
                "INSERT INTO {table} (organization_id, {names}) SELECT %s, {names} FROM {table}"
                " WHERE organization_id = %s"
            )
            query = copy.format(table=Identifier(table), names=names)
            connection.execute(query, (other.id, own.id))
    return other


def state(service: Service, organization: Organization) -> dict[str, Any]:
    """Rows, what the organization's own row says, and whether its clients have ended."""
    with service.superuser() as connection:
        row = connection.execute(
            "SELECT to_jsonb(o), (SELECT jsonb_agg(to_jsonb(c) ORDER BY c.id) FROM client c"
            " WHERE c.organization_id = o.id), (SELECT count(*) FROM client_key k"
            " JOIN client c ON c.id = k.client_id WHERE c.organization_id = o.id"
            " AND k.revoked_at IS NULL), (SELECT count(*) FROM answered_request a"
            " JOIN client c ON c.id = a.client_id WHERE c.organization_id = o.id)"
            " FROM organization o WHERE id = %s",
            (organization.id,),
        ).fetchone()
    return {"rows": held(service, organization), "own": row}


def test_the_erasure_of_an_organization_leaves_its_twin(
    service: Service, own: Organization
) -> None:
    other, third = twin(service, own), full(service)
    end(own)
    before = [state(service, one) for one in (other, third)]
    due(service, own)

    carry_out(service, chunk=3)

    assert {name for name, n in held(service, own).items() if n} == {"client", "erasure"}
    assert [state(service, one) for one in (other, third)] == before
    *_, answers_of_third = before[1]["own"]
    *_, answers_of_own = state(service, own)["own"]
    assert (answers_of_own, answers_of_third) == (0, 1)


def test_an_erasure_is_found_beside_its_twin(service: Service, own: Organization) -> None:
    other = service.organization(agree=False)
    end(own)
    due(service, own)
    with service.superuser() as connection:
        connection.execute(
            "INSERT INTO erasure SELECT (jsonb_populate_record(e, jsonb_build_object("
            "'organization_id', %s::text, 'due_at', now() + interval '9 days'))).*"
            " FROM erasure e WHERE organization_id = %s",
            (other.id, own.id),
        )

    carry_out(service)

    assert {name for name, n in held(service, own).items() if n} == {"client", "erasure"}


def test_the_erasure_of_a_respondent_leaves_the_twin(service: Service, own: Organization) -> None:
    [made] = invite(own)
    assert answer(service, made["token"]).status_code == 201
    other = twin(service, own)
    before = state(service, other)

    asked = own.client.post(f"{own.path}/erasures", json={"respondent": PSEUDONYM})
    invited = own.client.post(f"{own.path}/erasures", json={"invitation": made["token"]})

    assert asked.json()["submissions"] == 4
    assert invited.json() == {"submissions": 1, "invitations": 1}
    assert state(service, other) == before


def test_a_pseudonym_is_looked_for_among_ones_own(service: Service, own: Organization) -> None:
    """A stranger's row has the hash of the person, and the id of somebody else's row here."""
    other = service.organization()
    stranger = other.submit().json()["id"]
    with service.superuser() as connection:
        connection.execute(
            "UPDATE submission SET id = (SELECT id FROM submission WHERE organization_id = %(own)s"
            " AND role = 'board' LIMIT 1), respondent_hash ="
            " (SELECT max(respondent_hash) FROM submission"
            "  WHERE organization_id = %(own)s AND role = 'nursing') WHERE id = %(id)s",
            {"own": own.id, "id": stranger},
        )

    asked = own.client.post(f"{own.path}/erasures", json={"respondent": PSEUDONYM})

    assert asked.json()["submissions"] == 4
    assert held(service, own)["submission"] == 9


def test_an_erasure_done_again_leaves_the_twin(service: Service, own: Organization) -> None:
    asked = own.client.post(f"{own.path}/erasures", json={"respondent": PSEUDONYM})
    assert asked.json()["submissions"] == 4
    with service.superuser() as connection:
        [ids] = connection.execute(
            "SELECT rows -> 'submissions' FROM erasure WHERE organization_id = %s", (own.id,)
        ).fetchone() or [[]]
        connection.execute(
            "UPDATE submission SET id = %s, supersedes_id = NULL"
            " WHERE organization_id = %s AND external_id LIKE '%%board' AND superseded_at IS NULL"
            " AND assessment_id = (SELECT id FROM assessment WHERE organization_id = %s"
            " AND period = '2024')",
            (ids[0], own.id, own.id),
        )
    other = service.organization(agree=False)
    with service.superuser() as connection:
        for table in ("assessment", "submission"):
            connection.execute(
                SQL(
                    "CREATE TEMP TABLE copied ON COMMIT DROP AS"
                    " SELECT * FROM {table} WHERE organization_id = %s"
                ).format(table=Identifier(table)),
                (own.id,),
            )
            connection.execute("UPDATE copied SET organization_id = %s", (other.id,))
            connection.execute(SQL("INSERT INTO {} SELECT * FROM copied").format(Identifier(table)))
            connection.execute("DROP TABLE copied")
    before = state(service, other)

    async def again() -> int:
        return len(await keeper(service).reapply(now=datetime.now(UTC)))

    assert call(service, again) == 1
    assert held(service, own)["submission"] == before["rows"]["submission"] - 1
    assert state(service, other) == before


def test_an_export_has_nothing_of_the_twins(service: Service, own: Organization) -> None:
    alone = own.client.post(f"{own.path}/exports").json()
    other = twin(service, own)
    with service.superuser() as connection:
        connection.execute(
            "UPDATE assessment SET instrument_version_id = (SELECT id FROM instrument_version"
            " WHERE instrument <> 'small' LIMIT 1), period = period || '-x'"
            " WHERE organization_id = %s",
            (other.id,),
        )

    document = own.client.post(f"{own.path}/exports").json()
    person = own.client.post(f"{own.path}/exports", json={"respondent": PSEUDONYM}).json()

    for one in (*HOLDINGS,):
        assert document[one.name] == alone[one.name], one.name
    assert [len(document[name]) for name in ("organization", "clients", "erasures")] == [1, 1, 0]
    assert len(person["submissions"]) == 4


def test_an_erasure_is_looked_up_and_called_off_among_ones_own(
    service: Service, own: Organization
) -> None:
    other = service.organization()
    where = end(own).headers["Location"]
    theirs = end(other)
    with service.superuser() as connection:
        connection.execute(
            "UPDATE erasure SET id = %s WHERE organization_id = %s",
            (where.rpartition("/")[2], other.id),
        )
    assert theirs.status_code == 202

    assert own.client.get(where).json()["status"] == "scheduled"
    assert len(own.client.get(f"{own.path}/erasures").json()["data"]) == 1
    assert own.client.request("DELETE", where).status_code == 204
    seen = other.client.get(f"{other.path}/erasures").json()["data"]
    assert [one["status"] for one in seen] == ["scheduled"]
    with service.superuser() as connection:
        found = connection.execute(
            "SELECT erase_at IS NULL FROM organization WHERE id = ANY (%s) ORDER BY id = %s",
            ([own.id, other.id], other.id),
        ).fetchall()
    assert found == [(True,), (False,)]


def test_nobody_waits_for_another_organization(service: Service, own: Organization) -> None:
    other = service.organization()
    with service.superuser() as elsewhere:
        elsewhere.execute("SELECT FROM organization WHERE id = %s FOR UPDATE", (other.id,))
        end(own)
        with service.superuser() as connection:
            connection.execute(
                "UPDATE erasure SET due_at = requested_at WHERE organization_id = %s", (own.id,)
            )
        worker = threading.Thread(target=carry_out, args=(service,))
        worker.start()
        worker.join(30)
        assert not worker.is_alive()

    assert {name for name, n in held(service, own).items() if n} == {"client", "erasure"}
