"""HTTP of exports and erasures: the organization's own key, and nobody else's."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Request, Response

from app.access.permissions import Permission
from app.api import Now, Part, RepeatableRoute, Route, SessionDep
from app.erasure import export, persons, service
from app.erasure.models import Erasure
from app.erasure.persons import Theirs
from app.erasure.schemas import ErasedOut, ErasureList, ErasureOut, PersonIn, WhoseIn
from app.failures import responses
from app.organizations.service import Way
from app.organizations.tenant import DENIED, Tenant, tenant
from app.paging import Cursor, Limit, decode_cursor, page_of
from app.problems import BadCursor, ErasureBegun, Invalid

router = Part(route_class=Route, prefix="/organizations/{org}", tags=["data"])
repeatable = APIRouter(route_class=RepeatableRoute)

Reader = Annotated[Tenant, tenant(Way(Permission.DATA_READ))]
Writer = Annotated[Tenant, tenant(Way(Permission.DATA_WRITE))]


@repeatable.post(
    "/exports",
    status_code=200,
    response_model=dict[str, Any],
    responses=responses(*DENIED, Invalid),
)
async def export_data(
    tenant: Reader,
    session: SessionDep,
    request: Request,
    now: Now,
    given: WhoseIn | None = None,
) -> Response:
    """Everything that is held for the organization, or of one respondent, as one document.

    Hashes stand for pseudonyms, and nothing in it opens anything: no key, no token.
    """
    if given is None or not given.is_a_person:
        document = await export.of_organization(session, tenant.id, now=now)
    else:
        theirs = await persons.find(session, tenant.id, given, pepper=request.app.state.pepper)
        document = await export.of_person(session, tenant.id, theirs, now=now)
    return Response(document, 200, None, "application/json")


@router.delete(
    "",
    status_code=202,
    response_model=ErasureOut,
    responses=responses(*DENIED),
)
async def erase_organization(
    tenant: Writer, session: SessionDep, request: Request, response: Response, now: Now
) -> Erasure:
    """Have all that is held for the organization erased, on a day to come.

    From now on nothing is taken in and no release counts it. Until the erasure begins it can be
    called off, and everything can be read and exported. Published releases stay as they are.
    """
    days = request.app.state.settings.erasure_days
    found = await service.schedule(session, tenant.id, days=days, now=now)
    response.headers["Location"] = f"/v1/organizations/{tenant.id}/erasures/{found.id}"
    return found


@router.post(
    "/erasures",
    status_code=200,
    response_model=ErasedOut,
    responses=responses(*DENIED, Invalid),
)
async def erase_respondent(
    given: PersonIn, tenant: Writer, session: SessionDep, request: Request, now: Now
) -> dict[str, int]:
    """Erase one respondent's answers at once, in open and in locked assessments.

    The result of a locked assessment stays: it is a figure of several people.
    """
    gone: Theirs = await service.erase_person(
        session,
        tenant.caller.scope,
        given,
        organization_id=tenant.id,
        pepper=request.app.state.pepper,
        now=now,
    )
    return {"submissions": len(gone.submissions), "invitations": len(gone.invitations)}


@router.get("/erasures", response_model=ErasureList, responses=responses(*DENIED, BadCursor))
async def list_erasures(
    tenant: Reader,
    session: SessionDep,
    request: Request,
    response: Response,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> dict[str, object]:
    """The organization's erasures, oldest first."""
    found = await service.list_(session, tenant.id, after=decode_cursor(cursor), limit=limit)
    rows, page = page_of(request, response, found, [one.id for one in found], limit)
    return {"data": rows, "page": page}


@router.get("/erasures/{erasure_id}", response_model=ErasureOut, responses=responses(*DENIED))
async def get_erasure(erasure_id: UUID, tenant: Reader, session: SessionDep) -> Erasure:
    """How far an erasure is."""
    return await service.get(session, tenant.id, erasure_id)


@router.delete(
    "/erasures/{erasure_id}", status_code=204, responses=responses(*DENIED, ErasureBegun)
)
async def call_off(erasure_id: UUID, tenant: Writer, session: SessionDep, now: Now) -> None:
    """Call the erasure of the organization off, before it begins."""
    await service.call_off(session, tenant.id, erasure_id, now=now)


router.include_router(repeatable)
