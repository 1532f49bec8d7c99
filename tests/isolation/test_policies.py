"""Row-level security alone: queries that forget their tenant see and change nothing foreign.

Each table's rules are said here once more, in Python, and compared row by row with what PostgreSQL
lets through in every kind of tenant context.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg
import pytest
from psycopg.errors import ForeignKeyViolation, InsufficientPrivilege, UniqueViolation
from psycopg.sql import SQL, Composed, Identifier

from app.db import APP_ROLE, Scope
from tests.conftest import Server, Service
from tests.isolation.asking import OWNERS
from tests.isolation.rules import CONTEXTS, ONLY_TOKENS, RULES, Row
from tests.isolation.world import World
from tests.test_row_security import LINT


@pytest.fixture(scope="module")
def service(
    new_world: Callable[[], AbstractContextManager[Service]],
) -> Iterator[Service]:
    with new_world() as running:
        yield running


@pytest.fixture(scope="module")
def rows(service: Service) -> dict[str, list[Row]]:
    """All rows there are, each with its text by which PostgreSQL reads it."""
    every = SQL("SELECT to_jsonb(t) || jsonb_build_object('text', t::text) FROM {} t")
    with service.superuser() as database:
        return {
            table: [row for (row,) in database.execute(every.format(Identifier(table))).fetchall()]
            for table in RULES
        }


@dataclass(frozen=True, slots=True)
class Context:
    """A connection of the service's role, in one tenant context after the other."""

    connection: psycopg.Connection[Any]
    scopes: list[Scope]
    first: tuple[str, ...] = ()
    """Done in each transaction before anything else."""

    def each(self) -> Iterator[Scope]:
        """Every kind of context; nothing is kept of what is done in one."""
        for scope in self.scopes:
            for statement in self.first:
                self.connection.execute(statement.encode())
            values = {
                **{name: getattr(scope, name) or "" for name in ("network", "client", "key")},
                **{name: "on" if getattr(scope, name) else "" for name in ("operator", "erasing")},
                **{name: array(getattr(scope, name)) for name in ("organizations", "clients")},
            }
            for name, value in values.items():
                self.connection.execute(
                    "SELECT set_config(%s, %s, true)", [f"palanca.{name}", str(value)]
                )
            yield scope
            self.connection.rollback()

    def attempt(self, query: Composed, text: str) -> str:
        """What becomes of a statement about one row; nothing is kept of it."""
        self.connection.execute("SAVEPOINT before")
        try:
            done = "done" if self.connection.execute(query, [text]).rowcount else "not seen"
        except InsufficientPrivilege:
            done = "refused"
        except (UniqueViolation, ForeignKeyViolation):
            done = "done"  # the policies let it through
        self.connection.execute("ROLLBACK TO before")
        return done


def array(ids: tuple[UUID, ...]) -> str:
    return "{" + ",".join(map(str, ids)) + "}"


@pytest.fixture
def context(
    server: Server, service: Service, world: World, rows: dict[str, list[Row]]
) -> Iterator[Context]:
    with psycopg.connect(server.url(service.database, APP_ROLE)) as connection:
        yield Context(connection, [made(world, rows) for made in CONTEXTS.values()])
        connection.rollback()


def test_every_protected_table_has_its_rules_said_here(service: Service) -> None:
    query = "SELECT relname FROM pg_class WHERE relrowsecurity"
    with service.superuser() as database:
        assert {name for (name,) in database.execute(query).fetchall()} == RULES.keys()


@pytest.mark.parametrize("what", LINT)
def test_in_this_database_too_there_is_no(service: Service, what: str) -> None:
    query, exceptions = LINT[what]
    with service.superuser() as database:
        assert {name for (name,) in database.execute(query.encode()).fetchall()} == exceptions


