"""Refusals of the OAuth endpoints, in the words of RFC 6749 (section 5.2) instead of problems."""

from typing import Any, Literal

from fastapi import FastAPI, Request
from pydantic import BaseModel, Field
from starlette.responses import JSONResponse, Response

from app.failures import responses
from app.problems import MalformedJson

Code = Literal[
    "invalid_request",
    "invalid_client",
    "invalid_scope",
    "unsupported_grant_type",
    "unsupported_token_type",
]
UNAUTHENTICATED = 401


class OAuthErrorOut(BaseModel):
    """A refusal."""

    error: Code
    error_description: str = Field(description="For whoever reads logs; never a secret.")


class OAuthError(Exception):
    """An expected refusal; nothing is kept of the request."""

    def __init__(self, code: Code, description: str) -> None:
        super().__init__(code)
        self.code = code
        self.description = description


def unknown_client() -> OAuthError:
    """No client, not this one, or not with that: never says which."""
    return OAuthError("invalid_client", "Client authentication failed")


async def _render(_: Request, exc: Exception) -> Response:
    if not isinstance(exc, OAuthError):
        raise TypeError("registered for OAuthError alone")
    body = {"error": exc.code, "error_description": exc.description}
    if exc.code != "invalid_client":
        return JSONResponse(body, 400)
    headers = {"WWW-Authenticate": 'Basic realm="palanca"'}
    return JSONResponse(body, UNAUTHENTICATED, headers)


def install(app: FastAPI) -> None:
    """Render these refusals in their own format."""
    app.add_exception_handler(OAuthError, _render)


def refusals(*codes: Code) -> dict[int | str, dict[str, Any]]:
    """What an OAuth endpoint can answer besides success, for OpenAPI."""
    listed = ", ".join(f"`{code}`" for code in ("invalid_request", *codes))
    problem = responses(MalformedJson)[MalformedJson.status]["content"]
    return {
        400: {"model": OAuthErrorOut, "description": f"Refused: {listed}", "content": problem},
        UNAUTHENTICATED: {"model": OAuthErrorOut, "description": "Refused: `invalid_client`"},
    }
