"""The verbs of practices: written, reviewed, published, taken down."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from app.learning.elements import unknown_elements
from app.organizations.models import Network, Organization
from app.practices.models import (
    CHANGEABLE,
    TRANSITIONS,
    Practice,
    PracticeStatus,
    PublishedPractice,
)
from app.practices.schemas import DecisionIn, PracticeIn
from app.practices.screening import plain, refused
from app.problems import Invalid, NotFound, PracticeStands, error

DELAY_DAYS = 90
"""Before an anonymous practice is published: who saw it happen has forgotten when."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A practice, and the day from which it is published."""

    practice: Practice
    publish_on: date | None = None


def texts_of(body: dict[str, Any]) -> dict[str, str]:
    """All texts of a practice, by pointer."""
    found = {f"/{name}": body[name] for name in ("title", "what", "context")}
    for name in ("steps", "pitfalls"):
        found |= {f"/{name}/{place}": one for place, one in enumerate(body[name])}
    return found


async def write(
    session: AsyncSession, organization_id: UUID, given: PracticeIn, *, now: datetime
) -> Kept:
    """Write a draft.

    Raises:
        Invalid: elements that are not there, or an anonymous one with a contact.
    """
    body = await _checked(session, given)
    practice = Practice(
        organization_id=organization_id,
        body=body,
        elements=given.elements,
        is_anonymous=given.anonymous,
        recorded_at=now,
    )
    session.add(practice)
    await session.flush()
    return Kept(practice)


async def _checked(session: AsyncSession, given: PracticeIn) -> dict[str, Any]:
    named = {f"/elements/{place}": one for place, one in enumerate(given.elements)}
    errors = await unknown_elements(session, named)
    if given.anonymous and given.contact is not None:
        errors.append(error("/contact", "not-anonymous", "An anonymous practice has no contact"))
    if errors:
        raise Invalid(errors)
    return given.model_dump(mode="json")


async def find(
    session: AsyncSession, organization_id: UUID, practice_id: UUID, *, lock: bool = False
) -> Kept:
    """One practice of the organization's.

    Raises:
        NotFound: there is none.
    """
    wanted = select(Practice).where(
        Practice.organization_id == organization_id, Practice.id == practice_id
    )
    found = (await session.exec(wanted.with_for_update() if lock else wanted)).one_or_none()
    if found is None:
        raise NotFound("No such practice")
    return (await with_days(session, [found]))[0]


async def with_days(session: AsyncSession, rows: Sequence[Practice]) -> list[Kept]:
    """Practices with the day of their publication."""
    ids = [one.published_id for one in rows if one.published_id is not None]
    wanted = select(col(PublishedPractice.id), col(PublishedPractice.publish_on)).where(
        col(PublishedPractice.id).in_(ids)
    )
    days = dict((await session.exec(wanted)).all()) if ids else {}
    return [Kept(one, None if one.published_id is None else days[one.published_id]) for one in rows]


async def list_(
    session: AsyncSession, organization_id: UUID, *, after: UUID | None, limit: int
) -> list[Kept]:
    """The organization's practices by id, one more than ``limit`` if there are more."""
    wanted = (
        select(Practice)
        .where(Practice.organization_id == organization_id)
        .order_by(col(Practice.id))
    )
    if after is not None:
        wanted = wanted.where(col(Practice.id) > after)
    return await with_days(session, (await session.exec(wanted.limit(limit + 1))).all())


async def waiting(session: AsyncSession, *, after: UUID | None, limit: int) -> list[Practice]:
    """All practices that wait for a curator, by id; as operator."""
    wanted = (
        select(Practice)
        .where(Practice.status == PracticeStatus.IN_REVIEW)
        .order_by(col(Practice.id))
    )
    if after is not None:
        wanted = wanted.where(col(Practice.id) > after)
    return list((await session.exec(wanted.limit(limit + 1))).all())


async def rewrite(
    session: AsyncSession, organization_id: UUID, practice_id: UUID, given: PracticeIn
) -> Kept:
    """Replace a draft, or what a curator returned.

    Raises:
        PracticeStands: it is in review, accepted or withdrawn.
        Invalid: as of a new one.
    """
    kept = await find(session, organization_id, practice_id, lock=True)
    if kept.practice.status not in CHANGEABLE:
        raise PracticeStands(f"The practice is {kept.practice.status}; only drafts change")
    kept.practice.body = await _checked(session, given)
    kept.practice.elements, kept.practice.is_anonymous = given.elements, given.anonymous
    await session.flush()
    return kept


