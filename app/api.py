"""What a request is to every router: one transaction, a caller, a trail, an answer kept.

The transaction commits before the client hears of it. In it are the effect, its line in the audit
trail, and the answer that a retry will get: all of them or none.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import replace
from datetime import UTC, datetime
from functools import cached_property
from typing import Annotated, Any, ClassVar
from uuid import UUID

from fastapi import Depends, Request, Security
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, APIRouter
from fastapi.security import HTTPBearer, SecurityScopes
from fastapi.security.http import HTTPAuthorizationCredentials
from pydantic import BaseModel
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.responses import Response
from starlette.routing import Match
from starlette.types import Scope

from app import crashpoints, limiting
from app.access import callers, keys
from app.access.callers import Caller
from app.access.permissions import Permission
from app.audit.service import Actor
from app.db import enter
from app.jsonbody import MAX_BULK_VALUES, MAX_VALUES, read_json
from app.problems import InsufficientScope, Unauthenticated, UnsupportedMediaType
from app.trail import READS, REPLAYED, TENANT, Replayed, Trail, finish, recognise_retry


async def utc_now() -> datetime:
    """The clock, read once a request."""
    return datetime.now(UTC)


Now = Annotated[datetime, Depends(utc_now)]


async def session(request: Request, now: Now) -> AsyncIterator[AsyncSession]:
    """One request, one transaction, committed before the client hears of it."""
    async with (
        AsyncSession(request.app.state.engine, expire_on_commit=False) as opened,
        opened.begin(),
    ):
        request.state.trail = Trail(opened, now)
        yield opened
        crashpoints.reach("written")
    crashpoints.reach("committed")


# Without scope="function" FastAPI would run the commit after sending the reply.
SessionDep = Annotated[AsyncSession, Depends(session, scope="function")]

bearer = HTTPBearer(
    scheme_name="key", auto_error=False, description="A key: `Authorization: Bearer plc...`"
)
Credentials = Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]


async def authenticate(
    needed: SecurityScopes,
    request: Request,
    credentials: Credentials,
    session: SessionDep,
    now: Now,
) -> Caller:
    """Who is asking; refused unless the key has every scope that the route names."""
    try:
        caller = await _caller(needed, request, credentials, session, now)
    except Unauthenticated:
        await limiting.count(request)
        raise
    # All that one party has count together: it makes clients as it likes.
    await limiting.count(request, caller.organization_id or caller.network_id or caller.client_id)
    trail: Trail = request.state.trail
    trail.caller, trail.chain = caller, caller.chain
    trail.actor = Actor(caller.kind.value, caller.client_id, caller.key_id)
    missing = sorted(set(needed.scopes) - caller.permissions)
    if missing:
        raise InsufficientScope(f"This needs the scope {missing[0]}", scope=missing[0])
    if TENANT not in request.path_params:
        await recognise_retry(request, trail, caller.client_id, holder=caller.rights)
    return caller


async def _caller(
    needed: SecurityScopes,
    request: Request,
    credentials: HTTPAuthorizationCredentials | None,
    session: AsyncSession,
    now: datetime,
) -> Caller:
    presented = credentials.credentials if credentials else ""
    state = request.app.state
    digest = keys.digest(presented, state.pepper)
    # What gives rights away is asked of the database each time.
    fresh = Permission.CLIENTS_WRITE in needed.scopes
    caller: Caller | None = None if fresh else state.recent.find(digest, now)
    if caller is None:
        known = await callers.authenticate(session, presented, pepper=state.pepper, now=now)
        state.recent.keep(digest, known, now)
        caller = known.caller
    else:
        await enter(session, caller.scope)
    state.recent.used[caller.key_id] = now
    return caller


async def concern(request: Request, tenant_id: UUID) -> None:
    """Put a request on the audit trail of the organization or network that it concerns.

    For what an operator or a network does to others; routes below an organization do it themselves.
    """
    trail: Trail = request.state.trail
    if trail.caller is None:
        raise AssertionError("nobody asked")
    own = trail.caller.scope
    if tenant_id not in {*own.organizations, own.network}:
        await enter(trail.session, replace(own, organizations=(*own.organizations, tenant_id)))
    trail.chain = tenant_id


def allowed(*permissions: Permission) -> Any:  # noqa: ANN401 - as Security itself
    """The dependency of a route that needs these permissions; or none, only a good key."""
    return Security(authenticate, scopes=[one.value for one in permissions])


class ParsedRequest(Request):
    """A request whose JSON was read by our rules before FastAPI would read it by its own."""

    parsed: object = None

    async def json(self) -> object:
        """The body."""
        return self.parsed


LARGE = 131_072
"""Bytes of a body that is read beside the loop, so that others are answered meanwhile."""


class Route(APIRoute):
    """A route whose writes are on the audit trail and whose answers are kept for retries."""

    most_values: ClassVar[int] = MAX_VALUES
    keeps_answers: ClassVar[bool] = True
    """Whether a retry is given the first answer again."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler, with what is done around every one of them."""
        answered = super().get_route_handler()
        is_open = not _asks_who(self.dependant)

        async def handler(request: Request) -> Response:
            if is_open:
                await limiting.count(request)
            asked = ParsedRequest(request.scope, request.receive)
            if request.method not in READS:
                # Whole, before a connection is taken and a key believed: senders may be slow.
                await self.take_in(asked)
            try:
                response = await answered(asked)
            except Replayed as found:
                answer = found.answer
                headers = {**answer.headers, REPLAYED: "true"}
                return Response(answer.body, answer.status, headers)
            await finish(asked, response)
            return response

        return handler

    async def take_in(self, request: ParsedRequest) -> None:
        """Take the body in."""
        raw = await request.body()
        request.parsed = await self._read(raw) if _is_json(request) else None

    async def _read(self, raw: bytes) -> object:
        if len(raw) > LARGE:
            return await asyncio.to_thread(read_json, raw, self.most_values)
        return read_json(raw, self.most_values)


