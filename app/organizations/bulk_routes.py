"""HTTP of registering many organizations at once."""

import asyncio
from typing import Annotated, Any

from fastapi import Depends, Query, Request

from app.access.callers import Caller
from app.access.permissions import Permission
from app.api import BulkRoute, Now, Part, SessionDep, allowed
from app.audit.service import Event
from app.failures import responses
from app.organizations import bulk, views
from app.organizations.bulk_schemas import BulkMode, BulkOut, OrganizationRowIn
from app.organizations.rows import Row, read
from app.organizations.sheets import MAX_ROWS, Line, Sheet, own_columns
from app.problems import (
    AlreadyExists,
    IdempotencyKeyMissing,
    InsufficientScope,
    Invalid,
    PayloadTooLarge,
    Unauthenticated,
    UnsupportedMediaType,
    error,
)
from app.trail import Trail, operation, retry_key

router = Part(route_class=BulkRoute, tags=["organizations"])

BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "type": "array",
                    "maxItems": MAX_ROWS,
                    # A row that is none is answered for like any other, and not refused.
                    "items": {
                        "anyOf": [
                            {"$ref": f"#/components/schemas/{OrganizationRowIn.__name__}"},
                            {"description": "Anything else is reported as a rejected row."},
                        ]
                    },
                }
            },
            "text/csv": {
                "schema": {"type": "string"},
                "example": "external_id,name,id:cms,region\n010001,St. Elm,010001,us_south\n",
            },
        },
    }
}


async def organization_lines(request: Request) -> list[Row]:
    """The rows of the body, JSON or CSV, each checked by itself.

    Raises:
        UnsupportedMediaType: neither.
        Invalid: not an array, or not a table of our columns.
        PayloadTooLarge: more rows than are taken at once.
    """
    media_type = request.headers.get("content-type", "nothing").partition(";")[0].strip().lower()
    if media_type == "text/csv":
        raw = await request.body()
        return await asyncio.to_thread(_read_csv, raw)
    if media_type != "application/json":
        raise UnsupportedMediaType(f"Send application/json or text/csv, not {media_type[:64]}")
    given = await request.json()
    if not isinstance(given, list):
        raise Invalid([error("", "list-type", "An array of organizations is needed")])
    if len(given) > MAX_ROWS:
        raise PayloadTooLarge(f"At most {MAX_ROWS} rows")
    return await asyncio.to_thread(read, [Line(n, one) for n, one in enumerate(given, 1)])


def _read_csv(raw: bytes) -> list[Row]:
    sheet = Sheet.read(raw)
    return read(own_columns(sheet).lines(sheet))


@router.post(
    "/organizations/bulk",
    response_model=BulkOut,
    openapi_extra=BODY,
    responses=responses(
        Unauthenticated,
        InsufficientScope,
        IdempotencyKeyMissing,
        AlreadyExists,
        PayloadTooLarge,
        UnsupportedMediaType,
        Invalid,
    ),
)
async def register_organizations(
    caller: Annotated[Caller, allowed(Permission.ORGANIZATIONS_WRITE)],
    rows: Annotated[list[Row], Depends(organization_lines)],
    session: SessionDep,
    request: Request,
    now: Now,
    mode: Annotated[BulkMode, Query(description="`validate` tries it and keeps nothing.")],
) -> dict[str, object]:
    """Register many organizations, or change those that are there, and report on every row.

    Rows that are right are registered, the others are reported; `validate` gives the same report
    and keeps nothing. What a row does not say of an organization that is there, stays. `commit`
    needs an `Idempotency-Key`. As CSV: a header with `external_id`, `name`, `network`, attributes
    by their names, identifiers as `id:cms`, and `state` and `city`. Hospitals that may be there
    twice are listed, and none of them is merged.
    """
    if mode is BulkMode.COMMIT:
        await retry_key(request)
    report = await bulk.register(session, caller, rows, commit=mode is BulkMode.COMMIT, now=now)
    trail: Trail = request.state.trail
    if mode is BulkMode.COMMIT and trail.actor is not None:
        event = Event(now, operation(request), trail.actor, status=200)
        signer = request.app.state.signer
        await bulk.tell_each(session, caller, report, event, signer=signer)
    return views.bulk_report(report, mode)
