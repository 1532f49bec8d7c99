"""Bodies of the OAuth endpoints: short forms, every parameter once."""

from typing import Annotated, Any
from urllib.parse import parse_qsl

from fastapi import Depends, Request

from app.clients.assertions import TYPE
from app.clients.oauth_errors import OAuthError

MEDIA_TYPE = "application/x-www-form-urlencoded"
MAX_BYTES, MAX_FIELDS = 16_384, 32
"""A signed assertion takes some 700 bytes."""


async def read_form(request: Request) -> dict[str, str]:
    """The parameters of the body; one without a value is as good as absent (RFC 6749, 3.2).

    Raises:
        OAuthError: no form, too long a form, or a parameter twice.
    """
    sent = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if sent != MEDIA_TYPE:
        raise OAuthError("invalid_request", f"Send {MEDIA_TYPE}")
    raw = await request.body()
    if len(raw) > MAX_BYTES:
        raise OAuthError("invalid_request", f"At most {MAX_BYTES} bytes")
    try:
        pairs = parse_qsl(
            raw.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=True,
            errors="strict",
            max_num_fields=MAX_FIELDS,
        )
    except ValueError:
        raise OAuthError("invalid_request", "Not a form") from None
    form = dict(pairs)
    if len(form) < len(pairs):
        raise OAuthError("invalid_request", "Every parameter stands once")
    return {name: value for name, value in form.items() if value}


Form = Annotated[dict[str, str], Depends(read_form)]

BY_ASSERTION = {
    "client_assertion_type": {
        "type": "string",
        "const": TYPE,
        "description": "With `client_assertion`, instead of HTTP Basic.",
    },
    "client_assertion": {
        "type": "string",
        "minLength": 1,
        "description": "A JWT (RFC 7523) signed ES384 or RS384 with a key of the client's JWKS.",
    },
}


def form_of(required: str, fields: dict[str, str], **only: str) -> dict[str, Any]:
    """The request body of an OAuth endpoint, for OpenAPI: names and what they are.

    Args:
        required: the field that must be there.
        fields: the endpoint's own, each with its description.
        only: those among them that have to have one certain value.
    """
    own: dict[str, dict[str, Any]] = {
        name: {"type": "string", "description": text} for name, text in fields.items()
    }
    own[required]["minLength"] = 1
    for name, value in only.items():
        own[name]["const"] = value
    both = ["client_assertion_type", "client_assertion"]
    schema = {
        "type": "object",
        "required": [required],
        "properties": {**own, **BY_ASSERTION},
        "additionalProperties": {"type": "string"},  # not read (RFC 6749, 3.2)
        "dependentRequired": {both[0]: both[1:], both[1]: both[:1]},
    }
    return {"requestBody": {"required": True, "content": {MEDIA_TYPE: {"schema": schema}}}}
