"""HTTP of one organization's assessments, and of how well an instrument measures."""

from typing import Annotated

from fastapi import Header, Path, Query, Request, Response

from app.access.callers import Caller
from app.access.permissions import Permission
from app.api import Now, Part, Route, SessionDep, allowed
from app.assessments import quality, service, views
from app.assessments.schemas import (
    AgendaOut,
    AssessmentList,
    AssessmentOut,
    QualityOut,
    ResultOut,
)
from app.catalog import service as catalog
from app.catalog.languages import EVERY, choose
from app.failures import responses
from app.organizations import service as organizations
from app.organizations.tenant import DENIED, Locker, Reader
from app.paging import Cursor, Limit, decode_cursor, page_of
from app.problems import (
    AssessmentEmpty,
    AssessmentOpen,
    BadCursor,
    InsufficientScope,
    NotFound,
    NotShared,
    Unauthenticated,
)

router = Part(route_class=Route, prefix="/organizations/{org}", tags=["assessments"])
quality_router = Part(route_class=Route, tags=["catalog"])

Reference = Annotated[str, Path(max_length=64, description="Id or period of the assessment.")]
Instrument = Annotated[
    str | None, Query(max_length=64, description="Which, if several were used in the period.")
]


@router.get(
    "/assessments",
    response_model=AssessmentList,
    responses=responses(*DENIED, NotShared, BadCursor),
)
async def list_assessments(
    tenant: Reader,
    session: SessionDep,
    request: Request,
    response: Response,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> dict[str, object]:
    """The organization's assessments, oldest first."""
    found = await service.list_(session, tenant.id, after=decode_cursor(cursor), limit=limit)
    rows, page = page_of(request, response, found, [one.assessment.id for one in found], limit)
    return {"data": [views.assessment(one) for one in rows], "page": page}


@router.get(
    "/assessments/{assessment}",
    response_model=AssessmentOut,
    responses=responses(*DENIED, NotShared),
)
async def get_assessment(
    assessment: Reference, tenant: Reader, session: SessionDep, instrument: Instrument = None
) -> dict[str, object]:
    """One assessment, by id or period."""
    return views.assessment(
        await service.get(session, tenant.id, assessment, instrument=instrument)
    )


@router.post(
    "/assessments/{assessment}/lock",
    status_code=201,
    response_model=ResultOut,
    responses={
        200: {"description": "Locked before; the same result"},
        **responses(*DENIED, NotShared, AssessmentEmpty),
    },
)
async def lock(
    assessment: Reference,
    tenant: Locker,
    session: SessionDep,
    request: Request,
    response: Response,
    now: Now,
    instrument: Instrument = None,
) -> dict[str, object]:
    """Close the assessment and compute its result, once and for ever."""
    found, result, is_new = await service.lock(
        session,
        tenant.id,
        assessment,
        instrument=instrument,
        min_group=request.app.state.settings.min_team,
        now=now,
    )
    response.status_code = 201 if is_new else 200
    response.headers["Location"] = (
        f"/v1/organizations/{tenant.id}/assessments/{found.assessment.id}/result"
    )
    return views.result(found, result)


@router.get(
    "/assessments/{assessment}/result",
    response_model=ResultOut,
    responses=responses(*DENIED, NotShared, AssessmentOpen),
)
async def get_result(
    assessment: Reference, tenant: Reader, session: SessionDep, instrument: Instrument = None
) -> dict[str, object]:
    """The result of a locked assessment: scores, roles, gaps, agreement, agenda."""
    return views.result(
        *await service.result(session, tenant.id, assessment, instrument=instrument)
    )


@router.get(
    "/assessments/{assessment}/agenda",
    response_model=AgendaOut,
    responses=responses(*DENIED, NotShared, AssessmentOpen),
)
async def get_agenda(
    assessment: Reference,
    tenant: Reader,
    session: SessionDep,
    response: Response,
    instrument: Instrument = None,
    lang: Annotated[str | None, Query(max_length=35)] = None,
    accept_language: Annotated[str | None, Header(max_length=500)] = None,
) -> dict[str, object]:
    """The items on which the team differs most, with their wording: what to talk about first."""
    found, result = await service.result(session, tenant.id, assessment, instrument=instrument)
    chosen = choose(found.instrument.definition.languages, lang, accept_language)
    if chosen != EVERY:
        response.headers["Content-Language"] = chosen
    return views.agenda(found, result, chosen)


@quality_router.get(
    "/instruments/{instrument}/versions/{version}/quality",
    response_model=QualityOut,
    responses=responses(Unauthenticated, InsufficientScope, NotFound),
)
async def get_quality(
    instrument: Annotated[str, Path(max_length=64)],
    version: Annotated[str, Path(max_length=64)],
    caller: Annotated[Caller, allowed(Permission.QUALITY_READ)],
    session: SessionDep,
) -> dict[str, object]:
    """Psychometrics over all locked assessments (operator): alpha, ICC(1), ICC(2), rwg(j)."""
    found = await catalog.get_instrument(session, instrument, version)
    ids = await organizations.list_ids(session, caller)
    return await quality.quality(session, found, ids)
