"""When keys were last used: gathered in memory, written now and then, never by a request."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.access.callers import Recent
from app.db import Scope, transaction

log = logging.getLogger("palanca")

EVERY_SECONDS = 20.0

WRITE = text(
    """
    WITH free AS (
      SELECT k.key_id, used.at
      FROM unnest(CAST(:key_ids AS text[]), CAST(:instants AS timestamptz[])) AS used (key_id, at)
      JOIN client_key k ON k.key_id = used.key_id FOR NO KEY UPDATE OF k SKIP LOCKED
    )
    UPDATE client_key SET last_used_at = greatest(last_used_at, free.at)
    FROM free WHERE client_key.key_id = free.key_id
    """
)
"""A key that is being changed at that moment is passed over: nobody waits for this, nor it."""


async def flush(engine: AsyncEngine, recent: Recent) -> None:
    """Write down what has gathered; what cannot be written is kept for the next time."""
    taken, recent.used = recent.used, {}
    if not taken:
        return
    try:
        async with transaction(engine, Scope(operator=True)) as session:
            connection = await session.connection()
            rows = {"key_ids": list(taken), "instants": list(taken.values())}
            await connection.execute(WRITE, rows)
    except Exception as exc:  # noqa: BLE001 - whatever it was, keys go on working
        log.warning("last uses of keys not written, tried again: %s", type(exc).__name__)
        recent.used = {**taken, **recent.used}


@asynccontextmanager
async def kept(engine: AsyncEngine, recent: Recent) -> AsyncIterator[None]:
    """Write down last uses every so often while serving, and once at the end."""

    async def again_and_again() -> None:
        while True:
            await asyncio.sleep(EVERY_SECONDS)
            await flush(engine, recent)

    writing = asyncio.create_task(again_and_again())
    try:
        yield
    finally:
        writing.cancel()
        with suppress(asyncio.CancelledError):
            await writing
        await flush(engine, recent)
