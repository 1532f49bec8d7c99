"""HTTP of imports."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request

from app.access.callers import Caller
from app.access.permissions import Permission
from app.api import BulkRoute, Now, SessionDep, allowed
from app.audit.service import Event
from app.failures import responses
from app.imports import service
from app.imports.lines import Line, of_array, of_ndjson, of_table
from app.imports.rows import Row
from app.imports.schemas import Atomicity, ImportMode, ImportOut, Status, SubmissionLineIn
from app.imports.service import Order
from app.organizations.sheets import Sheet
from app.problems import (
    IdempotencyKeyMissing,
    InsufficientScope,
    Invalid,
    MalformedJson,
    PayloadTooLarge,
    SubmissionEnded,
    Unauthenticated,
    UnsupportedMediaType,
)
from app.trail import Trail, operation, retry_key

router = APIRouter(route_class=BulkRoute, prefix="/imports", tags=["imports"])

MAX_LINES = 1_000
NDJSON = ("application/x-ndjson", "application/ndjson", "application/jsonl")

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
        },
    }
}


async def submission_lines(request: Request) -> list[Line]:
    """The lines of the body.

    Raises:
        UnsupportedMediaType: in none of our formats.
        Invalid: not an array, or not a table.
        PayloadTooLarge: more lines than are taken at once.
    """
    media_type = request.headers.get("content-type", "nothing").partition(";")[0].strip().lower()
    if media_type == "application/json":
        lines = list(of_array(await request.json()))
    elif media_type in NDJSON or media_type == "text/csv":
        reader = _table if media_type == "text/csv" else _ndjson
        lines = await asyncio.to_thread(reader, await request.body())
    else:
        formats = f"application/json, {NDJSON[0]} or text/csv"
        raise UnsupportedMediaType(f"Send {formats}, not {media_type[:64]}")
    if len(lines) > MAX_LINES:
        raise PayloadTooLarge(f"At most {MAX_LINES} lines")
    return lines


def _ndjson(raw: bytes) -> list[Line]:
    if raw.count(b"\n") > 2 * MAX_LINES:
        raise PayloadTooLarge(f"At most {MAX_LINES} lines")
    return list(of_ndjson(raw))


def _table(raw: bytes) -> list[Line]:
    sheet = Sheet.read(raw)
    return list(of_table(sheet.columns, sheet.rows))


@router.post(
    "",
    response_model=ImportOut,
    openapi_extra=BODY,
    responses=responses(
        Unauthenticated,
        InsufficientScope,
        IdempotencyKeyMissing,
        MalformedJson,
        PayloadTooLarge,
        SubmissionEnded,
        UnsupportedMediaType,
        Invalid,
    ),
)
async def import_submissions(
    caller: Annotated[Caller, allowed(Permission.SUBMISSIONS_WRITE)],
    lines: Annotated[list[Line], Depends(submission_lines)],
    session: SessionDep,
    request: Request,
    now: Now,
    mode: Annotated[ImportMode, Query(description="`validate` tries it and keeps nothing.")],
    atomicity: Annotated[
        Atomicity, Query(description="What else is not taken in if a line is wrong.")
    ] = Atomicity.ROW,
    instrument: Annotated[
        str | None, Query(max_length=64, description="Of lines that name none.")
    ] = None,
    version: Annotated[
        str | None, Query(max_length=64, description="Of lines that name none.")
    ] = None,
) -> dict[str, object]:
    """Push many submissions, and get a line of report for every line.

    `validate` gives the report that `commit` would give, and keeps nothing. Lines that are right
    are taken in, the others reported; `atomicity` holds those of an organization, or all,
    together. `external_id` is needed in every line: pushed again with the same content it is
    `unchanged`, with other content it replaces what was there. Two lines about the same
    submission that say different things are both rejected. `commit` needs an `Idempotency-Key`.
    As CSV: a row a respondent, with columns `organization`, `external_id`, `period`, `role`, and
    one for each item.
    """
    if mode is ImportMode.COMMIT:
        await retry_key(request)
    named = {"instrument": instrument, "version": version}
    order = Order(
        caller=caller,
        commit=mode is ImportMode.COMMIT,
        atomicity=atomicity,
        defaults={name: one for name, one in named.items() if one is not None},
        pepper=request.app.state.pepper,
        now=now,
    )
    rows = await service.carry_out(session, order, lines)
    trail: Trail = request.state.trail
    if mode is ImportMode.COMMIT and trail.actor is not None:
        event = Event(now, operation(request), trail.actor, status=200)
        signer = request.app.state.signer
        await service.tell_each(session, caller, rows, event, signer=signer)
    return {
        "mode": mode,
        "atomicity": atomicity,
        "counts": {one: sum(row.status is one for row in rows) for one in Status},
        "warnings": sum(bool(row.warnings) for row in rows),
        "lines": [_line(row) for row in rows],
    }


def _line(row: Row) -> dict[str, object]:
    return {
        "line": row.line.number,
        "external_id": row.external_id,
        "organization": row.organization,
        "status": row.status,
        "problems": [
            *({"severity": "error", **one} for one in row.errors),
            *({"severity": "warning", **one} for one in row.warnings),
        ],
    }
