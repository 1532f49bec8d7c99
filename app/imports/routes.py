"""HTTP of pushing many submissions at once."""

import asyncio
import zlib
from collections.abc import Iterator, Sequence
from typing import Annotated, Any

from fastapi import Header, Query, Request
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.responses import Response

from app.access.callers import Caller
from app.access.permissions import Permission
from app.api import Now, Part, SessionDep, allowed
from app.audit.service import Event
from app.failures import responses
from app.imports import batch, lines, reading, report, service, views
from app.imports.lines import Record
from app.imports.models import ImportRun
from app.imports.order import Order
from app.imports.report import Filters
from app.imports.schemas import (
    Atomicity,
    Format,
    ImportMode,
    ImportOut,
    ReportOut,
    SubmissionLineIn,
)
from app.imports.service import Asked
from app.imports.uploads import Upload, UploadRoute, reader_of
from app.problems import (
    IdempotencyKeyMissing,
    IdempotencyKeyReused,
    InsufficientScope,
    Invalid,
    MalformedJson,
    PayloadTooLarge,
    SubmissionEnded,
    Unauthenticated,
    UnsupportedMediaType,
)
from app.r4.names import Names
from app.trail import MAX_KEY, REPLAYED, Trail, operation, retry_key

router = Part(route_class=UploadRoute, prefix="/imports", tags=["imports"])

MAX_LINES = 1_000_000

MAX_TOGETHER = 100_000
"""Lines that can be held together: they are one transaction."""

EXAMPLE = """organization,external_id,period,role,LP1.1,LP1.2
H900,r-1,2026-H1,nursing,3,2
"""

BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "type": "array",
                    # A line that is none is answered for like any other, and not refused.
                    "items": {
                        "anyOf": [
                            {"$ref": f"#/components/schemas/{SubmissionLineIn.__name__}"},
                            {"description": "Anything else is reported as a rejected line."},
                        ]
                    },
                    "maxItems": MAX_LINES,
                }
            },
            "application/x-ndjson": {"schema": {"description": "A line each, as in an array."}},
            "text/csv": {
                "schema": {"type": "string"},
                "example": EXAMPLE,
            },
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": {
                "schema": {"description": "A workbook; its first sheet is as the CSV."}
            },
            "application/fhir+ndjson": {
                "schema": {"description": "A QuestionnaireResponse (FHIR R4) a line."}
            },
            "application/fhir+json": {
                "schema": {"description": "A Bundle of QuestionnaireResponses (FHIR R4)."}
            },
        },
    }
}


@router.post(
    "",
    response_model=ReportOut,
    openapi_extra=BODY,
    responses={
        202: {
            "model": ImportOut,
            "description": "More lines than are carried out at once: they are being carried out",
            "headers": {"Location": {"schema": {"type": "string"}}},
        },
        **responses(
            Unauthenticated,
            InsufficientScope,
            IdempotencyKeyMissing,
            IdempotencyKeyReused,
            MalformedJson,
            PayloadTooLarge,
            SubmissionEnded,
            UnsupportedMediaType,
            Invalid,
        ),
    },
)
async def import_submissions(
    caller: Annotated[Caller, allowed(Permission.SUBMISSIONS_WRITE)],
    session: SessionDep,
    request: Request,
    now: Now,
    mode: Annotated[ImportMode, Query(description="`validate` tries it and keeps no submission.")],
    atomicity: Annotated[
        Atomicity, Query(description="What else is not taken in if a line is wrong.")
    ] = Atomicity.ROW,
    instrument: Annotated[
        str | None, Query(max_length=64, description="Of lines that name none.")
    ] = None,
    version: Annotated[
        str | None, Query(max_length=64, description="Of lines that name none.")
    ] = None,
    idempotency_key: Annotated[str | None, Header(min_length=1, max_length=MAX_KEY)] = None,
) -> Response:
    """Push many submissions, and get a line of report for every line.

    `validate` gives the report that `commit` would give, and keeps no submission. Lines that are
    right are taken in, the others reported; `atomicity` holds those of an organization, or all,
    together. `external_id` is needed in every line: pushed again with the same content it is
    `unchanged`, with other content it replaces what was there. Two lines about the same
    submission that say different things are both rejected. As a table, CSV or workbook: a row a
    respondent, with columns `organization`, `external_id`, `period`, `role`, and one for each
    item. Up to 1,000 lines are answered at once, and 1,000,000 carried out meanwhile (`202`).
    `commit` needs an `Idempotency-Key`; with the same key the same bytes are the same import.
    """
    if mode is ImportMode.COMMIT:
        await retry_key(request)
    kind, read = reader_of(request.headers.get("content-type", ""))
    upload: Upload = request.parsed  # type: ignore[attr-defined]  # by the route
    named = {"instrument": instrument, "version": version}
    asked = Asked.of(
        caller,
        idempotency_key,
        upload.sha256,
        request.app.state.pepper,
        mode=mode,
        atomicity=atomicity,
        format=kind,
        defaults={name: one for name, one in named.items() if one is not None},
    )
    before = await service.find_retried(session, caller, asked)
    if before is not None:
        return await _again(session, before)
    parts = lines.in_parts(read(upload.file), request.app.state.settings.import_part_lines)
    part, after = await _next(session, parts), await _next(session, parts)
    run = service.new_run(caller, asked, now=now)
    if after is None:
        return await _at_once(session, request, run, caller, part or [])
    most = MAX_LINES if atomicity is Atomicity.ROW else MAX_TOGETHER
    while part is not None:
        if run.lines + len(part) > most:
            raise PayloadTooLarge(f"At most {most} lines")
        await service.add(session, run, part, await asyncio.to_thread(_packed, part))
        part, after = after, after and await _next(session, parts)
    await service.enqueue(session, run)
    return _accepted(run)


