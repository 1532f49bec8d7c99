"""What is held for an organization, in the order in which it can go: one line a table.

A test reads the catalog of PostgreSQL and finds any table with tenants' rows that is not here.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, Table, tuple_
from sqlmodel import SQLModel, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.models import Client, UsedAssertion
from app.assessments.models import Assessment, Invitation, Result, Submission
from app.benchmarks.forgetting import forget
from app.benchmarks.models import ReleaseContribution
from app.imports.models import ImportRun
from app.learning.models import Aim, ChangeTest, Measure, Observation
from app.organizations.models import Grant, Participation
from app.practices import forgetting as library
from app.practices.models import Adoption, Practice
from app.retries.models import AnsweredRequest

Erase = Callable[[AsyncSession, UUID], Awaitable[int]]
"""Takes an organization's rows away; how many went."""


@dataclass(frozen=True, slots=True)
class Holding:
    """A table with an organization's rows."""

    name: str
    """On the wire."""
    model: type[SQLModel]
    secret: frozenset[str] = frozenset()
    """Columns that nobody is shown: what proves a token, what would tell who said what."""
    erase: Erase | None = None
    """Where the rows are not simply deleted."""

    @property
    def table(self) -> Table:
        """For statements."""
        found: Table = self.model.__table__  # type: ignore[attr-defined]  # SQLModel's metaclass
        return found


HOLDINGS = (
    Holding("contributions", ReleaseContribution, erase=forget),
    Holding("invitations", Invitation, frozenset({"key_id", "digest", "used_on", "submission_id"})),
    Holding("results", Result),
    Holding("submissions", Submission, frozenset({"body_sha256"})),
    Holding("assessments", Assessment),
    Holding("adoptions", Adoption),
    Holding("practices", Practice, erase=library.forget),
    Holding("tests", ChangeTest),
    Holding("aims", Aim),
    Holding("observations", Observation),
    Holding("measures", Measure),
    Holding("grants", Grant),
    Holding("participations", Participation),
)
"""Rows with an ``organization_id``. The organization itself, its clients, its erasures and its
audit trail stay behind, as far as they say nothing."""

OF_CLIENTS = (
    Holding("answered_requests", AnsweredRequest),
    Holding("imports", ImportRun),
    Holding("used_assertions", UsedAssertion),
)
"""Rows of an organization's clients: sealed, spent, or told to these clients themselves."""


async def erase_some(
    session: AsyncSession, holding: Holding, organization_id: UUID, limit: int
) -> int:
    """Take away some of the rows of an organization; how many went."""
    if holding.erase is not None:
        return await holding.erase(session, organization_id)
    mine = holding.table.c.organization_id == organization_id
    return await _delete_some(session, holding.table, mine, limit)


async def erase_some_of_clients(
    session: AsyncSession, holding: Holding, organization_id: UUID, limit: int
) -> int:
    """Take away some of the rows of an organization's clients; how many went."""
    clients = select(Client.id).where(Client.organization_id == organization_id)
    return await _delete_some(session, holding.table, holding.table.c.client_id.in_(clients), limit)


async def _delete_some(
    session: AsyncSession, table: Table, mine: ColumnElement[bool], limit: int
) -> int:
    key = tuple(table.primary_key.columns)
    some = select(*key).where(mine).limit(limit)
    gone = await session.exec(delete(table).where(mine, tuple_(*key).in_(some)))
    return gone.rowcount
