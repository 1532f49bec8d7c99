"""The verbs of grants: what an organization lets a partner app do for it, and until when.

A grant takes effect and ends at once: it is read with every request of the partner's.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_
from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.models import Client, Kind
from app.access.permissions import Permission
from app.organizations.grant_schemas import DEFAULT_DAYS, MAX_DAYS, GrantIn
from app.organizations.models import Grant, Organization
from app.problems import InsufficientScope, Invalid, NotFound, error


def current(client_id: UUID, permission: Permission | None = None) -> Any:  # noqa: ANN401 - a select
    """Ids of the organizations that let a partner act for them, by the database's clock.

    Args:
        client_id: the partner.
        permission: only those that granted this.
    """
    granting = select(Grant.organization_id).where(
        Grant.client_id == client_id,
        col(Grant.revoked_at).is_(None),
        col(Grant.expires_at) > func.now(),
    )
    if permission is not None:
        granting = granting.where(col(Grant.scopes).contains([permission.value]))
    return granting


async def check(
    session: AsyncSession, client_id: UUID, organization_id: UUID, permission: Permission
) -> None:
    """See that the organization granted this to the partner.

    Raises:
        InsufficientScope: it granted other things only.
    """
    granted = current(client_id, permission).where(Grant.organization_id == organization_id)
    if (await session.exec(granted)).first() is None:
        raise InsufficientScope(
            f"The organization did not grant {permission}", scope=permission.value
        )


def _partners(now: datetime) -> Any:  # noqa: ANN401 - a select of clients
    """Partner apps that are still there; whoever may grant may know of all of them."""
    still = or_(col(Client.ends_at).is_(None), col(Client.ends_at) > now)
    return select(Client).where(Client.kind == Kind.PARTNER, still)


async def list_partners(
    session: AsyncSession, *, after: UUID | None, limit: int, now: datetime
) -> Sequence[Client]:
    """Partner apps by id, one more than ``limit`` if there are more."""
    wanted = _partners(now).order_by(col(Client.id))
    if after is not None:
        wanted = wanted.where(col(Client.id) > after)
    found: Sequence[Client] = (await session.exec(wanted.limit(limit + 1))).all()
    return found


@dataclass(frozen=True, slots=True)
class Given:
    """A grant, to whom, and whether the partner can act by it."""

    grant: Grant
    partner: Client
    in_force: bool


async def give(
    session: AsyncSession, organization_id: UUID, given: GrantIn, *, now: datetime
) -> Given:
    """Grant a partner what is given and nothing else; it replaces what was granted before.

    Raises:
        Invalid: no such partner, scopes that cannot be granted, or an end out of range.
        NotFound: the organization was erased in this moment.
    """
    # Two grants at once to one partner: the second one replaces the first.
    held = select(Organization).where(
        Organization.id == organization_id, col(Organization.erased_at).is_(None)
    )
    organization = (await session.exec(held.with_for_update(key_share=True))).one_or_none()
    if organization is None:
        raise NotFound("No such organization")
    found = await session.exec(_partners(now).where(Client.id == given.partner))
    partner: Client | None = found.one_or_none()
    errors = _errors(given, partner, now.date())
    if partner is None or errors:
        raise Invalid(errors)
    await session.exec(
        update(Grant)
        .where(
            col(Grant.organization_id) == organization_id,
            col(Grant.client_id) == partner.id,
            col(Grant.revoked_at).is_(None),
        )
        .values(revoked_at=now)
    )
    grant = Grant(
        organization_id=organization_id,
        client_id=partner.id,
        scopes=sorted(set(given.scopes)),
        granted_at=now,
        expires_at=_end(given, now),
    )
    session.add(grant)
    await session.flush()
    return Given(grant, partner, organization.partner)


def _errors(given: GrantIn, partner: Client | None, today: date) -> list[dict[str, object]]:
    errors = []
    if partner is None:
        received = str(given.partner)
        errors.append(error("/partner", "unknown", "No such partner app", received=received))
    last = today + timedelta(days=MAX_DAYS)
    if given.expires_on is not None and not today <= given.expires_on <= last:
        errors.append(
            error(
                "/expires_on",
                "out-of-range",
                f"Today to {MAX_DAYS} days from now",
                received=str(given.expires_on),
                expected={"minimum": str(today), "maximum": str(last)},
            )
        )
    if given.expires_on is not None and given.days is not None:
        errors.append(error("/days", "said-twice", "Say days or expires_on", received=given.days))
    return errors


def _end(given: GrantIn, now: datetime) -> datetime:
    """So many days from now, or when the last day is over."""
    if given.expires_on is None:
        return now + timedelta(days=given.days or DEFAULT_DAYS)
    return datetime.combine(given.expires_on + timedelta(days=1), time.min, UTC)


def _given(organization_id: UUID) -> Any:  # noqa: ANN401 - a select of three
    return select(Grant, Client, Organization).where(
        Grant.organization_id == organization_id,
        Client.id == Grant.client_id,
        Organization.id == Grant.organization_id,
    )


def _view(row: tuple[Grant, Client, Organization], now: datetime) -> Given:
    grant, partner, organization = row
    ended = partner.ends_at is not None and partner.ends_at <= now
    stands = grant.revoked_at is None and grant.expires_at > now
    return Given(grant, partner, in_force=stands and organization.partner and not ended)


async def list_(
    session: AsyncSession, organization_id: UUID, *, after: UUID | None, limit: int, now: datetime
) -> Sequence[Given]:
    """All grants that were ever made, oldest first, one more than ``limit`` if there are more."""
    wanted = _given(organization_id).order_by(col(Grant.id))
    if after is not None:
        wanted = wanted.where(col(Grant.id) > after)
    return [_view(row, now) for row in await session.exec(wanted.limit(limit + 1))]


async def get(
    session: AsyncSession, organization_id: UUID, grant_id: UUID, *, now: datetime
) -> Given:
    """One grant of the organization's."""
    row = (await session.exec(_given(organization_id).where(Grant.id == grant_id))).one_or_none()
    if row is None:
        raise NotFound("No such grant")
    return _view(row, now)


async def revoke(
    session: AsyncSession, organization_id: UUID, grant_id: UUID, *, now: datetime
) -> None:
    """End a grant at once; ending it twice is no error."""
    given = await get(session, organization_id, grant_id, now=now)
    given.grant.revoked_at = given.grant.revoked_at or now
    await session.flush()
