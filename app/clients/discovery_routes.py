"""HTTP of what the service says of itself to programs that want a token."""

from fastapi import APIRouter, Request

from app.access import smart
from app.access.permissions import TOKEN_SCOPES
from app.api import Route
from app.clients.assertions import ALGORITHMS
from app.clients.authentication import METHODS, endpoint
from app.clients.oauth_routes import GRANT
from app.clients.oauth_schemas import ServerMetadata, SmartConfiguration
from app.settings import Settings

router = APIRouter(route_class=Route, prefix="/.well-known", tags=["clients"])


def _offered(settings: Settings) -> dict[str, object]:
    """What both documents say, with addresses that the operator set and no request can change."""
    return {
        "token_endpoint": endpoint(settings, "token"),
        "token_endpoint_auth_methods_supported": METHODS,
        "token_endpoint_auth_signing_alg_values_supported": ALGORITHMS,
        "grant_types_supported": [GRANT],
        "response_types_supported": [],
        "scopes_supported": [*sorted(TOKEN_SCOPES), *smart.OFFERED],
        "introspection_endpoint": endpoint(settings, "introspect"),
        "revocation_endpoint": endpoint(settings, "revoke"),
    }


@router.get("/oauth-authorization-server", response_model=ServerMetadata)
async def server_metadata(request: Request) -> dict[str, object]:
    """Where and how tokens are asked for (RFC 8414)."""
    settings: Settings = request.app.state.settings
    return {
        **_offered(settings),
        "issuer": settings.public_url,
        "introspection_endpoint_auth_methods_supported": METHODS,
        "introspection_endpoint_auth_signing_alg_values_supported": ALGORITHMS,
        "revocation_endpoint_auth_methods_supported": METHODS,
        "revocation_endpoint_auth_signing_alg_values_supported": ALGORITHMS,
        "service_documentation": f"{settings.public_url}/docs",
    }


@router.get("/smart-configuration", response_model=SmartConfiguration)
async def smart_configuration(request: Request) -> dict[str, object]:
    """The same in the words of SMART App Launch 2, for backend services."""
    settings: Settings = request.app.state.settings
    return {
        **_offered(settings),
        "capabilities": ["client-confidential-asymmetric", "client-confidential-symmetric"],
        "code_challenge_methods_supported": ["S256"],
    }
