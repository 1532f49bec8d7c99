"""HTTP of partner apps and of what organizations grant them."""

from typing import Annotated
from uuid import UUID

from fastapi import Request, Response

from app.access.permissions import Permission
from app.api import Now, Part, Route, SessionDep, allowed
from app.failures import responses
from app.organizations import grants, views
from app.organizations.grant_schemas import GrantIn, GrantList, GrantOut, PartnerList
from app.organizations.service import Way
from app.organizations.tenant import DENIED, Tenant, tenant
from app.paging import Cursor, Limit, decode_cursor, page_of
from app.problems import BadCursor, InsufficientScope, Invalid, Unauthenticated

router = Part(route_class=Route, tags=["agreements"])

Granter = Annotated[Tenant, tenant(Way(Permission.GRANTS_WRITE))]
Reader = Annotated[Tenant, tenant(Way(Permission.GRANTS_READ))]


@router.get(
    "/partners",
    response_model=PartnerList,
    dependencies=[allowed(Permission.ORGANIZATIONS_READ)],
    responses=responses(Unauthenticated, InsufficientScope, BadCursor),
)
async def list_partners(
    session: SessionDep,
    now: Now,
    request: Request,
    response: Response,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> dict[str, object]:
    """The partner apps there are, by name; none acts for an organization without its grant."""
    rows = await grants.list_partners(session, after=decode_cursor(cursor), limit=limit, now=now)
    rows, page = page_of(request, response, rows, [row.id for row in rows], limit)
    return {"data": [{"id": row.id, "name": row.name} for row in rows], "page": page}


@router.post(
    "/organizations/{org}/grants",
    status_code=201,
    response_model=GrantOut,
    responses=responses(*DENIED, Invalid),
)
async def give_grant(
    given: GrantIn, tenant: Granter, session: SessionDep, now: Now, response: Response
) -> dict[str, object]:
    """Let a partner app act for the organization; it replaces an earlier grant to that partner.

    It works only while the organization's agreement allows partners (`partner`), and never for
    more than the partner's own key allows.
    """
    made = await grants.give(session, tenant.id, given, now=now)
    response.headers["Location"] = f"/v1/organizations/{tenant.id}/grants/{made.grant.id}"
    return views.grant(made)


@router.get(
    "/organizations/{org}/grants",
    response_model=GrantList,
    responses=responses(*DENIED, BadCursor),
)
async def list_grants(
    tenant: Reader,
    session: SessionDep,
    now: Now,
    request: Request,
    response: Response,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> dict[str, object]:
    """All grants that were made, oldest first; those that ended say when."""
    after = decode_cursor(cursor)
    rows = await grants.list_(session, tenant.id, after=after, limit=limit, now=now)
    rows, page = page_of(request, response, rows, [row.grant.id for row in rows], limit)
    return {"data": [views.grant(row) for row in rows], "page": page}


@router.get(
    "/organizations/{org}/grants/{grant_id}",
    response_model=GrantOut,
    responses=responses(*DENIED),
)
async def get_grant(
    grant_id: UUID, tenant: Reader, session: SessionDep, now: Now
) -> dict[str, object]:
    """One grant."""
    return views.grant(await grants.get(session, tenant.id, grant_id, now=now))


@router.delete(
    "/organizations/{org}/grants/{grant_id}", status_code=204, responses=responses(*DENIED)
)
async def revoke_grant(grant_id: UUID, tenant: Granter, session: SessionDep, now: Now) -> None:
    """Revoke a grant; from the reply on the partner is refused. Twice is no error."""
    await grants.revoke(session, tenant.id, grant_id, now=now)
