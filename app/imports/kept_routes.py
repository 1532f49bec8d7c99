"""HTTP of imports that are under way or were carried out: how far, what came of it, no further."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Path, Query, Request
from starlette.responses import Response, StreamingResponse

from app.access import callers
from app.access.callers import Caller
from app.access.permissions import Permission
from app.api import Now, Part, Route, SessionDep, allowed
from app.db import transaction
from app.failures import responses
from app.imports import report, service, views
from app.imports.models import ImportRun
from app.imports.report import Filters
from app.imports.schemas import ImportList, ImportOut, ReportPage, Severity, Status
from app.paging import Cursor, Limit, decode_cursor, page_of
from app.problems import BadCursor, InsufficientScope, NotFound, Unauthenticated

router = Part(route_class=Route, prefix="/imports", tags=["imports"])

Importer = Annotated[Caller, allowed(Permission.SUBMISSIONS_WRITE)]
ImportId = Annotated[UUID, Path()]
DENIED = (Unauthenticated, InsufficientScope)

LOOK_SECONDS, WATCHED_SECONDS = 0.5, 600.0
"""How often a watched import is looked at; and for how long, after which one connects anew."""

SILENT_SECONDS = 15.0
"""After which something is said, that nobody between takes the connection for a dead one."""

UNBUFFERED = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
"""For proxies, which else may keep events until there are many."""


@router.get("", response_model=ImportList, responses=responses(*DENIED, BadCursor))
async def list_imports(
    caller: Importer,
    session: SessionDep,
    request: Request,
    response: Response,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> dict[str, object]:
    """The client's own imports, oldest first."""
    rows = await service.list_(session, caller, after=decode_cursor(cursor), limit=limit)
    shown, page = page_of(request, response, rows, [row.id for row in rows], limit)
    return {"data": [views.run(row) for row in shown], "page": page}


@router.get("/{import_id}", response_model=ImportOut, responses=responses(*DENIED, NotFound))
async def get_import(
    caller: Importer, import_id: ImportId, session: SessionDep
) -> dict[str, object]:
    """How far an import is."""
    return views.run(await service.get(session, caller, import_id))


@router.post(
    "/{import_id}/cancel", response_model=ImportOut, responses=responses(*DENIED, NotFound)
)
async def cancel_import(
    caller: Importer, import_id: ImportId, session: SessionDep, now: Now
) -> dict[str, object]:
    """Take nothing more in. What was taken in stays, and the report tells which that is.

    With another atomicity than `row` nothing was taken in before all of it is. An import that has
    ended stays as it is.
    """
    return views.run(await service.cancel(session, caller, import_id, now=now))


EVENTS: dict[int | str, Any] = {
    200: {
        "description": "`progress` events with the import as data, until it has ended.",
        "content": {"text/event-stream": {}},
    }
}


@router.get(
    "/{import_id}/events",
    response_class=StreamingResponse,
    responses={**EVENTS, **responses(*DENIED, NotFound)},
)
async def watch_import(
    caller: Importer, import_id: ImportId, session: SessionDep, request: Request
) -> StreamingResponse:
    """Server-sent events: one at each change, and a last one when it has ended."""
    await service.get(session, caller, import_id)
    events = _events(request, caller, import_id)
    return StreamingResponse(events, headers=UNBUFFERED, media_type="text/event-stream")


async def _events(request: Request, caller: Caller, import_id: UUID) -> AsyncIterator[bytes]:
    clock = asyncio.get_running_loop().time
    before, ended = None, False
    said, until = clock(), clock() + WATCHED_SECONDS
    while not ended and clock() < until:
        if before is not None:
            await asyncio.sleep(LOOK_SECONDS)
        try:
            run = await _look(request, caller, import_id)
        except (Unauthenticated, NotFound):  # the key was revoked meanwhile, or all is erased
            return
        made = views.dumps(views.run(run))
        if made != before:
            yield b"event: progress\ndata: %b\n\n" % made
        elif clock() - said >= SILENT_SECONDS:
            yield b": still there\n\n"
        else:
            continue
        said, before, ended = clock(), made, run.status.is_final


