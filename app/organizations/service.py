"""The verbs of networks and organizations, and the way into one organization's rows."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, false, or_, true
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.models import Kind
from app.access.service import Caller
from app.db import Scope, enter
from app.organizations.models import Network, Organization
from app.organizations.schemas import NetworkIn, OrganizationIn
from app.problems import AmbiguousReference, InsufficientScope, NotFound, NotShared


def _theirs(caller: Caller) -> ColumnElement[bool]:
    """Which organizations a caller acts for; row-level security says the same once more."""
    match caller.kind:
        case Kind.OPERATOR:
            return true()
        case Kind.NETWORK:
            return col(Organization.network_id) == caller.network_id
        case Kind.ORGANIZATION:
            return col(Organization.id) == caller.organization_id
        case _:
            return false()


def parse_id(reference: str) -> UUID | None:
    """The id that a reference is, or None where it is somebody's external id."""
    try:
        return UUID(reference)
    except ValueError:
        return None


async def get(session: AsyncSession, caller: Caller, reference: str) -> Organization:
    """The caller's organization by id or external id; another's is as absent as none.

    Raises:
        AmbiguousReference: an operator used an external id that two networks use.
    """
    named = [col(Organization.external_id) == reference]
    if (found_id := parse_id(reference)) is not None:
        named.append(col(Organization.id) == found_id)
    wanted = select(Organization).where(_theirs(caller), or_(*named))
    # An id comes first: somebody may have taken it for an external id.
    by_id = wanted.order_by((col(Organization.id) == found_id).desc())
    found = (await session.exec(by_id.limit(2))).all()
    if not found:
        raise NotFound("No such organization")
    if len(found) > 1 and found[0].id != found_id:
        raise AmbiguousReference("Several organizations go by that external id; use the id")
    return found[0]


async def open_tenant(
    session: AsyncSession, caller: Caller, reference: str, *, identified: bool
) -> Organization:
    """Enter one organization's rows: the transaction sees these and no others from here on.

    Args:
        session: the request's; its tenant context changes.
        caller: who is asking.
        reference: id or external id of the organization.
        identified: whether figures of the organization will be shown, not only received.

    Raises:
        NotFound: no such organization of the caller's.
        NotShared: a network asks for figures that a member does not share with it.
    """
    organization = await get(session, caller, reference)
    if identified and caller.kind is Kind.NETWORK and not organization.share_with_network:
        raise NotShared("This organization does not share identified figures with its network")
    if caller.organization_id != organization.id:
        await enter(session, Scope(organizations=(organization.id,)))
    return organization


async def list_(
    session: AsyncSession, caller: Caller, *, after: UUID | None, limit: int
) -> Sequence[Organization]:
    """The caller's organizations by id, one more than ``limit`` if there are more."""
    wanted = select(Organization).where(_theirs(caller)).order_by(col(Organization.id))
    if after is not None:
        wanted = wanted.where(col(Organization.id) > after)
    return (await session.exec(wanted.limit(limit + 1))).all()


async def list_ids(session: AsyncSession, caller: Caller) -> Sequence[UUID]:
    """Ids of all the caller's organizations."""
    wanted = select(Organization.id).where(_theirs(caller)).order_by(col(Organization.id))
    return (await session.exec(wanted)).all()


async def create_network(
    session: AsyncSession, caller: Caller, given: NetworkIn, *, now: datetime
) -> Network:
    """Register a network; operators only."""
    if caller.kind is not Kind.OPERATOR:
        raise InsufficientScope("Only the operator registers networks")
    network = Network(external_id=given.external_id, name=given.name, created_at=now)
    session.add(network)
    await session.flush()
    return network


async def get_network(session: AsyncSession, caller: Caller, reference: str) -> Network:
    """The network by id or external id; for a network's key, only its own is there."""
    named = [col(Network.external_id) == reference]
    if (found_id := parse_id(reference)) is not None:
        named.append(col(Network.id) == found_id)
    mine = true() if caller.kind is Kind.OPERATOR else col(Network.id) == caller.network_id
    wanted = select(Network).where(or_(*named), mine)
    by_id = wanted.order_by((col(Network.id) == found_id).desc())
    found = (await session.exec(by_id.limit(1))).first()
    if found is None:
        raise NotFound("No such network")
    return found


async def create(
    session: AsyncSession, caller: Caller, given: OrganizationIn, *, now: datetime
) -> Organization:
    """Register an organization, in the caller's own network unless the operator says which."""
    if given.share_with_network and caller.kind is Kind.NETWORK:
        raise InsufficientScope("A network cannot agree to sharing for its member")
    network_id = caller.network_id
    if given.network is not None:
        network_id = (await get_network(session, caller, given.network)).id
    organization = Organization(
        network_id=network_id,
        external_id=given.external_id,
        name=given.name,
        attributes=given.attributes,
        share_with_network=given.share_with_network,
        created_at=now,
    )
    session.add(organization)
    await session.flush()
    return organization
