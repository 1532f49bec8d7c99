"""Incoming submissions are written, all together; and what they replace is ended."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Uuid, any_, literal, update
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from app.assessments.answers import pack
from app.assessments.incoming import Incoming
from app.assessments.models import Assessment, Submission
from app.assessments.submissions import Stored, stands
from app.db import new_id
from app.problems import SubmissionEnded


@dataclass(frozen=True, slots=True)
class New:
    """It is to be written, in the place of that one if there is one."""

    incoming: Incoming
    assessment: Assessment
    before: Submission | None


async def open_rounds(session: AsyncSession, rounds: Sequence[Assessment]) -> bool:
    """Open rounds; whether nobody else opened one of them in this moment."""
    rows = [
        row.model_dump()
        for row in sorted(rounds, key=lambda row: (row.organization_id, row.period))
    ]
    opening = insert(Assessment).values(rows).on_conflict_do_nothing()
    opened = await session.exec(opening.returning(col(Assessment.id)))
    return len(opened.all()) == len(rows)


async def end(session: AsyncSession, new: Sequence[New]) -> None:
    """End what is replaced, unless another transaction was first."""
    before = [one.before for one in new if one.before is not None]
    if not before:
        return
    ids = literal([row.id for row in before], ARRAY(Uuid))
    organizations = literal([row.organization_id for row in before], ARRAY(Uuid))
    ended = await session.exec(
        update(Submission)
        .where(
            col(Submission.organization_id) == any_(organizations),
            col(Submission.id) == any_(ids),
            *stands(),
        )
        .values(superseded_at=max(one.incoming.push.now for one in new))
        .returning(col(Submission.id))
    )
    if len(ended.all()) < len(before):
        raise SubmissionEnded("Another request ended that submission just now")


async def write(session: AsyncSession, new: Mapping[int, New]) -> dict[int, Stored]:
    """Write them, in an order that is everybody's, so that nobody waits in a ring."""
    rows = {number: _columns(one) for number, one in new.items()}
    if rows:
        connection = await session.connection()
        await connection.execute(insert(Submission), sorted(rows.values(), key=_in_line))
    return {
        number: Stored(Submission(**row), new[number].assessment, new[number].incoming.instrument)
        for number, row in rows.items()
    }


def _in_line(row: Mapping[str, Any]) -> tuple[UUID, str]:
    return row["organization_id"], row["external_id"] or ""


def _columns(one: New) -> dict[str, Any]:
    """The row of a submission."""
    push, given, names = one.incoming.push, one.incoming.given, one.incoming.names
    instrument, answers = one.incoming.instrument, one.incoming.answers
    scored = instrument.scorer.score([answers.get(code) for code in instrument.form.items])
    figures = [scored.score.overall, *(section.figure for section in scored.score.sections)]
    overall, *sections = [None if one.fraction is None else float(one.fraction) for one in figures]
    return {
        "organization_id": push.organization_id,
        "id": new_id(),
        "assessment_id": one.assessment.id,
        "client_id": push.client_id,
        "mode": given.mode,
        "role": given.role,
        "respondent_hash": names.respondent,
        "external_id": given.external_id,
        "idempotency_key": push.idempotency_key,
        "body_sha256": names.body_sha256,
        "answers": pack(instrument.form, answers),
        "notes": {code: note.model_dump(exclude_none=True) for code, note in given.notes.items()}
        or None,
        "focus": [each.model_dump(mode="json", exclude_none=True) for each in given.focus] or None,
        "overall": overall,
        "section_scores": sections,
        "receipt_sha256": scored.receipt_sha256,
        "supersedes_id": one.before.id if one.before else None,
        "submitted_at": push.now,
    }
