"""The straight way in for a plain submission: past the routing, to those that go in together.

Whatever is not plain goes the ordinary way, and so does a submission that cannot be kept with
others. Both ways come to the same.
"""

import asyncio
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app import failures, limiting
from app.access import callers, keys
from app.access.callers import Caller, Known, Recent
from app.access.models import Kind
from app.access.permissions import Permission
from app.api import LARGE
from app.assessments import push
from app.assessments.incoming import Checked, Push
from app.assessments.names import retry_hash
from app.assessments.replies import Reply
from app.assessments.together import AloneError, Together, Waiting
from app.db import transaction
from app.jsonbody import read_line
from app.limiting import Limiter
from app.problems import Invalid, Problem, Unauthenticated
from app.settings import Settings
from app.trail import MAX_KEY
from app.wire import Wire

PATH = re.compile(r"/v1/organizations/([0-9A-Za-z_.:-]{1,64})/submissions")
HEADERS = {b"authorization", b"content-type", b"idempotency-key", b"origin"}
BEARER = b"Bearer "
NEEDED = Permission.SUBMISSIONS_WRITE


@dataclass(frozen=True, slots=True)
class Desk:
    """What a running service has for it."""

    engine: AsyncEngine
    pepper: bytes
    recent: Recent
    limiter: Limiter
    together: Together
    looking: dict[bytes, "asyncio.Task[Known | None]"] = field(default_factory=dict)
    """Keys that the database is being asked about."""


class Straight:
    """Around the application: takes plain submissions itself; everything else goes on."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self.wire = Wire(self._take, settings=settings)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        plain = None
        if scope["type"] == "http" and scope["method"] == "POST":
            found = PATH.fullmatch(scope["path"])
            plain = None if found is None else _plain(scope, found[1])
        if plain is None:
            await self.app(scope, receive, send)
        else:
            scope["plain"] = plain
            await self.wire(scope, receive, send)

    async def _take(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = b""
        try:
            body = await _whole(receive)
            answered = await _submit(scope, scope.pop("plain"), body)
        except failures.EXPECTED as exc:
            response = await failures.handle(Request(scope), exc)
            await response(scope, receive, send)
            return
        if answered is None:
            await self.app(scope, _again(body, receive), send)
            return
        start, sent = answered
        await send(start)
        await send(sent)


@dataclass(frozen=True, slots=True)
class _Plain:
    """What the headers of a plain submission say."""

    reference: str
    presented: str
    idempotency_key: str | None


def _plain(scope: Scope, reference: str) -> _Plain | None:
    """The headers, if there is nothing about them that would have to be looked into."""
    if scope["query_string"] or scope.get("root_path"):
        return None
    given: dict[bytes, bytes] = {}
    for name, value in scope["headers"]:
        if name in HEADERS:
            if name in given or name == b"origin":
                return None
            given[name] = value
    presented = given.get(b"authorization", b"")
    key = given.get(b"idempotency-key")
    if (
        given.get(b"content-type") != b"application/json"
        or not presented.startswith(BEARER)
        or (key is not None and not 1 <= len(key) <= MAX_KEY)
    ):
        return None
    said = presented[len(BEARER) :].decode("latin-1")
    return _Plain(reference, said, None if key is None else key.decode("latin-1"))


async def _whole(receive: Receive) -> bytes:
    """The body, which is bounded by whoever gives its parts.

    Raises:
        ClientDisconnect: it does not come.
    """
    parts = []
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(parts)


def _again(body: bytes, receive: Receive) -> Receive:
    """A body that was read, for who comes next."""
    told = False

    async def next_message() -> Message:
        nonlocal told
        if told:
            return await receive()
        told = True
        return {"type": "http.request", "body": body, "more_body": False}

    return next_message


async def _submit(scope: Scope, plain: _Plain, body: bytes) -> Reply | None:
    """The answer; None if the ordinary way is to find it."""
    desk: Desk = scope["app"].state.desk
    now = datetime.now(UTC)
    caller = await _caller(desk, plain.presented, now)
    checked = None if caller is None else _checked(desk, body, now)
    if caller is None or caller.organization_id is None or checked is None:
        return None
    await limiting.admit(desk.limiter, scope["state"], caller.organization_id)
    sender = Push(
        organization_id=caller.organization_id,
        client_id=caller.client_id,
        idempotency_key=retry_hash(plain.idempotency_key, caller.client_id, desk.pepper),
        pepper=desk.pepper,
        now=now,
    )
    try:
        return await desk.together.submit(Waiting(caller, plain.reference, sender, checked))
    except AloneError:
        return None


async def _caller(desk: Desk, presented: str, now: datetime) -> Caller | None:
    """The organization's key that this is; None for any other."""
    digest = keys.digest(presented, desk.pepper)
    caller: Caller | None = desk.recent.find(digest, now)
    if caller is None:
        looking = desk.looking.get(digest)
        if looking is None:
            looking = desk.looking[digest] = asyncio.create_task(_look_up(desk, presented, now))
            looking.add_done_callback(lambda _: desk.looking.pop(digest))
        known = await asyncio.shield(looking)
        if known is None or known.until <= now:
            return None
        caller = known.caller
    if caller.kind is not Kind.ORGANIZATION or NEEDED not in caller.permissions:
        return None
    desk.recent.used[caller.key_id] = now
    return caller


async def _look_up(desk: Desk, presented: str, now: datetime) -> Known | None:
    """Ask the database whose key it is; once for all who come with it meanwhile."""
    try:
        async with transaction(desk.engine) as session:
            known = await callers.authenticate(session, presented, pepper=desk.pepper, now=now)
    except Unauthenticated:
        return None
    desk.recent.keep(keys.digest(presented, desk.pepper), known, now)
    return known


def _checked(desk: Desk, body: bytes, now: datetime) -> Checked | Problem | None:
    """What the body says, or what is wrong with it; None if that takes more to find out."""
    if len(body) > LARGE:
        return None
    try:
        raw = read_line(body)
    except Problem:
        return None
    instrument = push.recall_instrument(desk.engine, raw)
    if instrument is None:
        return None
    try:
        return push.check(raw, instrument, now)
    except Invalid as invalid:
        return invalid
