"""Every tenant's rows are under forced row-level security, read from the catalog of PostgreSQL."""

from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import text

from app.db import APP_ROLE, Scope, transaction
from tests.conftest import Server, Service

PUBLIC = {
    *("published_practice", "agreement", "alembic_version", "catalog_document"),
    *("catalog_version", "search_text", "search_word", "instrument_version"),
    *("release", "release_cell", "lattice_version", "release_day"),
    "release_file",
}
"""Tables of published documents, everybody's to read. Any other table holds tenants' rows."""

TENANT = {
    *(
        "adoption",
        "aim",
        "assessment",
        "change_test",
        "erasure",
        "invitation",
        "measure",
        "observation",
    ),
    *("participation", "partner_grant", "practice", "release_contribution", "result", "submission"),
}
"""Tables of which every row is one organization's."""

TABLES = "relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace"
UNPROTECTED = f"""
SELECT relname FROM pg_class t WHERE {TABLES} AND NOT (
  relrowsecurity AND relforcerowsecurity
  AND EXISTS (SELECT FROM pg_policy WHERE polrelid = t.oid AND polcmd = '*')
  AND NOT EXISTS (
    SELECT FROM pg_policy WHERE polrelid = t.oid AND polpermissive
    AND polroles <> ARRAY['palanca_owner'::regrole::oid] AND (
      polqual IS NULL OR polwithcheck IS NULL
      OR pg_get_expr(polqual, polrelid) = 'true' OR pg_get_expr(polwithcheck, polrelid) = 'true')))
"""  # noqa: S608 - constants of this file
BEYOND = "nspname NOT IN ('pg_catalog', 'information_schema') AND nspname NOT LIKE 'pg_%'"
WAYS_AROUND = f"""
SELECT relname FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
WHERE {BEYOND} AND (relkind IN ('m', 'f')
  OR relkind = 'v' AND NOT coalesce(reloptions && ARRAY['security_invoker=true'], false))
UNION ALL
SELECT proname FROM pg_proc JOIN pg_namespace n ON n.oid = pronamespace
WHERE {BEYOND} AND prosecdef
"""  # noqa: S608 - constants of this file
TENANT_TABLES = f"""
SELECT attrelid FROM pg_attribute JOIN pg_class c ON c.oid = attrelid
WHERE attname = 'organization_id' AND attnotnull AND {TABLES}
"""  # noqa: S608 - constants of this file
KEYS_ACROSS_TENANTS = f"""
SELECT c.relname FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attname = 'organization_id'
WHERE i.indisunique AND i.indrelid IN ({TENANT_TABLES})
AND NOT a.attnum = ANY ((i.indkey::int2[])[0:i.indnkeyatts - 1])
UNION ALL
SELECT relname FROM pg_class WHERE oid IN ({TENANT_TABLES})
AND NOT EXISTS (SELECT FROM pg_index WHERE indrelid = pg_class.oid AND indisprimary)
"""  # noqa: S608 - constants of this file
UNTENANTED_REFERENCES = f"""
SELECT conname FROM pg_constraint f
WHERE contype = 'f' AND conrelid IN ({TENANT_TABLES}) AND confrelid IN ({TENANT_TABLES})
AND NOT (SELECT attnum FROM pg_attribute
         WHERE attrelid = conrelid AND attname = 'organization_id') = ANY (conkey)
"""  # noqa: S608 - constants of this file
UNINDEXED = """
SELECT conname FROM pg_constraint f
WHERE contype = 'f' AND connamespace = 'public'::regnamespace AND NOT EXISTS (
  SELECT FROM pg_index i WHERE i.indrelid = f.conrelid
  AND (i.indpred IS NULL OR pg_get_expr(i.indpred, i.indrelid) IN (
        SELECT format('(%I IS NOT NULL)', attname) FROM pg_attribute
        WHERE attrelid = f.conrelid AND attnum = ANY (f.conkey)))
  AND (SELECT array_agg(k ORDER BY k) FROM unnest(
        (i.indkey::int2[])[0:cardinality(f.conkey) - 1]) AS k)
    = (SELECT array_agg(k ORDER BY k) FROM unnest(f.conkey) AS k))
"""
LOST_AT_WILL = f"""
SELECT relname FROM pg_class t WHERE {TABLES} AND (
  has_table_privilege('palanca_app', oid, 'TRUNCATE')
  OR has_table_privilege('palanca_app', oid, 'TRIGGER')
  OR has_table_privilege('palanca_app', oid, 'REFERENCES')
  OR has_table_privilege('palanca_app', oid, 'DELETE') AND NOT EXISTS (
    SELECT FROM pg_policy WHERE polrelid = t.oid AND polcmd = 'd' AND NOT polpermissive
    AND pg_get_expr(polqual, polrelid) LIKE '%palanca.erasing%'))
"""  # noqa: S608 - constants of this file
CHECKED_LATER = """
SELECT conname FROM pg_constraint WHERE condeferrable AND connamespace = 'public'::regnamespace
"""
LINT = {
    "a table without protection": (UNPROTECTED, PUBLIC),
    "a way around the policies": (WAYS_AROUND, set()),
    "a key across tenants": (KEYS_ACROSS_TENANTS, set()),
    "a reference without the tenant": (UNTENANTED_REFERENCES, set()),
    "a foreign key without index": (UNINDEXED, set()),
    "rows that the service may lose": (LOST_AT_WILL, set()),
    "a constraint that speaks after the reply": (CHECKED_LATER, set()),
}
"""What must not be there, and the exceptions."""

