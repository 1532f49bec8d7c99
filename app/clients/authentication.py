"""Which client stands at an OAuth endpoint: by one of its API keys, or by a signed assertion."""

import base64
from datetime import datetime
from typing import Annotated
from urllib.parse import unquote_plus

from fastapi import Depends, Request
from fastapi.security.http import HTTPAuthorizationCredentials, HTTPBase
from sqlmodel.ext.asyncio.session import AsyncSession

from app.access import callers, keys
from app.access.callers import Caller
from app.api import Now, SessionDep
from app.clients import assertions
from app.clients.form import Form
from app.clients.oauth_errors import OAuthError, unknown_client
from app.problems import Unauthenticated
from app.settings import Settings

METHODS = ("client_secret_basic", "private_key_jwt")

basic = HTTPBase(
    scheme="basic",
    scheme_name="client",
    auto_error=False,
    description="A client's id and, as its secret, one of its API keys.",
)
Basic = Annotated[HTTPAuthorizationCredentials | None, Depends(basic)]


def endpoint(settings: Settings, name: str) -> str:
    """The address of an OAuth endpoint, as the operator says that it is reached."""
    return f"{settings.public_url}/oauth/{name}"


async def authenticate_client(
    request: Request, form: Form, credentials: Basic, session: SessionDep, now: Now
) -> Caller:
    """The client; the transaction is then in its tenant context.

    Raises:
        OAuthError: not a client, or not shown in one of the ways that there are.
    """
    signed = form.get("client_assertion")
    if (signed is None) != ("client_assertion_type" not in form):
        raise OAuthError("invalid_request", "client_assertion and client_assertion_type together")
    if signed is not None and credentials is not None:
        raise OAuthError("invalid_request", "One way of authentication at a time")
    if signed is None:
        client_id, secret = _parts(credentials)
        caller = await _by_key(request, session, secret, now)
    else:
        if form["client_assertion_type"] != assertions.TYPE:
            raise OAuthError("invalid_client", f"client_assertion_type is {assertions.TYPE}")
        settings: Settings = request.app.state.settings
        audiences = (settings.public_url, endpoint(settings, "token"))
        caller = await assertions.authenticate(session, signed, audiences=audiences, now=now)
        client_id = str(caller.client_id)
    named = {client_id, form.get("client_id", client_id)}
    if named != {str(caller.client_id)}:
        raise unknown_client()
    return caller


def _parts(credentials: HTTPAuthorizationCredentials | None) -> tuple[str, str]:
    """Id and secret of HTTP Basic, each form-encoded (RFC 6749, section 2.3.1)."""
    if credentials is None or credentials.scheme.lower() != "basic":
        raise unknown_client()
    try:
        text = base64.b64decode(credentials.credentials, validate=True).decode("ascii")
    except ValueError:
        raise unknown_client() from None
    client_id, _, secret = text.partition(":")
    return unquote_plus(client_id), unquote_plus(secret)


async def _by_key(request: Request, session: AsyncSession, secret: str, now: datetime) -> Caller:
    if keys.is_token(secret):
        # A token that could be exchanged for another would never end.
        raise unknown_client()
    state = request.app.state
    try:
        known = await callers.authenticate(session, secret, pepper=state.pepper, now=now)
    except Unauthenticated:
        raise unknown_client() from None
    state.recent.used[known.caller.key_id] = now
    return known.caller


ClientDep = Annotated[Caller, Depends(authenticate_client, scope="function")]
