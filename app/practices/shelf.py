"""What everybody reads of the library."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import and_, or_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.practices.models import PublishedPractice
from app.practices.screening import plain
from app.problems import NotFound


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which practices: of an element, of a cost or effort band, in a language, with words."""

    element: str | None = None
    cost: str | None = None
    effort: str | None = None
    language: str | None = None
    words: str | None = None


def _standing(today: date) -> Any:  # noqa: ANN401 - a condition
    return and_(
        col(PublishedPractice.publish_on) <= today, col(PublishedPractice.taken_down_at).is_(None)
    )


async def get(session: AsyncSession, practice_id: UUID, *, today: date) -> PublishedPractice:
    """One published practice; one that is not out yet is as absent as none.

    Raises:
        NotFound: there is none.
    """
    wanted = select(PublishedPractice).where(PublishedPractice.id == practice_id, _standing(today))
    found = (await session.exec(wanted)).one_or_none()
    if found is None:
        raise NotFound("No such practice")
    return found


async def list_(
    session: AsyncSession, wanted: Wanted, *, today: date, after: UUID | None, limit: int
) -> Sequence[PublishedPractice]:
    """Published practices, the newest first; one more than ``limit`` if there are more."""
    day, own = col(PublishedPractice.publish_on), col(PublishedPractice.id)
    found = select(PublishedPractice).where(_standing(today))
    if wanted.element is not None:
        found = found.where(col(PublishedPractice.elements).contains([wanted.element]))
    for name in ("cost", "effort", "language"):
        if (value := getattr(wanted, name)) is not None:
            found = found.where(col(PublishedPractice.body)[name].as_string() == value)
    for word in plain(wanted.words or "").split():
        found = found.where(col(PublishedPractice.words).contains(word, autoescape=True))
    if after is not None:
        last = await session.get(PublishedPractice, after)
        if last is None:
            return []
        found = found.where(or_(day < last.publish_on, and_(day == last.publish_on, own > after)))
    return (await session.exec(found.order_by(day.desc(), own).limit(limit + 1))).all()