@pytest.mark.parametrize("table", RULES)
def test_what_is_seen_is_what_the_rules_say(
    context: Context, rows: dict[str, list[Row]], table: str
) -> None:
    query = SQL("SELECT t::text FROM {} t").format(Identifier(table))
    visible, _ = RULES[table]

    for scope in context.each():
        seen = {text for (text,) in context.connection.execute(query).fetchall()}
        assert seen == {row["text"] for row in rows[table] if visible(row, scope, rows)}, scope


def test_the_organizations_of_other_partners_are_not_seen_whatever_grants_are(
    service: Service, context: Context, rows: dict[str, list[Row]]
) -> None:
    visible, _ = RULES["organization"]
    open_grants = "ALTER TABLE partner_grant DISABLE ROW LEVEL SECURITY"
    with service.superuser() as database:
        unguarded = Context(database, context.scopes, (open_grants, f"SET LOCAL ROLE {APP_ROLE}"))
        for scope in unguarded.each():
            found = database.execute("SELECT t::text FROM organization t").fetchall()
            expected = {row["text"] for row in rows["organization"] if visible(row, scope, rows)}
            assert {text for (text,) in found} == expected, scope


def some(rows: list[Row], table: str) -> list[Row]:
    """Of each owner the first and the last row."""
    owned: dict[str, list[Row]] = {}
    for row in rows:
        owned.setdefault(row[OWNERS.get(table, "organization_id")], []).append(row)
    return [row for own in owned.values() for row in ([own[0], own[-1]] if own[1:] else own)]


@pytest.mark.parametrize("table", RULES)
def test_what_may_be_added_is_what_the_rules_say(
    context: Context, rows: dict[str, list[Row]], table: str
) -> None:
    query = SQL("INSERT INTO {} SELECT (%s::{}).*").format(Identifier(table), Identifier(table))
    _, writable = RULES[table]

    for scope in context.each():
        for row in some(rows[table], table):
            expected = "done" if writable(row, scope, rows) else "refused"
            assert context.attempt(query, row["text"]) == expected, (scope, row)


@pytest.mark.parametrize("table", RULES)
def test_what_may_be_changed_is_what_the_rules_say(
    context: Context, rows: dict[str, list[Row]], table: str
) -> None:
    columns = context.connection.execute(
        "SELECT column_name FROM information_schema.column_privileges"
        " WHERE table_name = %s AND privilege_type = 'UPDATE' ORDER BY column_name LIMIT 1",
        [table],
    ).fetchall()
    visible, writable = RULES[table]
    for (column,) in columns:
        query = SQL("UPDATE {} t SET {} = t.{} WHERE t::text = %s").format(
            Identifier(table), Identifier(column), Identifier(column)
        )
        for scope in context.each():
            for row in some(rows[table], table):
                may = "done" if writable(row, scope, rows) else "refused"
                expected = may if visible(row, scope, rows) else "not seen"
                assert context.attempt(query, row["text"]) == expected, (scope, row)


@pytest.mark.parametrize("table", RULES)
def test_rows_go_only_while_something_is_being_erased(
    context: Context, rows: dict[str, list[Row]], table: str
) -> None:
    privilege = "SELECT has_table_privilege(%s, 'DELETE')"
    [[may]] = context.connection.execute(privilege, [f"public.{table}"]).fetchall()
    query = SQL("DELETE FROM {} t WHERE t::text = %s").format(Identifier(table))
    visible, _ = RULES[table]

    for scope in context.each():
        for row in some(rows[table], table) if may else []:
            erasable = scope.erasing and (table not in ONLY_TOKENS or row["is_token"])
            expected = "done" if visible(row, scope, rows) and erasable else "not seen"
            assert context.attempt(query, row["text"]) == expected, (scope, row)


@pytest.mark.parametrize("table", RULES)
def test_the_rules_are_put_to_the_test(
    world: World, rows: dict[str, list[Row]], table: str
) -> None:
    scopes = [made(world, rows) for made in CONTEXTS.values()]

    for rule in RULES[table]:
        verdicts = {rule(row, scope, rows) for row in rows[table] for scope in scopes}
        assert verdicts == {True, False}, "rows on both sides of the rule"
