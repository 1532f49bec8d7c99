"""Requests signed by a client (``private_key_jwt``, RFC 7523): checked, and answered once.

Until the signature is verified nobody learns why a request is refused.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import JWKRegistry
from joserfc.jws import CompactSignature, JWSRegistry
from joserfc.jwt import ClaimsOption, JWTClaimsRegistry
from joserfc.registry import JWS_HEADER_REGISTRY
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.callers import Caller
from app.access.models import Client, UsedAssertion
from app.clients.oauth_errors import OAuthError, unknown_client
from app.db import Scope, enter
from app.jsonbody import read_json
from app.problems import Problem

TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ALGORITHMS = ("ES384", "RS384")
"""Those that SMART asks for. What a key is for follows from its type, not from the request."""

LONGEST = timedelta(minutes=5)
CLOCKS = timedelta(seconds=10)
"""By how much a client's clock may differ from ours."""

JTI = re.compile(r"[ -~]{1,255}")


def _strict() -> JWSRegistry:
    """Algorithms and headers that we know; nothing may point elsewhere for a key."""
    made = JWSRegistry(algorithms=ALGORITHMS)
    made.header_registry = {name: JWS_HEADER_REGISTRY[name] for name in ("alg", "kid", "typ")}
    return made


STRICT = _strict()


@dataclass(frozen=True, slots=True)
class Assertion:
    """A signed request, read and not believed yet."""

    signed: CompactSignature
    claims: dict[str, Any]
    client_id: UUID
    kid: str


def _read(text: str) -> Assertion:
    """What an assertion says.

    Raises:
        OAuthError: it is none.
    """
    try:
        signed = jws.extract_compact(text.encode("ascii"), registry=STRICT)
        claims: Any = read_json(signed.payload)
        given = Assertion(signed, claims, UUID(claims["iss"]), signed.headers()["kid"])
    except (JoseError, Problem, ValueError, TypeError, KeyError, AttributeError):
        raise unknown_client() from None
    if not claims["iss"] == claims.get("sub") == str(given.client_id):
        raise unknown_client()
    return given


def _is_signed(signed: CompactSignature, key: Mapping[str, str]) -> bool:
    """Whether the holder of a key signed this."""
    try:
        return jws.validate_compact(signed, JWKRegistry.import_key(dict(key)), registry=STRICT)
    except (JoseError, ValueError):
        return False


def _check_claims(claims: dict[str, Any], audiences: Sequence[str], now: datetime) -> None:
    """See that this is meant for us, now, once.

    Raises:
        OAuthError: says what is wrong; whoever signed this may know.
    """
    needed: ClaimsOption = {"essential": True}
    registry = JWTClaimsRegistry(
        now=int(now.timestamp()), leeway=CLOCKS.seconds, aud=needed, exp=needed, jti=needed
    )
    try:
        registry.validate(claims)
    except JoseError as exc:
        raise OAuthError("invalid_client", f"Assertion: {exc.description}") from None
    # One audience only: what another service may read too, it could send on to us.
    if claims["aud"] not in (*audiences, *([one] for one in audiences)):
        raise OAuthError("invalid_client", "Assertion: aud is the token endpoint or the issuer")
    if claims["exp"] > (now + LONGEST + CLOCKS).timestamp():
        raise OAuthError("invalid_client", "Assertion: exp is at most five minutes ahead")
    if not JTI.fullmatch(claims["jti"]):
        raise OAuthError("invalid_client", "Assertion: jti is 1 to 255 printable characters")


async def authenticate(
    session: AsyncSession, text: str, *, audiences: Sequence[str], now: datetime
) -> Caller:
    """The client that signed; the transaction is then in its tenant context.

    Args:
        session: the transaction, which keeps in mind that this was answered.
        text: the assertion.
        audiences: the names of this service, from its settings and never from the request.
        now: when.

    Raises:
        OAuthError: not signed by a client of ours, not meant for us now, or answered before.
    """
    given = _read(text)
    await enter(session, Scope(client=given.client_id))
    client = (await session.exec(select(Client).where(Client.id == given.client_id))).one_or_none()
    known = {} if client is None or client.has_ended(now) else (client.jwks or {})
    named = [one for one in known.get("keys", {}).items() if one[1]["kid"] == given.kid]
    if client is None or not named or not _is_signed(given.signed, named[0][1]):
        raise unknown_client()
    _check_claims(given.claims, audiences, now)
    caller = Caller(
        client_id=client.id,
        kind=client.kind,
        network_id=client.network_id,
        organization_id=client.organization_id,
        permissions=frozenset(known["scopes"]),
        key_id=named[0][0],
    )
    await enter(session, caller.scope)
    await _use_up(session, given)
    return caller


async def _use_up(session: AsyncSession, given: Assertion) -> None:
    """Keep in mind that it was answered, for as long as it could come again.

    Raises:
        OAuthError: it was answered before, or is being answered in this moment.
    """
    until = datetime.fromtimestamp(given.claims["exp"], UTC) + CLOCKS
    once = (
        insert(UsedAssertion)
        .values(client_id=given.client_id, jti=given.claims["jti"], expires_at=until)
        .on_conflict_do_nothing()
        .returning(col(UsedAssertion.jti))
    )
    if (await (await session.connection()).execute(once)).first() is None:
        raise OAuthError("invalid_client", "Assertion: jti was used before")
