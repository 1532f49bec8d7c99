"""What must hold of every reply to a bent request, and of the database after it."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch

import psycopg
from psycopg import sql

from app.exchange import Exchange
from tests.conftest import Service
from tests.hostile.bending import Place, Request
from tests.hostile.sending import Reply

OK, NOT_MODIFIED, REFUSED, NOT_FOUND, NOT_ALLOWED, BROKEN = 200, 304, 400, 404, 405, 500
MOST = 1_000_000
"""Bytes of a refusal: no answer is larger than the largest question."""
ENTRY = {"pointer", "code", "detail", "received", "expected"}


def fault(request: Request, place: Place, reply: Reply) -> str | None:
    """What is wrong with a reply, if anything is."""
    allowed = request.operation.statuses
    if place.where == "path":  # it may lead to another operation, or to none
        allowed |= {OK, NOT_FOUND, NOT_ALLOWED}
    if reply.status >= BROKEN:
        return f"{reply.status} {reply.body[-300:]!r}"
    if place.at == ("if-none-match",) and reply.status == NOT_MODIFIED:
        return None
    if reply.status not in allowed:
        return f"{reply.status} is not declared {reply.body[:200]!r}"
    good = reply.status < REFUSED or _well_said(request, reply)
    return None if good else f"{reply.status} {reply.media_type} {reply.body[:300]!r}"


def _well_said(request: Request, reply: Reply) -> bool:
    """Whether a refusal is a problem, or at the OAuth endpoints an error of RFC 6749."""
    if request.operation.path.startswith("/oauth/") and reply.media_type == "application/json":
        return isinstance(reply.json()["error"], str)
    if reply.media_type != "application/problem+json" or len(reply.body) > MOST:
        return False
    said = reply.json()
    texts = all(isinstance(said[name], str) for name in ("type", "title", "detail"))
    entries = all(set(one) == ENTRY for one in said.get("errors", []))
    return texts and entries and said["status"] == reply.status


WRITTEN = """
    SELECT relname FROM pg_stat_xact_user_tables, pg_stat_force_next_flush() AS flushed
    WHERE n_tup_ins + n_tup_upd + n_tup_del > 0 AND pg_current_xact_id_if_assigned() IS NOT NULL
"""
"""Where a transaction wrote, if it did at all.

Counts that are not flushed at its end would be found in the next one too, which may have an id and
not have written: who locks a row has one.
"""


@dataclass
class Leavings:
    """Tables in which the requests of a task would have left something."""

    task: "asyncio.Task[Any] | None" = None
    """Others, such as the one that notes when keys were used, write when they like."""
    noted: list[str] = field(default_factory=list)

    def taken(self) -> list[str]:
        """What was noted since this was asked last."""
        noted, self.noted = self.noted, []
        return noted


@contextmanager
def held(service: Service) -> Iterator[Leavings]:
    """Transactions end in a rollback where they would be committed; what wrote is noted.

    So one accepted request does not change what the next one finds.
    """
    dialect = service.http.app.state.engine.sync_engine.dialect  # type: ignore[attr-defined]
    leavings = Leavings()

    def instead(connection: Any) -> None:
        if asyncio.current_task() is leavings.task:
            cursor = connection.cursor()
            cursor.execute(WRITTEN)
            leavings.noted += [table for (table,) in cursor.fetchall()]
            cursor.close()
        dialect.do_rollback(connection)

    async def instead_together(exchange: Exchange) -> None:
        written = await exchange.send(WRITTEN).fetchall()
        leavings.noted += [table for (table,) in written]
        await exchange.roll_back()

    dialect.do_commit = instead
    try:
        with patch.object(Exchange, "commit", instead_together):
            yield leavings
    finally:
        del dialect.do_commit


def count_rows(database: psycopg.Connection[Any]) -> dict[str, int]:
    """How many rows each table has, counted past row-level security."""
    found = database.execute(
        "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND NOT relispartition"
        " AND relnamespace = 'public'::regnamespace"
    ).fetchall()
    counted = {}
    for (table,) in found:
        query = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table))
        [counted[table]] = database.execute(query).fetchone() or [0]
    return counted
