"""The answers behind a release, read in its snapshot and summed at once: what is left are sums.

Of rounds that count, of each chunk of organizations, so that besides sums only its answers are in
memory. Psychometrics are over complete individual answers; how many look filled in without reading
is counted of all that stand.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Self
from uuid import UUID

import numpy as np
from sqlmodel.ext.asyncio.session import AsyncSession

from app import sql
from app.assessments.answers import CODES
from app.assessments.unusual import is_straight_line
from app.benchmarks.disclosure.cells import Contribution, Unknown
from app.benchmarks.disclosure.together import complete
from app.catalog.service import Published
from app.scoring.sums import Sums

ANSWERED = """
    SELECT organization_id, assessment_id,
      string_agg(answers, ''::bytea) FILTER (WHERE mode = 'individual'),
      string_agg(answers, ''::bytea) FILTER (WHERE mode <> 'individual')
    FROM submission
    WHERE organization_id = ANY (%s) AND assessment_id = ANY (%s)
      AND superseded_at IS NULL AND withdrawn_at IS NULL
    GROUP BY organization_id, assessment_id ORDER BY organization_id, assessment_id
"""
"""All standing answers of each round, one after the other: a byte an item. First what people
answered alone, then what teams agreed on; without the notes, which are no release's business."""

NO_LEVEL = min(CODES.values())
"""From this byte on it is no level."""

NO_LEVELS = bytes(CODES.values())


@dataclass(frozen=True, slots=True)
class Flagged:
    """That some of an organization's answers look filled in without reading; private.

    ``share`` of its standing submissions, above 0 and up to 1; ``network`` is that of the
    contribution.
    """

    share: float
    network: str


@dataclass(slots=True)
class Measured:
    """Sums over an instrument version's respondents, and how many are of each organization.

    ``flagged`` has organizations of whose standing submissions some draw a straight line. That all
    is best without evidence is not looked for: evidence is in the notes.
    """

    sums: Sums
    counted: list[tuple[Contribution, int]] = field(default_factory=list)
    flagged: dict[Unknown, Flagged] = field(default_factory=dict)

    @classmethod
    def of(cls, instrument: Published) -> Self:
        """Nobody's yet."""
        return cls(Sums(instrument.form))

    def add(self, teams: Sequence[tuple[Contribution, bytes]]) -> None:
        """Count each team's complete answers; a team without such does not count."""
        items = len(self.sums.form.items)
        rows, sizes = [np.empty((0, items), dtype=np.int64)], []
        for contribution, stored in teams:
            found = np.frombuffer(stored, dtype=np.uint8).reshape(-1, items)
            complete = found[(found < NO_LEVEL).all(axis=1)]
            if len(complete):
                rows.append(complete.astype(np.int64))
                sizes.append(len(complete))
                self.counted.append((contribution, len(complete)))
        self.sums.add(np.concatenate(rows), np.array(sizes, dtype=np.int64))

    def look(self, contribution: Contribution, stored: bytes) -> None:
        """Note which share of a round's standing submissions draw a straight line."""
        items = len(self.sums.form.items)
        rows = [stored[start : start + items] for start in range(0, len(stored), items)]
        lines = sum(is_straight_line(row.translate(None, NO_LEVELS)) for row in rows)
        if lines:
            self.flagged[contribution.unknown] = Flagged(lines / len(rows), contribution.network)


async def measure(
    session: AsyncSession,
    organizations: Sequence[UUID],
    latest: Sequence[tuple[UUID, Contribution]],
    measured: dict[UUID, Measured],
    instruments: dict[UUID, Published],
) -> None:
    """Add the answers of some organizations' rounds, which the transaction sees, by instrument."""
    wanted = {
        (UUID(one.organization), UUID(one.submission)): (version, one)
        for version, one in latest
        if complete([one], instruments[version].figures)
    }
    assessments = [assessment for _, assessment in wanted]
    found = await sql.rows(session, ANSWERED, [list(organizations), assessments])
    teams: dict[UUID, list[tuple[Contribution, bytes]]] = {}
    for organization_id, assessment_id, alone, agreed in found:
        # An id is an organization's own: another may have the same for another round.
        if (organization_id, assessment_id) in wanted:
            version, contribution = wanted[organization_id, assessment_id]
            if version not in measured:
                measured[version] = Measured.of(instruments[version])
            measured[version].look(contribution, (alone or b"") + (agreed or b""))
            if alone:
                teams.setdefault(version, []).append((contribution, alone))
    for version, mine in teams.items():
        measured[version].add(mine)
