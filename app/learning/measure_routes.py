"""HTTP of an organization's measures and observations."""

from typing import Annotated

from fastapi import Path, Query, Request, Response

from app.api import Now, Part, Route, SessionDep
from app.failures import responses
from app.learning import measures
from app.learning.measures import Followed
from app.learning.models import Observation
from app.learning.schemas import (
    MeasureIn,
    MeasureList,
    MeasureOut,
    ObservationList,
    ObservationsIn,
    TakenOut,
)
from app.learning.tenants import Learner, LearningReader, location
from app.organizations.tenant import DENIED
from app.paging import Cursor, Limit, decode_cursor, page_of
from app.problems import AgreementNeeded, AlreadyExists, BadCursor, Invalid, NotShared

router = Part(route_class=Route, prefix="/organizations/{org}/measures", tags=["learning"])

Named = Annotated[str, Path(max_length=64, description="Id or code of the measure.")]


@router.post(
    "",
    status_code=201,
    response_model=MeasureOut,
    responses={
        200: {"description": "The same measure is there already."},
        **responses(*DENIED, AgreementNeeded, AlreadyExists, Invalid),
    },
)
async def follow_measure(
    given: MeasureIn, tenant: Learner, session: SessionDep, now: Now, response: Response
) -> dict[str, object]:
    """Begin to follow a measure; its unit, definition and direction stay as they are."""
    followed, is_new = await measures.follow(session, tenant.id, given, now=now)
    response.status_code = 201 if is_new else 200
    response.headers["Location"] = location(tenant.id, "measures", followed.measure.id)
    return shown(followed)


@router.get("", response_model=MeasureList, responses=responses(*DENIED, NotShared, BadCursor))
async def list_measures(
    tenant: LearningReader,
    session: SessionDep,
    request: Request,
    response: Response,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> dict[str, object]:
    """The measures that are followed, oldest first."""
    after = decode_cursor(cursor)
    found = await measures.list_(session, tenant.id, after=after, limit=limit)
    rows, page = page_of(request, response, found, [row.measure.id for row in found], limit)
    return {"data": [shown(row) for row in rows], "page": page}


@router.get("/{measure}", response_model=MeasureOut, responses=responses(*DENIED, NotShared))
async def get_measure(
    measure: Named, tenant: LearningReader, session: SessionDep
) -> dict[str, object]:
    """One measure."""
    return shown(await measures.get(session, tenant.id, measure))


@router.post(
    "/{measure}/observations",
    status_code=201,
    response_model=TakenOut,
    responses={
        200: {"description": "All of them were there already."},
        **responses(*DENIED, AgreementNeeded, Invalid),
    },
)
async def observe(
    measure: Named,
    given: ObservationsIn,
    tenant: Learner,
    session: SessionDep,
    now: Now,
    request: Request,
    response: Response,
) -> dict[str, int]:
    """Take observations in, in any order, all or none.

    A period that has an observation already is corrected: the one before stays, with the instant
    at which it ended.
    """
    found = await measures.find(session, tenant.id, measure)
    # By its id: a code is the organization's own word, and the trail outlives its erasure.
    request.state.trail.target = location(tenant.id, "measures", found.id, "observations")
    taken = await measures.observe(session, found, given.observations, now=now)
    response.status_code = 201 if taken.added + taken.corrected else 200
    return {"added": taken.added, "corrected": taken.corrected, "unchanged": taken.unchanged}


@router.get(
    "/{measure}/observations",
    response_model=ObservationList,
    responses=responses(*DENIED, NotShared, BadCursor),
)
async def list_observations(
    measure: Named,
    tenant: LearningReader,
    session: SessionDep,
    request: Request,
    response: Response,
    corrected: Annotated[bool, Query(description="Also those that were corrected since.")] = False,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> dict[str, object]:
    """The observations of a measure, in the order in which they were recorded."""
    rows = await measures.list_observations(
        session,
        tenant.id,
        measure,
        corrected=corrected,
        after=decode_cursor(cursor),
        limit=limit,
    )
    rows, page = page_of(request, response, rows, [row.id for row in rows], limit)
    return {"data": [_observation(row) for row in rows], "page": page}


def shown(followed: Followed) -> dict[str, object]:
    """A measure on the wire."""
    return {
        **followed.measure.model_dump(exclude={"organization_id"}),
        "observations": followed.observations,
        "last_on": followed.last_on,
    }


def _observation(row: Observation) -> dict[str, object]:
    return row.model_dump(exclude={"organization_id", "measure_id"})
