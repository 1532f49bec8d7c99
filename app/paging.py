"""Query parameters, and lists in pages: what every list shares."""

import base64
import binascii
from collections.abc import Sequence
from typing import Annotated, TypeVar
from uuid import UUID

from fastapi import Query, Request
from fastapi.dependencies.models import Dependant
from starlette.responses import Response

from app.problems import BadCursor, Invalid, NotFound, error
from app.schemas import Page

MAX_PAGE = 200
Row = TypeVar("Row")


async def known_parameters(request: Request) -> None:
    """Refuse query parameters that the route does not have: a typing error is no wish.

    Raises:
        Invalid: with one entry for each.
        NotFound: NUL in the path; the database cannot even be asked for it.
    """
    if "\0" in request.scope["path"]:
        raise NotFound("Nothing is at this path")
    if not request.query_params:
        return
    known = sorted(_query_names(request.scope["route"].dependant))
    nul = [name for name, value in request.query_params.multi_items() if "\0" in value]
    if nul:
        raise Invalid([error(f"query:/{name}", "value-error", "NUL is no text") for name in nul])
    names = [name for name, _ in request.query_params.multi_items()]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        detail = "A parameter stands once"
        raise Invalid([error(f"query:/{name}", "repeated-parameter", detail) for name in twice])
    unknown = sorted(set(names) - set(known))
    if unknown:
        raise Invalid(
            [
                error(f"query:/{name}", "unknown-parameter", "No such parameter", expected=known)
                for name in unknown
            ]
        )


def _query_names(dependant: Dependant) -> set[str]:
    own = {field.alias for field in dependant.query_params}
    return own.union(*map(_query_names, dependant.dependencies))


Limit = Annotated[int, Query(ge=1, le=MAX_PAGE, description="Most entries in one page.")]
Cursor = Annotated[
    str | None,
    Query(
        description="`next_cursor` of the page before.",
        json_schema_extra={"pattern": "^[A-Za-z0-9_-]{22}$"},  # looked at by decode_cursor
    ),
]


def encode_cursor(last: UUID) -> str:
    """Where the next page starts, opaque to clients."""
    return base64.urlsafe_b64encode(last.bytes).decode().rstrip("=")


def decode_cursor(cursor: str | None) -> UUID | None:
    """The id after which a page starts.

    Raises:
        BadCursor: not one that ``encode_cursor`` made.
    """
    if cursor is None:
        return None
    try:
        return UUID(bytes=base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, binascii.Error):
        raise BadCursor("Take next_cursor from the page before, as it is") from None


def page_of(
    request: Request, response: Response, rows: Sequence[Row], ids: Sequence[UUID], limit: int
) -> tuple[Sequence[Row], Page]:
    """Cut the one row too many that was asked for, and say where the next page is."""
    if len(rows) <= limit:
        return rows, Page(next_cursor=None, limit=limit)
    cursor = encode_cursor(ids[limit - 1])
    url = request.url.include_query_params(cursor=cursor, limit=limit)
    response.headers["Link"] = f'<{url.path}?{url.query}>; rel="next"'
    return rows[:limit], Page(next_cursor=cursor, limit=limit)
