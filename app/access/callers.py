"""Who presents a key, and in which tenant context that caller's transactions start."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from app.access import keys
from app.access.models import Kind
from app.db import Scope, enter
from app.problems import Unauthenticated

SERVICE = UUID(int=0)
"""The audit trail of the service itself."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is asking, as far as the key says."""

    client_id: UUID
    kind: Kind
    network_id: UUID | None
    organization_id: UUID | None
    permissions: frozenset[str]
    key_id: str = ""

    @property
    def rights(self) -> str:
        """All that the key may do, in one word."""
        return " ".join(sorted(self.permissions))

    @property
    def scope(self) -> Scope:
        """The tenant context that this caller's transactions start in."""
        own = () if self.organization_id is None else (self.organization_id,)
        return Scope(
            organizations=own,
            network=self.network_id,
            operator=self.kind is Kind.OPERATOR,
            client=self.client_id,
        )

    @property
    def chain(self) -> UUID:
        """Whose audit trail the caller's own doings are on; the operator's is the service's."""
        if self.kind is Kind.OPERATOR:
            return SERVICE
        return self.organization_id or self.network_id or self.client_id


@dataclass(frozen=True, slots=True)
class Known:
    """A caller, and until when the key is good."""

    caller: Caller
    until: datetime


REFUSAL = "Send a valid key: Authorization: Bearer plc..."


async def authenticate(
    session: AsyncSession, presented: str | None, *, pepper: bytes, now: datetime
) -> Known:
    """Whose key this is; the transaction is then in that caller's tenant context.

    Raises:
        Unauthenticated: missing, malformed, unknown, wrong, expired or revoked; never says which.
    """
    if presented is None or keys.key_id(presented) is None:
        raise Unauthenticated(REFUSAL)
    digest = keys.digest(presented, pepper)
    await enter(session, Scope(key=digest.hex()))
    connection = await session.connection()
    row = (await connection.execute(WANTED, {"digest": digest, "now": now})).one_or_none()
    if row is None:
        raise Unauthenticated(REFUSAL)
    caller = Caller(
        client_id=row.client_id,
        kind=Kind(row.kind),
        network_id=row.network_id,
        organization_id=row.organization_id,
        permissions=frozenset(row.scopes),
        key_id=row.key_id,
    )
    await enter(session, caller.scope)
    return Known(caller, row.until)


async def of_key(session: AsyncSession, client_id: UUID, key_id: str, *, now: datetime) -> Caller:
    """Who asked with a key for what is carried out only now, in that client's own context.

    Raises:
        Unauthenticated: the key was revoked, or the client ended; that a key is past its date
            does not undo what was asked for before.
    """
    connection = await session.connection()
    wanted = {"client_id": client_id, "key_id": key_id, "now": now}
    row = (await connection.execute(ASKED, wanted)).one_or_none()
    if row is None:
        raise Unauthenticated("The key that this was asked for with was revoked")
    return Caller(
        client_id=client_id,
        kind=Kind(row.kind),
        network_id=row.network_id,
        organization_id=row.organization_id,
        permissions=frozenset(row.scopes),
        key_id=key_id,
    )


ASKED = text(
    """
    SELECT k.scopes, c.kind, c.network_id, c.organization_id
    FROM client_key k JOIN client c ON c.id = k.client_id
    WHERE k.client_id = :client_id AND k.key_id = :key_id AND k.revoked_at IS NULL
      AND (c.ends_at IS NULL OR c.ends_at > :now)
    """
)


WANTED = text(
    """
    SELECT k.key_id, k.client_id, k.scopes, c.kind, c.network_id, c.organization_id,
      least(k.expires_at, c.ends_at) AS until
    FROM client_key k JOIN client c ON c.id = k.client_id
    WHERE k.digest = :digest AND k.revoked_at IS NULL AND least(k.expires_at, c.ends_at) > :now
    """
)
"""Found by the hash alone: a wrong secret to a known key id is the same as an unknown key.

Nor do steps of the index tell anything: without the pepper nobody knows what is near what.
"""


KNOWN_FOR = timedelta(seconds=0.5)
"""A revoked key is refused within a second everywhere: no process believes in one for longer."""

MOST_KNOWN = 10_000
"""Entries; forgetting them all costs one look-up each."""


class Recent:
    """Callers whom this process has just seen, by the digest of their key; and when, for each key.

    A client that calls often is looked up twice a second, not at every call.
    """

    def __init__(self) -> None:
        self._known: dict[bytes, tuple[datetime, Known]] = {}
        self.used: dict[str, datetime] = {}

    def find(self, digest: bytes, now: datetime) -> Caller | None:
        """The caller, if the key was looked up just now and is still good."""
        found = self._known.get(digest)
        if found is None or now - found[0] >= KNOWN_FOR or found[1].until <= now:
            return None
        return found[1].caller

    def keep(self, digest: bytes, known: Known, now: datetime) -> None:
        """Remember a caller for a moment."""
        if len(self._known) >= MOST_KNOWN:
            self._known.clear()
        self._known[digest] = (now, known)

    def forget(self) -> None:
        """Somebody's keys changed: look everybody up anew."""
        self._known.clear()
