"""HTTP of a respondent: what one invitation's token opens. A key opens none of it."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import Depends, Header, Query, Request, Response
from fastapi.security import HTTPBearer
from fastapi.security.http import HTTPAuthorizationCredentials

from app.api import Now, Part, Route, SessionDep
from app.assessments import invitations, respondents, views
from app.assessments.invitation_schemas import AnsweredOut, AnswersIn, OwnInvitationOut
from app.assessments.models import Invitation
from app.audit.service import Actor
from app.catalog import service as catalog
from app.catalog.languages import EVERY, choose, localize
from app.catalog.routes import published
from app.failures import responses
from app.problems import (
    AgreementNeeded,
    AssessmentClosed,
    Invalid,
    InvitationUsed,
    OrganizationEnding,
    Unauthenticated,
)
from app.trail import Trail, recognise_retry

router = Part(route_class=Route, prefix="/invitation", tags=["respondents"])

bearer = HTTPBearer(
    scheme_name="invitation",
    auto_error=False,
    description="A respondent's token: `Authorization: Bearer plci_...`",
)
Credentials = Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]


async def respond(
    request: Request, credentials: Credentials, session: SessionDep, now: Now
) -> Invitation:
    """Whose token it is. The trail says that a respondent acted, and not which."""
    presented = credentials.credentials if credentials else ""
    found = await respondents.enter_with(
        session, presented, pepper=request.app.state.pepper, now=now
    )
    trail: Trail = request.state.trail
    trail.actor, trail.chain = Actor("respondent"), found.organization_id
    await recognise_retry(request, trail, found.client_id, holder=str(found.id))
    return found


Respondent = Annotated[Invitation, Depends(respond, scope="function")]


@router.get("", response_model=OwnInvitationOut, responses=responses(Unauthenticated))
async def get_invitation(
    invitation: Respondent,
    session: SessionDep,
    response: Response,
    lang: Annotated[str | None, Query(max_length=35)] = None,
    accept_language: Annotated[str | None, Header(max_length=500)] = None,
) -> Mapping[str, object]:
    """What the invitation is for: the instrument with all its items, and from where to look."""
    found = await catalog.get_instrument_by_id(session, invitation.instrument_version_id)
    language = choose(found.definition.languages, lang, accept_language)
    if language != EVERY:
        response.headers["Content-Language"] = language
    closed = await invitations.is_closed(
        session, invitation.organization_id, found.id, invitation.period
    )
    status = "closed" if closed else "open"
    return {
        "status": status if invitation.used_on is None else "used",
        "role": invitation.role,
        "period": invitation.period,
        "expires_at": invitation.expires_at,
        "language": language,
        "instrument": localize(published(found), language),
    }


@router.post(
    "/submission",
    status_code=201,
    response_model=AnsweredOut,
    responses=responses(
        Unauthenticated,
        AgreementNeeded,
        AssessmentClosed,
        InvitationUsed,
        OrganizationEnding,
        Invalid,
    ),
)
async def submit_answers(
    invitation: Respondent, given: AnswersIn, session: SessionDep, now: Now, request: Request
) -> Mapping[str, object]:
    """Submit answers, once.

    Send an `Idempotency-Key`: only with it is a retry after a lost reply given the same answer.
    Without it, whoever kept a copy of the token could try out which answers were given with it.
    """
    notes = {code: note.model_dump(exclude_none=True) for code, note in given.notes.items()}
    stored = await respondents.submit(
        session,
        invitation,
        {"answers": given.answers, "notes": notes},
        pepper=request.app.state.pepper,
        now=now,
    )
    return views.submission(stored)
