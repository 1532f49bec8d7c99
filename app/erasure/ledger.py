"""All erasures: which are due, and those to be done again because a backup brought rows back.

The table of erasures is in the backup too. So it is written to a file that is kept elsewhere, and
read from there after a restore.
"""

import logging
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import orjson
from pydantic import BaseModel
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import col, exists, func, or_, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.models import Client
from app.audit.chain import Signer
from app.db import Scope, transaction
from app.erasure import persons
from app.erasure.emptying import CHUNK, Work, carry_out, tell
from app.erasure.holdings import HOLDINGS
from app.erasure.models import Erasure, Subject
from app.erasure.persons import Theirs
from app.organizations.models import Organization

log = logging.getLogger("palanca")

EVERYBODY = Scope(erasing=True)
"""Shows every erasure, and no row of anybody's."""


@dataclass(frozen=True, slots=True)
class Keeper:
    """Who carries erasures out, and where."""

    engine: AsyncEngine
    signer: Signer

    async def list_(self) -> Sequence[Erasure]:
        """Every erasure, in the order in which they were asked for."""
        async with transaction(self.engine, EVERYBODY) as session:
            found = await session.exec(select(Erasure).order_by(col(Erasure.requested_at)))
            return found.all()

    async def carry_out_due(self, *, now: datetime, chunk: int = CHUNK) -> list[Erasure]:
        """Carry out what is due, or go on with it; what was done."""
        due = (
            Erasure.subject == Subject.ORGANIZATION,
            col(Erasure.due_at) <= now,
            col(Erasure.called_off_at).is_(None),
            col(Erasure.finished_at).is_(None),
        )
        async with transaction(self.engine, EVERYBODY) as session:
            wanted = select(Erasure).where(*due).order_by(col(Erasure.due_at))
            found = (await session.exec(wanted)).all()
        done = []
        for one in found:
            try:
                await carry_out(self.engine, self._work(one, now), chunk=chunk)
            except DBAPIError:  # the next look goes on with it; the others need not wait for that
                log.exception("erasure %s was not finished", one.id)
            else:
                done.append(one)
        return done

    async def reapply(self, *, now: datetime, subject: Subject | None = None) -> list[Erasure]:
        """Do again what was done, where rows are back; what was done again.

        With ``subject``, only erasures of that kind.
        """
        done = []
        for one in await self.list_():
            if one.finished_at is None or subject not in {None, one.subject}:
                continue
            if not await self._do_again(one, now):
                continue
            if one.subject is Subject.ORGANIZATION:
                await carry_out(self.engine, self._work(one, now))
            done.append(one)
        return done

    async def _do_again(self, one: Erasure, now: datetime) -> bool:
        """Erase a respondent's rows, or begin an organization's erasure anew, if any are back."""
        scope = Scope(organizations=(one.organization_id,), erasing=True)
        async with transaction(self.engine, scope) as session:
            if one.subject is Subject.ORGANIZATION:
                is_back = await _is_back(session, one.organization_id)
                if is_back:
                    await _reopen(session, one)
                return is_back
            gone = await persons.erase(session, one.organization_id, _of(one))
            if gone:
                await tell(session, self._work(one, now), "repeat")
            return bool(gone)

    def _work(self, one: Erasure, now: datetime) -> Work:
        return Work(one.organization_id, one.id, self.signer, now)

    async def write(self) -> AsyncIterator[bytes]:
        """All erasures as lines of JSON: ids and dates, which name nobody."""
        for one in await self.list_():
            yield orjson.dumps(Entry.model_validate(one, from_attributes=True).model_dump())

    async def read(self, lines: Iterable[bytes]) -> None:
        """Take in what a restored table does not know: erasures, their ends, those called off.

        Organizations that the backup does not have are passed over: nothing of them came back.
        """
        for line in filter(bytes.strip, lines):
            entry = Entry.model_validate_json(line)
            scope = Scope(organizations=(entry.organization_id,), erasing=True)
            async with transaction(self.engine, scope) as session:
                await _take_in(session, entry)


class Entry(BaseModel):
    """One line of the file."""

    organization_id: UUID
    id: UUID
    subject: Subject
    requested_at: datetime
    due_at: datetime
    called_off_at: datetime | None
    begun_at: datetime | None
    finished_at: datetime | None
    counts: dict[str, int]
    rows: dict[str, list[str]]


async def _take_in(session: AsyncSession, entry: Entry) -> None:
    mine = col(Organization.id) == entry.organization_id
    if not (await session.exec(select(exists().where(mine)))).one():
        return
    known = await session.get(Erasure, (entry.organization_id, entry.id))
    if known is None:
        session.add(Erasure(**entry.model_dump()))
    else:
        known.called_off_at = known.called_off_at or entry.called_off_at
        known.finished_at = known.finished_at or entry.finished_at
    await session.flush()
    if entry.subject is Subject.ORGANIZATION:
        # What stands now, which may be newer than the file.
        standing = select(func.max(Erasure.due_at)).where(
            col(Erasure.organization_id) == entry.organization_id,
            col(Erasure.subject) == Subject.ORGANIZATION,
            col(Erasure.called_off_at).is_(None),
        )
        await session.exec(
            update(Organization).where(mine).values(erase_at=standing.scalar_subquery())
        )


async def _reopen(session: AsyncSession, one: Erasure) -> None:
    await session.exec(
        update(Erasure)
        .where(col(Erasure.organization_id) == one.organization_id, col(Erasure.id) == one.id)
        .values(finished_at=None, begun_at=None, called_off_at=None)
    )


def _of(one: Erasure) -> Theirs:
    ids = {name: [UUID(each) for each in some] for name, some in one.rows.items()}
    return Theirs(ids["submissions"], ids["invitations"])


async def _is_back(session: AsyncSession, organization_id: UUID) -> bool:
    """Whether anything is held again of an organization that was erased."""
    whole = exists().where(
        col(Organization.id) == organization_id,
        or_(col(Organization.erased_at).is_(None), col(Organization.name) != ""),
    )
    client = exists().where(
        col(Client.organization_id) == organization_id, col(Client.ends_at).is_(None)
    )
    if (await session.exec(select(or_(whole, client)))).one():
        return True
    for holding in HOLDINGS:
        rows = exists().where(holding.table.c.organization_id == organization_id)
        if (await session.exec(select(rows))).one():
            return True
    return False
