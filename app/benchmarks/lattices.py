"""Which lattice the next release is built by: the seed's, with the wishes that were granted.

Versions are numbered rows that never change. Whatever is granted or seeded holds from the next
release on, for everybody (R14).
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import orjson
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.benchmarks.lattice import MAX_COHORTS, MAX_TWO_WAY, Lattice, LatticeError
from app.benchmarks.manifest import Plan
from app.benchmarks.wish_models import CohortRequest, LatticeVersion, WishStatus

Definition = dict[str, Any]


async def newest(session: AsyncSession, seed: Mapping[str, Any]) -> Lattice:
    """The lattice as it is kept; the seed's before the first release."""
    last = await _last(session)
    return Lattice.load(dict(seed) if last is None else last.definition)


async def _last(session: AsyncSession) -> LatticeVersion | None:
    found = await session.exec(
        select(LatticeVersion).order_by(col(LatticeVersion.version).desc()).limit(1)
    )
    return found.first()


async def current(session: AsyncSession, seed: Mapping[str, Any]) -> tuple[LatticeVersion, bool]:
    """The newest version, or the one to be made if the seed is another; and whether it is kept.

    In an operator's context, who sees which wishes were granted.
    """
    last = await _last(session)
    fingerprint = seed_sha256(seed)
    if last is not None and last.seed_sha256 == fingerprint:
        return last, True
    granted = await session.exec(
        select(CohortRequest)
        .where(CohortRequest.status == WishStatus.ACCEPTED)
        .order_by(col(CohortRequest.decided_at), col(CohortRequest.id))
    )
    number = 1 if last is None else last.version + 1
    definition = {**seed, "version": number}
    for wish in granted:
        definition = with_table(definition, wish.attributes) or definition
    return LatticeVersion(version=number, definition=definition, seed_sha256=fingerprint), False


async def settle(session: AsyncSession, plan: Plan) -> Plan:
    """The plan with the lattice of now, which is kept; builds are held."""
    last, kept = await current(session, plan.definition)
    if not kept:
        last.at = plan.now
        session.add(last)
        await session.flush()
    return by(last, plan)


def by(version: LatticeVersion, plan: Plan) -> Plan:
    """The plan with that lattice."""
    return replace(plan, lattice=Lattice.load(version.definition), definition=version.definition)


async def grant(
    session: AsyncSession, plan: Plan, attributes: Sequence[str], now: datetime
) -> LatticeVersion:
    """A lattice with one table more; the newest if it has it. Builds are held.

    Raises:
        LatticeError: it would be too large.
    """
    await settle(session, plan)
    last, _ = await current(session, plan.definition)
    definition = with_table({**last.definition, "version": last.version + 1}, attributes)
    if definition is None:
        raise LatticeError(room_of(Lattice.load(last.definition)).said)
    if definition["tables"] == last.definition["tables"]:
        return last
    made = LatticeVersion(
        version=last.version + 1, definition=definition, seed_sha256=last.seed_sha256, at=now
    )
    session.add(made)
    await session.flush()
    return made


def with_table(definition: Definition, attributes: Sequence[str]) -> Definition | None:
    """The lattice with one table more, the same if it has it; none if it may not be so large."""
    tables = definition["tables"]
    if frozenset(attributes) in {frozenset(one) for one in tables}:
        return definition
    made = {**definition, "tables": [*tables, list(attributes)]}
    try:
        Lattice.load(made)
    except LatticeError:
        return None
    return made


class Room:
    """How much a lattice may still grow."""

    def __init__(self, cohorts: int, two_way: int) -> None:
        self.cohorts, self.two_way = cohorts, two_way

    @property
    def said(self) -> str:
        """The same in words."""
        return f"There is room for {self.cohorts} cohorts and {self.two_way} two-way tables"


def room_of(lattice: Lattice) -> Room:
    """What is left of R1's limits."""
    two_way = sum(len(table) > 1 for table in lattice.tables)
    return Room(MAX_COHORTS - len(lattice.cohorts), MAX_TWO_WAY - two_way)


def seed_sha256(seed: Mapping[str, Any]) -> str:
    """The hash of a definition, whatever the order of its keys."""
    return hashlib.sha256(orjson.dumps(seed, option=orjson.OPT_SORT_KEYS)).hexdigest()
