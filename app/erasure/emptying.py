"""How an organization is emptied: chunk by chunk, each in a transaction of its own.

What is left is where it goes on: killed at any moment, the next run finds the rest. Nothing is
counted twice, for a chunk and its count are one transaction. Builds of releases wait for a chunk,
and a chunk for them: none is made of half an organization.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, update
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app import crashpoints
from app.access.models import Client, ClientKey
from app.audit import service as audit
from app.audit.chain import Signer
from app.audit.service import Actor
from app.benchmarks.snapshot import hold_builds
from app.db import Scope, enter, transaction
from app.erasure.holdings import HOLDINGS, OF_CLIENTS, erase_some, erase_some_of_clients
from app.erasure.models import Erasure
from app.erasure.reports import forget_in_reports
from app.organizations.models import Organization

CHUNK = 500
"""Rows in one transaction: some tenths of a second."""


@dataclass(frozen=True, slots=True)
class Work:
    """Which erasure is carried out, and with what."""

    organization_id: UUID
    erasure_id: UUID
    signer: Signer
    now: datetime


async def carry_out(engine: AsyncEngine, work: Work, *, chunk: int = CHUNK) -> None:
    """Empty an organization, or go on with it."""
    while await _step(engine, work, chunk):
        crashpoints.reach("chunk-erased")
    crashpoints.reach("erased")


async def _step(engine: AsyncEngine, work: Work, chunk: int) -> bool:
    """One transaction; whether there may be more to do."""
    scope = Scope(organizations=(work.organization_id,), erasing=True)
    async with transaction(engine, scope) as session:
        await hold_builds(session)
        erasure = await _take(session, work)
        if erasure is None:
            return False
        news = [] if erasure.begun_at else ["begin"]
        erasure.begun_at = erasure.begun_at or work.now
        gone = await _erase(session, work, erasure, chunk)
        if not gone:
            await _hold(session, work.organization_id)
            gone = await _erase(session, work, erasure, chunk)
        if not gone:
            await _close(session, work, erasure)
            news.append("finish")
        # Last of all: from here to the commit every other write to the trail waits.
        for what in news:
            await tell(session, work, what)
        crashpoints.reach("erasing")
        return gone


async def _take(session: AsyncSession, work: Work) -> Erasure | None:
    """The erasure, held; nothing if it was called off, or if it is done or being done elsewhere."""
    found = await session.exec(
        select(Erasure)
        .where(
            Erasure.organization_id == work.organization_id,
            Erasure.id == work.erasure_id,
            col(Erasure.called_off_at).is_(None),
            col(Erasure.finished_at).is_(None),
        )
        .with_for_update(skip_locked=True)
    )
    return found.one_or_none()


async def _erase(session: AsyncSession, work: Work, erasure: Erasure, chunk: int) -> bool:
    """Take away one chunk of the first table that has any; whether there was one."""
    for holdings, erase in ((HOLDINGS, erase_some), (OF_CLIENTS, erase_some_of_clients)):
        for holding in holdings:
            gone = await erase(session, holding, work.organization_id, chunk)
            if gone:
                so_far = erasure.counts.get(holding.name, 0)
                erasure.counts = {**erasure.counts, holding.name: so_far + gone}
                await session.flush()
                return True
    return await forget_in_reports(session, work.organization_id) > 0


async def _hold(session: AsyncSession, organization_id: UUID) -> None:
    """Wait for what was being taken in when the erasure was asked for."""
    mine = col(Organization.id) == organization_id
    await session.exec(select(Organization.id).where(mine).with_for_update())


async def _close(session: AsyncSession, work: Work, erasure: Erasure) -> None:
    """End the clients and blank the organization, as nothing else is left."""
    mine = col(Organization.id) == work.organization_id
    await _end_clients(session, work)
    await session.exec(
        update(Organization)
        .where(mine)
        .values(
            network_id=None,
            external_id=str(work.organization_id),
            name="",
            attributes={},
            identifiers={},
            agreement_version=None,
            benchmark=False,
            research=False,
            partner=False,
            share_with_network=False,
            erase_at=func.coalesce(col(Organization.erase_at), work.now),
            erased_at=work.now,
        )
    )
    erasure.finished_at = work.now
    await session.flush()


async def _end_clients(session: AsyncSession, work: Work) -> None:
    mine = col(Client.organization_id) == work.organization_id
    ids = (await session.exec(select(Client.id).where(mine))).all()
    await enter(
        session,
        Scope(organizations=(work.organization_id,), clients=tuple(ids), erasing=True),
    )
    theirs = col(ClientKey.client_id).in_(ids)
    await session.exec(delete(ClientKey).where(theirs, col(ClientKey.is_token)))
    await session.exec(
        update(ClientKey)
        .where(theirs)
        .values(revoked_at=func.coalesce(col(ClientKey.revoked_at), work.now))
    )
    await session.exec(
        update(Client).where(mine).values(name="", jwks=None, data_use=None, ends_at=work.now)
    )


async def tell(session: AsyncSession, work: Work, what: str) -> None:
    """Put it on the organization's audit trail."""
    await audit.append(
        session,
        chain=work.organization_id,
        at=work.now,
        operation=f"palanca erase {what}",
        target=f"/v1/organizations/{work.organization_id}/erasures/{work.erasure_id}",
        actor=Actor("service"),
        status=None,
        signer=work.signer,
    )
