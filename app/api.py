"""What every router shares: session, caller, paging, bodies read as they are."""

import base64
import binascii
import json
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar
from uuid import UUID

from fastapi import Depends, Query, Request, Security
from fastapi.dependencies.models import Dependant
from fastapi.security import HTTPBearer, SecurityScopes
from fastapi.security.http import HTTPAuthorizationCredentials
from pydantic import BaseModel
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.responses import Response

from app.access import service as access
from app.access.service import Caller
from app.problems import (
    BadCursor,
    InsufficientScope,
    Invalid,
    MalformedJson,
    NotFound,
    UnsupportedMediaType,
    error,
)
from app.schemas import Page

MAX_PAGE = 200
Row = TypeVar("Row")


async def session(request: Request) -> AsyncIterator[AsyncSession]:
    """One request, one transaction, committed before the client hears of it."""
    async with (
        AsyncSession(request.app.state.engine, expire_on_commit=False) as opened,
        opened.begin(),
    ):
        yield opened


# Without scope="function" FastAPI would run the commit after sending the reply.
SessionDep = Annotated[AsyncSession, Depends(session, scope="function")]


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


bearer = HTTPBearer(
    scheme_name="key", auto_error=False, description="A key: `Authorization: Bearer plc_...`"
)
Credentials = Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]


async def utc_now() -> datetime:
    """The clock, read once a request."""
    return datetime.now(UTC)


Now = Annotated[datetime, Depends(utc_now)]


async def authenticate(
    needed: SecurityScopes,
    request: Request,
    credentials: Credentials,
    session: SessionDep,
    now: Now,
) -> Caller:
    """Who is asking; refused unless the key has every scope that the route names."""
    caller = await access.authenticate(
        session,
        credentials.credentials if credentials else None,
        pepper=request.app.state.pepper,
        now=now,
    )
    missing = sorted(set(needed.scopes) - caller.permissions)
    if missing:
        raise InsufficientScope(f"This needs the scope {missing[0]}", scope=missing[0])
    return caller


def allowed(permission: access.Permission) -> Any:  # noqa: ANN401 - as Security itself
    """The dependency of a route that needs this permission."""
    return Security(authenticate, scopes=[permission.value])


Limit = Annotated[int, Query(ge=1, le=MAX_PAGE, description="Most entries in one page.")]
Cursor = Annotated[str | None, Query(description="`next_cursor` of the page before.")]


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


async def json_body(request: Request) -> object:
    """The body as parsed JSON, for routes that report all errors themselves.

    NaN and Infinity get through, so that they are named with their place rather than as bad JSON.
    """
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise UnsupportedMediaType(f"Send application/json, not {media_type or 'nothing'}")
    try:
        return json.loads(await request.body(), object_pairs_hook=_once)
    except (ValueError, RecursionError) as exc:
        raise MalformedJson(f"Not JSON: {exc}"[:300]) from None


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """An object whose keys stand once each: of two answers to an item, neither is right."""
    made = dict(pairs)
    if len(made) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise MalformedJson(f"The key {twice[:64]!r} stands twice in one object")
    return made


JsonBody = Annotated[object, Depends(json_body)]


def body_of(model: type[BaseModel]) -> dict[str, Any]:
    """The request body of a route that reads its JSON itself, for OpenAPI."""
    reference = {"$ref": f"#/components/schemas/{model.__name__}"}
    return {
        "requestBody": {"required": True, "content": {"application/json": {"schema": reference}}}
    }
