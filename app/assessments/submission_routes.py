"""HTTP of one organization's submissions."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Header, Query, Request, Response

from app.api import JsonBody, Now, Part, RepeatableRoute, Route, SessionDep, body_of
from app.assessments import push, submissions, views
from app.assessments.incoming import Push
from app.assessments.names import retry_hash
from app.assessments.schemas import Period, SubmissionIn, SubmissionList, SubmissionOut
from app.failures import responses
from app.organizations.tenant import DENIED, SubmissionReader, Submitter, Withdrawer
from app.paging import Cursor, Limit, decode_cursor, page_of
from app.problems import (
    AgreementNeeded,
    AlreadyExists,
    AssessmentClosed,
    BadCursor,
    IdempotencyKeyReused,
    Invalid,
    MalformedJson,
    OrganizationEnding,
    SubmissionEnded,
    UnsupportedMediaType,
)
from app.scoring.receipt import canonical
from app.trail import REPLAYED

router = Part(route_class=Route, prefix="/organizations/{org}/submissions", tags=["assessments"])
repeatable = APIRouter(route_class=RepeatableRoute)


@router.post(
    "",
    status_code=201,
    response_model=SubmissionOut,
    openapi_extra=body_of(SubmissionIn),
    responses={
        200: {"description": "The same external_id with the same content; nothing changed"},
        **responses(
            *DENIED,
            AgreementNeeded,
            AlreadyExists,
            AssessmentClosed,
            IdempotencyKeyReused,
            Invalid,
            MalformedJson,
            OrganizationEnding,
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
    client_id, pepper = tenant.caller.client_id, request.app.state.pepper
    sender = Push(
        organization_id=tenant.id,
        client_id=client_id,
        own_only=tenant.pushed_by is not None,
        idempotency_key=retry_hash(idempotency_key, client_id, pepper),
        pepper=pepper,
        now=now,
    )
    stored = await push.submit(session, sender, raw)
    response.headers["Location"] = stored.href
    if stored.repeats_key_of(sender):
        response.headers[REPLAYED] = "true"
    elif stored.replayed:
        response.status_code = 200
    return views.submission(stored)


@router.get(
    "",
    response_model=SubmissionList,
    responses=responses(*DENIED, BadCursor),
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
    filters = submissions.Filters(period, instrument, external_id, standing, tenant.pushed_by)
    found = await submissions.list_(
        session, tenant.id, filters, after=decode_cursor(cursor), limit=limit
    )
    rows, page = page_of(request, response, found, [one.submission.id for one in found], limit)
    return {"data": [views.submission(one) for one in rows], "page": page}


@router.get(
    "/{submission_id}",
    response_model=SubmissionOut,
    responses=responses(*DENIED),
)
async def get_submission(
    submission_id: UUID, tenant: SubmissionReader, session: SessionDep
) -> dict[str, object]:
    """One submission with its scores."""
    return views.submission(
        await submissions.get(session, tenant.id, submission_id, pushed_by=tenant.pushed_by)
    )


@router.get(
    "/{submission_id}/receipt",
    response_model=dict[str, Any],
    responses=responses(*DENIED),
)
async def get_receipt(
    submission_id: UUID, tenant: SubmissionReader, session: SessionDep
) -> Response:
    """All that is needed to recompute the scores; `palanca verify` does it offline."""
    stored = await submissions.get(session, tenant.id, submission_id, pushed_by=tenant.pushed_by)
    return Response(canonical(submissions.receipt(stored)), 200, None, "application/json")


@repeatable.post(
    "/{submission_id}/withdrawal",
    status_code=201,
    response_model=SubmissionOut,
    responses=responses(*DENIED, AssessmentClosed, SubmissionEnded),
)
async def withdraw(
    submission_id: UUID, tenant: Withdrawer, session: SessionDep, response: Response, now: Now
) -> dict[str, object]:
    """Withdraw a submission from an open assessment; it stays readable. Twice is as once."""
    stored = await submissions.withdraw(
        session, tenant.id, submission_id, pushed_by=tenant.pushed_by, now=now
    )
    if stored.replayed:
        response.headers[REPLAYED] = "true"
    return views.submission(stored)


router.include_router(repeatable)
