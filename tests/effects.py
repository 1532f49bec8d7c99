"""What changed in the database, whatever it was: rows that are new, rows that are gone."""

from collections import Counter
from typing import Any, NamedTuple

import psycopg
from psycopg.sql import SQL, Identifier

from tests.conftest import Service

NO_EFFECT = ("last_used_at",)
"""Columns that say when somebody called, not what was done."""

Rows = dict[str, Counter[str]]
"""Of each table its rows as text."""


class Change(NamedTuple):
    """How many rows of a table are new and how many are gone; a changed row is both."""

    new: int
    gone: int


Effect = dict[str, Change]


def rows(service: Service) -> Rows:
    """The whole database."""
    with service.superuser() as connection:
        tables = connection.execute(
            "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p')"
            " AND relnamespace = 'public'::regnamespace"
        ).fetchall()
        return {table: _rows(connection, table) for (table,) in tables}


def _rows(connection: psycopg.Connection[Any], table: str) -> Counter[str]:
    query = SQL("SELECT (to_jsonb(t) - %s::text[])::text FROM {} t").format(Identifier(table))
    return Counter(row for (row,) in connection.execute(query, [list(NO_EFFECT)]))


def effect(before: Rows, after: Rows) -> Effect:
    """What happened between, by table; empty if nothing did."""
    changes = {
        table: Change(
            (after[table] - before[table]).total(), (before[table] - after[table]).total()
        )
        for table in after
    }
    return {table: change for table, change in changes.items() if any(change)}
