"""HTTP of an organization's adoptions of practices."""

from typing import Any
from uuid import UUID

from fastapi import Request, Response

from app.api import Now, Part, Route, SessionDep
from app.failures import responses
from app.learning.tenants import Learner, LearningReader, location
from app.organizations.tenant import DENIED
from app.paging import Cursor, Limit, decode_cursor, page_of
from app.practices import adoptions
from app.practices.models import Adoption
from app.practices.schemas import AdoptionIn, AdoptionList, AdoptionOut, EndingIn
from app.problems import AgreementNeeded, AlreadyExists, BadCursor, Invalid, NotShared

router = Part(route_class=Route, prefix="/organizations/{org}/adoptions", tags=["learning"])


@router.post(
    "",
    status_code=201,
    response_model=AdoptionOut,
    responses=responses(*DENIED, AgreementNeeded, Invalid),
)
async def adopt(
    given: AdoptionIn, tenant: Learner, session: SessionDep, now: Now, response: Response
) -> dict[str, Any]:
    """Say that a published practice is being used; nobody else is told."""
    adoption = await adoptions.begin(session, tenant.id, given, now=now)
    response.headers["Location"] = location(tenant.id, "adoptions", adoption.id)
    return shown(adoption)


@router.get("", response_model=AdoptionList, responses=responses(*DENIED, NotShared, BadCursor))
async def list_adoptions(
    tenant: LearningReader,
    session: SessionDep,
    request: Request,
    response: Response,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> dict[str, object]:
    """The organization's adoptions, oldest first."""
    found = await adoptions.list_(session, tenant.id, after=decode_cursor(cursor), limit=limit)
    rows, page = page_of(request, response, found, [row.id for row in found], limit)
    return {"data": [shown(row) for row in rows], "page": page}


@router.get("/{adoption_id}", response_model=AdoptionOut, responses=responses(*DENIED, NotShared))
async def get_adoption(
    adoption_id: UUID, tenant: LearningReader, session: SessionDep
) -> dict[str, Any]:
    """One adoption."""
    return shown(await adoptions.get(session, tenant.id, adoption_id))


@router.post(
    "/{adoption_id}/ending",
    status_code=201,
    response_model=AdoptionOut,
    responses={
        200: {"description": "It was said before, in the same words."},
        **responses(*DENIED, AgreementNeeded, AlreadyExists, Invalid),
    },
)
async def end_adoption(
    adoption_id: UUID,
    given: EndingIn,
    tenant: Learner,
    session: SessionDep,
    now: Now,
    response: Response,
) -> dict[str, Any]:
    """Say how it ended: done or abandoned; better, no change, worse, or nobody can tell."""
    adoption, is_new = await adoptions.end(session, tenant.id, adoption_id, given, now=now)
    response.status_code = 201 if is_new else 200
    return shown(adoption)


def shown(adoption: Adoption) -> dict[str, Any]:
    """An adoption on the wire."""
    return {
        **adoption.model_dump(exclude={"organization_id", "practice_id", "aim_id"}),
        "practice": adoption.practice_id,
        "aim": adoption.aim_id,
    }
