"""Replies to open questions, kept ready: who asks for the same again is answered at once.

Only what says of itself that it is public is kept, for as long as nobody can tell: a numbered
release for a minute, anything else for a second, and not over a change made in this process.
Questions with a key, about a part, or in FHIR's words go the ordinary way.
"""

import time
from collections import OrderedDict
from dataclasses import dataclass

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app import failures, limiting
from app.problems import TooManyRequests

KEPT_BYTES, KEPT_REPLY = 32_000_000, 1_000_000
"""Of all that is kept, and of one reply; larger ones cost more to send than to make."""

LONG_SECONDS, SHORT_SECONDS = 60.0, 1.0
"""For what is immutable, and for what is not."""

LONGEST_QUESTION = 1_000
"""Bytes of what tells questions apart."""

BESIDE = 2_000
"""Bytes of memory that a reply takes beside its own and its question's: measured."""

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
"""What changes nothing."""

ORDINARY = frozenset({b"authorization", b"range", b"if-range", b"cookie", b"transfer-encoding"})
"""Headers of questions that are not answered here."""

TELLING = frozenset({b"accept", b"accept-language"})
"""Headers that a reply may depend on; ``Origin`` only by being there."""

EACH_TIME = frozenset({b"ratelimit", b"ratelimit-policy", b"connection"})
"""Headers of a reply that belong to one request."""

FHIR = "/fhir"
"""What fails below this does so in its own words."""

PRIVATE = ("/v1/organizations", "/v1/imports", "/v1/programs", FHIR)
"""What is changed below these shows in no public reply."""

Question = tuple[str, bytes, tuple[tuple[bytes, bytes], ...]]


@dataclass(frozen=True, slots=True)
class _Kept:
    headers: list[tuple[bytes, bytes]]
    etag: bytes
    body: Message
    until: float
    changes: int | None
    """How many changes there had been; None for what is immutable."""

    asked: int
    """Bytes of the question."""

    @property
    def size(self) -> int:
        told = sum(len(name) + len(value) for name, value in self.headers)
        return len(self.body["body"]) + told + self.asked + BESIDE


class Ready:
    """Around the application: answers what was asked before; everything else goes on."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._kept: OrderedDict[Question, _Kept] = OrderedDict()
        self._bytes = 0
        self._changes = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
        elif scope["method"] == "GET":
            await self._answer(scope, receive, send)
        elif scope["method"] in SAFE or scope["path"].startswith(PRIVATE):
            await self.app(scope, receive, send)
        else:
            await self._change(scope, receive, send)

    async def _change(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Before anybody hears of a change, nothing is ready that is from before it."""

        async def told(message: Message) -> None:
            self._changes += message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, receive, told)
        finally:
            self._changes += 1  # whoever asked may have gone

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        question, known_by_client = _question(scope)
        if question is None or scope["app"].state.draining:
            await self.app(scope, receive, send)
            return
        kept = self._find(question)
        if kept is None:
            await self._ask(scope, receive, send, question, known_by_client)
            return
        state = scope.setdefault("state", {})
        client = scope.get("client")
        try:
            await limiting.admit(
                scope["app"].state.limiter, state, None, client[0] if client else None
            )
        except TooManyRequests as problem:
            response = await failures.handle(Request(scope), problem)
            response.headers.update(_texts(state["verdict"].raw_headers))
            await response(scope, receive, send)
            return
        verdict = state["verdict"]
        headers = kept.headers if verdict is None else [*kept.headers, *verdict.raw_headers]
        if known_by_client is not None and _knows(known_by_client, kept.etag):
            left = [one for one in headers if one[0] != b"content-length"]
            await send({"type": "http.response.start", "status": 304, "headers": left})
            await send({"type": "http.response.body", "body": b""})
            return
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send(kept.body)

    async def _ask(
        self, scope: Scope, receive: Receive, send: Send, question: Question, known: bytes | None
    ) -> None:
        """Have it answered the ordinary way, and keep the reply."""
        if known is not None and not _is_file(scope["path"]):
            # What is answered 304 could not be kept for the next who asks.
            send = _Conditional(send, known).send
            headers = [one for one in scope["headers"] if one[0] != b"if-none-match"]
            scope = {**scope, "headers": headers}
        await self.app(scope, receive, _Listener(self, question, send, self._changes).send)

    def _find(self, question: Question) -> _Kept | None:
        kept = self._kept.get(question)
        if kept is None:
            return None
        if kept.until < time.monotonic() or kept.changes not in {None, self._changes}:
            self._drop(question)
            return None
        self._kept.move_to_end(question)
        return kept

    def keep(self, question: Question, start: Message, body: Message, changes: int) -> None:
        """Keep a reply, if it is one to be kept; the least asked for go.

        ``changes`` is how many there had been when it was asked for.
        """
        headers = [one for one in start["headers"] if one[0] not in EACH_TIME]
        said = dict(headers)
        policy = said.get(b"cache-control", b"")
        varies = b",".join(value for name, value in headers if name == b"vary").lower()
        vary = {one.strip() for one in varies.split(b",")}
        if (
            not policy.startswith(b"public")
            or b"etag" not in said
            or not vary <= {*TELLING, b"origin", b"authorization", b""}
        ):
            return
        lasting = b"immutable" in policy
        kept = _Kept(
            headers,
            said[b"etag"],
            body,
            time.monotonic() + (LONG_SECONDS if lasting else SHORT_SECONDS),
            None if lasting else changes,
            _length(question),
        )
        if kept.size > KEPT_REPLY:
            return
        self._drop(question)
        self._kept[question] = kept
        self._bytes += kept.size
        while self._bytes > KEPT_BYTES:
            self._drop(next(iter(self._kept)))

    def _drop(self, question: Question) -> None:
        gone = self._kept.pop(question, None)
        if gone is not None:
            self._bytes -= gone.size


