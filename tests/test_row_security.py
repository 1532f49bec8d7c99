"""Every tenant's rows are under forced row-level security, read from the catalog of PostgreSQL."""

from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import psycopg
import pytest
from psycopg.errors import InsufficientPrivilege
from sqlalchemy import text

from app.access.models import Kind
from app.db import APP_ROLE, Scope, transaction
from tests.conftest import Server, Service

PUBLIC = {
    "alembic_version",
    "framework_edition",
    "instrument_version",
    "release",
    "release_cell",
}
"""Tables of published documents, everybody's to read. Any other table holds tenants' rows."""

UNPROTECTED = """
SELECT relname FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT (
  relrowsecurity AND relforcerowsecurity
  AND EXISTS (SELECT FROM pg_policy WHERE polrelid = pg_class.oid AND polcmd = '*')
  AND NOT EXISTS (
    SELECT FROM pg_policy WHERE polrelid = pg_class.oid
    AND polroles <> ARRAY['palanca_owner'::regrole::oid] AND (
      polqual IS NULL OR polwithcheck IS NULL
      OR pg_get_expr(polqual, polrelid) = 'true' OR pg_get_expr(polwithcheck, polrelid) = 'true')))
"""
LEAKS = """
SELECT relname FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind IN ('v', 'm', 'f')
UNION ALL
SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prosecdef
"""
TENANT_TABLES = """
SELECT attrelid FROM pg_attribute JOIN pg_class c ON c.oid = attrelid
WHERE attname = 'organization_id' AND attnotnull AND relkind IN ('r', 'p')
AND relnamespace = 'public'::regnamespace
"""
UNIQUE_ACROSS_TENANTS = f"""
SELECT c.relname FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
WHERE i.indisunique AND i.indrelid IN ({TENANT_TABLES}) AND a.attname <> 'organization_id'
"""  # noqa: S608 - constants of this file
UNINDEXED = """
SELECT conname FROM pg_constraint f
WHERE contype = 'f' AND connamespace = 'public'::regnamespace AND NOT EXISTS (
  SELECT FROM pg_index i WHERE i.indrelid = f.conrelid AND i.indpred IS NULL
  AND (SELECT array_agg(k ORDER BY k) FROM unnest(
        (i.indkey::int2[])[0:cardinality(f.conkey) - 1]) AS k)
    = (SELECT array_agg(k ORDER BY k) FROM unnest(f.conkey) AS k))
"""
UNTENANTED_REFERENCES = f"""
SELECT conname FROM pg_constraint f
WHERE contype = 'f' AND conrelid IN ({TENANT_TABLES}) AND confrelid IN ({TENANT_TABLES})
AND NOT (SELECT attnum FROM pg_attribute
         WHERE attrelid = conrelid AND attname = 'organization_id') = ANY (conkey)
"""  # noqa: S608 - constants of this file


@pytest.fixture(scope="module")
def database(new_database: Callable[[], str]) -> str:
    return new_database()


@pytest.fixture
def admin(server: Server, database: str) -> Iterator[psycopg.Connection[Any]]:
    """The superuser; what a test plants is undone at its end."""
    with psycopg.connect(server.url(database)) as connection:
        yield connection
        connection.rollback()


def names(connection: psycopg.Connection[Any], query: str) -> set[str]:
    return {name for (name,) in connection.execute(query.encode()).fetchall()}


def test_every_table_but_the_published_ones_is_protected(admin: psycopg.Connection[Any]) -> None:
    assert names(admin, UNPROTECTED) == PUBLIC


