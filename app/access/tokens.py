"""The verbs of tokens: keys of an hour, which end with what they were asked for with.

Issuing one holds what it hangs on, and ending that looks for its tokens afterwards: of a request
for a token and a revocation at the same moment, the revocation always wins.
"""

import hmac
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from app.access import keys
from app.access.callers import Caller
from app.access.models import Client, ClientKey
from app.problems import Unauthenticated

LIFE = timedelta(hours=1)


async def issue(
    session: AsyncSession,
    caller: Caller,
    scopes: Collection[str],
    *,
    environment: str,
    pepper: bytes,
    now: datetime,
) -> tuple[keys.Key, ClientKey]:
    """A token for a client that has just shown who it is.

    Args:
        session: a transaction in the caller's tenant context.
        caller: the client; its ``key_id`` names what it showed, a key or a public key.
        scopes: what was asked for and may be had.
        environment: second part of the token.
        pepper: the service's secret.
        now: when.

    Raises:
        Unauthenticated: what it showed has ended in this moment.
    """
    until = await _held_until(session, caller, scopes, now + LIFE)
    if until <= now:
        raise Unauthenticated("No longer valid")
    key = keys.make_key("token", environment)
    row = ClientKey(
        key_id=key.key_id,
        client_id=caller.client_id,
        digest=keys.digest(key.text, pepper),
        last_four=key.text[-4:],
        scopes=sorted(scopes),
        created_at=now,
        expires_at=until,
        is_token=True,
        parent_key_id=caller.key_id,
    )
    session.add(row)
    await session.flush()
    return key, row


async def _held_until(
    session: AsyncSession, caller: Caller, scopes: Collection[str], longest: datetime
) -> datetime:
    """How long a token may last; until the commit nobody ends what it hangs on."""
    held = select(Client).where(Client.id == caller.client_id).with_for_update(read=True)
    client = (await session.exec(held.execution_options(populate_existing=True))).one()
    until = min(longest, client.ends_at or longest)
    jwks: dict[str, Any] = client.jwks or {"keys": {}, "scopes": []}
    if caller.key_id in jwks["keys"]:
        if not set(scopes) <= set(jwks["scopes"]):
            raise Unauthenticated("No longer valid")
        return until
    parent = select(ClientKey.expires_at).where(
        ClientKey.key_id == caller.key_id, col(ClientKey.revoked_at).is_(None)
    )
    expires_at = (await session.exec(parent.with_for_update(read=True))).one_or_none()
    if expires_at is None:
        raise Unauthenticated("No longer valid")
    return min(until, expires_at)


async def find(
    session: AsyncSession, client_id: UUID, presented: str, *, pepper: bytes
) -> ClientKey | None:
    """A client's own token, whether it still works or not; another client's is not there."""
    key_id = keys.key_id(presented)
    if key_id is None:
        return None
    found = (
        await session.exec(
            select(ClientKey).where(
                ClientKey.client_id == client_id,
                ClientKey.key_id == key_id,
                col(ClientKey.is_token).is_(True),
            )
        )
    ).one_or_none()
    if found is None or not hmac.compare_digest(keys.digest(presented, pepper), found.digest):
        return None
    return found


async def revoke(session: AsyncSession, token: ClientKey, *, now: datetime) -> None:
    """End a token at once; ending it twice keeps the first instant."""
    token.revoked_at = token.revoked_at or now
    await session.flush()


async def end_of(
    session: AsyncSession, client_id: UUID, parents: Collection[str], *, now: datetime
) -> None:
    """End the tokens that were asked for with these; call it after those have ended."""
    if not parents:
        return
    await session.exec(
        update(ClientKey)
        .where(
            col(ClientKey.client_id) == client_id,
            col(ClientKey.parent_key_id).in_(sorted(parents)),
            col(ClientKey.revoked_at).is_(None),
        )
        .values(revoked_at=now)
    )
