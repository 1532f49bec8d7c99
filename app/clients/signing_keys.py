"""The public keys that a client signs with, as they come in. Pure.

Nothing of what came is ever shown back: somebody may have sent the private half.
"""

from dataclasses import dataclass
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey
from joserfc.util import base64_to_int
from pydantic import ValidationError

from app.access.client_keys import scope_errors
from app.access.models import Kind
from app.access.permissions import ALLOWED, TOKEN_SCOPES
from app.clients.schemas import EcKeyIn, JwksIn, RsaKeyIn
from app.problems import LISTED, Invalid, error
from app.validation import validation_error

PRIVATE = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
"""Members of a JWK that are secret (RFC 7518, section 6)."""

MIN_BITS = 3072


@dataclass(frozen=True, slots=True)
class SigningKeys:
    """Public keys by their thumbprints (RFC 7638), and what they can be used to ask for."""

    keys: dict[str, dict[str, str]]
    scopes: frozenset[str]


def read(raw: object, kind: Kind) -> SigningKeys:
    """The keys of a body.

    Raises:
        Invalid: with all that is wrong.
    """
    errors = _private(raw)
    if errors:
        raise Invalid(errors)
    try:
        given = JwksIn.model_validate(raw)
    except ValidationError as exc:
        found = exc.errors(include_url=False)
        some = found[: LISTED + 1]
        shaped = [validation_error({**one, "loc": ("body", *one["loc"])}) for one in some]
        raise Invalid([{**one, "received": None} for one in shaped]) from None
    errors = scope_errors(f"{kind} tokens", ALLOWED[kind] & TOKEN_SCOPES, given.scopes)
    keys: dict[str, dict[str, str]] = {}
    for place, one in enumerate(given.keys):
        key = _public(one)
        if key is None:
            errors.append(
                error(
                    f"/keys/{place}", "not-a-key", "No point of P-384, or no modulus of 3072 bits"
                )
            )
        elif one.kid in {known["kid"] for known in keys.values()} or key.thumbprint() in keys:
            errors.append(error(f"/keys/{place}", "repeated-key", "A key and a kid stand once"))
        else:
            keys[key.thumbprint()] = {"kid": one.kid, **_members(key)}
    if errors:
        raise Invalid(errors)
    return SigningKeys(keys, frozenset(given.scopes))


def _private(raw: object) -> list[dict[str, object]]:
    listed: Any = raw.get("keys") if isinstance(raw, dict) else None
    return [
        error(f"/keys/{place}", "private-key", "Send public keys only, and use this one no more")
        for place, one in enumerate(listed if isinstance(listed, list) else ())
        if isinstance(one, dict) and not PRIVATE.isdisjoint(one)
    ]


def _public(given: EcKeyIn | RsaKeyIn) -> ECKey | RSAKey | None:
    """The key in its one canonical form, or None if there is none in it."""
    try:
        if isinstance(given, RsaKeyIn):
            modulus = base64_to_int(given.n)
            if modulus.bit_length() < MIN_BITS or modulus % 2 == 0:
                return None
            rsa = RSAKey.import_key(given.model_dump(include={"kty", "n", "e"}))
            return RSAKey.import_key(rsa.public_key)
        ec = ECKey.import_key(given.model_dump(include={"kty", "crv", "x", "y"}))
        return ECKey.import_key(ec.public_key)
    except (JoseError, ValueError):
        return None


def _members(key: ECKey | RSAKey) -> dict[str, str]:
    return {name: str(value) for name, value in key.as_dict().items()}