PLANTED = "CREATE TABLE planted (organization_id uuid NOT NULL PRIMARY KEY, secret text);"
ENABLED = PLANTED + "ALTER TABLE planted ENABLE ROW LEVEL SECURITY;"
FORCED = ENABLED + "ALTER TABLE planted FORCE ROW LEVEL SECURITY;"
MINE = "(organization_id = gen_random_uuid())"
BOTH = f"USING {MINE} WITH CHECK {MINE}"
PROTECTED = f"{FORCED}CREATE POLICY p ON planted {BOTH};"
DEFINER = "RETURNS bigint LANGUAGE sql SECURITY DEFINER AS 'SELECT count(*) FROM submission'"
UNPROTECTED_FAULTS = {
    "no row security": PLANTED,
    "the owner is not bound": ENABLED + f"CREATE POLICY p ON planted {BOTH}",
    "no policy": FORCED,
    "no check on writes": FORCED + f"CREATE POLICY p ON planted USING {MINE}",
    "a check on reads only": FORCED + f"CREATE POLICY p ON planted FOR SELECT USING {MINE}",
    "a policy that lets all through": FORCED
    + "CREATE POLICY p ON planted USING (true) WITH CHECK (true)",
    "a second policy that lets all through": PROTECTED
    + "CREATE POLICY q ON planted FOR SELECT USING (true)",
}
OTHER_FAULTS = {
    "a plain view": ("a way around the policies", "CREATE VIEW planted AS TABLE submission"),
    "a view elsewhere": (
        "a way around the policies",
        "CREATE SCHEMA other; CREATE VIEW other.planted AS TABLE submission",
    ),
    "a materialized view": (
        "a way around the policies",
        "CREATE MATERIALIZED VIEW planted AS TABLE submission",
    ),
    "a definer function": ("a way around the policies", f"CREATE FUNCTION planted() {DEFINER}"),
    "a unique index": (
        "a key across tenants",
        "CREATE UNIQUE INDEX planted ON submission (external_id)",
    ),
    "a unique index that only carries the tenant": (
        "a key across tenants",
        "CREATE UNIQUE INDEX planted ON submission (external_id) INCLUDE (organization_id)",
    ),
    "a primary key of the id alone": (
        "a key across tenants",
        (
            "CREATE TABLE other (organization_id uuid NOT NULL, id uuid,"
            " CONSTRAINT planted PRIMARY KEY (id))"
        ),
    ),
    "no primary key": (
        "a key across tenants",
        "CREATE TABLE planted (organization_id uuid NOT NULL)",
    ),
    "a reference by id alone": (
        "a reference without the tenant",
        (
            "ALTER TABLE assessment ADD CONSTRAINT alone UNIQUE (id);"
            " ALTER TABLE result ADD CONSTRAINT planted FOREIGN KEY (assessment_id)"
            " REFERENCES assessment (id)"
        ),
    ),
    "a dropped index": (
        "a foreign key without index",
        (
            "ALTER TABLE submission RENAME CONSTRAINT fk_submission_client_id TO planted;"
            " DROP INDEX ix_submission_client_id"
        ),
    ),
    "an index of some rows": (
        "a foreign key without index",
        (
            "ALTER TABLE submission RENAME CONSTRAINT fk_submission_client_id TO planted;"
            " DROP INDEX ix_submission_client_id; CREATE INDEX ON submission (client_id)"
            " WHERE external_id IS NOT NULL"
        ),
    ),
    "a right to delete": (
        "rows that the service may lose",
        f"{PROTECTED} GRANT DELETE ON planted TO palanca_app",
    ),
    "a right to delete behind a permissive policy": (
        "rows that the service may lose",
        (
            f"{PROTECTED} GRANT DELETE ON planted TO palanca_app; CREATE POLICY e ON planted"
            " FOR DELETE USING (current_setting('palanca.erasing', true) = 'on')"
        ),
    ),
    "a right to truncate": (
        "rows that the service may lose",
        f"{PROTECTED} GRANT TRUNCATE ON planted TO palanca_app",
    ),
    "a right to add triggers": (
        "rows that the service may lose",
        f"{PROTECTED} GRANT TRIGGER ON planted TO palanca_app",
    ),
    "a check at commit": (
        "a constraint that speaks after the reply",
        "ALTER TABLE network ADD CONSTRAINT planted UNIQUE (name) DEFERRABLE INITIALLY DEFERRED",
    ),
}
FAULTS = {
    **{name: ("a table without protection", sql) for name, sql in UNPROTECTED_FAULTS.items()},
    **OTHER_FAULTS,
}
"""Of each kind some, each with the part of the lint that has to find it as ``planted``."""


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


@pytest.mark.parametrize("what", LINT)
def test_there_is_no(admin: psycopg.Connection[Any], what: str) -> None:
    query, exceptions = LINT[what]

    assert names(admin, query) == exceptions


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_found(admin: psycopg.Connection[Any], fault: str) -> None:
    what, statements = FAULTS[fault]
    query, exceptions = LINT[what]
    admin.execute(statements.encode())

    assert names(admin, query) - exceptions == {"planted"}


def test_every_part_of_the_lint_has_a_planted_fault() -> None:
    assert {what for what, _ in FAULTS.values()} == LINT.keys()


def test_what_is_protected_is_not_found(admin: psycopg.Connection[Any]) -> None:
    erasing = "FOR DELETE USING (current_setting('palanca.erasing', true) = 'on')"
    admin.execute(
        f"{PROTECTED} GRANT DELETE ON planted TO palanca_app;"
        f" CREATE POLICY e ON planted AS RESTRICTIVE {erasing};"
        " CREATE VIEW seen WITH (security_invoker = true) AS TABLE planted".encode()
    )

    for query, exceptions in LINT.values():
        assert names(admin, query) == exceptions


def test_the_tenants_tables_are_these(admin: psycopg.Connection[Any]) -> None:
    assert names(admin, TENANT_TABLES.replace("attrelid", "relname", 1)) == TENANT


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