PLANTED = "CREATE TABLE planted (organization_id uuid NOT NULL, secret text);"
ENABLED = PLANTED + "ALTER TABLE planted ENABLE ROW LEVEL SECURITY;"
FORCED = ENABLED + "ALTER TABLE planted FORCE ROW LEVEL SECURITY;"
MINE = "(organization_id = gen_random_uuid())"


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(PLANTED, id="no row security"),
        pytest.param(
            ENABLED + f"CREATE POLICY p ON planted USING {MINE} WITH CHECK {MINE}",
            id="the owner is not bound",
        ),
        pytest.param(FORCED, id="no policy"),
        pytest.param(FORCED + f"CREATE POLICY p ON planted USING {MINE}", id="no check on writes"),
        pytest.param(
            FORCED + f"CREATE POLICY p ON planted FOR SELECT USING {MINE}", id="reads only"
        ),
        pytest.param(
            FORCED + "CREATE POLICY p ON planted USING (true) WITH CHECK (true)",
            id="a policy that lets all through",
        ),
        pytest.param(
            FORCED
            + f"CREATE POLICY p ON planted USING {MINE} WITH CHECK {MINE};"
            + "CREATE POLICY q ON planted FOR SELECT USING (true)",
            id="a second policy that lets all through",
        ),
    ],
)
def test_a_planted_table_without_protection_is_found(
    admin: psycopg.Connection[Any], fault: str
) -> None:
    admin.execute(fault.encode())

    assert names(admin, UNPROTECTED) == PUBLIC | {"planted"}


def test_a_planted_table_with_protection_is_not_found(admin: psycopg.Connection[Any]) -> None:
    policy = f"CREATE POLICY p ON planted USING {MINE} WITH CHECK {MINE}"
    admin.execute((FORCED + policy).encode())

    assert names(admin, UNPROTECTED) == PUBLIC


def test_no_view_or_definer_function_goes_around_the_policies(
    admin: psycopg.Connection[Any],
) -> None:
    assert names(admin, LEAKS) == set()

    admin.execute("CREATE VIEW around AS SELECT * FROM submission")
    admin.execute("CREATE MATERIALIZED VIEW kept AS SELECT * FROM submission")
    admin.execute(
        "CREATE FUNCTION as_owner() RETURNS bigint LANGUAGE sql SECURITY DEFINER"
        " AS 'SELECT count(*) FROM submission'"
    )
    assert names(admin, LEAKS) == {"around", "kept", "as_owner"}


def test_every_key_of_a_tenant_table_begins_with_the_organization(
    admin: psycopg.Connection[Any],
) -> None:
    tenant = {str(one) for one in names(admin, TENANT_TABLES.replace("attrelid", "relname", 1))}
    assert tenant == {"assessment", "submission", "result", "release_contribution"}
    assert names(admin, UNIQUE_ACROSS_TENANTS) == set()
    without_key = (
        f"SELECT relname FROM pg_class WHERE oid IN ({TENANT_TABLES})"  # noqa: S608 - constants
        " AND NOT EXISTS (SELECT FROM pg_index WHERE indrelid = pg_class.oid AND indisprimary)"
    )
    assert names(admin, without_key) == set()

    admin.execute("CREATE UNIQUE INDEX planted ON submission (external_id)")
    assert names(admin, UNIQUE_ACROSS_TENANTS) == {"planted"}


def test_every_reference_between_tenant_tables_holds_the_organization(
    admin: psycopg.Connection[Any],
) -> None:
    assert names(admin, UNTENANTED_REFERENCES) == set()

    admin.execute("ALTER TABLE assessment ADD CONSTRAINT alone UNIQUE (id)")
    admin.execute(
        "ALTER TABLE result ADD CONSTRAINT planted FOREIGN KEY (assessment_id)"
        " REFERENCES assessment (id)"
    )
    assert names(admin, UNTENANTED_REFERENCES) == {"planted"}


def test_every_foreign_key_is_indexed(admin: psycopg.Connection[Any]) -> None:
    assert names(admin, UNINDEXED) == set()

    admin.execute("DROP INDEX ix_submission_client_id")
    assert names(admin, UNINDEXED) == {"fk_submission_client_id"}


NO_PREDICATE = "SELECT DISTINCT organization_id FROM submission"
"""As a query would read whose author forgot the tenant."""


def seen(service: Service, organization: str) -> set[str]:
    """What that query sees as the service, in one organization's context."""

    async def asked() -> set[str]:
        scope = Scope(organizations=(UUID(organization),))
        async with transaction(service.http.app.state.engine, scope) as session:  # type: ignore[attr-defined]
            assert await session.scalar(text("SELECT current_user")) == APP_ROLE
            connection = await session.connection()
            return {str(one) for one in await connection.scalars(text(NO_PREDICATE))}

    assert service.http.portal is not None
    return service.http.portal.call(asked)


