"""HTTP of networks and organizations."""

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from app.access.service import Caller, Permission
from app.api import Cursor, Limit, Now, SessionDep, allowed, decode_cursor, page_of
from app.failures import responses
from app.organizations import service
from app.organizations.models import Network, Organization
from app.organizations.schemas import (
    NetworkIn,
    NetworkOut,
    OrganizationIn,
    OrganizationList,
    OrganizationOut,
)
from app.problems import (
    AlreadyExists,
    AmbiguousReference,
    BadCursor,
    InsufficientScope,
    Invalid,
    NotFound,
    Unauthenticated,
)

router = APIRouter(tags=["organizations"])

Reader = Annotated[Caller, allowed(Permission.ORGANIZATIONS_READ)]
Writer = Annotated[Caller, allowed(Permission.ORGANIZATIONS_WRITE)]
DENIED = (Unauthenticated, InsufficientScope)


@router.post(
    "/networks",
    status_code=201,
    response_model=NetworkOut,
    responses=responses(*DENIED, AlreadyExists, Invalid),
)
async def create_network(
    given: NetworkIn, caller: Writer, session: SessionDep, now: Now, response: Response
) -> Network:
    """Register a network (operator)."""
    network = await service.create_network(session, caller, given, now=now)
    response.headers["Location"] = f"/v1/networks/{network.id}"
    return network


@router.get(
    "/networks/{network}", response_model=NetworkOut, responses=responses(*DENIED, NotFound)
)
async def get_network(
    network: Annotated[str, Path(max_length=64)], caller: Reader, session: SessionDep
) -> Network:
    """A network by id or external id."""
    return await service.get_network(session, caller, network)


@router.post(
    "/organizations",
    status_code=201,
    response_model=OrganizationOut,
    responses=responses(*DENIED, NotFound, AlreadyExists, Invalid),
)
async def create_organization(
    given: OrganizationIn, caller: Writer, session: SessionDep, now: Now, response: Response
) -> Organization:
    """Register an organization, in the key's own network or, for the operator, in any."""
    organization = await service.create(session, caller, given, now=now)
    response.headers["Location"] = f"/v1/organizations/{organization.id}"
    return organization


@router.get(
    "/organizations", response_model=OrganizationList, responses=responses(*DENIED, BadCursor)
)
async def list_organizations(
    caller: Reader,
    session: SessionDep,
    request: Request,
    response: Response,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> dict[str, object]:
    """The organizations that the key acts for."""
    rows = await service.list_(session, caller, after=decode_cursor(cursor), limit=limit)
    data, page = page_of(request, response, rows, [row.id for row in rows], limit)
    return {"data": data, "page": page}


@router.get(
    "/organizations/{org}",
    response_model=OrganizationOut,
    responses=responses(*DENIED, NotFound, AmbiguousReference),
)
async def get_organization(
    org: Annotated[str, Path(max_length=64, description="Id or external id.")],
    caller: Reader,
    session: SessionDep,
) -> Organization:
    """One organization by id or external id."""
    return await service.get(session, caller, org)
