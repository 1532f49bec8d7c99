"""Who carries imports out: each part with its report and the cursor in one transaction.

As the cursor moves only from where it was, nothing is taken in twice.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from uuid import UUID

from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from app import crashpoints
from app.access import callers
from app.access.callers import Caller
from app.audit.chain import Signer
from app.audit.service import Actor, Event
from app.db import Scope, enter, take_time, transaction
from app.imports import batch, progress, reading
from app.imports.models import ImportRun
from app.imports.order import Order
from app.imports.progress import Done
from app.imports.rows import Row, wrong_units
from app.imports.schemas import Atomicity, Format, ImportMode, State
from app.imports.whole import Whole
from app.problems import InternalError, NotFound, Problem, SubmissionEnded
from app.r4.names import Names

log = logging.getLogger("palanca")

OPERATION = "POST /v1/imports"

ATTEMPTS = 20
"""At one part, when others write to the same submissions just now."""

PAUSE_SECONDS = 0.5
"""After which it is tried again."""

TROUBLE = (DBAPIError, PoolTimeoutError, OSError)
"""What the database may have; what it refuses to keep is the import's own."""


class Stopped(Exception):  # noqa: N818 - the end of the work, and no error
    """The import was cancelled, or somebody else carries it out."""


@dataclass(frozen=True, slots=True)
class Worker:
    """One that carries imports out."""

    engine: AsyncEngine
    pepper: bytes
    signer: Signer
    public_url: str
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    async def carry_out(self, client_id: UUID, import_id: UUID) -> None:
        """Carry an import out, or go on with it.

        It fails by what is wrong with it; what is the database's trouble is raised.
        """
        try:
            await self._work(client_id, import_id)
        except (Stopped, NotFound):
            return
        except Problem as problem:
            await self._fail(client_id, import_id, problem)
        except Exception as exc:
            if isinstance(exc, TROUBLE) and not isinstance(exc, DataError | IntegrityError):
                raise  # the database's trouble, not the import's
            log.exception("import %s", import_id)
            await self._fail(client_id, import_id, InternalError("It cannot be carried out"))

    async def _fail(self, client_id: UUID, import_id: UUID, problem: Problem) -> None:
        async with transaction(self.engine, Scope(client=client_id)) as session:
            try:
                run = await _find(session, client_id, import_id)
            except Stopped:  # its client was erased meanwhile
                return
            await progress.end(session, run, State.FAILED, now=self.clock(), problem=problem.body)

    async def _work(self, client_id: UUID, import_id: UUID) -> None:
        async with transaction(self.engine, Scope(client=client_id)) as session:
            run = await _find(session, client_id, import_id)
            caller = await _caller(session, run, self.clock())
            await progress.start(session, run, now=self.clock())
            await take_time(session)
            await enter(session, caller.scope)
            order = Order(
                caller=caller,
                commit=run.mode is ImportMode.COMMIT,
                atomicity=run.atomicity,
                defaults=run.defaults,
                pepper=self.pepper,
                now=run.created_at,
                resources=Names(self.public_url) if run.format is Format.FHIR else None,
            )
            whole = await Whole.of(session, order, run)
        if run.atomicity is Atomicity.ROW:
            await self._each(whole)
        else:
            await self._retried(partial(self._together, whole))
        async with transaction(self.engine, Scope(client=client_id)) as session:
            await progress.end(session, run, State.SUCCEEDED, now=self.clock())
        crashpoints.reach("import-ended")

    async def _each(self, whole: Whole) -> None:
        """Part after part; each is read while the one before it is written."""
        run = whole.run
        reading_next: asyncio.Task[list[Row]] | None = None
        try:
            for number in range(run.parts_done, run.parts):
                read = await (reading_next or self._read_apart(whole, number))
                reading_next = None
                if number + 1 < run.parts:
                    reading_next = asyncio.create_task(self._read_apart(whole, number + 1))
                await self._retried(partial(self._part, whole, number, read))
        finally:
            if reading_next is not None:
                reading_next.cancel()
                await asyncio.gather(reading_next, return_exceptions=True)

    async def _read_apart(self, whole: Whole, number: int) -> list[Row]:
        async with transaction(self.engine, Scope(client=whole.run.client_id)) as session:
            return await self._read(session, whole, number)

    async def _read(self, session: AsyncSession, whole: Whole, number: int) -> list[Row]:
        part = await progress.raw(session, whole.run, number)
        return await reading.read(session, whole.order, part)

    async def _part(self, whole: Whole, number: int, read: Sequence[Row]) -> None:
        """One part, in a transaction of its own."""
        async with transaction(self.engine, Scope(client=whole.run.client_id)) as session:
            rows = await self._take(session, whole, read)
            await self._move(session, whole, number, Done.of(rows))
            await self._tell(session, whole, batch.concerned(rows))
        crashpoints.reach("part-committed")

    async def _together(self, whole: Whole) -> None:
        """All parts in one transaction: first to see which lines are wrong, then to take in.

        The import itself is written to at the very end, so that it can be cancelled until then.
        """
        async with transaction(self.engine, Scope(client=whole.run.client_id)) as session:
            await take_time(session)
            tried = replace(whole, order=replace(whole.order, commit=False))
            whole.wrong.clear()
            for number in range(whole.run.parts):
                read = await self._read(session, tried, number)
                rows = await self._carry(session, tried, read)
                whole.wrong |= wrong_units(rows, whole.run.atomicity)
            concerned: set[UUID] = set()
            done: list[Done] = []
            for number in range(whole.run.parts):
                rows = await self._take(session, whole, await self._read(session, whole, number))
                done.append(Done.of(rows))
                concerned |= batch.concerned(rows)
            for number, part in enumerate(done):
                await self._move(session, whole, number, part)
            await self._tell(session, whole, concerned)
        crashpoints.reach("part-committed")

    async def _take(self, session: AsyncSession, whole: Whole, read: Sequence[Row]) -> list[Row]:
        """Take in a part.

        Raises:
            Unauthenticated: the key was revoked meanwhile.
        """
        order = replace(whole.order, caller=await _caller(session, whole.run, self.clock()))
        rows = await self._carry(session, replace(whole, order=order), read)
        await enter(session, Scope(client=whole.run.client_id))
        crashpoints.reach("part-carried-out")
        return rows

    async def _move(self, session: AsyncSession, whole: Whole, number: int, part: Done) -> None:
        """Move the cursor over a part.

        Raises:
            Stopped: the part is not this worker's to take in.
        """
        if not await progress.move(session, whole.run, number, part):
            raise Stopped
        crashpoints.reach("part-written")

    async def _carry(self, session: AsyncSession, whole: Whole, read: Sequence[Row]) -> list[Row]:
        await enter(session, whole.order.caller.scope)
        return await batch.carry_out(session, whole.order, read, whole)

    async def _tell(self, session: AsyncSession, whole: Whole, concerned: set[UUID]) -> None:
        if not whole.order.commit:
            return
        caller = whole.order.caller
        actor = Actor(caller.kind.value, caller.client_id, caller.key_id)
        event = Event(self.clock(), OPERATION, actor, status=None)
        await batch.tell_each(session, caller, concerned, event, signer=self.signer)

    async def _retried(self, work: Callable[[], Awaitable[None]]) -> None:
        """Try again what failed because others write to the same rows just now."""
        for attempt in range(ATTEMPTS):
            try:
                return await work()
            except (SubmissionEnded, IntegrityError, OperationalError) as exc:
                lost = isinstance(exc, DBAPIError) and exc.connection_invalidated
                if lost or attempt == ATTEMPTS - 1:
                    raise
            await asyncio.sleep(PAUSE_SECONDS)
        raise AssertionError("more attempts than there are")


async def _find(session: AsyncSession, client_id: UUID, import_id: UUID) -> ImportRun:
    found = await session.exec(
        select(ImportRun).where(ImportRun.client_id == client_id, ImportRun.id == import_id)
    )
    run = found.one_or_none()
    if run is None:
        raise Stopped
    return run


async def _caller(session: AsyncSession, run: ImportRun, now: datetime) -> Caller:
    return await callers.of_key(session, run.client_id, run.key_id, now=now)
