"""Clients as tests deal with them: registered, given keys, exchanging those for tokens."""

import base64
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
from joserfc.jwk import ECKey, RSAKey
from joserfc.jws import JWSRegistry

from app.access.models import Kind
from app.access.permissions import ALLOWED
from tests.conftest import Caller, Service

ISSUER = "http://127.0.0.1:8000"
TOKEN_URL = f"{ISSUER}/oauth/token"
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
AGREEMENT = {
    "institution": "An institute",
    "purpose": "A study",
    "ends_on": (datetime.now(UTC) + timedelta(days=400)).date().isoformat(),
}
KEYS: dict[str, Any] = {
    "ES384": ECKey.generate_key("P-384"),
    "RS384": RSAKey.generate_key(3072),
}
"""Key pairs of nobody in particular; making one for each test takes long."""


def key_id(key: str) -> str:
    return key.split("_")[2]


def caller(service: Service, kind: Kind, tenant: str | None = None, *scopes: str) -> Caller:
    """Somebody with a key of these scopes, or of all."""
    return service.as_(service.key(kind, tenant, permissions=scopes))


@dataclass(frozen=True, slots=True)
class Registered:
    """A client that the operator registered."""

    service: Service
    row: dict[str, Any]

    @property
    def id(self) -> str:
        return str(self.row["id"])

    @property
    def path(self) -> str:
        return f"/v1/clients/{self.id}"

    def new_key(self, *scopes: str, **more: Any) -> str:
        """A key, made by the operator, of these scopes or of all."""
        body = {"scopes": scopes or sorted(ALLOWED[Kind(self.row["kind"])]), **more}
        reply = self.service.operator.post(f"{self.path}/keys", json=body)
        assert reply.status_code == 201, reply.text
        return str(reply.json()["key"])

    def set_jwks(self, *scopes: str, **keys: ECKey | RSAKey) -> httpx.Response:
        """Say what the client signs with; a key's name is its ``kid``."""
        body = {
            "keys": [{**key.as_dict(), "kid": kid} for kid, key in keys.items()],
            "scopes": scopes or ["clients:read"],
        }
        reply = self.service.operator.request("PUT", f"{self.path}/jwks", json=body)
        assert reply.status_code == 200, reply.text
        return reply

    def oauth(self, endpoint: str, key: str | None = None, **form: str) -> httpx.Response:
        """Ask an OAuth endpoint, with HTTP Basic if a key is given."""
        auth = None if key is None else httpx.BasicAuth(self.id, key)
        reply: httpx.Response = self.service.http.post(
            f"/oauth/{endpoint}", data=form, **({} if auth is None else {"auth": auth})
        )
        return reply

    def token(self, key: str, **form: str) -> httpx.Response:
        """Exchange a key for a token."""
        return self.oauth("token", key, grant_type="client_credentials", **form)

    def signed(self, assertion: str, **form: str) -> httpx.Response:
        """Exchange an assertion for a token."""
        return self.oauth(
            "token",
            grant_type="client_credentials",
            client_assertion_type=ASSERTION_TYPE,
            client_assertion=assertion,
            **form,
        )

    def claims(self, **changed: Any) -> dict[str, Any]:
        """What a good assertion claims, with changes; ``None`` takes a claim out."""
        claims = {
            "iss": self.id,
            "sub": self.id,
            "aud": TOKEN_URL,
            "exp": int((datetime.now(UTC) + timedelta(minutes=4)).timestamp()),
            "jti": uuid4().hex,
            **changed,
        }
        return {name: value for name, value in claims.items() if value is not None}


def sign(
    claims: dict[str, Any],
    key: Any = KEYS["ES384"],
    header: dict[str, Any] | None = None,
    algorithm: str = "ES384",
) -> str:
    """A JWT, whether it makes sense or not; ``None`` takes a header out."""
    stated = {"alg": algorithm, "kid": "one", **(header or {})}
    kept = {name: value for name, value in stated.items() if value is not None}
    return sign_bytes(json.dumps(claims).encode(), key, kept, algorithm)


def sign_bytes(payload: bytes, key: Any, header: Any, algorithm: str) -> str:
    """Any payload under any header, signed by an algorithm that need not be the header's."""
    message = f"{encoded(json.dumps(header).encode())}.{encoded(payload)}"
    signature = JWSRegistry.algorithms[algorithm].sign(message.encode(), key)
    return f"{message}.{encoded(signature)}"


def encoded(part: bytes) -> str:
    return base64.urlsafe_b64encode(part).decode().rstrip("=")


def register(service: Service, kind: Kind, **more: Any) -> Registered:
    """Register a client as the operator; of an organization or network of its own if need be."""
    body: dict[str, Any] = {"kind": kind, "name": f"a {kind}", **more}
    if kind is Kind.RESEARCHER:
        body.setdefault("data_use", AGREEMENT)
    if kind is Kind.ORGANIZATION:
        body.setdefault("organization", service.organization().id)
    if kind is Kind.NETWORK:
        body.setdefault("network", service.network()["id"])
    reply = service.operator.post("/v1/clients", json=body)
    assert reply.status_code == 201, reply.text
    return Registered(service, reply.json())
