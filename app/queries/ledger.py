"""The ledger's rows: found by the query, added up by year, added one at a time."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.callers import Caller
from app.access.models import Kind
from app.problems import Unavailable
from app.queries.budget import Spent
from app.queries.models import QueryAnswer


async def find(session: AsyncSession, query_sha256: bytes) -> QueryAnswer | None:
    """The answer that a query has, whoever asked; in a context that sees all rows."""
    found = await session.exec(select(QueryAnswer).where(QueryAnswer.query_sha256 == query_sha256))
    return found.one_or_none()


async def take_turn(session: AsyncSession) -> None:
    """One spender at a time, until the commit: what is left is known, and stays so.

    Nobody waits in line: an answer may take seconds, and who waits would hold a connection.

    Raises:
        Unavailable: it is another's turn.
    """
    lock = select(func.pg_try_advisory_xact_lock(func.hashtext("palanca queries")))
    if not await session.scalar(lock):
        raise Unavailable("Another query is being answered; try again in a moment")


async def spent_by_client(session: AsyncSession, year: int) -> dict[UUID, int]:
    """Thousandths of epsilon that each client has spent; in a context that sees all rows."""
    found = await session.exec(
        select(QueryAnswer.client_id, func.sum(QueryAnswer.epsilon_thousandths))
        .where(QueryAnswer.year == year)
        .group_by(col(QueryAnswer.client_id))
        .order_by(col(QueryAnswer.client_id))
    )
    return {client_id: int(spent) for client_id, spent in found.all()}


def spent_of(by_client: dict[UUID, int], client_id: UUID) -> Spent:
    """What one of them has spent, and all together."""
    return Spent(by_client.get(client_id, 0), sum(by_client.values()))


async def list_(
    session: AsyncSession, caller: Caller, *, after: UUID | None, limit: int
) -> Sequence[QueryAnswer]:
    """The caller's queries by id, everybody's for an operator; one more than ``limit`` if any."""
    wanted = select(QueryAnswer).order_by(col(QueryAnswer.id))
    if caller.kind is not Kind.OPERATOR:
        wanted = wanted.where(QueryAnswer.client_id == caller.client_id)
    if after is not None:
        wanted = wanted.where(col(QueryAnswer.id) > after)
    return (await session.exec(wanted.limit(limit + 1))).all()
