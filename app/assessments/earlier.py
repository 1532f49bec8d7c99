"""What the same respondents, or the team, came to in the round before."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import LiteralString

from app import sql
from app.assessments.incoming import Incoming
from app.assessments.models import Mode
from app.assessments.periods import period_start
from app.sql import Session

WITHIN = timedelta(days=366)
"""A year, from the end of the round before to the beginning of this one: later it is history."""


@dataclass(frozen=True, slots=True)
class Earlier:
    """A submission of an earlier round."""

    period: str
    overall: float


def _by(condition: LiteralString) -> LiteralString:
    """For each that is wanted, by looks into indexes, the newest round before it that has one.

    Told is how it was when the import began: what stands by now and is newer is followed to what
    it replaced, so that the parts of an import that are in already change nothing. No index is to
    be found by organization or round alone, as in ``related.py``.
    """
    return f"""
        SELECT wanted.number, e.period, e.overall FROM json_to_recordset(%s::json) AS wanted (
          number int, organization_id uuid, version_id uuid, since date, before date,
          client_id uuid, now timestamptz, name text)
        CROSS JOIN LATERAL (
          SELECT a.period, e.overall FROM assessment a
          CROSS JOIN LATERAL (
            SELECT s.id, s.supersedes_id, s.submitted_at FROM submission s
            WHERE s.organization_id IS NOT DISTINCT FROM wanted.organization_id
              AND s.assessment_id IS NOT DISTINCT FROM a.id
              AND s.superseded_at IS NULL AND s.withdrawn_at IS NULL AND s.{condition}
            OFFSET 0
          ) s
          CROSS JOIN LATERAL (
            SELECT e.overall FROM submission e
            WHERE e.organization_id IS NOT DISTINCT FROM wanted.organization_id
              AND e.id = CASE WHEN s.submitted_at < wanted.now THEN s.id ELSE s.supersedes_id END
              AND e.{condition} AND e.overall IS NOT NULL
              AND (wanted.client_id IS NULL OR e.client_id = wanted.client_id)
            OFFSET 0
          ) e
          WHERE a.organization_id = wanted.organization_id
            AND a.instrument_version_id = wanted.version_id
            AND a.period_end >= wanted.since AND a.period_end < wanted.before
          ORDER BY a.period_end DESC, a.period DESC LIMIT 1
        ) e
    """  # noqa: S608 - our own conditions


BY_NAME: dict[Mode, LiteralString] = {
    Mode.INDIVIDUAL: _by("respondent_hash = wanted.name::bytea"),
    Mode.CONSENSUS: _by("mode = 'consensus'"),
}
"""Whom each mode has in common with its round before; each is an index's to find."""


async def find_earlier(session: Session, incoming: Mapping[int, Incoming]) -> dict[int, Earlier]:
    """By number, what there is of those that can be recognised; at most two statements for all.

    Whoever may touch only what it pushed itself is told of nothing else. The transaction is in the
    tenant context of all organizations that they are for.
    """
    asked = []
    for mode, statement in BY_NAME.items():
        wanted = [
            _wanted(number, one)
            for number, one in incoming.items()
            if one.names.mode is mode and (mode is Mode.CONSENSUS or one.names.respondent)
        ]
        if wanted:
            asked.append(await sql.send(session, statement, [sql.json_of(wanted)]))
    found = await sql.fetch(*asked)
    return {number: Earlier(*rest) for rows in found for number, *rest in rows}


def _wanted(number: int, one: Incoming) -> dict[str, object]:
    organization_id, version_id, period = one.place
    begins = period_start(period)
    return {
        "number": number,
        "organization_id": organization_id,
        "version_id": version_id,
        "since": begins - WITHIN,
        "before": begins,
        "client_id": one.push.client_id if one.push.own_only else None,
        "now": one.push.now,
        "name": one.names.respondent,
    }
