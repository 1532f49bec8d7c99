"""The verbs of imports that are kept: begin, look, cancel, and what a worker writes down."""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from app import crashpoints
from app.access.callers import Caller
from app.imports import progress, report
from app.imports.lines import Record
from app.imports.models import ImportPart, ImportRun
from app.imports.report import Filters, Told
from app.imports.rows import Row
from app.imports.schemas import Atomicity, Format, ImportMode, State
from app.problems import IdempotencyKeyInFlight, IdempotencyKeyReused, NotFound


@dataclass(frozen=True, slots=True)
class Asked:
    """What an import is to do, and how a retry of it is recognised."""

    mode: ImportMode
    atomicity: Atomicity
    format: Format
    defaults: dict[str, str]
    retry_name: bytes | None
    fingerprint: bytes

    @classmethod
    def of(
        cls,
        caller: Caller,
        key: str | None,
        sha256: bytes,
        pepper: bytes,
        **more: Any,  # noqa: ANN401 - the fields
    ) -> "Asked":
        """An import as asked for with an idempotency key, if there is one.

        Args:
            caller: another client's same key is another, and so is a key with other rights.
            key: what stands in ``Idempotency-Key``.
            sha256: of the body.
            pepper: the service's secret.
            more: the fields of the import; with other ones it is another import.
        """

        def keyed(*parts: bytes) -> bytes:
            message = b"".join(len(part).to_bytes(8) + part for part in parts)
            return hmac.digest(pepper, message, hashlib.sha256)

        who = (caller.client_id.bytes, caller.rights.encode())
        name = None if key is None else keyed(b"import key", *who, key.encode())
        asked = repr(sorted((one, str(value)) for one, value in more.items()))
        return cls(**more, retry_name=name, fingerprint=keyed(b"import", asked.encode(), sha256))


async def find_retried(session: AsyncSession, caller: Caller, asked: Asked) -> ImportRun | None:
    """The import if it was asked for before; else it is this transaction's to begin.

    Raises:
        IdempotencyKeyInFlight: another request with the key is being carried out.
        IdempotencyKeyReused: the key came with another request before.
    """
    if asked.retry_name is None:
        return None
    number = int.from_bytes(asked.retry_name[:8], signed=True)
    if not await session.scalar(select(func.pg_try_advisory_xact_lock(number))):
        raise IdempotencyKeyInFlight("A request with this Idempotency-Key is being carried out")
    crashpoints.reach("claimed")
    found = await session.exec(
        select(ImportRun).where(
            ImportRun.client_id == caller.client_id, ImportRun.retry_name == asked.retry_name
        )
    )
    run = found.one_or_none()
    if run is not None and run.fingerprint != asked.fingerprint:
        raise IdempotencyKeyReused("Use a new Idempotency-Key for a new import")
    return run


def new_run(caller: Caller, asked: Asked, *, now: datetime) -> ImportRun:
    """An import that has no lines yet."""
    return ImportRun(
        client_id=caller.client_id,
        key_id=caller.key_id,
        retry_name=asked.retry_name,
        fingerprint=asked.fingerprint,
        mode=asked.mode,
        atomicity=asked.atomicity,
        format=asked.format,
        defaults=asked.defaults,
        created_at=now,
    )


async def add(session: AsyncSession, run: ImportRun, part: Sequence[Record], raw: bytes) -> None:
    """Add some lines, packed and deflated, that are still to be looked at."""
    if run.parts == 0:
        await session.exec(insert(ImportRun).values(run.model_dump()))
    await _insert_part(session, run, part[0].number, len(part), raw=raw)
    run.parts += 1
    run.lines += len(part)


async def enqueue(session: AsyncSession, run: ImportRun) -> None:
    """All lines are there: some worker may begin."""
    await session.exec(progress.change(run).values(parts=run.parts, lines=run.lines))


