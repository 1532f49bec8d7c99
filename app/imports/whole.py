"""What is to be known of all lines of a file before any of them is taken in."""

from collections.abc import Collection, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Self
from uuid import UUID

import orjson
from sqlmodel.ext.asyncio.session import AsyncSession

from app.assessments import intake, push
from app.assessments.intake import Wanted
from app.assessments.names import respondent_hash
from app.assessments.taking import Found
from app.db import enter
from app.imports import batch, lines, progress, reading
from app.imports.lines import Record
from app.imports.models import ImportRun
from app.imports.order import Order
from app.imports.resources import understand
from app.imports.rows import Row, Unit, good, organization_of
from app.imports.survey import Survey, Verdicts
from app.imports.warnings import answers_mark
from app.organizations import service as organizations

CONSENSUS = "consensus"

MOST_MET = 10_000
"""Earlier submissions of which it is remembered who meets there."""

_Met = tuple[int, tuple[str | None, bytes]]
"""A line, and what it says."""


@dataclass(slots=True)
class Whole:
    """All lines of an import, as far as they have to do with each other."""

    run: ImportRun
    order: Order
    verdicts: Verdicts
    answers: Verdicts
    names: Survey
    wrong: set[Unit] = field(default_factory=set)
    """What is not taken in, for lines that are wrong; known where lines are held together."""
    met: dict[frozenset[Hashable], Sequence[_Met]] = field(default_factory=dict)
    """By names of earlier submissions, lines that meet there."""

    @classmethod
    async def of(cls, session: AsyncSession, order: Order, run: ImportRun) -> Self:
        """Look through all parts once, and again at those lines that share a name."""
        names, answers, reader = Survey(), Survey(), _Reader(order)
        for number in range(run.parts):
            part = await progress.raw(session, run, number)
            for said in await reader.read(session, part):
                names.add(said.line, said.names)
                answers.add(said.line, said.answers, said.organization_id)
        exact, shared = Survey(), names.shared()
        for number in range(run.parts) if shared else ():
            part = await progress.raw(session, run, number)
            for row in await _read(session, order, (one for one in part if one.number in shared)):
                exact.add(row.line.number, row.submission.names.all(row.submission.place), row.says)
        return cls(run, order, exact.settle(), answers.settle(), names)

    async def clashing(self, session: AsyncSession, row: Row, found: Found) -> int | None:
        """Another line that has to do with an earlier submission that this one has to do with."""
        if not found.related[row.line.number]:
            return None
        names = frozenset(found.known_as(row.line.number))
        if names not in self.met:
            numbers = self.names.known_as(names)
            if numbers <= {row.line.number}:
                return None
            if len(self.met) >= MOST_MET:
                self.met.clear()
            self.met[names] = await self._meeting(session, numbers)
        return next((line for line, says in self.met[names] if says != row.says), None)

    async def _meeting(self, session: AsyncSession, numbers: Collection[int]) -> Sequence[_Met]:
        """Of these lines the first, and the first that says otherwise.

        However many there are, they are looked through once.
        """
        met: list[_Met] = []
        await enter(session, self.order.caller.scope)
        for start in sorted(await progress.parts_of(session, self.run, numbers)):
            part = await progress.raw(session, self.run, start)
            for row in await _read(session, self.order, (r for r in part if r.number in numbers)):
                if not met or row.says != met[0][1]:
                    met.append((row.line.number, row.says))
                if len(met) > 1:
                    return met
        return met


async def _read(session: AsyncSession, order: Order, records: Iterable[Record]) -> list[Row]:
    """Those of some lines that are right in themselves."""
    rows = await reading.read(session, order, records)
    await batch.place(session, order, rows)
    return [*good(rows)]


@dataclass(frozen=True, slots=True)
class _Said:
    """By which names a line goes, and a mark of its answers."""

    line: int
    names: Sequence[Hashable] = ()
    answers: Sequence[Hashable] = ()
    organization_id: UUID | None = None


class _Reader:
    """Names of lines, without a look at anything else that they say."""

    def __init__(self, order: Order) -> None:
        self.order = order
        self.own = order.caller.organization_id
        self.organizations: dict[str, UUID | None] = {}
        self.versions: dict[Wanted | None, UUID | None] = {}

    async def read(self, session: AsyncSession, part: Sequence[Record]) -> Iterator[_Said]:
        """Of each line by which names it goes, if it is right."""
        said = [
            (number, {**self.order.defaults, **given})
            for number, given in await self._given(session, part)
        ]
        await self._find_organizations(
            session,
            {one for _, given in said if (one := organization_of(given, self.own)) is not None},
        )
        for _, given in said:
            wanted = intake.wanted(given)
            if wanted not in self.versions:
                found = await push.find_instrument(session, given)
                self.versions[wanted] = None if found is None else found.id
        return (self._marks(number, given) for number, given in said)

    async def _given(
        self, session: AsyncSession, part: Sequence[Record]
    ) -> list[tuple[int, dict[str, Any]]]:
        if self.order.resources is None:
            return [(one.number, _said(one)) for one in part]
        found = await understand(session, self.order.resources, map(lines.read, part))
        return [(one.number, one.given if isinstance(one.given, dict) else {}) for one in found]

    async def _find_organizations(self, session: AsyncSession, named: set[str]) -> None:
        unknown = named - self.organizations.keys()
        found = await organizations.find_many(
            session, self.order.caller, unknown, batch.WAY, now=self.order.now
        )
        for reference, one in found.items():
            self.organizations[reference] = one.open_id

    def _marks(self, line: int, given: dict[str, Any]) -> _Said:
        reference = organization_of(given, self.own)
        organization_id = None if reference is None else self.organizations[reference]
        if organization_id is None:
            return _Said(line)
        answers = answers_mark(given)
        names = [*self._names(organization_id, given)]
        return _Said(line, names, [] if answers is None else [answers], organization_id)

    def _names(self, organization_id: UUID, given: dict[str, Any]) -> Iterator[tuple[object, ...]]:
        """As ``Names.all`` has them."""
        version_id = self.versions[intake.wanted(given)]
        period, respondent = given.get("period"), given.get("respondent")
        if version_id is None or not isinstance(period, str):
            return
        place = organization_id, version_id, period
        if isinstance(given.get("external_id"), str):
            yield "external_id", organization_id, given["external_id"]
        if given.get("mode") == CONSENSUS:
            yield "consensus", *place
        elif isinstance(respondent, str):
            hashed = respondent_hash(respondent, organization_id, self.order.pepper)
            yield "respondent", *place, hashed


def _said(record: Record) -> dict[str, Any]:
    """What a line says; nothing where it will be rejected anyhow."""
    try:
        said = orjson.loads(record.text)
    except orjson.JSONDecodeError:
        return {}
    return said if isinstance(said, dict) else {}
