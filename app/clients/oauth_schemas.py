"""The wire of the OAuth endpoints: tokens, what is known of them, and what the service offers."""

from typing import Literal

from pydantic import BaseModel, Field


class TokenOut(BaseModel):
    """A token (RFC 6749, section 5.1)."""

    access_token: str
    token_type: Literal["Bearer"]
    expires_in: int = Field(description="Seconds; an hour, unless what it hangs on ends before.")
    scope: str


class IntrospectionOut(BaseModel):
    """What is known of a token (RFC 7662); of one that is not yours, nothing."""

    active: bool
    scope: str | None = None
    client_id: str | None = None
    sub: str | None = None
    iss: str | None = None
    token_type: Literal["Bearer"] | None = None
    exp: int | None = None
    iat: int | None = None


class Offered(BaseModel):
    """What both documents about the service say."""

    token_endpoint: str
    token_endpoint_auth_methods_supported: list[str]
    token_endpoint_auth_signing_alg_values_supported: list[str]
    grant_types_supported: list[str]
    response_types_supported: list[str] = Field(
        description="None: there is no authorization endpoint."
    )
    scopes_supported: list[str]
    introspection_endpoint: str
    revocation_endpoint: str


class ServerMetadata(Offered):
    """Authorization server metadata (RFC 8414)."""

    issuer: str
    introspection_endpoint_auth_methods_supported: list[str]
    introspection_endpoint_auth_signing_alg_values_supported: list[str]
    revocation_endpoint_auth_methods_supported: list[str]
    revocation_endpoint_auth_signing_alg_values_supported: list[str]
    service_documentation: str


class SmartConfiguration(Offered):
    """What the service can do in the words of SMART App Launch 2."""

    capabilities: list[str]
    code_challenge_methods_supported: list[str] = Field(
        description="Asked for by SMART; it matters to authorization endpoints alone."
    )
