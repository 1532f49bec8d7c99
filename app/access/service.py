"""The verbs of access: make, revoke and list keys, and tell who presents one."""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.access import keys
from app.access.models import Client, ClientKey, Kind
from app.db import Scope, enter
from app.problems import Invalid, NotFound, Unauthenticated, error


class Permission(StrEnum):
    """What a key may be allowed to do."""

    CATALOG_WRITE = "catalog:write"
    ORGANIZATIONS_READ = "organizations:read"
    ORGANIZATIONS_WRITE = "organizations:write"
    SUBMISSIONS_READ = "submissions:read"
    SUBMISSIONS_WRITE = "submissions:write"
    ASSESSMENTS_READ = "assessments:read"
    ASSESSMENTS_WRITE = "assessments:write"
    QUALITY_READ = "quality:read"
    RELEASES_WRITE = "releases:write"
    RESEARCH_READ = "research:read"


_TENANT = frozenset(
    {
        Permission.ORGANIZATIONS_READ,
        Permission.SUBMISSIONS_READ,
        Permission.SUBMISSIONS_WRITE,
        Permission.ASSESSMENTS_READ,
        Permission.ASSESSMENTS_WRITE,
    }
)
ALLOWED: dict[Kind, frozenset[Permission]] = {
    Kind.OPERATOR: frozenset(
        {
            Permission.CATALOG_WRITE,
            Permission.ORGANIZATIONS_READ,
            Permission.ORGANIZATIONS_WRITE,
            Permission.QUALITY_READ,
            Permission.RELEASES_WRITE,
        }
    ),
    Kind.NETWORK: _TENANT | {Permission.ORGANIZATIONS_WRITE},
    Kind.ORGANIZATION: _TENANT,
    Kind.RESEARCHER: frozenset({Permission.RESEARCH_READ}),
}
"""The most that a kind of client can be given. Who runs the service sees no submission."""

DEFAULT_DAYS, MAX_DAYS = 90, 365
"""A key that never expires is one that nobody remembers."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is asking, as far as the key says."""

    client_id: UUID
    kind: Kind
    network_id: UUID | None
    organization_id: UUID | None
    permissions: frozenset[str]

    @property
    def scope(self) -> Scope:
        """The tenant context that this caller's transactions start in."""
        own = () if self.organization_id is None else (self.organization_id,)
        return Scope(
            organizations=own,
            network=self.network_id,
            operator=self.kind is Kind.OPERATOR,
        )


async def create_key(  # noqa: PLR0913 - a key is all of these
    session: AsyncSession,
    *,
    kind: Kind,
    name: str,
    environment: str,
    pepper: bytes,
    now: datetime,
    tenant_id: UUID | None = None,
    permissions: Sequence[str] = (),
    days: int = DEFAULT_DAYS,
) -> tuple[keys.Key, ClientKey]:
    """A new client with its first key; the caller shows the key once and forgets it.

    Raises:
        Invalid: permissions beyond the kind, or a life outside 1..365 days.
    """
    chosen = frozenset(permissions) or ALLOWED[kind]
    errors = [
        error("/scopes", "scope-not-allowed", f"{kind} keys cannot have {one}", received=one)
        for one in sorted(chosen - ALLOWED[kind])
    ]
    if not 1 <= days <= MAX_DAYS:
        errors.append(error("/days", "out-of-range", f"1 to {MAX_DAYS} days", received=days))
    if errors:
        raise Invalid(errors)
    client = Client(
        kind=kind,
        name=name,
        created_at=now,
        network_id=tenant_id if kind is Kind.NETWORK else None,
        organization_id=tenant_id if kind is Kind.ORGANIZATION else None,
    )
    session.add(client)
    await session.flush()
    key = keys.make_key(environment)
    row = ClientKey(
        key_id=key.key_id,
        client_id=client.id,
        digest=keys.digest(key.text, pepper),
        last_four=key.text[-4:],
        scopes=sorted(chosen),
        created_at=now,
        expires_at=now + timedelta(days=days),
    )
    session.add(row)
    await session.flush()
    return key, row


async def revoke_key(session: AsyncSession, key_id: str, *, now: datetime) -> None:
    """End a key at once; ending it twice is no error."""
    row = (await session.exec(select(ClientKey).where(ClientKey.key_id == key_id))).one_or_none()
    if row is None:
        raise NotFound(f"No key {key_id}")
    row.revoked_at = row.revoked_at or now
    await session.flush()


async def list_keys(session: AsyncSession) -> Sequence[tuple[Client, ClientKey]]:
    """All clients with their keys, oldest first."""
    found = await session.exec(
        select(Client, ClientKey)
        .where(ClientKey.client_id == Client.id)
        .order_by(col(ClientKey.created_at), col(ClientKey.id))
    )
    return found.all()


async def authenticate(
    session: AsyncSession, presented: str | None, *, pepper: bytes, now: datetime
) -> Caller:
    """Whose key this is; the transaction is then in that caller's tenant context.

    Raises:
        Unauthenticated: missing, malformed, unknown, wrong, expired or revoked; never says which.
    """
    key_id = keys.key_id(presented or "")
    if presented is None or key_id is None:
        raise Unauthenticated("Send a valid key: Authorization: Bearer plc_...")
    await enter(session, Scope(key=key_id))
    found = (
        await session.exec(
            select(Client, ClientKey).where(
                ClientKey.key_id == key_id, ClientKey.client_id == Client.id
            )
        )
    ).one_or_none()
    # An unknown key costs the same comparison as a wrong one.
    stored = found[1].digest if found else bytes(32)
    genuine = hmac.compare_digest(keys.digest(presented, pepper), stored)
    if found is None or not genuine or found[1].revoked_at or found[1].expires_at <= now:
        raise Unauthenticated("Send a valid key: Authorization: Bearer plc_...")
    client, key = found
    caller = Caller(
        client_id=client.id,
        kind=client.kind,
        network_id=client.network_id,
        organization_id=client.organization_id,
        permissions=frozenset(key.scopes),
    )
    await enter(session, caller.scope)
    return caller
