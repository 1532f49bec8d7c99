"""The verbs of networks and organizations, and the way into one organization's rows."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Text, Uuid, any_, literal, or_, true
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from app.access.callers import Caller
from app.access.models import Kind
from app.access.permissions import Permission
from app.db import Scope, enter
from app.organizations import grants
from app.organizations.models import Agreement, Network, Organization
from app.organizations.references import (
    Own,
    Signed,
    ask_own,
    find,
    find_all,
    own_named,
    own_of,
    parse_id,
    theirs,
)
from app.organizations.schemas import NetworkIn, OrganizationIn
from app.problems import (
    AgreementNeeded,
    AmbiguousReference,
    InsufficientScope,
    NotFound,
    NotShared,
    OrganizationEnding,
    Problem,
)


async def get(session: AsyncSession, caller: Caller, reference: str) -> Organization:
    """The caller's organization by id or external id; another's is as absent as none.

    Raises:
        AmbiguousReference: a name that two of the caller's organizations go by.
        InsufficientScope: the organization granted other things to the partner.
    """
    organization, _ = await find(session, caller, reference)
    if caller.kind is Kind.PARTNER:
        await grants.check(
            session, caller.client_id, organization.id, Permission.ORGANIZATIONS_READ
        )
    return organization


@dataclass(frozen=True, slots=True)
class Way:
    """What a route does with an organization's rows, which decides who may."""

    permission: Permission
    identified: bool = False
    """Figures of the organization will be shown, not only received."""
    agreed: bool = False
    """Something is taken in, for which there must be a current participation agreement."""

    @property
    def writes(self) -> bool:
        """Whether anything is changed."""
        return self.permission.endswith(":write")


@dataclass(frozen=True, slots=True)
class Referred:
    """Which organization a reference means, and why the caller may not, if so."""

    organization_id: UUID | None
    refusal: Problem | None = None

    @property
    def open_id(self) -> UUID | None:
        """The organization, if the caller may."""
        return self.organization_id if self.refusal is None else None


async def find_many(
    session: AsyncSession,
    caller: Caller,
    references: Collection[str],
    way: Way,
    *,
    now: datetime,
    hold: bool = False,
) -> dict[str, Referred]:
    """By reference, which of the caller's organizations it is, and whether the caller may.

    Their rows are not open yet: enter what was found. With ``hold``, none of them is erased before
    the transaction ends.
    """
    found: dict[str, Referred] = {}
    for reference, one in (await find_all(session, caller, references, hold=hold)).items():
        if isinstance(one, Problem):
            found[reference] = Referred(None, one)
            continue
        try:
            await _check_way(session, caller, one, reference, way, now=now)
            found[reference] = Referred(one[0].id)
        except Problem as problem:
            found[reference] = Referred(one[0].id, problem)
    return found


async def open_tenant(
    session: AsyncSession, caller: Caller, reference: str, way: Way, *, now: datetime
) -> UUID:
    """Enter one organization's rows: the transaction sees these and no others from here on.

    Raises:
        NotFound: no such organization of the caller's.
        InsufficientScope: the organization did not grant that to the partner.
        AmbiguousReference: a name where the partner needs the id, which nobody can give another.
        NotShared: a network asks for figures that a member does not share with it.
        OrganizationEnding, AgreementNeeded: nothing is taken in.
    """
    if caller.organization_id is not None:
        # Its own rows are open, and it may do there whatever its key may do at all.
        found = await own_of(await ask_own(session, [caller.organization_id]))
        own = own_named(found.get(caller.organization_id), reference)
        if way.agreed:
            check_own_intake(own, now=now)
        return own.id
    signed = await find(session, caller, reference)
    await _check_way(session, caller, signed, reference, way, now=now)
    organization, _ = signed
    await enter(session, Scope(organizations=(organization.id,), client=caller.client_id))
    return organization.id


async def _check_way(
    session: AsyncSession,
    caller: Caller,
    signed: Signed,
    reference: str,
    way: Way,
    *,
    now: datetime,
) -> None:
    organization, agreement = signed
    if caller.kind is Kind.PARTNER:
        await grants.check(session, caller.client_id, organization.id, way.permission)
        if way.writes and parse_id(reference) != organization.id:
            raise AmbiguousReference(f"Write by id, {organization.id}: names can be moved")
    if way.identified and caller.kind is Kind.NETWORK and not organization.share_with_network:
        raise NotShared("This organization does not share identified figures with its network")
    if way.agreed:
        check_intake(organization, agreement, now=now)