async def _look(request: Request, caller: Caller, import_id: UUID) -> ImportRun:
    async with transaction(request.app.state.engine, caller.scope) as session:
        await callers.of_key(session, caller.client_id, caller.key_id, now=datetime.now(UTC))
        return await service.get(session, caller, import_id)


async def filters(
    status: Annotated[Status | None, Query(description="Only lines of which this became.")] = None,
    severity: Annotated[
        Severity | None, Query(description="Only lines with such a problem.")
    ] = None,
    code: Annotated[
        str | None, Query(max_length=64, description="Only lines with this problem.")
    ] = None,
    organization: Annotated[
        str | None, Query(max_length=64, description="Only of that, as the lines name it.")
    ] = None,
) -> Filters:
    """Which lines of a report are wanted."""
    return Filters(status, severity, code, organization)


Wanted = Annotated[Filters, Depends(filters)]


@router.get(
    "/{import_id}/report",
    response_model=ReportPage,
    responses=responses(*DENIED, NotFound, BadCursor),
)
async def get_report(
    caller: Importer,
    import_id: ImportId,
    wanted: Wanted,
    session: SessionDep,
    request: Request,
    response: Response,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> dict[str, object]:
    """What became of each line, in pages; of an import under way, as far as it is known."""
    run = await service.get(session, caller, import_id)
    after = decode_cursor(cursor)
    line = 0 if after is None else after.int
    told = await service.page(session, run, wanted, after_line=line, limit=limit + 1)
    places = [UUID(int=one["line"]) for one in told]
    shown, page = page_of(request, response, told, places, limit)
    return {"data": shown, "page": page}


def _download(media_type: str) -> dict[int | str, Any]:
    content = {media_type: {"schema": {"type": "string"}}}
    return {
        200: {"description": "The whole report.", "content": content},
        **responses(*DENIED, NotFound),
    }


@router.get(
    "/{import_id}/report.ndjson",
    response_class=StreamingResponse,
    responses=_download("application/x-ndjson"),
)
async def download_lines(
    caller: Importer, import_id: ImportId, wanted: Wanted, session: SessionDep, request: Request
) -> StreamingResponse:
    """The report as a file: a line of JSON for each line."""
    run = await service.get(session, caller, import_id)
    packed = _packed_parts(request, caller, run, wanted)
    return StreamingResponse(_as_ndjson(packed, wanted), media_type="application/x-ndjson")


@router.get(
    "/{import_id}/report.csv",
    response_class=StreamingResponse,
    responses=_download("text/csv"),
)
async def download_table(
    caller: Importer, import_id: ImportId, wanted: Wanted, session: SessionDep, request: Request
) -> StreamingResponse:
    """The report as a table: a row for each problem, or one for a line that has none."""
    run = await service.get(session, caller, import_id)
    packed = _packed_parts(request, caller, run, wanted)
    return StreamingResponse(_as_csv(packed, wanted), media_type="text/csv; charset=utf-8")


async def _packed_parts(
    request: Request, caller: Caller, run: ImportRun, wanted: Filters
) -> AsyncIterator[bytes]:
    number = 0
    while True:
        async with transaction(request.app.state.engine, caller.scope) as session:
            part = await service.reported(session, run, wanted, number=number)
        if part is None:
            return
        number = part[0] + 1
        yield part[1]


async def _as_ndjson(parts: AsyncIterator[bytes], wanted: Filters) -> AsyncIterator[bytes]:
    async for packed in parts:
        yield await asyncio.to_thread(report.as_ndjson, packed, wanted)


async def _as_csv(parts: AsyncIterator[bytes], wanted: Filters) -> AsyncIterator[bytes]:
    yield report.CSV_HEADER
    async for packed in parts:
        yield await asyncio.to_thread(report.as_csv, packed, wanted)
