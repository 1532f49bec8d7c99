"""HTTP of networks and organizations."""

from typing import Annotated

from fastapi import Header, Path, Request, Response

from app.access.callers import Caller
from app.access.permissions import Permission
from app.api import Now, Part, Route, SessionDep, allowed, concern
from app.failures import responses
from app.organizations import changes, service
from app.organizations.models import Network, Organization
from app.organizations.schemas import (
    NetworkIn,
    NetworkList,
    NetworkOut,
    OrganizationIn,
    OrganizationList,
    OrganizationOut,
    OrganizationPatch,
)
from app.paging import Cursor, Limit, decode_cursor, page_of
from app.problems import (
    AlreadyExists,
    AmbiguousReference,
    BadCursor,
    InsufficientScope,
    Invalid,
    NotFound,
    PreconditionFailed,
    Unauthenticated,
)
from app.wire import etag_of

router = Part(route_class=Route, tags=["organizations"])

Reader = Annotated[Caller, allowed(Permission.ORGANIZATIONS_READ)]
Writer = Annotated[Caller, allowed(Permission.ORGANIZATIONS_WRITE)]
Org = Annotated[str, Path(max_length=64, description="Id or external id.")]
DENIED = (Unauthenticated, InsufficientScope)


@router.post(
    "/networks",
    status_code=201,
    response_model=NetworkOut,
    responses=responses(*DENIED, AlreadyExists, Invalid),
)
async def create_network(
    given: NetworkIn,
    caller: Writer,
    session: SessionDep,
    now: Now,
    request: Request,
    response: Response,
) -> Network:
    """Register a network (operator)."""
    network = await service.create_network(session, caller, given, now=now)
    await concern(request, network.id)
    response.headers["Location"] = f"/v1/networks/{network.id}"
    return network


@router.get("/networks", response_model=NetworkList, responses=responses(*DENIED, BadCursor))
async def list_networks(
    caller: Reader,
    session: SessionDep,
    request: Request,
    response: Response,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> dict[str, object]:
    """The networks that the key may see: all for the operator, for a network itself."""
    after = decode_cursor(cursor)
    rows = await service.list_networks(session, caller, after=after, limit=limit)
    rows, page = page_of(request, response, rows, [row.id for row in rows], limit)
    return {"data": rows, "page": page}


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
    given: OrganizationIn,
    caller: Writer,
    session: SessionDep,
    now: Now,
    request: Request,
    response: Response,
) -> Organization:
    """Register an organization, in the key's own network or, for the operator, in any."""
    organization = await service.create(session, caller, given, now=now)
    await concern(request, organization.id)
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
    rows, page = page_of(request, response, rows, [row.id for row in rows], limit)
    return {"data": rows, "page": page}


@router.get(
    "/organizations/{org}",
    response_model=OrganizationOut,
    responses=responses(*DENIED, NotFound, AmbiguousReference),
)
async def get_organization(
    org: Org,
    caller: Reader,
    session: SessionDep,
) -> Organization:
    """One organization by id or external id."""
    return await service.get(session, caller, org)


@router.patch(
    "/organizations/{org}",
    response_model=OrganizationOut,
    responses=responses(*DENIED, NotFound, AmbiguousReference, PreconditionFailed, Invalid),
)
async def change_organization(
    org: Org,
    given: OrganizationPatch,
    caller: Writer,
    session: SessionDep,
    request: Request,
    response: Response,
    if_match: Annotated[
        str | None, Header(max_length=1000, description="`ETag` of what is to be changed.")
    ] = None,
) -> Organization:
    """Change a name, attributes or identifiers (operator, and the organization's network).

    What is not named stays. With `If-Match` it is changed only if nobody else did since.
    """
    organization = await changes.hold(session, caller, org)
    await concern(request, organization.id)
    if if_match is not None and not _is_current(if_match, organization):
        raise PreconditionFailed("Read the organization again, then change it")
    await changes.change(session, organization, given)
    response.headers["ETag"] = _etag(organization)
    return organization


def _etag(organization: Organization) -> str:
    """The ETag that a GET of the organization has."""
    return etag_of(OrganizationOut.model_validate(organization).model_dump_json().encode())


def _is_current(if_match: str, organization: Organization) -> bool:
    """RFC 9110, 13.1.1: one of the tags, compared strongly; or anything that is there."""
    tags = [one.strip() for one in if_match.split(",")]
    return tags == ["*"] or _etag(organization) in tags
