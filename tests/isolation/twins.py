"""Twins: rows of ``foreign`` that are as like those of ``own`` as the keys of the tables allow.

Ids, names and periods are the same, the content is not. A query that forgets its tenant finds two
rows for one. By themselves such rows never come about: random ids would hide what was forgotten.
"""

from collections.abc import Mapping
from typing import Any

import psycopg
from psycopg.sql import SQL, Composed, Identifier
from psycopg.types.json import Jsonb

FIRST = ("assessment", "submission", "measure", "aim")
"""Tables that others refer to."""

OTHERWISE = {
    ("submission", "notes"): "replace(notes::text, 'ownCanary', 'foreignCanary')::jsonb",
    ("submission", "external_id"): "replace(external_id, 'ownCanary', 'foreignCanary')",
    ("participation", "signed_by"): "'OpenforeignCanary'",
    ("invitation", "key_id"): "'twin' || substr(key_id, 5)",
    (
        "invitation",
        "digest",
    ): "CASE role WHEN 'nursing' THEN sha256('twin' || digest) ELSE digest END",
    ("result", "overall"): "12.5",
    **{
        (table, column): f"replace({column}, 'ownCanary', 'foreignCanary')"
        for table, column in (
            *(("measure", "title"), ("observation", "note")),
            *(("aim", "title"), ("change_test", "plan")),
        )
    },
    ("practice", "body"): "replace(body::text, 'ownCanary', 'foreignCanary')::json",
}
"""What a twin has otherwise: what is secret, and what is found without a tenant by its nature."""

TABLES = (
    "SELECT table_name FROM information_schema.columns WHERE table_schema = 'public'"
    " AND column_name = 'organization_id' AND is_nullable = 'NO'"
)
COLUMNS = (
    "SELECT column_name FROM information_schema.columns"
    " WHERE table_schema = 'public' AND table_name = %s"
)


def plant_twins(
    database: psycopg.Connection[Any],
    hospitals: Mapping[str, str],
    clients: Mapping[str, str],
) -> None:
    """Give ``foreign`` a twin of every row of ``own``; grants are twins from the beginning.

    Args:
        database: as superuser.
        hospitals: their ids.
        clients: ids of the clients of ``own``, each with that of the twin's.
    """
    values = {"own": hospitals["own"], "foreign": hospitals["foreign"], "clients": Jsonb(clients)}
    tables = {name for (name,) in database.execute(TABLES).fetchall()}
    for table in (*FIRST, *sorted(tables - {*FIRST, "partner_grant"})):
        columns = [name for (name,) in database.execute(COLUMNS, [table]).fetchall()]
        database.execute(_copy(table, columns), values)
    database.execute(
        "INSERT INTO answered_request SELECT (%(clients)s ->> client_id::text)::uuid, name,"
        " fingerprint, status, headers, body, answered_at FROM answered_request"
        " WHERE %(clients)s ? client_id::text",
        values,
    )


def _copy(table: str, columns: list[str]) -> Composed:
    expressions = {
        "organization_id": SQL("%(foreign)s"),
        "client_id": SQL("(%(clients)s ->> client_id::text)::uuid"),
        **{column: SQL(text) for (of, column), text in OTHERWISE.items() if of == table},
    }
    mine = SQL(" AND %(clients)s ? client_id::text" if "client_id" in columns else "")
    return SQL("INSERT INTO {} ({}) SELECT {} FROM {} WHERE organization_id = %(own)s{}").format(
        Identifier(table),
        SQL(", ").join(map(Identifier, columns)),
        SQL(", ").join(expressions.get(one) or Identifier(one) for one in columns),
        Identifier(table),
        mine,
    )
