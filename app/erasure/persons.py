"""Which rows are one person's: those under a pseudonym, or those an invitation leads to."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Self
from uuid import UUID

from sqlalchemy import delete
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.access import keys
from app.assessments.models import Invitation, Submission
from app.assessments.names import respondent_hash
from app.erasure.schemas import WhoseIn


@dataclass(frozen=True, slots=True)
class Theirs:
    """Ids of one person's rows."""

    submissions: Sequence[UUID] = field(default=())
    invitations: Sequence[UUID] = field(default=())

    def __bool__(self) -> bool:
        return bool(self.submissions or self.invitations)

    def __add__(self, other: Self) -> "Theirs":
        return Theirs(
            [*self.submissions, *other.submissions], [*self.invitations, *other.invitations]
        )


async def find(
    session: AsyncSession, organization_id: UUID, whose: WhoseIn, *, pepper: bytes
) -> Theirs:
    """What an organization holds of one person; answers that are coming in are waited for."""
    if whose.invitation is not None:
        return await _invited(session, organization_id, whose.invitation, pepper)
    pseudonym = respondent_hash(whose.respondent, organization_id, pepper)
    found = await session.exec(
        select(Submission.id).where(
            Submission.organization_id == organization_id,
            Submission.respondent_hash == pseudonym,
            col(Submission.respondent_hash).is_not(None),
        )
    )
    return Theirs(submissions=found.all())


async def _invited(
    session: AsyncSession, organization_id: UUID, token: str, pepper: bytes
) -> Theirs:
    # Held: else it would go without the submission that is just being made with it.
    held = select(Invitation).where(
        Invitation.organization_id == organization_id,
        Invitation.digest == keys.digest(token, pepper),
    )
    found = await session.exec(held.with_for_update())
    row = found.one_or_none()
    if row is None:
        return Theirs()
    linked = () if row.submission_id is None else (row.submission_id,)
    return Theirs(submissions=linked, invitations=(row.id,))


async def erase(session: AsyncSession, organization_id: UUID, theirs: Theirs) -> Theirs:
    """Take a person's rows away; those that were still there. Needs ``Scope(erasing=True)``.

    What replaced one of them, or was replaced, stays and forgets it. So does the result of a
    locked round: it is a figure of several people.
    """
    gone: dict[type[Submission | Invitation], Sequence[UUID]] = {}
    for model, ids in ((Invitation, theirs.invitations), (Submission, theirs.submissions)):
        found = await session.exec(
            delete(model)
            .where(col(model.organization_id) == organization_id, col(model.id).in_(ids))
            .returning(col(model.id))
        )
        gone[model] = list(found.scalars())
    return Theirs(submissions=gone[Submission], invitations=gone[Invitation])
