"""The verbs of clients: make, get, list and end them, and say what they sign with."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, true
from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from app.access import client_keys, tokens
from app.access.callers import Caller
from app.access.client_keys import Issue
from app.access.keys import Key
from app.access.models import Client, ClientKey, DataUse, Kind
from app.access.permissions import ALLOWED, ONLY_IF_SAID
from app.db import enter
from app.problems import ClientEnded, Invalid, NotFound, error

LONGEST_DATA_USE = timedelta(days=3660)
"""Ten years; a longer agreement is a typing error."""


def _theirs(caller: Caller) -> ColumnElement[bool]:
    """Which clients a caller deals with; row-level security says the same once more."""
    match caller.kind:
        case Kind.OPERATOR:
            return true()
        case Kind.NETWORK:
            return col(Client.network_id) == caller.network_id
        case Kind.ORGANIZATION:
            return col(Client.organization_id) == caller.organization_id
        case _:
            return col(Client.id) == caller.client_id


async def create_client(
    session: AsyncSession,
    *,
    kind: Kind,
    name: str,
    now: datetime,
    tenant_id: UUID | None = None,
    data_use: DataUse | None = None,
) -> Client:
    """Register a program that will call.

    Args:
        session: the transaction.
        kind: what it is.
        name: whose it is, for lists.
        now: when.
        tenant_id: the network or organization that it calls for, if it is theirs.
        data_use: a researcher's agreement.

    Raises:
        Invalid: a researcher without an agreement, one that is over, or one for somebody else.
    """
    errors = _data_use_errors(kind, data_use, now)
    if errors:
        raise Invalid(errors)
    agreed = None
    if data_use is not None:
        agreed = {**asdict(data_use), "ends_on": data_use.ends_on.isoformat()}
    client = Client(
        kind=kind,
        name=name,
        created_at=now,
        network_id=tenant_id if kind is Kind.NETWORK else None,
        organization_id=tenant_id if kind is Kind.ORGANIZATION else None,
        data_use=agreed,
        ends_at=None if data_use is None else data_use.ends_at,
    )
    session.add(client)
    await session.flush()
    return client


def _data_use_errors(
    kind: Kind, data_use: DataUse | None, now: datetime
) -> list[dict[str, object]]:
    if (kind is Kind.RESEARCHER) != (data_use is not None):
        if data_use is None:
            return [error("/data_use", "required", "A researcher works under an agreement")]
        return [error("/data_use", "not-for-kind", f"Not for the kind {kind}")]
    if data_use is None:
        return []
    latest = now.date() + LONGEST_DATA_USE
    if now.date() <= data_use.ends_on <= latest:
        return []
    expected = {"from": now.date().isoformat(), "to": latest.isoformat()}
    return [
        error(
            "/data_use/ends_on",
            "out-of-range",
            "From today on, within ten years",
            received=data_use.ends_on.isoformat(),
            expected=expected,
        )
    ]


async def create_key(  # noqa: PLR0913 - a client and a key are all of these
    session: AsyncSession,
    *,
    kind: Kind,
    name: str,
    environment: str,
    pepper: bytes,
    now: datetime,
    tenant_id: UUID | None = None,
    data_use: DataUse | None = None,
    permissions: Sequence[str] = (),
    days: int = client_keys.DEFAULT_DAYS,
) -> tuple[Key, ClientKey]:
    """A new client with its first key; the caller shows the key once and forgets it.

    Raises:
        Invalid: permissions beyond the kind, a life outside 1..365 days, or as for any client.
    """
    chosen = frozenset(permissions) or ALLOWED[kind] - ONLY_IF_SAID
    client_keys.check(kind, chosen, days)
    client = await create_client(
        session, kind=kind, name=name, now=now, tenant_id=tenant_id, data_use=data_use
    )
    issue = Issue(environment, pepper, now)
    return await client_keys.create(session, client, chosen, days=days, issue=issue)


async def get_client(
    session: AsyncSession, caller: Caller, client_id: UUID, *, lock: bool = False
) -> Client:
    """The caller's client, whose keys the transaction then sees; another's is as absent as none.

    Raises:
        NotFound: no such client of the caller's.
    """
    wanted = select(Client).where(Client.id == client_id, _theirs(caller))
    if lock:
        wanted = wanted.with_for_update(key_share=True)
    found = (await session.exec(wanted)).one_or_none()
    if found is None:
        raise NotFound("No such client")
    await enter(session, replace(caller.scope, clients=(found.id,)))
    return found


async def list_clients(
    session: AsyncSession, caller: Caller, *, after: UUID | None, limit: int
) -> Sequence[Client]:
    """The caller's clients by id, one more than ``limit`` if there are more."""
    wanted = select(Client).where(_theirs(caller)).order_by(col(Client.id))
    if after is not None:
        wanted = wanted.where(col(Client.id) > after)
    return (await session.exec(wanted.limit(limit + 1))).all()


async def end_client(session: AsyncSession, client: Client, *, now: datetime) -> None:
    """End a client with all its keys and tokens at once; ending it twice changes nothing."""
    if not client.has_ended(now):
        client.ends_at = now
        await session.flush()
    # The end alone would do; a process whose clock is behind learns of it from the keys.
    await session.exec(
        update(ClientKey)
        .where(col(ClientKey.client_id) == client.id, col(ClientKey.revoked_at).is_(None))
        .values(revoked_at=now)
    )


async def set_jwks(
    session: AsyncSession,
    client: Client,
    keys: Mapping[str, Mapping[str, str]],
    scopes: frozenset[str],
    *,
    now: datetime,
) -> None:
    """Replace what a client signs with; tokens asked for with what is gone end at once.

    Args:
        session: the transaction, which holds the client's row.
        client: whose keys they are.
        keys: public keys by their thumbprints.
        scopes: the most that a signed request can be granted.
        now: when.

    Raises:
        ClientEnded: nothing can be signed for it any more.
    """
    if client.has_ended(now):
        raise ClientEnded("Register another client")
    before: dict[str, Any] = client.jwks or {"keys": {}, "scopes": []}
    # A token does not say which scopes it would have been refused; fewer end them all.
    kept = set(keys) if scopes.issuperset(before["scopes"]) else set()
    client.jwks = {
        "keys": {name: dict(key) for name, key in keys.items()},
        "scopes": sorted(scopes),
    }
    await session.flush()
    await tokens.end_of(session, client.id, set(before["keys"]) - kept, now=now)
