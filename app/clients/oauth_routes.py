"""HTTP of OAuth 2 for machines: tokens for clients that show a key or sign with one.

A token is a key of an hour; every other route takes it where it takes a key.
"""

from fastapi import APIRouter, Request, Response

from app.access import keys, smart, tokens
from app.access.callers import Caller
from app.access.permissions import TOKEN_SCOPES
from app.api import Now, Route, SessionDep
from app.audit.service import Actor
from app.clients.authentication import ClientDep
from app.clients.form import Form, form_of
from app.clients.oauth_errors import OAuthError, refusals, unknown_client
from app.clients.oauth_schemas import IntrospectionOut, TokenOut
from app.failures import responses
from app.problems import PayloadTooLarge, Unauthenticated
from app.settings import Settings
from app.trail import Trail

router = APIRouter(route_class=Route, prefix="/oauth", tags=["clients"])

GRANT = "client_credentials"
GRANT_FORM = {
    "grant_type": f"`{GRANT}`.",
    "scope": "Scopes with spaces between; none: all that can be had.",
}
TOKEN_FORM = {"token": "A token.", "token_type_hint": "Not needed."}


def _put_on_trail(request: Request, caller: Caller) -> None:
    trail: Trail = request.state.trail
    trail.caller, trail.chain = caller, caller.chain
    trail.actor = Actor(caller.kind.value, caller.client_id, caller.key_id)


@router.post(
    "/token",
    response_model=TokenOut,
    openapi_extra=form_of("grant_type", GRANT_FORM, grant_type=GRANT),
    responses={
        **refusals("invalid_scope", "unsupported_grant_type"),
        **responses(PayloadTooLarge),
    },
)
async def issue_token(
    form: Form, caller: ClientDep, session: SessionDep, now: Now, request: Request
) -> dict[str, object]:
    """Exchange a key, or a signed assertion, for a token of an hour (RFC 6749, RFC 7523).

    A token can have every scope but `clients:write`, and ends with what it was asked for with.
    SMART's names of scopes, such as `system/QuestionnaireResponse.crus`, are known.
    """
    if form.get("grant_type") is None:
        raise OAuthError("invalid_request", "grant_type is missing")
    if form["grant_type"] != GRANT:
        raise OAuthError("unsupported_grant_type", f"grant_type is {GRANT}")
    offered = caller.permissions & TOKEN_SCOPES
    named = form.get("scope", "").split()
    wanted = smart.meant(named) or offered
    if not wanted or not wanted <= offered:
        raise OAuthError("invalid_scope", f"This client can have: {' '.join(sorted(offered))}")
    _put_on_trail(request, caller)
    state = request.app.state
    settings: Settings = state.settings
    try:
        key, row = await tokens.issue(
            session,
            caller,
            wanted,
            environment=settings.key_environment,
            pepper=state.pepper,
            now=now,
        )
    except Unauthenticated:
        raise unknown_client() from None
    return {
        "access_token": key.text,
        "token_type": "Bearer",
        "expires_in": int((row.expires_at - now).total_seconds()),
        "scope": " ".join([*row.scopes, *filter(smart.is_smart, named)]),
    }


@router.post(
    "/introspect",
    response_model=IntrospectionOut,
    response_model_exclude_none=True,
    openapi_extra=form_of("token", TOKEN_FORM),
    responses={**refusals(), **responses(PayloadTooLarge)},
)
async def introspect_token(
    form: Form, caller: ClientDep, session: SessionDep, now: Now, request: Request
) -> dict[str, object]:
    """What one of your own tokens still can (RFC 7662); anything else is not active."""
    state = request.app.state
    found = await tokens.find(session, caller.client_id, _token(form), pepper=state.pepper)
    if found is None or found.revoked_at is not None or found.expires_at <= now:
        return {"active": False}
    settings: Settings = state.settings
    return {
        "active": True,
        "scope": " ".join(found.scopes),
        "client_id": str(caller.client_id),
        "sub": str(caller.client_id),
        "iss": settings.public_url,
        "token_type": "Bearer",
        "exp": int(found.expires_at.timestamp()),
        "iat": int(found.created_at.timestamp()),
    }


@router.post(
    "/revoke",
    response_class=Response,
    openapi_extra=form_of("token", TOKEN_FORM),
    responses={
        200: {"description": "It works no more, or was not one of yours"},
        **refusals("unsupported_token_type"),
        **responses(PayloadTooLarge),
    },
)
async def revoke_token(
    form: Form, caller: ClientDep, session: SessionDep, now: Now, request: Request
) -> Response:
    """End one of your own tokens (RFC 7009). Keys are revoked under `/v1/clients`."""
    state = request.app.state
    token = _token(form)
    if keys.key_id(token) is not None and not keys.is_token(token):
        raise OAuthError("unsupported_token_type", "A key: revoke it under /v1/clients")
    found = await tokens.find(session, caller.client_id, token, pepper=state.pepper)
    if found is not None:
        _put_on_trail(request, caller)
        await tokens.revoke(session, found, now=now)
        state.recent.forget()
    return Response()


def _token(form: dict[str, str]) -> str:
    """The token of a form.

    Raises:
        OAuthError: none is there.
    """
    if "token" not in form:
        raise OAuthError("invalid_request", "token is missing")
    return form["token"]
