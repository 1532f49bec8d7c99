"""How far an import is: its cursor, its parts as they came, and the report of each."""

import zlib
from bisect import bisect_right
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from sqlalchemy import ColumnElement, Update, update
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.imports import lines, report
from app.imports.lines import Record
from app.imports.models import ImportPart, ImportRun
from app.imports.rows import Row
from app.imports.schemas import State, Status
from app.problems import NotFound

UNFINISHED = (State.QUEUED, State.RUNNING)


async def start(session: AsyncSession, run: ImportRun, *, now: datetime) -> None:
    """A worker begins."""
    begun = {"status": State.RUNNING, "started_at": now}
    await session.exec(change(run).where(col(ImportRun.status) == State.QUEUED).values(**begun))


async def end(
    session: AsyncSession,
    run: ImportRun,
    status: State,
    *,
    now: datetime,
    problem: dict[str, Any] | None = None,
) -> bool:
    """End an import, and let go of the lines as they came; whether it had not ended before.

    It has succeeded when all parts are done, and not before.
    """
    is_done = (col(ImportRun.parts) > 0) & (col(ImportRun.parts_done) == col(ImportRun.parts))
    ended = await session.exec(
        change(run)
        .where(
            col(ImportRun.status).in_(UNFINISHED),
            is_done if status is State.SUCCEEDED else ~is_done,
        )
        .values(status=status, finished_at=now, problem=problem)
        .returning(col(ImportRun.id))
    )
    if ended.one_or_none() is None:
        return False
    await session.exec(update(ImportPart).where(*parts(run)).values(raw=None))
    return True


async def raw(session: AsyncSession, run: ImportRun, number: int) -> list[Record]:
    """Lines of a part as they came.

    Raises:
        NotFound: the import ended just now.
    """
    found = await session.exec(
        select(ImportPart.raw).where(*parts(run), ImportPart.number == number)
    )
    packed = found.one_or_none()
    if packed is None:
        raise NotFound("No such import")
    return [*lines.unpack(zlib.decompress(packed))]


async def parts_of(session: AsyncSession, run: ImportRun, numbers: Collection[int]) -> set[int]:
    """In which parts these lines are."""
    found = await session.exec(
        select(ImportPart.first_line).where(*parts(run)).order_by(col(ImportPart.number))
    )
    first_lines = found.all()
    return {bisect_right(first_lines, number) - 1 for number in numbers}


@dataclass(frozen=True, slots=True)
class Done:
    """What became of a part's lines: how many of each, and what is kept of their report."""

    lines: int
    counts: dict[str, int]
    told: dict[str, Any]

    @classmethod
    def of(cls, rows: Sequence[Row]) -> Self:
        """Rows with their outcome."""
        return cls(len(rows), counts(rows), told(rows))


async def move(session: AsyncSession, run: ImportRun, number: int, part: Done) -> bool:
    """Keep the report of a part and move the cursor; whether that was still to be done."""
    more = {
        name: col(getattr(ImportRun, name)) + count for name, count in part.counts.items() if count
    }
    moved = await session.exec(
        change(run)
        .where(col(ImportRun.parts_done) == number, col(ImportRun.status) == State.RUNNING)
        .values(parts_done=number + 1, done=col(ImportRun.done) + part.lines, **more)
        .returning(col(ImportRun.id))
    )
    if moved.one_or_none() is None:
        return False
    await session.exec(
        update(ImportPart).where(*parts(run), col(ImportPart.number) == number).values(**part.told)
    )
    return True


def counts(rows: Sequence[Row]) -> dict[str, int]:
    """How many lines there are of each outcome, and with a warning."""
    by_status = {str(one): sum(row.status is one for row in rows) for one in Status}
    return {**by_status, "warnings": sum(bool(row.warnings) for row in rows)}


def told(rows: Sequence[Row]) -> dict[str, Any]:
    """What is kept of the report of a part."""
    number, ids = counts(rows), {row.tells_of for row in rows}
    return {
        "report": report.pack(rows),
        "organizations": sorted(one for one in ids if one is not None),
        "rejected": number["rejected"],
        "warnings": number["warnings"],
    }


def change(run: ImportRun) -> Update:
    """A change of an import."""
    return update(ImportRun).where(
        col(ImportRun.client_id) == run.client_id, col(ImportRun.id) == run.id
    )


def parts(run: ImportRun) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Which parts are an import's."""
    return col(ImportPart.client_id) == run.client_id, col(ImportPart.import_id) == run.id
