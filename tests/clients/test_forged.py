"""Every way to forge a signed request; all are refused alike, and nothing is kept of them."""

import hmac
import json
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from joserfc.jwk import ECKey, RSAKey

from app.access.models import Kind
from tests.clients.asking import KEYS, Registered, encoded, register, sign, sign_bytes
from tests.conftest import Service

EC, RSA = KEYS["ES384"], KEYS["RS384"]
STRANGE: dict[str, Any] = {"ES384": ECKey.generate_key("P-384"), "RS384": RSAKey.generate_key(3072)}
REFUSED = {"error": "invalid_client", "error_description": "Client authentication failed"}


@pytest.fixture(scope="module")
def client(service: Service) -> Registered:
    """A client that signs with two keys."""
    client = register(service, Kind.PARTNER)
    client.set_jwks("clients:read", one=EC, two=RSA)
    return client


def raw(payload: bytes) -> str:
    """Any bytes, signed with a right key."""
    return sign_bytes(payload, EC, {"alg": "ES384", "kid": "one"}, "ES384")


def unsigned(client: Registered) -> str:
    return joined({"alg": "none", "kid": "one"}, client.claims(), b"")


def joined(header: Any, claims: Any, signature: bytes) -> str:
    parts = (json.dumps(header).encode(), json.dumps(claims).encode(), signature)
    return ".".join(map(encoded, parts))


def confused(secret: bytes, kid: str) -> Callable[[Registered], str]:
    """Signed with a public key as if that were a shared secret."""

    def made(client: Registered) -> str:
        header = {"alg": "HS384", "kid": kid}
        message = joined(header, client.claims(), b"").rstrip(".")
        return f"{message}.{encoded(hmac.digest(secret, message.encode(), 'sha384'))}"

    return made


def resigned(header: dict[str, Any], algorithm: str = "ES384") -> Callable[[Registered], str]:
    """Signed with a right key under another header."""
    key = EC if algorithm == "ES384" else RSA
    return lambda client: sign(client.claims(), key, header, algorithm)


def tampered(client: Registered) -> str:
    header, _, signature = sign(client.claims()).split(".")
    claims = json.dumps(client.claims(jti="another")).encode()
    return f"{header}.{encoded(claims)}.{signature}"


def of_another_client(client: Registered) -> str:
    other = register(client.service, Kind.PARTNER)
    other.set_jwks(one=STRANGE["ES384"])
    return sign(client.claims(), STRANGE["ES384"])


def in_anothers_name(client: Registered) -> str:
    other = register(client.service, Kind.PARTNER)
    other.set_jwks(one=STRANGE["ES384"])
    return sign(other.claims())


FORGED: dict[str, Callable[[Registered], str]] = {
    "nothing": lambda _: ".",
    "no JWT": lambda _: "hello",
    "four parts": lambda client: sign(client.claims()) + ".x",
    "five parts, as an encrypted one": lambda _: "a.b.c.d.e",
    "characters beyond ASCII": lambda client: sign(client.claims()) + "é",
    "a header that is a list": lambda client: joined(["alg"], client.claims(), b"x"),
    "claims that are a list": lambda _: raw(b"[]"),
    "claims that are no JSON": lambda _: raw(b"{"),
    "claims nested deep": lambda _: raw(b"[" * 5000),
    "no signature": unsigned,
    "an empty signature": lambda client: sign(client.claims()).rpartition(".")[0] + ".",
    "a zero signature": lambda client: joined(
        {"alg": "ES384", "kid": "one"}, client.claims(), bytes(96)
    ),
    "other claims under the signature": tampered,
    "a key of nobody": lambda client: sign(client.claims(), STRANGE["ES384"]),
    "an RSA key of nobody": lambda client: sign(
        client.claims(), STRANGE["RS384"], {"kid": "two"}, "RS384"
    ),
    "the key of another client": of_another_client,
    "the name of another client": in_anothers_name,
    "the EC key as a shared secret": confused(EC.as_pem(private=False), "one"),
    "the RSA key as a shared secret": confused(RSA.as_pem(private=False), "two"),
    "the RSA key in other bytes as one": confused(RSA.as_der(private=False), "two"),
    "an empty shared secret": confused(b"", "one"),
    "RS256": resigned({"alg": "RS256", "kid": "two"}, "RS256"),
    "RS512": resigned({"alg": "RS512", "kid": "two"}, "RS512"),
    "PS384": resigned({"alg": "PS384", "kid": "two"}, "PS384"),
    "no key id": resigned({"kid": None}),
    "an unknown key id": resigned({"kid": "three"}),
    "the other key's id": resigned({"kid": "two"}),
    "a key id that is no text": resigned({"kid": 5}),
    "an extension that must be understood": resigned({"crit": ["exp"], "exp": 5}),
    "an extension that the library knows": resigned({"crit": ["b64"], "b64": True}),
    "a key of its own": resigned({"jwk": STRANGE["ES384"].as_dict(private=False)}),
    "an address for keys": resigned({"jku": "https://attacker.example/jwks"}),
    "a certificate's address": resigned({"x5u": "https://attacker.example/cert"}),
    "another subject": lambda client: sign(client.claims(sub=str(uuid4()))),
    "no subject": lambda client: sign(client.claims(sub=None)),
    "no issuer": lambda client: sign(client.claims(iss=None)),
    "an issuer that is a number": lambda client: sign(client.claims(iss=5)),
    "its name in capitals": lambda client: sign(
        client.claims(iss=client.id.upper(), sub=client.id.upper())
    ),
    "a client that is not there": lambda client: sign(
        client.claims(iss=(name := str(uuid4())), sub=name)
    ),
}


def kept(service: Service) -> object:
    with service.superuser() as database:
        return database.execute(
            "SELECT (SELECT count(*) FROM used_assertion),"
            " (SELECT count(*) FROM client_key WHERE is_token)"
        ).fetchone()


@pytest.mark.parametrize("forge", FORGED.values(), ids=[*FORGED])
def test_a_forged_request_is_refused(
    client: Registered, forge: Callable[[Registered], str]
) -> None:
    assertion = forge(client)
    before = kept(client.service)

    reply = client.signed(assertion)

    assert (reply.status_code, reply.json()) == (401, REFUSED)
    assert kept(client.service) == before


def test_what_is_forged_is_forged_from_what_is_good(client: Registered) -> None:
    assert client.signed(sign(client.claims())).status_code == 200
    right = resigned({"kid": "two", "typ": "JWT"}, "RS384")
    assert client.signed(right(client)).status_code == 200
    assert client.signed(raw(json.dumps(client.claims()).encode())).status_code == 200


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_no_changed_character_passes(client: Registered, data: st.DataObject) -> None:
    good = sign(client.claims())
    place = data.draw(st.integers(0, len(good) - 2))
    other = data.draw(st.sampled_from("Aa0_-.=~ %"))
    changed = good[:place] + other + good[place + 1 :]
    if changed != good:
        reply = client.signed(changed)
        assert (reply.status_code, reply.json()) == (401, REFUSED)


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    header=st.recursive(st.none() | st.integers() | st.text(max_size=9), st.lists),
    payload=st.binary(max_size=50),
)
def test_no_header_and_no_payload_break_anything(
    client: Registered, header: Any, payload: bytes
) -> None:
    headers = (header, {"alg": header, "kid": "one"}, {"alg": "ES384", "kid": header})
    for one in headers:
        reply = client.signed(sign_bytes(payload, EC, one, "ES384"))
        assert (reply.status_code, reply.json()) == (401, REFUSED)
