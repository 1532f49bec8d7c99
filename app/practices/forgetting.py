"""What is left of an organization's practices when it is erased: what never bore its name."""

from datetime import UTC, datetime
from uuid import UUID

from sqlmodel import col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.practices import library
from app.practices.models import Practice


async def forget(session: AsyncSession, organization_id: UUID) -> int:
    """Take an organization's practices away, and down what is published under its name.

    Anonymous ones stay published; from here on nothing leads from them to anybody.
    """
    mine = col(Practice.organization_id) == organization_id
    named = select(Practice.published_id).where(
        mine, col(Practice.published_id).is_not(None), col(Practice.is_anonymous).is_(False)
    )
    ids = [one for one in await session.exec(named) if one is not None]
    await library.take_down(session, ids, now=datetime.now(UTC))
    gone = await session.exec(delete(Practice).where(mine))
    return gone.rowcount
