"""The verbs of a client's keys: make, rotate, revoke and list them.

Nobody gives what they do not have, and no key outlives its client.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.access import keys, tokens
from app.access.callers import Caller
from app.access.models import Client, ClientKey, Kind
from app.access.permissions import ALLOWED, Permission
from app.problems import ClientEnded, InsufficientScope, Invalid, KeyEnded, NotFound, error

DEFAULT_DAYS, MAX_DAYS = 90, 365
"""A key that never expires is one that nobody remembers."""

MAX_OVERLAP_HOURS = 24
"""Long enough to bring a new key everywhere, too short to forget the old one."""


@dataclass(frozen=True, slots=True)
class Issue:
    """What every new key is made with."""

    environment: str
    pepper: bytes
    now: datetime


def scope_errors(
    what: str, allowed: frozenset[Permission], scopes: Collection[str]
) -> list[dict[str, object]]:
    """Scopes beyond what there can be."""
    return [
        error("/scopes", "scope-not-allowed", f"{what} cannot have {one}", received=one)
        for one in sorted(set(scopes) - allowed)
    ]


def check(kind: Kind, scopes: Collection[str], days: int) -> None:
    """See that there can be such a key.

    Raises:
        Invalid: scopes beyond the kind, or a life outside 1..365 days.
    """
    errors = scope_errors(f"{kind} keys", ALLOWED[kind], scopes)
    if not 1 <= days <= MAX_DAYS:
        errors.append(error("/days", "out-of-range", f"1 to {MAX_DAYS} days", received=days))
    if errors:
        raise Invalid(errors)


def check_may_give(caller: Caller, kind: Kind, scopes: Collection[str]) -> None:
    """See that nobody gives more than they have; only the operator equips others.

    Raises:
        InsufficientScope: the caller's key lacks one of them.
    """
    missing = sorted(set(scopes) - caller.permissions)
    if missing and caller.kind is kind:
        raise InsufficientScope(
            f"Your own key lacks {missing[0]}, so it cannot give that", scope=missing[0]
        )


async def create(
    session: AsyncSession, client: Client, scopes: Collection[str], *, days: int, issue: Issue
) -> tuple[keys.Key, ClientKey]:
    """A new key, of scopes and days that were checked; it is shown once and forgotten.

    Raises:
        ClientEnded: no key of the client would work.
    """
    if client.has_ended(issue.now):
        raise ClientEnded("Register another client")
    expires_at = issue.now + timedelta(days=days)
    key = keys.make_key(client.kind.value, issue.environment)
    row = ClientKey(
        key_id=key.key_id,
        client_id=client.id,
        digest=keys.digest(key.text, issue.pepper),
        last_four=key.text[-4:],
        scopes=sorted(scopes),
        created_at=issue.now,
        expires_at=min(expires_at, client.ends_at or expires_at),
    )
    session.add(row)
    await session.flush()
    return key, row


async def get(
    session: AsyncSession, client_id: UUID, key_id: str, *, lock: bool = False
) -> ClientKey:
    """A key of the client's; tokens are no keys here.

    Raises:
        NotFound: the client has no such key.
    """
    wanted = select(ClientKey).where(
        ClientKey.client_id == client_id,
        ClientKey.key_id == key_id,
        col(ClientKey.is_token).is_(False),
    )
    if lock:
        wanted = wanted.with_for_update(key_share=True)
    found = (await session.exec(wanted)).one_or_none()
    if found is None:
        raise NotFound("No such key")
    return found


async def find(session: AsyncSession, key_id: str) -> tuple[Client, ClientKey]:
    """Anybody's key by its id, with whose it is; for the command line.

    Raises:
        NotFound: there is no such key.
    """
    wanted = select(Client, ClientKey).where(
        ClientKey.client_id == Client.id,
        ClientKey.key_id == key_id,
        col(ClientKey.is_token).is_(False),
    )
    found = (await session.exec(wanted.with_for_update(of=ClientKey, key_share=True))).one_or_none()
    if found is None:
        raise NotFound(f"No key {key_id}")
    return found


async def rotate(
    session: AsyncSession, client: Client, old: ClientKey, *, overlap: timedelta, issue: Issue
) -> tuple[keys.Key, ClientKey]:
    """A new key of the same scopes and days; the old one works for the overlap at most.

    Args:
        session: the transaction, which holds the old key's row.
        client: whose key it is.
        old: the key to be replaced.
        overlap: how long both work; none: the old one ends at once, and its tokens.
        issue: what the new key is made with.

    Raises:
        KeyEnded: the old key works no more; what ended is not brought back.
        ClientEnded: no key of the client does.
    """
    if old.revoked_at is not None or old.expires_at <= issue.now:
        raise KeyEnded("Make a new key instead")
    days = max(1, (old.expires_at - old.created_at).days)
    scopes = ALLOWED[client.kind].intersection(old.scopes)
    made = await create(session, client, scopes, days=days, issue=issue)
    if overlap:
        old.expires_at = min(old.expires_at, issue.now + overlap)
        await session.flush()
    else:
        await revoke(session, old, now=issue.now)
    return made


async def revoke(session: AsyncSession, key: ClientKey, *, now: datetime) -> None:
    """End a key at once, and the tokens asked for with it; ending it twice is no error."""
    key.revoked_at = key.revoked_at or now
    await session.flush()
    await tokens.end_of(session, key.client_id, {key.key_id}, now=now)


async def list_(
    session: AsyncSession, client_id: UUID, *, after: UUID | None, limit: int
) -> Sequence[ClientKey]:
    """A client's keys by id, one more than ``limit`` if there are more; tokens are left out."""
    wanted = (
        select(ClientKey)
        .where(ClientKey.client_id == client_id, col(ClientKey.is_token).is_(False))
        .order_by(col(ClientKey.id))
    )
    if after is not None:
        wanted = wanted.where(col(ClientKey.id) > after)
    return (await session.exec(wanted.limit(limit + 1))).all()


async def list_all(session: AsyncSession) -> Sequence[tuple[Client, ClientKey]]:
    """Everybody's keys with whose they are, oldest first; for the command line."""
    found = await session.exec(
        select(Client, ClientKey)
        .where(ClientKey.client_id == Client.id, col(ClientKey.is_token).is_(False))
        .order_by(col(ClientKey.created_at), col(ClientKey.id))
    )
    return found.all()
