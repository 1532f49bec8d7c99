"""The verbs of the audit trail while serving: add an event, and list one tenant's.

An event is added in the transaction of the act that it tells of, so neither is ever there without
the other. The service can add to the trail and nothing else.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.audit.chain import SIGNATURE_BYTES, Head, Signer, event_body, genesis, link
from app.audit.models import AuditEvent, AuditHead

TAKE_PLACE = text(
    """
    INSERT INTO audit_head (chain_id, seq, hash, signature)
    VALUES (:chain, 1, :genesis, :unsigned)
    ON CONFLICT (chain_id) DO UPDATE SET seq = audit_head.seq + 1
    RETURNING seq, hash
    """
)
"""The next place in a chain and the hash before it; the row stays locked until the commit."""

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
    connection = await session.connection()
    place = {"chain": chain, "genesis": genesis(chain), "unsigned": UNSIGNED}
    seq, previous = (await connection.execute(TAKE_PLACE, place)).one()
    client_id = None if actor.client_id is None else str(actor.client_id)
    body = event_body(
        at=at,
        operation=operation,
        target=target,
        actor={"kind": actor.kind, "client_id": client_id, "key_id": actor.key_id},
        status=status,
    )
    row_hash = link(previous, seq, body)
    await connection.execute(
        WRITE,
        {
            "chain": chain,
            "seq": seq,
            "body": body,
            "hash": row_hash,
            "seal": signer.seal(chain, seq, row_hash),
            "signature": signer.sign(chain, seq, row_hash),
        },
    )


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
