"""What incoming submissions find here: their rounds, and whatever goes by one of their names."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import (
    Boolean,
    Integer,
    LargeBinary,
    TableValuedAlias,
    Text,
    Uuid,
    and_,
    column,
    func,
    literal,
    or_,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.assessments.incoming import Incoming
from app.assessments.models import Assessment, Mode, Submission
from app.assessments.names import Place
from app.assessments.submissions import stands


async def hold_rounds(session: AsyncSession, places: Collection[Place]) -> dict[Place, Assessment]:
    """The rounds that are there, held open until this transaction ends."""
    wanted = _values(
        organization_id=(Uuid, [one[0] for one in places]),
        version_id=(Uuid, [one[1] for one in places]),
        period=(Text, [one[2] for one in places]),
    )
    # FOR SHARE lets submissions pass each other and makes a lock wait for them.
    found = await session.exec(
        select(Assessment)
        .join(
            wanted,
            and_(
                col(Assessment.organization_id) == wanted.c.organization_id,
                col(Assessment.instrument_version_id) == wanted.c.version_id,
                col(Assessment.period) == wanted.c.period,
            ),
        )
        .with_for_update(read=True, of=Assessment)
        .execution_options(populate_existing=True)
    )
    return {
        (row.organization_id, row.instrument_version_id, row.period): row for row in found.all()
    }


async def find_related(
    session: AsyncSession, incoming: Mapping[int, Incoming], rounds: Mapping[Place, Assessment]
) -> Mapping[int, list[Submission]]:
    """By number, the submissions that each may repeat or replace, by any of its names."""
    every = [*incoming.values()]
    names = [one.names for one in every]
    wanted = _values(
        number=(Integer, [*incoming]),
        organization_id=(Uuid, [one.organization_id for one in names]),
        assessment_id=(Uuid, [rounds[one.place].id for one in every]),
        external_id=(Text, [one.external_id for one in names]),
        respondent=(LargeBinary, [one.respondent for one in names]),
        supersedes=(Uuid, [one.supersedes for one in names]),
        is_consensus=(Boolean, [one.mode is Mode.CONSENSUS for one in names]),
        client_id=(Uuid, [one.client_id for one in names]),
        idempotency_key=(Text, [one.idempotency_key for one in names]),
    )
    same_round = col(Submission.assessment_id) == wanted.c.assessment_id
    found = await session.exec(
        select(wanted.c.number, Submission).join(
            Submission,
            and_(
                col(Submission.organization_id) == wanted.c.organization_id,
                or_(
                    and_(*stands(), col(Submission.external_id) == wanted.c.external_id),
                    and_(
                        *stands(),
                        same_round,
                        col(Submission.respondent_hash) == wanted.c.respondent,
                    ),
                    and_(*stands(), col(Submission.id) == wanted.c.supersedes),
                    and_(
                        *stands(),
                        same_round,
                        wanted.c.is_consensus,
                        col(Submission.mode) == Mode.CONSENSUS,
                    ),
                    and_(
                        col(Submission.client_id) == wanted.c.client_id,
                        col(Submission.idempotency_key) == wanted.c.idempotency_key,
                    ),
                ),
            ),
        )
    )
    related = defaultdict(list)
    for number, row in found.all():
        related[number].append(row)
    return related


def _values(**columns: tuple[Any, list[Any]]) -> TableValuedAlias:
    """Values as a table inside a statement, a column each."""
    arrays = [literal(values, ARRAY(kind)) for kind, values in columns.values()]
    named = [column(name, kind) for name, (kind, _) in columns.items()]
    return func.unnest(*arrays).table_valued(*named).render_derived(name="wanted")
