"""Wishes for cohorts: asked for by a key, granted or declined by the operator."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from uuid import UUID

from sqlalchemy import func, update
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.callers import Caller
from app.access.models import Kind
from app.benchmarks import lattices
from app.benchmarks.lattice import Lattice
from app.benchmarks.manifest import Plan
from app.benchmarks.models import Release
from app.benchmarks.snapshot import hold_builds
from app.benchmarks.wish_models import CohortRequest, WishStatus
from app.problems import Invalid, NotFound, error

MOST_ATTRIBUTES = 2
Release_ = tuple[int, int, list[list[str]]]
"""A release's number, and the version and the tables of its lattice."""


@dataclass(frozen=True, slots=True)
class Wish:
    """A wish and what would be, or is, of it."""

    row: CohortRequest
    adds: int
    """Cohorts; none if its attributes are no more."""
    room: lattices.Room
    release: int | None
    """The first with it."""


async def ask(
    session: AsyncSession, caller: Caller, attributes: Sequence[str], plan: Plan
) -> tuple[Wish, bool]:
    """Wish for a table of cohorts; the same wish again is the same. Also whether it is new.

    Raises:
        Invalid: no such attribute, one twice, too many, or the table is published.
    """
    lattice = await lattices.newest(session, plan.definition)
    wanted = _checked(lattice, attributes)
    # Of one client's, one at a time: twice at once would be two.
    turn = f"palanca wishes {caller.client_id}"
    await session.scalar(select(func.pg_advisory_xact_lock(func.hashtextextended(turn, 0))))
    found = await session.exec(
        select(CohortRequest).where(
            CohortRequest.client_id == caller.client_id,
            CohortRequest.attributes == wanted,
            CohortRequest.status == WishStatus.OPEN,
        )
    )
    row = found.first()
    is_new = row is None
    if row is None:
        row = CohortRequest(client_id=caller.client_id, attributes=wanted, asked_at=plan.now)
        session.add(row)
        await session.flush()
    return _told(row, lattice, []), is_new


def _checked(lattice: Lattice, attributes: Sequence[str]) -> list[str]:
    """In the lattice's order."""
    known = list(lattice.attributes)
    errors = [
        error(f"/attributes/{place}", "unknown-attribute", "No such attribute", expected=known)
        for place, name in enumerate(attributes)
        if name not in known
    ]
    if not errors and len(set(attributes)) != len(attributes):
        errors = [error("/attributes", "repeated", "Two different ones")]
    if not errors and frozenset(attributes) in {frozenset(one) for one in lattice.tables}:
        errors = [error("/attributes", "published", "There are such cohorts already")]
    if errors:
        raise Invalid(errors)
    return sorted(attributes, key=known.index)


async def list_(
    session: AsyncSession, caller: Caller, plan: Plan, *, after: UUID | None, limit: int
) -> list[Wish]:
    """The caller's wishes by id, everybody's for an operator; one more than ``limit`` if any."""
    wanted = select(CohortRequest).order_by(col(CohortRequest.id))
    if caller.kind is not Kind.OPERATOR:
        wanted = wanted.where(CohortRequest.client_id == caller.client_id)
    if after is not None:
        wanted = wanted.where(col(CohortRequest.id) > after)
    lattice = await lattices.newest(session, plan.definition)
    releases = await _releases(session)
    return [_told(one, lattice, releases) for one in await session.exec(wanted.limit(limit + 1))]


async def decide(
    session: AsyncSession, wish_id: UUID, plan: Plan, *, accept: bool
) -> CohortRequest:
    """Grant or decline a wish, and with it whoever else wished the same; as operator.

    Raises:
        NotFound: no such wish, or it is not open.
        LatticeError: there is no room for it.
    """
    await hold_builds(session)
    row = await session.get(CohortRequest, wish_id, with_for_update=True)
    if row is None or row.status is not WishStatus.OPEN:
        raise NotFound("No such open wish")
    version = None
    if accept:
        version = (await lattices.grant(session, plan, row.attributes, plan.now)).version
    status = WishStatus.ACCEPTED if accept else WishStatus.DECLINED
    await session.exec(
        update(CohortRequest)
        .where(
            col(CohortRequest.attributes) == row.attributes,
            col(CohortRequest.status) == WishStatus.OPEN,
        )
        .values(status=status, decided_at=plan.now, lattice_version=version)
    )
    await session.refresh(row)
    return row


async def _releases(session: AsyncSession) -> list[Release_]:
    lattice = col(Release.manifest)["lattice"]
    found = await session.exec(
        select(
            Release.number, lattice["version"].as_integer(), lattice["tables"].as_json()
        ).order_by(col(Release.number))
    )
    return list(found.all())


def _told(row: CohortRequest, lattice: Lattice, releases: Sequence[Release_]) -> Wish:
    known = lattice.attributes.keys() >= set(row.attributes)  # a newer seed may have lost some
    adds = prod(len(lattice.attributes[name].categories) for name in row.attributes) if known else 0
    since, table = row.lattice_version, set(row.attributes)
    first = (
        number
        for number, version, tables in releases
        if since is not None and version >= since and table in map(set, tables)
    )
    return Wish(row, adds, lattices.room_of(lattice), next(first, None))
