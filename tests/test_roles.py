"""What each database role may do, and which logins the service refuses to serve as."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any, LiteralString
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql
from psycopg.errors import InsufficientPrivilege
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.testclient import TestClient

from app.db import APP_ROLE, OWNER_ROLE, RELEASE_ROLE, UnsafeRoleError, check_role, make_engine
from app.main import create_app
from tests.conftest import Server

PUBLISHED = {"release", "release_cell", "release_file"}
"""All that the role behind open benchmarks may read."""

CHANGING = {
    "adoption": {"ended_at", "ended_on", "ending", "note", "outcome"},
    "aim": {"board_adopted_on", "closed_on", "closed_why", "drivers", "elements", "title"},
    "agreement": {"accepted_until"},
    "answered_request": set(),
    "assessment": {"locked_at"},
    "audit_event": set(),
    "audit_head": {"seq", "hash", "signature"},
    "catalog_document": set(),
    "catalog_version": set(),
    "change_test": {"decision", "ended_on", "happened", "studied_at", "study"},
    "client": {"data_use", "ends_at", "jwks", "name"},
    "client_key": {"expires_at", "last_used_at", "revoked_at"},
    "cohort_request": {"decided_at", "lattice_version", "status"},
    "erased_contribution": set(),
    "erasure": {"begun_at", "called_off_at", "counts", "finished_at"},
    "instrument_version": set(),
    "invitation": {"revoked_at", "submission_id", "used_on"},
    "import_part": {"organizations", "raw", "rejected", "report", "warnings"},
    "import_run": {
        *("status", "parts", "parts_done", "lines", "done", "problem", "started_at", "finished_at"),
        *("accepted", "unchanged", "superseded", "rejected", "warnings"),
    },
    "lattice_version": set(),
    "measure": set(),
    "network": set(),
    "observation": {"superseded_at"},
    "organization": {
        *("agreement_version", "benchmark", "partner", "research", "share_with_network"),
        *("attributes", "external_id", "identifiers", "name", "network_id"),
        *("erase_at", "erased_at"),
    },
    "participation": set(),
    "partner_grant": {"revoked_at"},
    "practice": {
        *("accepted_at", "body", "elements", "is_anonymous", "published_id", "remark"),
        *("status", "submitted_at"),
    },
    "published_practice": {"body", "taken_down_at", "words"},
    "query_answer": set(),
    "release": set(),
    "search_text": set(),
    "search_word": set(),
    "release_cell": set(),
    "release_contribution": set(),
    "release_coverage": set(),
    "release_day": set(),
    "release_file": set(),
    "result": set(),
    "submission": {"superseded_at", "withdrawn_at"},
    "used_assertion": set(),
}
"""The columns that the service may change; everything else is only ever added."""

GOING = {
    *("answered_request", "client_key", "used_assertion"),
    *("assessment", "invitation", "participation", "partner_grant", "release_contribution"),
    *("result", "submission", "import_run"),
    *("measure", "observation", "aim", "change_test", "practice", "adoption"),
}
"""Tables that the service may take rows from, while something is being erased or purged."""


@pytest.fixture(scope="module")
def database(new_database: Callable[[], str]) -> str:
    return new_database()


@asynccontextmanager
async def acting_as(server: Server, database: str, role: str) -> AsyncIterator[AsyncEngine]:
    """Connections that are that role's from the start, as if it had logged in."""
    engine = make_engine(server.url(database), pool_size=1)

    @event.listens_for(engine.sync_engine, "connect")
    def become(connection: Any, _: object) -> None:
        connection.cursor().execute(f"SET SESSION AUTHORIZATION {role}")
        connection.commit()

    yield engine
    await engine.dispose()


@pytest.fixture
def role(server: Server) -> Iterator[str]:
    """A role of the test's own that can do nothing yet."""
    name = f"test_{uuid4().hex[:12]}"
    server.run(f"CREATE ROLE {name} LOGIN")
    yield name
    server.run(f"DROP ROLE {name}")


async def refused(server: Server, database: str, role: str) -> str:
    async with acting_as(server, database, role) as engine:
        with pytest.raises(UnsafeRoleError) as raised:
            await check_role(engine, APP_ROLE)
    return str(raised.value)


@pytest.mark.parametrize("expected", [APP_ROLE, RELEASE_ROLE])
async def test_the_services_own_roles_are_safe(
    server: Server, database: str, expected: str
) -> None:
    async with acting_as(server, database, expected) as engine:
        await check_role(engine, expected)


async def test_a_role_with_no_rights_is_safe(server: Server, database: str, role: str) -> None:
    async with acting_as(server, database, role) as engine:
        await check_role(engine, APP_ROLE)