class _Listener:
    """Passes a reply on, and keeps it if it came whole."""

    def __init__(self, ready: Ready, question: Question, send: Send, changes: int) -> None:
        self.ready = ready
        self.question = question
        self.downstream = send
        self.changes = changes
        self.start: Message | None = None

    async def send(self, message: Message) -> None:
        """One message of the reply."""
        if message["type"] == "http.response.start":
            self.start = message if message["status"] == 200 else None  # noqa: PLR2004
        elif self.start is not None:
            if not message.get("more_body"):
                self.ready.keep(self.question, self.start, message, self.changes)
            self.start = None
        await self.downstream(message)


class _Conditional:
    """Sends on a whole reply, or 304 where the client has it."""

    def __init__(self, downstream: Send, known: bytes) -> None:
        self.downstream, self.known = downstream, known
        self.is_known = False

    async def send(self, message: Message) -> None:
        """One message of the reply."""
        if message["type"] == "http.response.start":
            etag = dict(message["headers"]).get(b"etag")
            whole = message["status"] == 200  # noqa: PLR2004
            self.is_known = whole and etag is not None and _knows(self.known, etag)
            if self.is_known:
                left = [one for one in message["headers"] if one[0] != b"content-length"]
                message = {**message, "status": 304, "headers": left}
        elif self.is_known:
            message = {**message, "body": b""}
        await self.downstream(message)


def _is_file(path: str) -> bool:
    """Whether it is a file's, which is better not read for somebody who has it."""
    return path.rpartition(".")[2].isalpha()


def _question(scope: Scope) -> tuple[Question | None, bytes | None]:
    """What tells this question from others, and the ETags that its client has."""
    if scope["path"].startswith(FHIR):
        return None, None
    telling, etags = [], None
    for name, value in scope["headers"]:
        if name in ORDINARY:
            return None, None
        if name in TELLING:
            telling.append((name, value))
        elif name == b"origin":
            telling.append((name, b""))
        elif name == b"if-none-match":
            etags = value
    question = scope["path"], scope["query_string"], tuple(telling)
    return (question if _length(question) <= LONGEST_QUESTION else None), etags


def _length(question: Question) -> int:
    path, query, telling = question
    return len(path) + len(query) + sum(len(value) for _, value in telling)


def _knows(etags: bytes, etag: bytes) -> bool:
    named = {one.strip().removeprefix(b"W/") for one in etags.split(b",")}
    return etags.strip() == b"*" or etag.removeprefix(b"W/") in named


def _texts(headers: tuple[tuple[bytes, bytes], ...]) -> dict[str, str]:
    return {name.decode(): value.decode() for name, value in headers}