ALIVE_SECONDS = 3.0
"""A transaction that is silent for ten is ended by the database."""


async def _next(session: AsyncSession, parts: Iterator[list[Record]]) -> list[Record] | None:
    """The next lines, if there are any; reading them may take longer than the database waits."""
    reading = asyncio.create_task(asyncio.to_thread(next, parts, None))
    while not (await asyncio.wait({reading}, timeout=ALIVE_SECONDS))[0]:
        await session.exec(select(1))
    return reading.result()


def _packed(part: Sequence[Record]) -> bytes:
    return zlib.compress(lines.pack(part), 1)


async def _at_once(
    session: AsyncSession,
    request: Request,
    run: ImportRun,
    caller: Caller,
    part: Sequence[Record],
) -> Response:
    """Few lines: carried out and answered in this request."""
    commit = run.mode is ImportMode.COMMIT
    order = Order(
        caller=caller,
        commit=commit,
        atomicity=run.atomicity,
        defaults=run.defaults,
        pepper=request.app.state.pepper,
        now=run.created_at,
        resources=Names(request.app.state.settings.public_url)
        if run.format is Format.FHIR
        else None,
    )
    rows = await batch.carry_out(session, order, await reading.read(session, order, part))
    service.settle(run, rows)
    if commit:
        await service.keep(session, run, rows)
        trail: Trail = request.state.trail
        if trail.actor is None:
            raise AssertionError("nobody asked")
        event = Event(run.created_at, operation(request), trail.actor, status=200)
        # On the caller's own trail the request is anyhow.
        ids = batch.concerned(rows) - {caller.chain}
        await batch.tell_each(session, caller, ids, event, signer=request.app.state.signer)
    return _json(views.report(run, map(report.tell, rows), kept=commit))


async def _again(session: AsyncSession, run: ImportRun) -> Response:
    """The same import, as far as it is now."""
    if not run.was_at_once:
        return _accepted(run, {REPLAYED: "true"})
    part = await service.reported(session, run, NO_FILTERS, number=0)
    told = [] if part is None else [one for one, _ in report.wanted(part[1], NO_FILTERS)]
    return _json(views.report(run, told, kept=True), {REPLAYED: "true"})


NO_FILTERS = Filters()


def _accepted(run: ImportRun, headers: dict[str, str] | None = None) -> Response:
    made = views.run(run)
    location = {"Location": made["links"]["self"], **(headers or {})}
    return Response(views.dumps(made), 202, location, "application/json")


def _json(made: dict[str, Any], headers: dict[str, str] | None = None) -> Response:
    return Response(views.dumps(made), 200, headers, "application/json")