def check_intake(organization: Organization, agreement: Agreement | None, *, now: datetime) -> None:
    """See that something may be taken in.

    Raises:
        OrganizationEnding: its data will be erased.
        AgreementNeeded: there is no current agreement.
    """
    signed = agreement is not None and agreement.is_accepted(now.date())
    _check_intake(organization.erase_at, is_signed=signed)


def check_own_intake(own: Own, *, now: datetime) -> None:
    """See that something may be taken in from an organization's own key.

    Raises:
        OrganizationEnding, AgreementNeeded: as above.
    """
    accepted = own.accepted_until is None or now.date() <= own.accepted_until
    _check_intake(own.erase_at, is_signed=own.has_signed and accepted)


def _check_intake(erase_at: datetime | None, *, is_signed: bool) -> None:
    if erase_at is not None:
        raise OrganizationEnding(f"Its data will be erased from {erase_at:%Y-%m-%d}")
    if not is_signed:
        raise AgreementNeeded("Sign the current agreement first: /v1/agreements")


async def check_open(session: AsyncSession, organization_id: UUID, *, now: datetime) -> None:
    """The same for an organization whose rows are open already.

    Raises:
        OrganizationEnding, AgreementNeeded: as above.
    """
    found = await session.exec(
        select(Organization, Agreement)
        .outerjoin(Agreement, col(Agreement.version) == Organization.agreement_version)
        .where(Organization.id == organization_id)
    )
    check_intake(*found.one(), now=now)


async def list_(
    session: AsyncSession, caller: Caller, *, after: UUID | None, limit: int
) -> Sequence[Organization]:
    """The caller's organizations by id, one more than ``limit`` if there are more."""
    wanted = select(Organization).where(theirs(caller)).order_by(col(Organization.id))
    if caller.kind is Kind.PARTNER:
        shown = grants.current(caller.client_id, Permission.ORGANIZATIONS_READ)
        wanted = wanted.where(col(Organization.id).in_(shown))
    if after is not None:
        wanted = wanted.where(col(Organization.id) > after)
    return (await session.exec(wanted.limit(limit + 1))).all()


async def list_ids(session: AsyncSession, caller: Caller) -> Sequence[UUID]:
    """Ids of all the caller's organizations."""
    wanted = select(Organization.id).where(theirs(caller)).order_by(col(Organization.id))
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


def _networks(caller: Caller) -> SelectOfScalar[Network]:
    """The operator's are all; for a network's key, only its own is there."""
    mine = true() if caller.kind is Kind.OPERATOR else col(Network.id) == caller.network_id
    return select(Network).where(mine)


async def get_network(session: AsyncSession, caller: Caller, reference: str) -> Network:
    """The network by id or external id."""
    found = await find_networks(session, caller, [reference])
    if reference not in found:
        raise NotFound("No such network")
    return found[reference]


async def find_networks(
    session: AsyncSession, caller: Caller, references: Collection[str]
) -> dict[str, Network]:
    """Those of the caller's networks that go by these ids and external ids."""
    ids = {reference: parse_id(reference) for reference in references}
    named = or_(
        col(Network.external_id) == any_(literal(list(references), ARRAY(Text))),
        col(Network.id) == any_(literal([one for one in ids.values() if one], ARRAY(Uuid))),
    )
    rows = (await session.exec(_networks(caller).where(named))).all()
    by_name = {row.external_id: row for row in rows}
    by_id = {row.id: row for row in rows}
    # An id comes first: somebody may have taken it for an external id.
    return {
        reference: found
        for reference, id_ in ids.items()
        if (found := (id_ and by_id.get(id_)) or by_name.get(reference)) is not None
    }


async def list_networks(
    session: AsyncSession, caller: Caller, *, after: UUID | None, limit: int
) -> Sequence[Network]:
    """The caller's networks by id, one more than ``limit`` if there are more."""
    wanted = _networks(caller).order_by(col(Network.id))
    if after is not None:
        wanted = wanted.where(col(Network.id) > after)
    return (await session.exec(wanted.limit(limit + 1))).all()


async def create(
    session: AsyncSession, caller: Caller, given: OrganizationIn, *, now: datetime
) -> Organization:
    """Register an organization, in the caller's own network unless the operator says which."""
    network_id = caller.network_id
    if given.network is not None:
        network_id = (await get_network(session, caller, given.network)).id
    organization = Organization(
        network_id=network_id,
        external_id=given.external_id,
        name=given.name,
        attributes=given.attributes,
        identifiers=given.identifiers,
        created_at=now,
    )
    session.add(organization)
    await session.flush()
    return organization
