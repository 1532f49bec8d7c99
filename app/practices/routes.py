"""HTTP of an organization's practices, and of their review by curators."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Request, Response

from app.access.permissions import Permission
from app.api import Now, Part, Route, SessionDep, allowed, concern
from app.failures import responses
from app.learning.tenants import Learner, LearningReader, location
from app.organizations.service import Way
from app.organizations.tenant import DENIED, Tenant, tenant
from app.paging import Cursor, Limit, decode_cursor, page_of
from app.practices import library
from app.practices.library import Kept
from app.practices.schemas import DecisionIn, PracticeIn, PracticeList, PracticeOut, ReviewList
from app.practices.screening import look_at
from app.problems import (
    AgreementNeeded,
    BadCursor,
    InsufficientScope,
    Invalid,
    NotShared,
    PracticeStands,
    Unauthenticated,
)

router = Part(route_class=Route, prefix="/organizations/{org}/practices", tags=["learning"])
reviews = Part(route_class=Route, prefix="/practice-reviews", tags=["learning"])

Curator = Annotated[Tenant, tenant(Way(Permission.PRACTICES_WRITE))]
CHANGES = responses(*DENIED, AgreementNeeded, PracticeStands, Invalid)


@router.post(
    "",
    status_code=201,
    response_model=PracticeOut,
    responses=responses(*DENIED, AgreementNeeded, Invalid),
)
async def write_practice(
    given: PracticeIn, tenant: Learner, session: SessionDep, now: Now, response: Response
) -> dict[str, Any]:
    """Write a practice as a draft; nobody else sees it."""
    kept = await library.write(session, tenant.id, given, now=now)
    response.headers["Location"] = location(tenant.id, "practices", kept.practice.id)
    return shown(kept)


@router.get("", response_model=PracticeList, responses=responses(*DENIED, NotShared, BadCursor))
async def list_own_practices(
    tenant: LearningReader,
    session: SessionDep,
    request: Request,
    response: Response,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> dict[str, object]:
    """The organization's practices, oldest first."""
    found = await library.list_(session, tenant.id, after=decode_cursor(cursor), limit=limit)
    rows, page = page_of(request, response, found, [row.practice.id for row in found], limit)
    return {"data": [shown(row) for row in rows], "page": page}


@router.get("/{practice_id}", response_model=PracticeOut, responses=responses(*DENIED, NotShared))
async def get_own_practice(
    practice_id: UUID, tenant: LearningReader, session: SessionDep
) -> dict[str, Any]:
    """One practice, and where it is on its way."""
    return shown(await library.find(session, tenant.id, practice_id))


@router.put("/{practice_id}", response_model=PracticeOut, responses=CHANGES)
async def rewrite_practice(
    practice_id: UUID, given: PracticeIn, tenant: Learner, session: SessionDep
) -> dict[str, Any]:
    """Replace a draft, or what a curator returned."""
    return shown(await library.rewrite(session, tenant.id, practice_id, given))


@router.post(
    "/{practice_id}/submission",
    status_code=201,
    response_model=PracticeOut,
    responses={200: {"description": "It was handed in before."}, **CHANGES},
)
async def hand_in_practice(
    practice_id: UUID, tenant: Learner, session: SessionDep, now: Now, response: Response
) -> dict[str, Any]:
    """Hand a practice in for review. An anonymous one that says who wrote it is refused."""
    kept, is_new = await library.hand_in(session, tenant.id, practice_id, now=now)
    response.status_code = 201 if is_new else 200
    return shown(kept)


@router.post(
    "/{practice_id}/withdrawal",
    status_code=201,
    response_model=PracticeOut,
    responses={200: {"description": "It was withdrawn before."}, **CHANGES},
)
async def withdraw_practice(
    practice_id: UUID, tenant: Learner, session: SessionDep, now: Now, response: Response
) -> dict[str, Any]:
    """Take a practice back; what is published of it is taken down at once."""
    kept, is_new = await library.withdraw(session, tenant.id, practice_id, now=now)
    response.status_code = 201 if is_new else 200
    return shown(kept)


@router.post(
    "/{practice_id}/decision",
    status_code=201,
    response_model=PracticeOut,
    responses=responses(*DENIED, PracticeStands, Invalid),
)
async def decide_practice(
    practice_id: UUID,
    given: DecisionIn,
    tenant: Curator,
    session: SessionDep,
    now: Now,
    request: Request,
) -> dict[str, Any]:
    """Accept a practice or return it (curators). Accepted is published: an anonymous one later."""
    await concern(request, tenant.id)  # with the operator's rights, which show its network's name
    return shown(await library.decide(session, tenant.id, practice_id, given, now=now))


@reviews.get(
    "",
    response_model=ReviewList,
    dependencies=[allowed(Permission.PRACTICES_READ)],
    responses=responses(Unauthenticated, InsufficientScope, BadCursor),
)
async def list_reviews(
    session: SessionDep,
    request: Request,
    response: Response,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> dict[str, object]:
    """The practices that wait for a curator, oldest first."""
    found = await library.waiting(session, after=decode_cursor(cursor), limit=limit)
    rows, page = page_of(request, response, found, [row.id for row in found], limit)
    data = [{**shown(Kept(row)), "organization": row.organization_id} for row in rows]
    return {"data": data, "page": page}


def shown(kept: Kept) -> dict[str, Any]:
    """A practice on the wire."""
    row = kept.practice
    told = look_at(library.texts_of(row.body)) if row.is_anonymous else []
    return {
        "id": row.id,
        "status": row.status,
        "practice": row.body,
        "recorded_at": row.recorded_at,
        "submitted_at": row.submitted_at,
        "accepted_at": row.accepted_at,
        "remark": row.remark,
        "published": row.published_id,
        "publish_on": kept.publish_on,
        "look_at": [{"pointer": pointer, "words": words} for pointer, words in told],
    }