def test_a_query_that_forgets_the_tenant_leaks_only_where_protection_is_removed(
    fresh_service: Service,
) -> None:
    first, second = fresh_service.organization(), fresh_service.organization()
    for organization in (first, second):
        assert organization.submit().status_code == 201

    assert seen(fresh_service, first.id) == {first.id}
    assert seen(fresh_service, second.id) == {second.id}

    with fresh_service.superuser() as database:
        database.execute("ALTER TABLE submission DISABLE ROW LEVEL SECURITY")
    assert seen(fresh_service, first.id) == {first.id, second.id}, "the policy was what kept them"


@pytest.mark.parametrize(
    "scope",
    [
        pytest.param(None, id="no context"),
        pytest.param(Scope(), id="an empty context"),
        pytest.param(Scope(operator=True), id="an operator"),
    ],
)
def test_without_an_organization_there_are_no_rows(service: Service, scope: Scope | None) -> None:
    organization = service.organization()
    assert organization.submit().status_code == 201

    async def rows() -> list[int]:
        engine = service.http.app.state.engine  # type: ignore[attr-defined]
        async with transaction(engine, Scope(organizations=(UUID(organization.id),))) as session:
            before = await session.scalar(text("SELECT count(*) FROM submission"))
        async with transaction(engine, scope) as session:
            return [before or 0, await session.scalar(text("SELECT count(*) FROM submission")) or 0]

    assert service.http.portal is not None
    assert service.http.portal.call(rows) == [1, 0]


def test_a_row_cannot_be_written_for_another_organization(service: Service) -> None:
    own, foreign = service.organization(), service.organization()
    assert own.submit().status_code == 201
    insert = (
        "INSERT INTO assessment SELECT %s, gen_random_uuid(), instrument_version_id, '2019',"
        " period_end, opened_at, NULL FROM assessment LIMIT 1"
    )

    with psycopg.connect(service.server.url(service.database, APP_ROLE)) as connection:
        connection.execute(
            "SELECT set_config('palanca.organizations', %s, true)", [f"{{{own.id}}}"]
        )
        connection.execute(insert, [own.id])
        with pytest.raises(InsufficientPrivilege, match="row-level security"):
            connection.execute(insert, [foreign.id])


def test_the_query_alone_keeps_organizations_apart(fresh_service: Service) -> None:
    networks = [fresh_service.network()["id"] for _ in range(2)]
    own, foreign = (fresh_service.organization(network=one) for one in networks)
    network = fresh_service.as_(fresh_service.key(Kind.NETWORK, networks[0]))
    with fresh_service.superuser() as database:
        for table in ("organization", "network"):
            database.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY".encode())

    for client in (own.client, network):
        rows = client.get("/v1/organizations").json()["data"]
        assert [one["id"] for one in rows] == [own.id]
        assert client.get(foreign.path).status_code == 404
        assert client.get(own.path).status_code == 200
    assert network.get(f"/v1/networks/{networks[1]}").status_code == 404
    assert network.get(f"/v1/networks/{networks[0]}").status_code == 200


@pytest.mark.parametrize("kind", [Kind.ORGANIZATION, Kind.NETWORK], ids=str)
def test_the_policy_alone_keeps_organizations_apart(service: Service, kind: Kind) -> None:
    networks = [service.network()["id"] for _ in range(2)]
    own, _ = (service.organization(network=one) for one in networks)
    scope = (
        Scope(network=UUID(networks[0]))
        if kind is Kind.NETWORK
        else Scope(organizations=(UUID(own.id),))
    )

    async def asked() -> list[str]:
        async with transaction(service.http.app.state.engine, scope) as session:  # type: ignore[attr-defined]
            connection = await session.connection()
            return [
                str(one) for one in await connection.scalars(text("SELECT id FROM organization"))
            ]

    assert service.http.portal is not None
    assert service.http.portal.call(asked) == [own.id]
