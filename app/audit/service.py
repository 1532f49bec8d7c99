"""The verbs of the audit trail while serving: add an event, and list one tenant's.

An event is added in the transaction of the act that it tells of, so neither is ever there without
the other. The service can add to the trail and nothing else.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app import sql
from app.audit.chain import SIGNATURE_BYTES, Head, Signer, event_body, genesis, link
from app.audit.models import AuditEvent, AuditHead

TAKE_PLACES = """
    INSERT INTO audit_head (chain_id, seq, hash, signature)
    SELECT chain_id, many, genesis, unsigned FROM json_to_recordset(%s::json)
      AS one (chain_id uuid, many bigint, genesis bytea, unsigned bytea)
    ON CONFLICT (chain_id) DO UPDATE SET seq = audit_head.seq + excluded.seq
    RETURNING chain_id, seq, hash
"""
"""The last of the next places in each chain, and the hash before them all; the rows stay locked
until the commit. Chains come in everybody's order, so that nobody waits in a ring."""

WRITE = """
    WITH written AS (
      INSERT INTO audit_event (chain_id, seq, body, hash, seal)
      SELECT * FROM json_to_recordset(%s::json)
        AS event (chain_id uuid, seq bigint, body text, hash bytea, seal bytea)
    )
    UPDATE audit_head SET hash = ended.hash, signature = ended.signature
    FROM json_to_recordset(%s::json) AS ended (chain_id uuid, hash bytea, signature bytea)
    WHERE audit_head.chain_id = ended.chain_id
"""
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
    bodies = {chain: [event.body(target)] for chain, target in targets.items()}
    await append_all(session, bodies, signer=signer)


async def append_all(
    session: sql.Session, bodies: Mapping[UUID, Sequence[str]], *, signer: Signer
) -> None:
    """Add events to chains, as many as there are to each; as ``append``.

    Args:
        session: the transaction of what they tell of.
        bodies: by chain, what ``Event.body`` made of each, in their order.
        signer: the service's.
    """
    places = await ask_places(session, {chain: len(added) for chain, added in bodies.items()})
    await append_at(session, places, bodies, signer=signer)


async def ask_places(session: sql.Session, many: Mapping[UUID, int]) -> sql.Sent:
    """Ask for the next places in chains, as many as are wanted in each."""
    wanted = [
        {"chain_id": chain, "many": many[chain], "genesis": genesis(chain), "unsigned": UNSIGNED}
        for chain in sorted(many)
    ]
    return await sql.send(session, TAKE_PLACES, [sql.json_of(wanted)])


async def append_at(
    session: sql.Session, asked: sql.Sent, bodies: Mapping[UUID, Sequence[str]], *, signer: Signer
) -> None:
    """Add events in the places that were asked for; as ``append_all``."""
    [places] = await sql.fetch(asked)
    events, heads = [], []
    for chain, last, head in places:
        added = bodies[chain]
        row_hash = head
        for seq, body in enumerate(added, last - len(added) + 1):
            row_hash = link(row_hash, seq, body)
            event = {"chain_id": chain, "seq": seq, "body": body, "hash": row_hash}
            events.append({**event, "seal": signer.seal(chain, seq, row_hash)})
        signature = signer.sign(chain, last, row_hash)
        heads.append({"chain_id": chain, "hash": row_hash, "signature": signature})
    await sql.send(session, WRITE, [sql.json_of(events), sql.json_of(heads)])


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
