"""What is known of a request while it is carried out: who asks, whose trail it is on, its retries.

Effect, audit event and kept answer are one transaction; this is what the last two need to know.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from fastapi import Request
from fastapi.routing import APIRoute
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.responses import Response

from app import crashpoints
from app.access.callers import Caller
from app.audit import service as audit
from app.audit.service import Actor
from app.problems import IdempotencyKeyMissing, Invalid, error
from app.retries import service as retries
from app.retries.service import Answer, Claim

READS = {"GET", "HEAD"}


@dataclass(slots=True)
class Trail:
    """What is known of a request while it is carried out."""

    session: AsyncSession
    now: datetime
    caller: Caller | None = None
    actor: Actor | None = None
    chain: UUID | None = None
    """Whose audit trail the request belongs to: the tenant's, or else the caller's own."""
    claim: Claim | None = None
    target: str | None = None
    """What it was done to, where neither path nor ``Location`` says."""
    by_another: bool = False
    """Somebody else than the organization looks at its rows: reading is on the trail too."""


MAX_KEY = 255
"""Characters of an idempotency key."""

TENANT = "org"
"""Path parameter of routes below an organization, which recognise retries once it is opened."""

REPLAYED = "Idempotent-Replayed"
"""Header of an answer that was given before."""


async def recognise_retry(request: Request, trail: Trail, client_id: UUID, *, holder: str) -> None:
    """Recognise a retry, unless the route does so itself by the row that it writes.

    Call it once the caller is known to be still allowed what it asks for.

    Args:
        request: with the idempotency key in its header.
        trail: of the request.
        client_id: whose key it is.
        holder: which of several who ask by one client, or with which rights; each has keys of
            its own, so nobody gets an answer that was another's to have.

    Raises:
        Replayed: it is one; with the answer of the first time.
    """
    key = request.headers.get("idempotency-key")
    route = request.scope["route"]
    if request.method != "POST" or key is None or not route.keeps_answers or _reads_key(route):
        return
    if not 1 <= len(key) <= MAX_KEY:
        detail = f"1 to {MAX_KEY} characters"
        raise Invalid([error("header:/idempotency-key", "wrong-length", detail)])
    trail.claim = Claim.of(
        client_id,
        f"{holder}\n{key}",
        route=operation(request),
        path=f"{request.url.path}?{request.url.query}",
        body=await request.body(),
        pepper=request.app.state.pepper,
    )
    answer = await retries.claim(trail.session, trail.claim)
    if answer is not None:
        raise Replayed(answer)
    crashpoints.reach("claimed")


def _reads_key(route: APIRoute) -> bool:
    """Whether the route reads the key for itself."""
    names = [field.alias for field in route.dependant.header_params]
    return "idempotency-key" in names


async def retry_key(request: Request) -> None:
    """The dependency of a route that does much at once: a retry must be recognisable.

    Raises:
        IdempotencyKeyMissing: it would not be.
    """
    if "idempotency-key" not in request.headers:
        raise IdempotencyKeyMissing("Send an Idempotency-Key, a UUID for instance")


class Replayed(Exception):  # noqa: N818 - the good end of a retry
    """The request was carried out before."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


def operation(request: Request) -> str:
    """Method and route template: what was asked, without whom it was about."""
    # A route that was included, or whose application was mounted, does not know below what.
    root = request.scope["root_path"]
    mounted = root.removeprefix(request.scope.get("app_root_path", root))
    below = "/v1" if request.scope["path"].startswith("/v1/") else mounted
    return f"{request.method} {below}{request.scope['route'].path_format}"


def _target(request: Request, chain: UUID) -> str:
    """The path asked for, with the organization's id for whatever name it was asked by."""
    given = request.path_params
    if TENANT not in given:
        return request.url.path
    path: str = operation(request).partition(" ")[2]
    return path.format_map({**given, TENANT: chain})


async def finish(request: Request, response: Response) -> None:
    """Inside the transaction, after the effect: put it on the trail, keep the answer."""
    trail: Trail | None = getattr(request.state, "trail", None)
    if trail is None or trail.actor is None or trail.chain is None:
        return
    if REPLAYED in response.headers:
        return  # a submission that was there: nothing happened
    crashpoints.reach("carried-out")
    if request.method not in READS or trail.by_another:
        await audit.append(
            trail.session,
            chain=trail.chain,
            at=trail.now,
            operation=operation(request),
            target=response.headers.get("location", trail.target or _target(request, trail.chain)),
            actor=trail.actor,
            status=response.status_code,
            signer=request.app.state.signer,
        )
        crashpoints.reach("audited")
    if trail.claim is not None:
        answer = Answer(response.status_code, dict(response.headers), bytes(response.body))
        await retries.keep(trail.session, trail.claim, answer, now=trail.now)
        crashpoints.reach("kept")
