"""HTTP of participation agreements: open to read; the operator publishes, hospitals sign."""

from typing import Annotated
from uuid import UUID

from fastapi import Path, Request, Response

from app.access.permissions import Permission
from app.api import Now, Part, Route, SessionDep, allowed
from app.failures import responses
from app.organizations import agreements
from app.organizations.agreement_schemas import (
    AgreementIn,
    AgreementList,
    AgreementOut,
    ParticipationIn,
    ParticipationList,
    ParticipationOut,
)
from app.organizations.models import Agreement, Participation
from app.organizations.service import Way
from app.organizations.tenant import DENIED, Tenant, tenant
from app.paging import Cursor, Limit, decode_cursor, page_of
from app.problems import (
    AlreadyExists,
    BadCursor,
    InsufficientScope,
    Invalid,
    NotFound,
    Unauthenticated,
    VersionPublished,
)
from app.schemas import Page

router = Part(route_class=Route, tags=["agreements"])

Signer = Annotated[Tenant, tenant(Way(Permission.AGREEMENTS_WRITE))]
Reader = Annotated[Tenant, tenant(Way(Permission.AGREEMENTS_READ))]


@router.get("/agreements", response_model=AgreementList)
async def list_agreements(session: SessionDep) -> dict[str, object]:
    """All published versions of the participation agreement, newest first, word for word."""
    found = await agreements.list_(session)
    return {"data": found, "page": Page(next_cursor=None, limit=max(1, len(found)))}


@router.get("/agreements/{version}", response_model=AgreementOut, responses=responses(NotFound))
async def get_agreement(
    version: Annotated[str, Path(max_length=64)], session: SessionDep
) -> Agreement:
    """One published version, word for word."""
    return await agreements.get(session, version)


@router.post(
    "/agreements",
    status_code=201,
    response_model=AgreementOut,
    dependencies=[allowed(Permission.CATALOG_WRITE)],
    responses={
        200: {"description": "Published before with the same text; nothing changed"},
        **responses(Unauthenticated, InsufficientScope, VersionPublished, AlreadyExists, Invalid),
    },
)
async def publish_agreement(
    given: AgreementIn, session: SessionDep, now: Now, response: Response
) -> Agreement:
    """Publish a version of the agreement (operator). It never changes afterwards."""
    found, is_new = await agreements.publish(session, given, now=now)
    response.status_code = 201 if is_new else 200
    response.headers["Location"] = f"/v1/agreements/{found.version}"
    return found


@router.post(
    "/organizations/{org}/agreements",
    status_code=201,
    response_model=ParticipationOut,
    responses=responses(*DENIED, Invalid),
)
async def sign_agreement(
    given: ParticipationIn, tenant: Signer, session: SessionDep, now: Now, response: Response
) -> Participation:
    """Record what the organization signed and allows; it replaces what was signed before.

    The operator may record a paper that was signed; it is on the organization's audit trail.
    """
    signed = await agreements.sign(
        session, tenant.id, given, client_id=tenant.caller.client_id, now=now
    )
    response.headers["Location"] = f"/v1/organizations/{tenant.id}/agreements/{signed.id}"
    return signed


@router.get(
    "/organizations/{org}/agreements",
    response_model=ParticipationList,
    responses=responses(*DENIED, BadCursor),
)
async def list_signed(
    tenant: Reader,
    session: SessionDep,
    request: Request,
    response: Response,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> dict[str, object]:
    """All that the organization signed, newest first: the first one holds."""
    after = decode_cursor(cursor)
    rows = await agreements.list_signed(session, tenant.id, after=after, limit=limit)
    rows, page = page_of(request, response, rows, [row.id for row in rows], limit)
    return {"data": rows, "page": page}


@router.get(
    "/organizations/{org}/agreements/{participation_id}",
    response_model=ParticipationOut,
    responses=responses(*DENIED),
)
async def get_signed(participation_id: UUID, tenant: Reader, session: SessionDep) -> Participation:
    """One thing that the organization signed."""
    return await agreements.get_signed(session, tenant.id, participation_id)
