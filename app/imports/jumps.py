"""Whether somebody came to something quite else than in the round before."""

from collections.abc import Sequence

from app.access.callers import Caller
from app.access.models import Kind
from app.access.permissions import Permission
from app.assessments.earlier import Earlier, find_earlier
from app.assessments.incoming import Incoming
from app.imports.rows import Row
from app.problems import error
from app.sql import Session

JUMP = 50
"""Points of 100. As much as every item moved by two of four levels: hardly a hospital does that in
a year; a file with turned or shifted columns, or of another hospital, does."""


def may_be_told(caller: Caller) -> bool:
    """Whether it may read what would be compared.

    What a partner may read is each organization's to say; it is told nothing.
    """
    told = {Kind.ORGANIZATION, Kind.NETWORK}
    return caller.kind in told and Permission.SUBMISSIONS_READ in caller.permissions


async def warn(session: Session, rows: Sequence[Row]) -> None:
    """Put it on those rows; they are right in themselves, and their organizations are open."""
    earlier = await find_earlier(session, {row.line.number: row.submission for row in rows})
    for row in rows:
        before = earlier.get(row.line.number)
        if before is not None:
            row.warnings += jump(row.submission, before)


def jump(one: Incoming, before: Earlier) -> list[dict[str, object]]:
    """The warning, if it is one."""
    overall = one.checked.scored.score.overall.number
    if overall is None or abs(overall - before.overall) < JUMP:
        return []
    way = "above" if overall > before.overall else "below"
    detail = f"Overall is {JUMP} points of 100 or more {way} that of {before.period}"
    return [error("/answers", "jump", detail)]
