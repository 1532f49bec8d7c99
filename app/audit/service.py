"""The verbs of the audit trail while serving: add an event, and list one tenant's.

An event is added in the transaction of the act that it tells of, so neither is ever there without
the other. The service can add to the trail and nothing else.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.audit.chain import SIGNATURE_BYTES, Head, Signer, event_body, genesis, link
from app.audit.models import AuditEvent, AuditHead

TAKE_PLACES = text(
    """
    INSERT INTO audit_head (chain_id, seq, hash, signature)
    SELECT chain, 1, genesis, :unsigned
    FROM unnest(CAST(:chains AS uuid[]), CAST(:geneses AS bytea[])) AS one (chain, genesis)
    ORDER BY chain
    ON CONFLICT (chain_id) DO UPDATE SET seq = audit_head.seq + 1
    RETURNING chain_id, seq, hash
    """
)
"""The next place in each chain and the hash before it; the rows stay locked until the commit."""

WRITE = text(
    """
    WITH written AS (
      INSERT INTO audit_event (chain_id, seq, body, hash, seal)
      VALUES (:chain, :seq, :body, :hash, :seal)
    )
    UPDATE audit_head SET hash = :hash, signature = :signature WHERE chain_id = :chain
    """
)
UNSIGNED = bytes(SIGNATURE_BYTES)


@dataclass(frozen=True, slots=True)
class Actor:
    """Whose key it was. No person is named anywhere in the trail."""

    kind: str
    client_id: UUID | None = None
    key_id: str | None = None


async def append(  # noqa: PLR0913 - an event is all of these
    session: AsyncSession,
    *,
    chain: UUID,
    at: datetime,
    operation: str,
    target: str | None,
    actor: Actor,
    status: int | None,
    signer: Signer,
) -> None:
    """Add an event to a chain.

    Call it last: from here to the commit every other write to the chain waits.

    Args:
        session: the transaction of the act, in a tenant context that opens the chain.
        chain: id of the organization, network or client; ``OPERATOR_CHAIN`` for what is nobody's.
        at: when.
        operation: method and route, ``POST /v1/organizations/{org}/submissions``, or a command.
        target: what it was done to, a path or an id.
        actor: whose key it was.
        status: of the reply, where there is one.
        signer: the service's.
    """
    event = Event(at, operation, actor, status)
    await append_to_each(session, {chain: target}, event, signer=signer)


@dataclass(frozen=True, slots=True)
class Event:
    """What was done, whatever it was done to."""

    at: datetime
    operation: str
    actor: Actor
    status: int | None

    def body(self, target: str | None) -> str:
        """The event as the chain has it."""
        client_id = None if self.actor.client_id is None else str(self.actor.client_id)
        return event_body(
            at=self.at,
            operation=self.operation,
            target=target,
            actor={"kind": self.actor.kind, "client_id": client_id, "key_id": self.actor.key_id},
            status=self.status,
        )


async def append_to_each(
    session: AsyncSession, targets: Mapping[UUID, str | None], event: Event, *, signer: Signer
) -> None:
    """Add an event to several chains, about a target in each; as ``append``."""
    chains = sorted(targets)  # all take their places in one order, so that nobody waits in a ring
    places = {"chains": chains, "geneses": [genesis(one) for one in chains], "unsigned": UNSIGNED}
    connection = await session.connection()
    written = []
    for chain, seq, previous in await connection.execute(TAKE_PLACES, places):
        body = event.body(targets[chain])
        row_hash = link(previous, seq, body)
        written.append(
            {
                "chain": chain,
                "seq": seq,
                "body": body,
                "hash": row_hash,
                "seal": signer.seal(chain, seq, row_hash),
                "signature": signer.sign(chain, seq, row_hash),
            }
        )
    await connection.execute(WRITE, written)


async def find_head(session: AsyncSession, chain: UUID) -> Head | None:
    """Where the chain ends; None before its first event."""
    found = await session.exec(select(AuditHead).where(AuditHead.chain_id == chain))
    row = found.one_or_none()
    return None if row is None else Head(row.seq, row.hash, row.signature)


async def list_(
    session: AsyncSession, chain: UUID, *, after: int, up_to: int, limit: int
) -> Sequence[AuditEvent]:
    """Events of one chain in their order, one more than ``limit`` if there are more.

    Args:
        session: a transaction in the chain's tenant context.
        chain: whose chain.
        after: the last event that is known already; 0 for none.
        up_to: place of the head that is shown along, so that both tell of the same chain.
        limit: most events wanted.
    """
    wanted = (
        select(AuditEvent)
        .where(AuditEvent.chain_id == chain, AuditEvent.seq > after, AuditEvent.seq <= up_to)
        .order_by(col(AuditEvent.seq))
    )
    return (await session.exec(wanted.limit(limit + 1))).all()
