"""How long rows are kept: the classes of ``seed/retention.yaml``, and the purge of what is over.

Days are data; which instant they are counted from is a column, and is here.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import yaml
from sqlalchemy import SQLColumnExpression, delete, func
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import SQLModel, col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.callers import SERVICE
from app.access.models import ClientKey, UsedAssertion
from app.assessments.models import Invitation, Submission
from app.audit import service as audit
from app.audit.chain import Signer
from app.audit.service import Actor
from app.db import Scope, take_time, transaction
from app.files import folder
from app.imports.models import ImportRun
from app.organizations.models import Organization
from app.retries.models import AnsweredRequest

CHUNK = 500
"""Organizations whose rows are in sight at once."""


@dataclass(frozen=True, slots=True)
class Rule:
    """Which rows of a table are over, and since when."""

    model: type[SQLModel]
    since: SQLColumnExpression[Any]
    only: SQLColumnExpression[bool] | None = None
    of_tenants: bool = False


RULES: Mapping[str, Rule] = {
    "answered_request": Rule(AnsweredRequest, col(AnsweredRequest.answered_at)),
    "import_run": Rule(ImportRun, col(ImportRun.finished_at)),
    "used_assertion": Rule(UsedAssertion, col(UsedAssertion.expires_at)),
    "client_key": Rule(ClientKey, col(ClientKey.expires_at), only=col(ClientKey.is_token)),
    "invitation": Rule(Invitation, col(Invitation.expires_at), of_tenants=True),
    # Of a standing one both are missing, and a missing instant is never over.
    "submission": Rule(
        Submission,
        func.greatest(col(Submission.superseded_at), col(Submission.withdrawn_at)),
        of_tenants=True,
    ),
}
"""By table; exactly those that the data name as purged."""


def classes() -> dict[str, list[dict[str, Any]]]:
    """The data, as they are."""
    text = (folder("seed") / "retention.yaml").read_text(encoding="utf-8")
    found: dict[str, list[dict[str, Any]]] = yaml.safe_load(text)
    return found


async def purge(
    engine: AsyncEngine, *, signer: Signer, now: datetime, dry_run: bool = False
) -> dict[str, int]:
    """Take away what is over; rows by class. ``dry_run`` does the same and undoes it."""
    gone = {}
    everybody = await _tenants(engine)
    for one in classes()["purged"]:
        rule, over = RULES[one["table"]], now - timedelta(days=one["days"])
        gone[one["class"]] = 0
        for scope in everybody if rule.of_tenants else [Scope(operator=True, erasing=True)]:
            async with transaction(engine, scope) as session:
                await take_time(session)
                counts = await _purge(session, rule, over, scope.organizations)
                gone[one["class"]] += counts.total()
                if dry_run:
                    await session.rollback()
                    continue
                for chain in sorted(counts):
                    await _tell(session, chain, one["table"], signer, now)
    return gone


async def _tenants(engine: AsyncEngine) -> list[Scope]:
    """All organizations, so many at a time."""
    async with transaction(engine, Scope(operator=True)) as session:
        ids = (await session.exec(select(Organization.id).order_by(col(Organization.id)))).all()
    starts = range(0, len(ids), CHUNK)
    return [Scope(organizations=tuple(ids[i : i + CHUNK]), erasing=True) for i in starts]


async def _purge(
    session: AsyncSession, rule: Rule, over: datetime, tenants: Sequence[UUID]
) -> Counter[UUID]:
    """How many rows went, by the chain of whose they were."""
    statement = delete(rule.model).where(rule.since <= over)
    if rule.only is not None:
        statement = statement.where(rule.only)
    if not rule.of_tenants:
        gone = await session.exec(statement)
        return Counter({SERVICE: gone.rowcount} if gone.rowcount else {})
    tenant = rule.model.__table__.c.organization_id  # type: ignore[attr-defined]  # SQLModel's
    found = await session.exec(statement.where(tenant.in_(tenants)).returning(tenant))
    return Counter(found.scalars())


async def _tell(
    session: AsyncSession, chain: UUID, table: str, signer: Signer, now: datetime
) -> None:
    await audit.append(
        session,
        chain=chain,
        at=now,
        operation="palanca purge",
        target=table,
        actor=Actor("service"),
        status=None,
        signer=signer,
    )
