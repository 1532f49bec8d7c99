"""The straight way in for a plain submission: past the routing, to those that go in together.

Whatever is not plain goes the ordinary way, and so does a submission that cannot be kept with
others. Both ways come to the same.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime

import orjson
from starlette.datastructures import State
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app import failures, limiting
from app.access import callers, keys
from app.access.callers import Caller
from app.access.models import Kind
from app.access.permissions import Permission
from app.api import LARGE
from app.assessments import push, views
from app.assessments.incoming import Checked, Push
from app.assessments.names import retry_hash
from app.assessments.submissions import Stored
from app.assessments.together import AloneError, Waiting
from app.db import transaction
from app.jsonbody import read_line
from app.problems import Invalid, Problem, Unauthenticated
from app.trail import MAX_KEY, REPLAYED

PATH = re.compile(r"/v1/organizations/([0-9A-Za-z_.:-]{1,64})/submissions")
HEADERS = {b"authorization", b"content-type", b"idempotency-key"}
BEARER = b"Bearer "
NEEDED = Permission.SUBMISSIONS_WRITE


class Straight:
    """Takes plain submissions itself; everything else goes on."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http" or scope["method"] != "POST":
            await self.app(scope, receive, send)
            return
        found = PATH.fullmatch(scope["path"])
        plain = None if found is None else _plain(scope)
        if found is None or plain is None:
            await self.app(scope, receive, send)
            return
        request, body = Request(scope), b""
        try:
            body = await _whole(receive)
            response = await _submit(request, found[1], plain, body)
        except failures.EXPECTED as exc:
            response = await failures.handle(request, exc)
        if response is None:
            await self.app(scope, _again(body, receive), send)
        else:
            await response(scope, receive, send)


@dataclass(frozen=True, slots=True)
class _Plain:
    """What the headers of a plain submission say."""

    presented: str
    idempotency_key: str | None


def _plain(scope: Scope) -> _Plain | None:
    """The headers, if there is nothing about them that would have to be looked into."""
    if scope["query_string"] or scope.get("root_path"):
        return None
    given: dict[bytes, bytes] = {}
    for name, value in scope["headers"]:
        if name in HEADERS:
            if name in given:
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
    return _Plain(said, None if key is None else key.decode("latin-1"))


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


async def _submit(request: Request, reference: str, plain: _Plain, body: bytes) -> Response | None:
    """The answer; None if the ordinary way is to find it."""
    state, now = request.app.state, datetime.now(UTC)
    caller = await _caller(state, plain.presented, now)
    checked = None if caller is None else _checked(state, body, now)
    if caller is None or caller.organization_id is None or checked is None:
        return None
    await limiting.count(request, caller.organization_id)
    sender = Push(
        organization_id=caller.organization_id,
        client_id=caller.client_id,
        idempotency_key=retry_hash(plain.idempotency_key, caller.client_id, state.pepper),
        pepper=state.pepper,
        now=now,
    )
    try:
        stored = await state.together.submit(Waiting(caller, reference, sender, checked))
    except AloneError:
        return None
    return answer(stored, sender)


async def _caller(state: State, presented: str, now: datetime) -> Caller | None:
    """The organization's key that this is; None for any other."""
    digest = keys.digest(presented, state.pepper)
    caller: Caller | None = state.recent.find(digest, now)
    if caller is None:
        try:
            async with transaction(state.engine) as session:
                known = await callers.authenticate(session, presented, pepper=state.pepper, now=now)
        except Unauthenticated:
            return None
        state.recent.keep(digest, known, now)
        caller = known.caller
    if caller.kind is not Kind.ORGANIZATION or NEEDED not in caller.permissions:
        return None
    state.recent.used[caller.key_id] = now
    return caller


def _checked(state: State, body: bytes, now: datetime) -> Checked | Problem | None:
    """What the body says, or what is wrong with it; None if that takes more to find out."""
    if len(body) > LARGE:
        return None
    try:
        raw = read_line(body)
    except Problem:
        return None
    instrument = push.recall_instrument(state.engine, raw)
    if instrument is None:
        return None
    try:
        return push.check(raw, instrument, now)
    except Invalid as invalid:
        return invalid


def answer(stored: Stored, sender: Push) -> Response:
    """A submission as the ordinary way answers it, written down at once."""
    headers = {"Location": views.submission_href(stored.submission)}
    if stored.repeats_key_of(sender):
        headers[REPLAYED] = "true"
    status = 200 if stored.replayed and not stored.repeats_key_of(sender) else 201
    body = orjson.dumps(views.submission(stored), option=orjson.OPT_UTC_Z)
    return Response(body, status, headers, "application/json")