class Part(APIRouter):
    """Routes that the application includes; of paths with another first word it is not asked.

    Without that every request is compared with every route of the service, which takes longer than
    answering it. What a part includes itself is a plain router.
    """

    @cached_property
    def words(self) -> frozenset[str]:
        """The first words of the paths, below the version."""
        paths = [self.prefix] if self.prefix else _paths(self)
        return frozenset(path.split("/")[1] for path in paths)

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Whether a request is for one of them."""
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        is_meant = not self.words.isdisjoint(path.split("/", 3)[2:3])
        return super().matches(scope) if is_meant else (Match.NONE, {})


def _paths(router: APIRouter) -> list[str]:
    """The paths of a router without a prefix, and of those that it includes."""
    inner = (getattr(one, "original_router", None) for one in router.routes)
    found = [one.path for one in router.routes if isinstance(one, APIRoute)]
    return sum((_paths(one) for one in inner if isinstance(one, APIRouter)), found)


class BulkRoute(Route):
    """A route that takes very many things at once."""

    most_values = MAX_BULK_VALUES


class RepeatableRoute(Route):
    """A route that comes to the same each time: a retry is carried out anew, and nothing is kept.

    For answers that must not outlive what they were made of.
    """

    keeps_answers = False


def _asks_who(dependant: Dependant) -> bool:
    return any(one.call is authenticate or _asks_who(one) for one in dependant.dependencies)


def _is_json(request: Request) -> bool:
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    # As FastAPI sees it; else it would take the body of a problem+json for none at all.
    return re.fullmatch(r"application/(?:[^/]+\+)?json", media_type) is not None


async def json_body(request: Request) -> object:
    """The body as parsed JSON, for routes that report all errors themselves.

    NaN and Infinity get through, so that they are named with their place rather than as bad JSON.
    """
    if not _is_json(request):
        media_type = request.headers.get("content-type", "nothing").partition(";")[0]
        raise UnsupportedMediaType(f"Send application/json, not {media_type}")
    return await request.json()


JsonBody = Annotated[object, Depends(json_body)]


def body_of(model: type[BaseModel]) -> dict[str, Any]:
    """The request body of a route that reads its JSON itself, for OpenAPI."""
    reference = {"$ref": f"#/components/schemas/{model.__name__}"}
    return {
        "requestBody": {"required": True, "content": {"application/json": {"schema": reference}}}
    }