def _move(practice: Practice, to: PracticeStatus) -> bool:
    """Whether the practice is moved on; False if it is there already."""
    if practice.status is to:
        return False
    if to not in TRANSITIONS[practice.status]:
        raise PracticeStands(f"The practice is {practice.status}")
    practice.status = to
    return True


async def hand_in(
    session: AsyncSession, organization_id: UUID, practice_id: UUID, *, now: datetime
) -> tuple[Kept, bool]:
    """Hand a practice to the curators; twice is once. Also whether it is new.

    Raises:
        PracticeStands: it is accepted or withdrawn.
        Invalid: an anonymous one that says who wrote it.
    """
    kept = await find(session, organization_id, practice_id, lock=True)
    practice = kept.practice
    if not _move(practice, PracticeStatus.IN_REVIEW):
        return kept, False
    if practice.is_anonymous:
        await _screen(session, practice)
    practice.submitted_at = now
    await session.flush()
    return kept, True


async def _screen(session: AsyncSession, practice: Practice) -> None:
    """See that an anonymous practice does not say who wrote it.

    The organization's own key does not see its network, whose name curators' keys look for.

    Raises:
        Invalid: one entry for each telling word.
    """
    organization = await session.get_one(Organization, practice.organization_id)
    names = [organization.name, organization.external_id, *organization.identifiers.values()]
    if organization.network_id is not None:
        network = await session.get(Network, organization.network_id)
        names += [] if network is None else [network.name, network.external_id]
    errors = [
        error(f"/practice{pointer}", "tells-who", f"It holds {kind}", received=words)
        for pointer, kind, words in refused(texts_of(practice.body), names)
    ]
    if errors:
        raise Invalid(errors)


async def decide(
    session: AsyncSession,
    organization_id: UUID,
    practice_id: UUID,
    given: DecisionIn,
    *,
    now: datetime,
) -> Kept:
    """Accept a practice, so that it is published, or return it; as curator.

    Raises:
        PracticeStands: it does not wait.
        Invalid: returned without a word.
    """
    if given.decision == "return" and given.remark is None:
        raise Invalid([error("/remark", "needed", "Say what should be changed")])
    practice = (await find(session, organization_id, practice_id, lock=True)).practice
    if practice.status is not PracticeStatus.IN_REVIEW:
        raise PracticeStands(f"The practice is {practice.status}; nobody waits for a decision")
    practice.remark = given.remark
    if given.decision == "return":
        _move(practice, PracticeStatus.RETURNED)
        await session.flush()
        return Kept(practice)
    if practice.is_anonymous:
        await _screen(session, practice)
    organization = await session.get_one(Organization, organization_id)
    published = PublishedPractice(
        id=uuid4(),
        publish_on=day_of(now.date(), is_anonymous=practice.is_anonymous),
        elements=practice.elements,
        words=plain(" ".join(texts_of(practice.body).values())),
        body={**practice.body, "by": None if practice.is_anonymous else organization.name},
    )
    session.add(published)
    await session.flush()
    _move(practice, PracticeStatus.ACCEPTED)
    practice.accepted_at, practice.published_id = now, published.id
    await session.flush()
    return Kept(practice, published.publish_on)


def day_of(today: date, *, is_anonymous: bool) -> date:
    """When a practice that is accepted today is published: an anonymous one with others, later."""
    if not is_anonymous:
        return today
    after = today + timedelta(days=DELAY_DAYS)
    return (after.replace(day=1) + timedelta(days=32)).replace(day=1)


async def withdraw(
    session: AsyncSession, organization_id: UUID, practice_id: UUID, *, now: datetime
) -> tuple[Kept, bool]:
    """Take a practice back; what is published of it is taken down. Twice is once."""
    kept = await find(session, organization_id, practice_id, lock=True)
    is_new = _move(kept.practice, PracticeStatus.WITHDRAWN)
    if is_new and kept.practice.published_id is not None:
        await take_down(session, [kept.practice.published_id], now=now)
    await session.flush()
    return kept, is_new


async def take_down(session: AsyncSession, ids: Sequence[UUID], *, now: datetime) -> None:
    """End publications: nobody reads a word of them any more. Twice is once."""
    await session.exec(
        update(PublishedPractice)
        .where(col(PublishedPractice.id).in_(ids), col(PublishedPractice.taken_down_at).is_(None))
        .values(taken_down_at=now, body={}, words="")
    )