def settle(run: ImportRun, rows: Sequence[Row]) -> None:
    """What came of an import that was carried out at once."""
    run.started_at = run.finished_at = run.created_at
    run.status, run.parts, run.parts_done = State.SUCCEEDED, 1, 1
    run.lines = run.done = len(rows)
    for name, count in progress.counts(rows).items():
        setattr(run, name, count)


async def keep(session: AsyncSession, run: ImportRun, rows: Sequence[Row]) -> None:
    """Keep an import that was carried out at once, and its report."""
    await session.exec(insert(ImportRun).values(run.model_dump()))
    await _insert_part(
        session, run, rows[0].line.number if rows else 1, len(rows), **progress.told(rows)
    )
    crashpoints.reach("kept")


async def _insert_part(
    session: AsyncSession,
    run: ImportRun,
    first_line: int,
    count: int,
    **more: Any,  # noqa: ANN401 - its columns
) -> None:
    part = ImportPart(
        client_id=run.client_id,
        import_id=run.id,
        number=run.parts if run.finished_at is None else 0,
        first_line=first_line,
        lines=count,
        **more,
    )
    await session.exec(insert(ImportPart).values(part.model_dump()))


async def get(session: AsyncSession, caller: Caller, import_id: UUID) -> ImportRun:
    """One of the caller's imports; another's is as absent as none."""
    found = await session.exec(_wanted(caller).where(ImportRun.id == import_id))
    run = found.one_or_none()
    if run is None:
        raise NotFound("No such import")
    return run


async def list_(
    session: AsyncSession, caller: Caller, *, after: UUID | None, limit: int
) -> Sequence[ImportRun]:
    """The caller's imports by id, one more than ``limit`` if there are more."""
    wanted = _wanted(caller).order_by(col(ImportRun.id))
    if after is not None:
        wanted = wanted.where(col(ImportRun.id) > after)
    return (await session.exec(wanted.limit(limit + 1))).all()


def _wanted(caller: Caller) -> SelectOfScalar[ImportRun]:
    # What is only being uploaded is nobody's to see.
    return select(ImportRun).where(
        ImportRun.client_id == caller.client_id, col(ImportRun.parts) > 0
    )


async def cancel(
    session: AsyncSession, caller: Caller, import_id: UUID, *, now: datetime
) -> ImportRun:
    """Take nothing more in; what was taken in stays. One that has ended stays as it is."""
    run = await get(session, caller, import_id)
    if not await progress.end(session, run, State.CANCELLED, now=now):
        await progress.end(session, run, State.SUCCEEDED, now=now)  # all was in already
    await session.refresh(run)
    return run


async def reported(
    session: AsyncSession, run: ImportRun, filters: Filters, *, number: int
) -> tuple[int, bytes] | None:
    """The next part that may have lines that are wanted: its number and its packed report.

    Args:
        session: a transaction in the client's context.
        run: the import.
        filters: which lines are wanted.
        number: only this part or a later one.
    """
    wanted = (
        select(ImportPart.number, ImportPart.report)
        .where(
            *progress.parts(run), ImportPart.number >= number, col(ImportPart.report).is_not(None)
        )
        .order_by(col(ImportPart.number))
        .limit(1)
    )
    if filters.only_rejected:
        wanted = wanted.where(ImportPart.rejected > 0)
    if filters.only_problems:
        wanted = wanted.where((col(ImportPart.rejected) > 0) | (col(ImportPart.warnings) > 0))
    found = (await session.exec(wanted)).one_or_none()
    return None if found is None or found[1] is None else (found[0], found[1])


async def page(
    session: AsyncSession, run: ImportRun, filters: Filters, *, after_line: int, limit: int
) -> list[Told]:
    """Report lines behind a line that are wanted, at most so many."""
    [start] = await progress.parts_of(session, run, [after_line])
    found: list[Told] = []
    part = await reported(session, run, filters, number=max(start, 0))
    while part is not None and len(found) < limit:
        number, packed = part
        found += [one for one, _ in report.wanted(packed, filters) if one["line"] > after_line]
        part = await reported(session, run, filters, number=number + 1)
    return found[:limit]