@pytest.mark.parametrize(
    ("grant", "reason"),
    [
        pytest.param("ALTER ROLE {} SUPERUSER", "{} is a superuser", id="a superuser"),
        pytest.param(
            "ALTER ROLE {} BYPASSRLS", "{} bypasses row security", id="one that bypasses policies"
        ),
        pytest.param(
            "ALTER ROLE {} CREATEROLE",
            "{} may create roles",
            id="one that may give itself other roles",
        ),
        pytest.param(
            f"GRANT {OWNER_ROLE} TO {{}}",
            f"{OWNER_ROLE} owns tables",
            id="a member of the tables' owner",
        ),
        pytest.param(
            f"ALTER ROLE {{}} NOINHERIT; GRANT {OWNER_ROLE} TO {{}}",
            f"{OWNER_ROLE} owns tables",
            id="a member that would have to say SET ROLE",
        ),
    ],
)
async def test_an_unsafe_role_is_refused(
    server: Server, database: str, role: str, grant: str, reason: str
) -> None:
    for statement in grant.split(";"):
        server.run(statement.format(role))

    said = await refused(server, database, role)

    assert said.startswith(f"Refusing to serve as {role}: it ")
    assert reason.format(role) in said
    assert said.endswith(
        "Run `palanca db upgrade` with PALANCA_ADMIN_DATABASE_URL, "
        "and give PALANCA_DATABASE_URL the role palanca_app."
    )


async def test_a_role_that_owns_a_table_is_refused(
    server: Server, new_database: Callable[[], str], role: str
) -> None:
    database = new_database()
    with psycopg.connect(server.url(database), autocommit=True) as admin:
        admin.execute(sql.SQL("ALTER TABLE submission OWNER TO {}").format(sql.Identifier(role)))

        assert f"{role} owns tables" in await refused(server, database, role)

        admin.execute(f"ALTER TABLE submission OWNER TO {OWNER_ROLE}".encode())


async def test_a_member_of_a_role_that_bypasses_policies_is_refused(
    server: Server, database: str, role: str
) -> None:
    server.run(f"CREATE ROLE {role}_group BYPASSRLS")
    server.run(f"GRANT {role}_group TO {role}")

    assert f"{role}_group bypasses row security" in await refused(server, database, role)

    server.run(f"DROP ROLE {role}_group")


@pytest.mark.parametrize("setting", ["database_url", "release_database_url"])
def test_the_service_does_not_start_as_superuser(
    server: Server, database: str, setting: str
) -> None:
    settings = server.settings(database, **{setting: server.url(database)})

    with pytest.raises(UnsafeRoleError, match="is a superuser"), TestClient(create_app(settings)):
        pass


def tables(connection: psycopg.Connection[Any]) -> set[str]:
    found = connection.execute(
        "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p')"
        " AND relnamespace = 'public'::regnamespace"
    )
    return {name for (name,) in found.fetchall()}


def test_the_release_role_reads_published_cells_and_nothing_else(
    server: Server, database: str
) -> None:
    with psycopg.connect(server.url(database, RELEASE_ROLE), autocommit=True) as connection:
        assert connection.execute("SELECT current_user").fetchone() == (RELEASE_ROLE,)
        every = tables(connection)
        assert {"submission", "result", "organization", "client", "client_key"} < every
        for table in every:
            query = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table))
            if table in PUBLISHED:
                assert connection.execute(query).fetchone() == (0,)
            else:
                with pytest.raises(InsufficientPrivilege):
                    connection.execute(query)


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO release_cell SELECT * FROM release_cell",
        "UPDATE release SET sha256 = ''",
        "DELETE FROM release_cell",
        "TRUNCATE release_cell",
        "INSERT INTO release_file SELECT * FROM release_file",
        "UPDATE release_file SET body = ''",
        "DELETE FROM release_file",
        f"SET ROLE {APP_ROLE}",
        f"SET ROLE {OWNER_ROLE}",
        "CREATE TABLE mine ()",
    ],
)
def test_the_release_role_changes_nothing(
    server: Server, database: str, statement: LiteralString
) -> None:
    with (
        psycopg.connect(server.url(database, RELEASE_ROLE)) as connection,
        pytest.raises(InsufficientPrivilege),
    ):
        connection.execute(statement)


def test_the_service_can_change_no_more_than_it_must(server: Server, database: str) -> None:
    with psycopg.connect(server.url(database)) as connection:
        assert tables(connection) == set(CHANGING) | {"alembic_version"}
        found = connection.execute(
            "SELECT c.relname, a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid"
            " WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attnum > 0"
            " AND has_column_privilege('palanca_app', c.oid, a.attnum, 'UPDATE')"
        ).fetchall()

    assert set(found) == {(table, one) for table, columns in CHANGING.items() for one in columns}


@pytest.mark.parametrize(
    ("privilege", "expected"),
    [("DELETE", GOING), ("TRUNCATE", set()), ("TRIGGER", set()), ("REFERENCES", set())],
)
def test_the_service_can_take_away_no_more_than_it_must(
    server: Server, database: str, privilege: str, expected: set[str]
) -> None:
    with psycopg.connect(server.url(database)) as connection:
        found = connection.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
            " AND relkind = 'r' AND has_table_privilege('palanca_app', oid, %s)",
            [privilege],
        ).fetchall()

    assert {name for (name,) in found} == expected


@pytest.mark.parametrize("role_name", [APP_ROLE, RELEASE_ROLE])
def test_no_service_role_may_make_objects(server: Server, database: str, role_name: str) -> None:
    with psycopg.connect(server.url(database)) as connection:
        found = connection.execute(
            "SELECT has_schema_privilege(%(role)s, 'public', 'CREATE'),"
            " pg_has_role(%(role)s, %(owner)s, 'MEMBER')",
            {"role": role_name, "owner": OWNER_ROLE},
        ).fetchone()

    assert found == (False, False)
