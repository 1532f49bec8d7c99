"""Incoming submissions are written, all together; and what they replace is ended."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import LiteralString
from uuid import UUID

from app import sql
from app.assessments.answers import pack
from app.assessments.incoming import Incoming
from app.assessments.models import Submission
from app.assessments.rows import RoundRow, SubmissionRow, names_of
from app.assessments.submissions import Stored
from app.db import new_id
from app.problems import SubmissionEnded
from app.sql import Session


@dataclass(frozen=True, slots=True)
class New:
    """It is to be written, in the place of that one if there is one."""

    incoming: Incoming
    assessment: RoundRow
    before: SubmissionRow | None


_ROUND: LiteralString = ", ".join(names_of(RoundRow))
_SUBMISSION: LiteralString = ", ".join(names_of(SubmissionRow))

OPEN: LiteralString = f"""
    INSERT INTO assessment ({_ROUND})
    SELECT {_ROUND} FROM json_populate_recordset(NULL::assessment, %s::json)
    ON CONFLICT DO NOTHING RETURNING id
"""  # noqa: S608 - names of columns
END: LiteralString = """
    UPDATE submission s SET superseded_at = ended.at
    FROM json_to_recordset(%s::json) AS ended (organization_id uuid, id uuid, at timestamptz)
    WHERE s.organization_id = ended.organization_id AND s.id = ended.id
      AND s.superseded_at IS NULL AND s.withdrawn_at IS NULL
    RETURNING s.id
"""
WRITE: LiteralString = f"""
    INSERT INTO submission ({_SUBMISSION})
    SELECT {_SUBMISSION} FROM json_populate_recordset(NULL::submission, %s::json)
"""  # noqa: S608 - names of columns


async def open_rounds(session: Session, rounds: Sequence[RoundRow]) -> bool:
    """Open rounds; whether nobody else opened one of them in this moment."""
    rows = sorted(rounds, key=lambda row: (row.organization_id, row.period))
    opened = await sql.rows(session, OPEN, [sql.json_of(rows)])
    return len(opened) == len(rows)


async def end(session: Session, new: Sequence[New]) -> None:
    """End what is replaced, unless another transaction was first."""
    before = [
        {"organization_id": row.organization_id, "id": row.id, "at": one.incoming.push.now}
        for one in new
        if (row := one.before) is not None
    ]
    if before and len(await sql.rows(session, END, [sql.json_of(before)])) < len(before):
        raise SubmissionEnded("Another request ended that submission just now")


async def write(session: Session, new: Mapping[int, New]) -> dict[int, Stored]:
    """Write them, in an order that is everybody's, so that nobody waits in a ring."""
    stored = {number: _stored(one) for number, one in new.items()}
    rows = sorted((one.submission for one in stored.values()), key=_in_line)
    if rows:
        await sql.send(session, WRITE, [sql.json_of(rows)])
    return stored


def _in_line(row: Submission | SubmissionRow) -> tuple[UUID, str]:
    return row.organization_id, row.external_id or ""


def _stored(one: New) -> Stored:
    """A submission with the row that it becomes."""
    push, given, names = one.incoming.push, one.incoming.given, one.incoming.names
    by_item, scored = one.incoming.by_item, one.incoming.score()
    row = SubmissionRow(
        organization_id=push.organization_id,
        id=new_id(),
        assessment_id=one.assessment.id,
        client_id=push.client_id,
        mode=given.mode,
        role=given.role,
        respondent_hash=names.respondent,
        external_id=given.external_id,
        idempotency_key=push.idempotency_key,
        body_sha256=names.body_sha256,
        answers=pack(by_item),
        notes={code: note.model_dump(exclude_none=True) for code, note in given.notes.items()}
        or None,
        focus=[each.model_dump(mode="json", exclude_none=True) for each in given.focus] or None,
        overall=scored.score.overall.number,
        section_scores=[one.figure.number for one in scored.score.sections],
        receipt_sha256=scored.receipt_sha256,
        supersedes_id=one.before.id if one.before else None,
        submitted_at=push.now,
    )
    return Stored(row, one.assessment, one.incoming.instrument, known=(by_item, scored.score))
