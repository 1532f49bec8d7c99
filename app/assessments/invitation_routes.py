"""HTTP of one organization's invitations."""

from typing import Annotated
from uuid import UUID

from fastapi import Path, Request, Response

from app.access.permissions import Permission
from app.api import Now, Part, Route, SessionDep
from app.assessments import invitations
from app.assessments.invitation_schemas import InvitationList, InvitationsIn, TokenList
from app.assessments.schemas import Period
from app.failures import responses
from app.organizations.service import Way
from app.organizations.tenant import DENIED, Tenant, tenant
from app.paging import Cursor, Limit, decode_cursor, page_of
from app.problems import AgreementNeeded, AssessmentClosed, BadCursor, Invalid, OrganizationEnding

router = Part(
    route_class=Route,
    prefix="/organizations/{org}/assessments/{assessment}/invitations",
    tags=["respondents"],
)

Inviter = Annotated[Tenant, tenant(Way(Permission.INVITATIONS_WRITE, agreed=True))]
Revoker = Annotated[Tenant, tenant(Way(Permission.INVITATIONS_WRITE))]
Reader = Annotated[Tenant, tenant(Way(Permission.INVITATIONS_READ))]
Of = Annotated[Period, Path(description="Period of the assessment.")]


@router.post(
    "",
    status_code=201,
    response_model=TokenList,
    responses=responses(*DENIED, AgreementNeeded, OrganizationEnding, AssessmentClosed, Invalid),
)
async def invite(
    assessment: Of,
    given: InvitationsIn,
    tenant: Inviter,
    session: SessionDep,
    now: Now,
    request: Request,
) -> dict[str, object]:
    """Make single-use tokens for respondents, so many a role.

    Each is shown this once. With one, a person reads the instrument and submits, and nothing
    else. Hand them out so that nobody notes who got which: then nobody can tell who said what.
    """
    issuer = invitations.Issuer(
        organization_id=tenant.id,
        client_id=tenant.caller.client_id,
        environment=request.app.state.settings.key_environment,
        pepper=request.app.state.pepper,
        now=now,
    )
    made = await invitations.create(session, issuer, assessment, given)
    return {
        "data": [
            {"id": row.id, "role": row.role, "token": token, "expires_at": row.expires_at}
            for row, token in made
        ]
    }


@router.get("", response_model=InvitationList, responses=responses(*DENIED, BadCursor))
async def list_invitations(
    assessment: Of,
    tenant: Reader,
    session: SessionDep,
    now: Now,
    request: Request,
    response: Response,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> dict[str, object]:
    """The period's invitations, and how many answered; never who answered what."""
    made_by = tenant.pushed_by
    found = await invitations.list_(
        session,
        tenant.id,
        assessment,
        made_by=made_by,
        now=now,
        after=decode_cursor(cursor),
        limit=limit,
    )
    data, page = page_of(request, response, found, [one["id"] for one in found], limit)
    counts = await invitations.count(session, tenant.id, assessment, made_by=made_by, now=now)
    return {"data": data, "page": page, "counts": counts}


@router.delete("/{invitation_id}", status_code=204, responses=responses(*DENIED))
async def revoke(
    assessment: Of, invitation_id: UUID, tenant: Revoker, session: SessionDep, now: Now
) -> None:
    """End an invitation: nothing is taken in with it from now on. What was taken in stays."""
    await invitations.revoke(
        session, tenant.id, assessment, invitation_id, made_by=tenant.pushed_by, now=now
    )
