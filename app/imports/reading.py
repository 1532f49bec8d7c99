"""Lines read, each by itself: all that is wrong with them, or what they say and score.

Nothing in here hangs on what is stored but the instruments, which stay as they are. So a part can
be read while the one before it is written.
"""

import asyncio
from collections.abc import Iterable, Sequence
from itertools import islice

from sqlmodel.ext.asyncio.session import AsyncSession

from app.assessments import intake, push
from app.assessments.intake import Wanted
from app.catalog.service import Published
from app.imports import lines
from app.imports.lines import Line, Record
from app.imports.order import Order
from app.imports.resources import understand
from app.imports.rows import Row
from app.imports.warnings import warnings_of
from app.problems import Invalid, error

LISTED_OF_LINE = 10
"""Errors that are told of a line: an answer is not much larger than what it answers."""


AT_A_TIME = 32
"""Lines after which others have their turn: some two milliseconds."""


async def read(session: AsyncSession, order: Order, records: Iterable[Record]) -> list[Row]:
    """Each line, with everything that is wrong with it but for whose it is."""
    rows: list[Row] = []
    waiting = iter(records)
    while some := [*islice(waiting, AT_A_TIME)]:
        rows += await _read(session, order, [*map(lines.read, some)])
        await asyncio.sleep(0)
    return rows


async def _read(session: AsyncSession, order: Order, given: Sequence[Line]) -> list[Row]:
    if order.resources is not None:
        given = await understand(session, order.resources, given)
    instruments: dict[Wanted | None, Published | None] = {}
    rows = [Row.of(line) for line in given]
    for row in rows:
        body = _body(row, order)
        wanted = intake.wanted(body)
        if wanted not in instruments:
            instruments[wanted] = await push.find_instrument(session, body)
        if not row.line.errors:
            _check(order, row, body, instruments[wanted])
    return rows


def _check(order: Order, row: Row, body: object, instrument: Published | None) -> None:
    wrong: list[dict[str, object]] = []
    try:
        row.checked = push.check(body, instrument, order.now)
        row.checked.scored  # noqa: B018 - worked out now
        row.warnings = row.line.placed(warnings_of(row.checked))
    except Invalid as invalid:
        wrong += invalid.errors[:LISTED_OF_LINE]
    if isinstance(body, dict) and "supersedes" in body:
        detail = "In an import, external_id says what is replaced"
        wrong.append(error("/supersedes", "unknown-field", detail))
    if row.external_id is None:
        detail = "Say which record of yours it is, so that nothing is counted twice"
        wrong.append(error("/external_id", "required", detail))
    row.errors += row.line.placed(wrong)


def _body(row: Row, order: Order) -> object:
    """A line as the body of a single submission."""
    if not isinstance(row.line.given, dict):
        return row.line.given
    said = {name: one for name, one in row.line.given.items() if name != "organization"}
    return {**order.defaults, **said}
