"""Which imports are carried out next.

An import is held by a lock that dies with its connection, so one whose worker died is taken over
at once.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

from sqlalchemy import func
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import col, select

from app.db import Scope, transaction
from app.imports import progress
from app.imports.models import ImportRun
from app.imports.worker import PAUSE_SECONDS, TROUBLE, Worker

log = logging.getLogger("palanca")

SHORT = 10_000
"""Lines of an import that does not wait for longer ones."""

CONNECTIONS = 6
"""That `work` needs: in each lane to hold an import, to write a part and to read the next."""

LOOK_SECONDS = 0.2
"""After which somebody who found nothing looks again."""


async def work(worker: Worker) -> None:
    """Look for imports for ever; the database may be away for a while.

    Those of one client are carried out as they came, one after the other. Short ones do not wait
    for another client's long one.
    """
    async with asyncio.TaskGroup() as lanes:
        for most in (None, SHORT):
            lanes.create_task(_work(worker, most))


async def _work(worker: Worker, most: int | None) -> None:
    while True:
        try:
            busy = await look(worker, most)
        except TROUBLE as exc:
            if (task := asyncio.current_task()) and task.cancelling():
                raise asyncio.CancelledError from exc  # which the driver turned into trouble
            log.warning("imports wait for the database: %s", type(exc).__name__)
            await asyncio.sleep(PAUSE_SECONDS)
            continue
        if not busy:
            await asyncio.sleep(LOOK_SECONDS)


async def work_off(worker: Worker) -> None:
    """Carry out all that there is, one after the other."""
    while await look(worker):
        pass


async def look(worker: Worker, most: int | None = None) -> int:
    """Carry out what waits, of each client what came first.

    Args:
        worker: who carries it out.
        most: lines; longer imports are left to others.

    Returns:
        How many imports there were.
    """
    async with transaction(worker.engine, Scope(operator=True)) as session:
        waiting = (
            select(ImportRun.client_id, ImportRun.id, ImportRun.lines)
            .where(col(ImportRun.status).in_(progress.UNFINISHED), col(ImportRun.parts) > 0)
            .ext(distinct_on(col(ImportRun.client_id)))
            .order_by(col(ImportRun.client_id), col(ImportRun.id))
        )
        found = (await session.exec(waiting)).all()
    count, trouble = 0, None
    for client_id, import_id, lines in sorted(found, key=lambda one: one[1]):
        if most is not None and lines > most:
            continue
        try:
            async with _held(worker.engine, import_id) as is_mine:
                if is_mine:
                    await worker.carry_out(client_id, import_id)
                    count += 1
        except TROUBLE as exc:
            trouble = exc  # with this one, maybe: it holds up no other client
    if trouble is not None:
        raise trouble
    return count


@asynccontextmanager
async def _held(engine: AsyncEngine, import_id: UUID) -> AsyncIterator[bool]:
    """Whether the import is this worker's as long as it holds this connection."""
    number = int.from_bytes(import_id.bytes[-8:], signed=True)
    async with engine.connect() as connection:
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        is_mine = await connection.scalar(select(func.pg_try_advisory_lock(number)))
        try:
            yield bool(is_mine)
        finally:
            if is_mine:
                await connection.execute(select(func.pg_advisory_unlock(number)))
