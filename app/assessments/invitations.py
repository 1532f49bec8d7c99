"""The verbs of an organization's invitations: make, list, count, revoke.

A token is given to a person outside of this service. Which invitation a submission came with is
therefore as good as a name. While the round is open nothing here tells of one invitation whether it
was used, not even revoking it: whoever asks again and again would see whose answers came when.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, case, exists, func, update
from sqlalchemy import select as columns
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.access import keys
from app.assessments.invitation_schemas import InvitationsIn
from app.assessments.models import Assessment, Invitation, Role
from app.assessments.periods import period_start
from app.catalog import service as catalog
from app.problems import AssessmentClosed, Invalid, NotFound, error


@dataclass(frozen=True, slots=True)
class Issuer:
    """Who invites, for which organization, and how tokens are made."""

    organization_id: UUID
    client_id: UUID
    environment: str
    pepper: bytes
    now: datetime


async def create(
    session: AsyncSession, issuer: Issuer, period: str, given: InvitationsIn
) -> list[tuple[Invitation, str]]:
    """New invitations, each with its token, of which only a keyed hash is kept.

    Raises:
        Invalid: no such instrument version, or a period that has not begun.
        AssessmentClosed: the round is locked.
    """
    instrument = await catalog.find_instrument(session, given.instrument, given.version)
    if instrument is None:
        detail = "No such published instrument version; see /v1/instruments"
        received = f"{given.instrument} {given.version}"
        wrong = error("/version", "instrument-version-unknown", detail, received=received)
        raise Invalid([wrong])
    if period_start(period) > issuer.now.date():
        wrong = error("path:/assessment", "in-the-future", "It has not begun", received=period)
        raise Invalid([wrong])
    if await is_closed(session, issuer.organization_id, instrument.id, period):
        raise AssessmentClosed(f"The assessment of {period} was locked; it takes no submissions")
    made = []
    for role in [role for role, number in given.roles.items() for _ in range(number)]:
        key = keys.make_key("invitation", issuer.environment)
        row = Invitation(
            organization_id=issuer.organization_id,
            key_id=key.key_id,
            digest=keys.digest(key.text, issuer.pepper),
            instrument_version_id=instrument.id,
            period=period,
            role=role,
            client_id=issuer.client_id,
            created_at=issuer.now,
            expires_at=issuer.now + timedelta(days=given.days),
        )
        made.append((row, key.text))
    session.add_all([row for row, _ in made])
    await session.flush()
    return made


async def is_closed(
    session: AsyncSession, organization_id: UUID, instrument_version_id: UUID, period: str
) -> bool:
    """Whether the round is locked; one that nobody answered in yet is open."""
    found = await session.exec(
        select(Assessment.locked_at).where(
            Assessment.organization_id == organization_id,
            Assessment.instrument_version_id == instrument_version_id,
            Assessment.period == period,
        )
    )
    return found.one_or_none() is not None


def _standing(now: datetime) -> Any:  # noqa: ANN401 - a CASE of text
    over = exists().where(
        col(Assessment.organization_id) == Invitation.organization_id,
        col(Assessment.instrument_version_id) == Invitation.instrument_version_id,
        col(Assessment.period) == Invitation.period,
        col(Assessment.locked_at).is_not(None),
    )
    return case(
        (col(Invitation.used_on).is_not(None) & over, "used"),
        (col(Invitation.revoked_at).is_not(None), "revoked"),
        (col(Invitation.expires_at) <= now, "expired"),
        else_="open",
    )


def _made(organization_id: UUID, period: str, made_by: UUID | None) -> list[ColumnElement[bool]]:
    wanted = [col(Invitation.organization_id) == organization_id, col(Invitation.period) == period]
    return wanted if made_by is None else [*wanted, col(Invitation.client_id) == made_by]


async def list_(
    session: AsyncSession,
    organization_id: UUID,
    period: str,
    *,
    made_by: UUID | None,
    now: datetime,
    after: UUID | None,
    limit: int,
) -> list[dict[str, Any]]:
    """A period's invitations by id, one more than ``limit`` if there are more."""
    wanted = (
        select(Invitation, _standing(now))
        .where(*_made(organization_id, period, made_by))
        .order_by(col(Invitation.id))
    )
    if after is not None:
        wanted = wanted.where(col(Invitation.id) > after)
    shown = []
    for row, status in (await session.exec(wanted.limit(limit + 1))).all():
        instrument = await catalog.get_instrument_by_id(session, row.instrument_version_id)
        shown.append(
            {
                "id": row.id,
                "role": row.role,
                "instrument": instrument.form.instrument,
                "version": instrument.form.version,
                "period": row.period,
                "status": status,
                "created_at": row.created_at,
                "expires_at": row.expires_at,
            }
        )
    return shown


async def count(
    session: AsyncSession,
    organization_id: UUID,
    period: str,
    *,
    made_by: UUID | None,
    now: datetime,
) -> Mapping[Role, Mapping[str, int]]:
    """A period's invitations by role: made, answered; revoked and expired, answered or not."""
    revoked = col(Invitation.revoked_at).is_not(None)
    expired = col(Invitation.expires_at) <= now
    connection = await session.connection()
    found = await connection.execute(
        columns(
            col(Invitation.role),
            func.count(),
            func.count().filter(col(Invitation.used_on).is_not(None)),
            func.count().filter(revoked),
            func.count().filter(expired & ~revoked),
        )
        .where(*_made(organization_id, period, made_by))
        .group_by(col(Invitation.role))
    )
    names = ("made", "answered", "revoked", "expired")
    return {role: dict(zip(names, numbers, strict=True)) for role, *numbers in found}


async def revoke(
    session: AsyncSession,
    organization_id: UUID,
    period: str,
    invitation_id: UUID,
    *,
    made_by: UUID | None,
    now: datetime,
) -> None:
    """See that nothing is taken in with an invitation from now on; what was, stays.

    Says nothing about whether anything was: that would be the hour of a submission.

    Raises:
        NotFound: no such invitation.
    """
    found = await session.exec(
        select(Invitation.id)
        .where(*_made(organization_id, period, made_by), col(Invitation.id) == invitation_id)
        .with_for_update()
    )
    if found.one_or_none() is None:
        raise NotFound("No such invitation")
    await session.exec(
        update(Invitation)
        .where(
            col(Invitation.organization_id) == organization_id,
            col(Invitation.id) == invitation_id,
            col(Invitation.revoked_at).is_(None),
        )
        .values(revoked_at=now)
    )
