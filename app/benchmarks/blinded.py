"""How many could be in a release and are not, by their own choice: counted in its snapshot."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from app import sql
from app.organizations.models import Organization

LOCKED = """
    SELECT DISTINCT instrument_version_id, organization_id FROM assessment
    WHERE organization_id = ANY (%s) AND locked_at IS NOT NULL AND period_end BETWEEN %s AND %s
"""
"""Who has a locked round that is old enough, and not too old. What came of it is not read."""


@dataclass(slots=True)
class Locked:
    """How many organizations have a locked result over an instrument version.

    ``networks`` has how many of them do not take part in benchmarks, by network, of which an
    independent organization is one by itself.
    """

    organizations: int = 0
    networks: Counter[UUID] = field(default_factory=Counter)

    @property
    def blinded(self) -> int:
        """How many do not take part."""
        return self.networks.total()

    @property
    def outside_largest_network(self) -> int:
        """How many of these are not of the network that has the most: what that cannot know."""
        return self.blinded - max(self.networks.values(), default=0)

    @property
    def share(self) -> float:
        """From 0 to 1, of those that have a result."""
        return self.blinded / self.organizations


async def count_locked(
    session: AsyncSession,
    organizations: Iterable[Organization],
    oldest: date,
    newest: date,
    locked: dict[UUID, Locked],
) -> None:
    """Add some organizations, which the transaction sees, by instrument version.

    One that is on its way out is neither here nor there.
    """
    here = {one.id: one for one in organizations if one.erase_at is None}
    for version, organization_id in await sql.rows(session, LOCKED, [list(here), oldest, newest]):
        counted = locked.setdefault(version, Locked())
        counted.organizations += 1
        organization = here[organization_id]
        if not organization.benchmark:
            counted.networks[organization.network_id or organization.id] += 1
