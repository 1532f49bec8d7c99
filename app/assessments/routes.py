"""HTTP of submissions and assessments of one organization."""

from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Path, Query, Request, Response

from app.access.service import Caller, Permission
from app.api import (
    Cursor,
    JsonBody,
    Limit,
    Now,
    SessionDep,
    allowed,
    body_of,
    decode_cursor,
    page_of,
    responses,
)
from app.assessments import push, quality, service, submissions, views
from app.assessments.schemas import (
    AgendaOut,
    AssessmentList,
    AssessmentOut,
    Period,
    QualityOut,
    ResultOut,
    SubmissionIn,
    SubmissionList,
    SubmissionOut,
)
from app.catalog import service as catalog
from app.catalog.languages import choose
from app.organizations import service as organizations
from app.problems import (
    AlreadyExists,
    AmbiguousReference,
    AssessmentClosed,
    AssessmentEmpty,
    AssessmentOpen,
    BadCursor,
    IdempotencyKeyReused,
    InsufficientScope,
    Invalid,
    MalformedJson,
    NotFound,
    NotShared,
    SubmissionEnded,
    Unauthenticated,
    UnsupportedMediaType,
)
from app.scoring.receipt import canonical

router = APIRouter(prefix="/organizations/{org}", tags=["assessments"])
quality_router = APIRouter(tags=["catalog"])

Org = Annotated[str, Path(max_length=64, description="Id or external id of the organization.")]
Reference = Annotated[str, Path(max_length=64, description="Id or period of the assessment.")]
Instrument = Annotated[
    str | None, Query(max_length=64, description="Which, if several were used in the period.")
]
DENIED = (Unauthenticated, InsufficientScope, NotFound, AmbiguousReference)


@dataclass(frozen=True, slots=True)
class Tenant:
    """One organization, its rows open to this request, and who asks."""

    id: UUID
    caller: Caller


def tenant(permission: Permission, *, identified: bool) -> Any:  # noqa: ANN401 - as Depends itself
    """The dependency of a route under ``/organizations/{org}``."""
    authorized = Annotated[Caller, allowed(permission)]

    async def opened(org: Org, caller: authorized, session: SessionDep) -> Tenant:
        found = await organizations.open_tenant(session, caller, org, identified=identified)
        return Tenant(found.id, caller)

    return Depends(opened, scope="function")


Submitter = Annotated[Tenant, tenant(Permission.SUBMISSIONS_WRITE, identified=False)]
Withdrawer = Annotated[Tenant, tenant(Permission.SUBMISSIONS_WRITE, identified=True)]
SubmissionReader = Annotated[Tenant, tenant(Permission.SUBMISSIONS_READ, identified=True)]
Locker = Annotated[Tenant, tenant(Permission.ASSESSMENTS_WRITE, identified=True)]
Reader = Annotated[Tenant, tenant(Permission.ASSESSMENTS_READ, identified=True)]


@router.post(
    "/submissions",
    status_code=201,
    response_model=SubmissionOut,
    openapi_extra=body_of(SubmissionIn),
    responses={
        200: {"description": "The same external_id with the same content; nothing changed"},
        **responses(
            *DENIED,
            AlreadyExists,
            AssessmentClosed,
            IdempotencyKeyReused,
            Invalid,
            MalformedJson,
            UnsupportedMediaType,
        ),
    },
)
async def submit(
    tenant: Submitter,
    raw: JsonBody,
    request: Request,
    response: Response,
    session: SessionDep,
    now: Now,
    idempotency_key: Annotated[str | None, Header(min_length=1, max_length=255)] = None,
) -> dict[str, object]:
    """Submit answers: checked, scored and kept, or refused with everything that is wrong.

    A retry is free: the same `Idempotency-Key`, or the same `external_id` with the same content,
    finds the submission that is there.
    """
    stored = await push.submit(
        session,
        push.Push(
            organization_id=tenant.id,
            client_id=tenant.caller.client_id,
            idempotency_key=idempotency_key,
            pepper=request.app.state.pepper,
            now=now,
        ),
        raw,
    )
    response.headers["Location"] = views.submission_href(stored.submission)
    if stored.replayed and idempotency_key == stored.submission.idempotency_key is not None:
        response.headers["Idempotent-Replayed"] = "true"
    elif stored.replayed:
        response.status_code = 200
    return views.submission(stored)


@router.get(
    "/submissions",
    response_model=SubmissionList,
    responses=responses(*DENIED, NotShared, BadCursor),
)
async def list_submissions(
    tenant: SubmissionReader,
    session: SessionDep,
    request: Request,
    response: Response,
    period: Annotated[Period | None, Query()] = None,
    instrument: Annotated[str | None, Query(max_length=64)] = None,
    external_id: Annotated[str | None, Query(max_length=64)] = None,
    standing: Annotated[
        bool, Query(description="Only those neither superseded nor withdrawn.")
    ] = False,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> dict[str, object]:
    """The organization's submissions, oldest first."""
    filters = submissions.Filters(period, instrument, external_id, standing)
    found = await submissions.list_(
        session, tenant.id, filters, after=decode_cursor(cursor), limit=limit
    )
    rows, page = page_of(request, response, found, [one.submission.id for one in found], limit)
    return {"data": [views.submission(one) for one in rows], "page": page}


@router.get(
    "/submissions/{submission_id}",
    response_model=SubmissionOut,
    responses=responses(*DENIED, NotShared),
)
async def get_submission(
    submission_id: UUID, tenant: SubmissionReader, session: SessionDep
) -> dict[str, object]:
    """One submission with its scores."""
    return views.submission(await submissions.get(session, tenant.id, submission_id))


@router.get(
    "/submissions/{submission_id}/receipt",
    response_model=dict[str, Any],
    responses=responses(*DENIED, NotShared),
)
async def get_receipt(
    submission_id: UUID, tenant: SubmissionReader, session: SessionDep
) -> Response:
    """All that is needed to recompute the scores; `palanca verify` does it offline."""
    stored = await submissions.get(session, tenant.id, submission_id)
    return Response(canonical(submissions.receipt(stored)), 200, None, "application/json")


@router.post(
    "/submissions/{submission_id}/withdrawal",
    status_code=201,
    response_model=SubmissionOut,
    responses=responses(*DENIED, NotShared, AssessmentClosed, SubmissionEnded),
)
async def withdraw(
    submission_id: UUID, tenant: Withdrawer, session: SessionDep, now: Now
) -> dict[str, object]:
    """Withdraw a submission from an open assessment; it stays readable."""
    return views.submission(await submissions.withdraw(session, tenant.id, submission_id, now=now))


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
