"""What incoming submissions find here: their rounds, and whatever goes by one of their names."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import LiteralString
from uuid import UUID

from app import sql
from app.assessments.incoming import Incoming
from app.assessments.models import Mode
from app.assessments.names import Place
from app.assessments.rows import RoundRow, SubmissionRow, names_of
from app.sql import Session

ROUND: LiteralString = "a." + ", a.".join(names_of(RoundRow))
SUBMISSION: LiteralString = "s." + ", s.".join(names_of(SubmissionRow))

HOLD: LiteralString = f"""
    SELECT a.* FROM json_to_recordset(%s::json)
      AS wanted (organization_id uuid, version_id uuid, period text)
    CROSS JOIN LATERAL (
      SELECT {ROUND} FROM assessment a WHERE a.organization_id = wanted.organization_id
        AND a.instrument_version_id = wanted.version_id AND a.period = wanted.period
      FOR SHARE
    ) a
"""  # noqa: S608 - names of columns
"""FOR SHARE lets submissions pass each other and makes a lock wait for them."""


def _by(condition: LiteralString, *, of_round: bool = False) -> LiteralString:
    """The submissions that go by one kind of name: for each that is wanted, a look into an index.

    Never a join of sets: that would be planned by guesses about how many there are. And no index
    is to be found by organization, client or round alone, which may have a million (``=`` would).
    """
    joined: LiteralString = """
        JOIN assessment a ON a.organization_id = wanted.organization_id
          AND a.instrument_version_id = wanted.version_id AND a.period = wanted.period
    """
    return f"""
        SELECT wanted.number, s.* FROM json_to_recordset(%s::json) AS wanted (number int,
          organization_id uuid, version_id uuid, period text, client_id uuid, name text)
        CROSS JOIN LATERAL (
          SELECT {SUBMISSION} FROM submission s {joined if of_round else ""}
          WHERE s.organization_id IS NOT DISTINCT FROM wanted.organization_id AND {condition}
          OFFSET 0
        ) s
    """  # noqa: S608 - names of columns


STANDS: LiteralString = "s.superseded_at IS NULL AND s.withdrawn_at IS NULL"
BY_NAME: dict[str, LiteralString] = {
    "external_id": _by(f"{STANDS} AND s.external_id = wanted.name"),
    "supersedes": _by(f"{STANDS} AND s.id = wanted.name::uuid"),
    "respondent": _by(
        f"{STANDS} AND s.respondent_hash = wanted.name::bytea"
        " AND s.assessment_id IS NOT DISTINCT FROM a.id",
        of_round=True,
    ),
    "consensus": _by(
        f"{STANDS} AND s.mode = 'consensus' AND s.assessment_id = a.id", of_round=True
    ),
    "idempotency_key": _by(
        "s.idempotency_key = wanted.name AND s.client_id IS NOT DISTINCT FROM wanted.client_id"
    ),
}
"""What goes by each kind of name; each is an index's to find."""


@dataclass(frozen=True, slots=True)
class Related:
    """What there is."""

    rounds: Mapping[Place, RoundRow]
    """Those that are there, held open until this transaction ends."""
    submissions: Mapping[int, Sequence[SubmissionRow]]
    """By number, those that each may repeat or replace."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the database was asked of incoming submissions."""

    numbers: Collection[int]
    sent: Sequence[sql.Sent]

    async def answer(self) -> Related:
        """What it says."""
        held, *found = await sql.fetch(*self.sent)
        rounds = [RoundRow(*row) for row in held]
        related: dict[int, dict[UUID, SubmissionRow]] = {number: {} for number in self.numbers}
        for number, *values in (row for rows in found for row in rows):
            row = SubmissionRow.of(values)
            related[number][row.id] = row
        return Related(
            {(row.organization_id, row.instrument_version_id, row.period): row for row in rounds},
            {number: [*some.values()] for number, some in related.items()},
        )


async def ask(session: Session, incoming: Mapping[int, Incoming]) -> Asked:
    """Ask for the rounds of submissions, and for whatever goes by one of their names."""
    places = {one.place: _place(one.place) for one in incoming.values()}
    sent = [await sql.send(session, HOLD, [sql.json_of([places[at] for at in sorted(places)])])]
    named: dict[str, list[dict[str, object]]] = {kind: [] for kind in BY_NAME}
    for number, one in incoming.items():
        by = {"number": number, "client_id": one.push.client_id, **places[one.place]}
        for kind, name in _names(one):
            named[kind].append({**by, "name": name})
    for kind, some in named.items():
        if some:
            sent.append(await sql.send(session, BY_NAME[kind], [sql.json_of(some)]))
    return Asked(incoming.keys(), sent)


def _names(one: Incoming) -> Iterator[tuple[str, object]]:
    names = one.names
    if names.external_id is not None:
        yield "external_id", names.external_id
    if names.supersedes is not None:
        yield "supersedes", names.supersedes
    if names.respondent is not None:
        yield "respondent", names.respondent
    if names.mode is Mode.CONSENSUS:
        yield "consensus", ""
    if names.idempotency_key is not None:
        yield "idempotency_key", names.idempotency_key


def _place(place: Place) -> dict[str, object]:
    organization_id, version_id, period = place
    return {"organization_id": organization_id, "version_id": version_id, "period": period}
