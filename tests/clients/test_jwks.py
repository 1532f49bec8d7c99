"""The public keys that a client signs with: what is taken, and that nothing private is."""

from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey
from joserfc.util import int_to_base64

from app.access.models import Kind
from tests.clients.asking import KEYS, Registered, caller, register
from tests.conftest import Service

EC = {**KEYS["ES384"].as_dict(private=False), "kid": "one"}
RSA = {**KEYS["RS384"].as_dict(private=False), "kid": "two"}
NUMBERS = rsa.generate_private_key(65537, 3072).private_numbers()


def put(client: Registered, *keys: Any, **more: Any) -> Any:
    body = {"keys": keys, "scopes": ["clients:read"], **more}
    return client.service.operator.request("PUT", f"{client.path}/jwks", json=body)


@pytest.fixture(scope="module")
def client(service: Service) -> Registered:
    return register(service, Kind.PARTNER)


def test_public_keys_are_kept_and_shown(service: Service) -> None:
    client = register(service, Kind.PARTNER)
    scopes = ["submissions:write", "clients:read", "clients:read"]
    decorated = {**RSA, "use": "sig", "alg": "RS384", "key_ops": ["verify"]}

    reply = put(client, EC, decorated, scopes=scopes)

    assert reply.status_code == 200, reply.text
    shown = reply.json()["jwks"]
    assert shown["scopes"] == ["clients:read", "submissions:write"]
    assert sorted(shown["keys"], key=lambda key: key["kid"]) == [EC, RSA]
    assert service.operator.get(client.path).json() == reply.json()
    assert put(client).json()["jwks"]["keys"] == [], "and can all be taken away"


@pytest.mark.parametrize("text", ["x" * 100_000, "\N{PILE OF POO}" * 100_000])
def test_what_chooses_between_kinds_of_key_is_not_said_back_at_length(
    client: Registered, text: str
) -> None:
    reply = put(client, {**EC, "kty": text})

    assert reply.status_code == 422
    assert len(reply.content) < 5000


def test_the_same_key_is_kept_in_one_form(client: Registered) -> None:
    """Leading zeros would give one key two thumbprints."""
    padded = {**RSA, "n": int_to_base64(int(NUMBERS.public_numbers.n), 400)}

    kept = put(client, padded).json()["jwks"]["keys"][0]

    assert kept["n"] == int_to_base64(int(NUMBERS.public_numbers.n))


PRIVATE: dict[str, dict[str, Any]] = {
    "a private EC key": {**KEYS["ES384"].as_dict(private=True), "kid": "one"},
    "a private RSA key": {**KEYS["RS384"].as_dict(private=True), "kid": "two"},
    "a secret": {**OctKey.generate_key(384).as_dict(private=True), "kid": "three"},
    "a private Ed25519 key": {**OKPKey.generate_key("Ed25519").as_dict(private=True), "kid": "4"},
    "half of one": {**RSA, "p": int_to_base64(NUMBERS.p)},
    "other primes": {**RSA, "oth": [{"r": "AQAB"}]},
}


@pytest.mark.parametrize("key", PRIVATE.values(), ids=[*PRIVATE])
def test_a_private_key_is_refused_and_not_repeated(
    client: Registered, key: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    before = client.service.operator.get(client.path).content

    reply = put(client, EC if key["kid"] == "two" else RSA, key)

    assert reply.status_code == 422
    [error] = reply.json()["errors"]
    assert (error["pointer"], error["code"]) == ("/keys/1", "private-key")
    assert error["received"] is None
    for name in {"d", "p", "k"} & set(key):
        assert key[name] not in reply.text
        assert key[name] not in caplog.text
    assert client.service.operator.get(client.path).content == before


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({"keys": PRIVATE["a secret"]}, id="where a list belongs"),
        pytest.param({"keys": [[PRIVATE["a secret"]]]}, id="a level too deep"),
        pytest.param({"keys": [], "scopes": [PRIVATE["a secret"]]}, id="among the scopes"),
        pytest.param({"jwks": [PRIVATE["a secret"]]}, id="under another name"),
        pytest.param([PRIVATE["a secret"]], id="for a body"),
        pytest.param({"keys": PRIVATE["a secret"]["k"]}, id="bare"),
        pytest.param({"keys": [PRIVATE["a secret"]["k"]]}, id="bare in a list"),
        pytest.param({"keys": [{**EC, "x": PRIVATE["a secret"]["k"]}]}, id="for a coordinate"),
        pytest.param({"keys": [], "scopes": PRIVATE["a secret"]["k"]}, id="bare for the scopes"),
    ],
)
def test_a_secret_in_the_wrong_place_is_not_repeated(client: Registered, body: Any) -> None:
    reply = client.service.operator.request("PUT", f"{client.path}/jwks", json=body)

    assert reply.status_code == 422
    assert PRIVATE["a secret"]["k"] not in reply.text
    assert {one["received"] for one in reply.json()["errors"]} == {None}


def small(bits: int) -> dict[str, Any]:
    """An RSA key that is too short, also when it is made to look longer."""
    number = int(rsa.generate_private_key(65537, bits).public_key().public_numbers().n)
    return {**RSA, "n": int_to_base64(number, 384)}


P256 = ECKey.generate_key("P-256").as_dict(private=False)
P521 = ECKey.generate_key("P-521").as_dict(private=False)
WRONG: dict[str, tuple[list[Any], list[tuple[str, str]]]] = {
    "an RSA key of 2048 bits": ([small(2048)], [("/keys/0", "not-a-key")]),
    "an RSA key of 3064 bits": ([small(3064)], [("/keys/0", "not-a-key")]),
    "a shorter RSA key as it is": (
        [{**RSAKey.generate_key(2048).as_dict(private=False), "kid": "x"}],
        [("/keys/0/RSA/n", "pattern-mismatch")],
    ),
    "an RSA key of 16384 bits": (
        [{**RSA, "n": int_to_base64(2**16383 + 1)}],
        [("/keys/0/RSA/n", "pattern-mismatch")],
    ),
    "an even modulus": (
        [{**RSA, "n": int_to_base64(2**3071)}],
        [("/keys/0", "not-a-key")],
    ),
    "another exponent": ([{**RSA, "e": "Aw"}], [("/keys/0/RSA/e", "not-one-of")]),
    "another curve": (
        [{**P256, "kid": "x"}],
        [
            ("/keys/0/EC/crv", "not-one-of"),
            ("/keys/0/EC/x", "pattern-mismatch"),
            ("/keys/0/EC/y", "pattern-mismatch"),
        ],
    ),
    "a longer curve": (
        [{**P521, "kid": "x"}],
        [
            ("/keys/0/EC/crv", "not-one-of"),
            ("/keys/0/EC/x", "pattern-mismatch"),
            ("/keys/0/EC/y", "pattern-mismatch"),
        ],
    ),
    "no point of the curve": ([{**EC, "y": EC["x"]}], [("/keys/0", "not-a-key")]),
    "the point at infinity": ([{**EC, "x": "A" * 64, "y": "A" * 64}], [("/keys/0", "not-a-key")]),
    "another type": (
        [{"kty": "OKP", "crv": "Ed25519", "x": "AA", "kid": "x"}],
        [("/keys/0", "union-tag-invalid")],
    ),
    "no type": ([{"kid": "x"}], [("/keys/0", "union-tag-not-found")]),
    "no key id": ([{**EC, "kid": ""}], [("/keys/0/EC/kid", "pattern-mismatch")]),
    "a key for encrypting": ([{**EC, "use": "enc"}], [("/keys/0/EC/use", "not-one-of")]),
    "another algorithm": ([{**RSA, "alg": "RS256"}], [("/keys/0/RSA/alg", "not-one-of")]),
    "a link elsewhere": (
        [{**EC, "x5u": "https://example.org"}],
        [("/keys/0/EC/x5u", "unknown-field")],
    ),
    "one key id twice": ([EC, {**RSA, "kid": "one"}], [("/keys/1", "repeated-key")]),
    "one key twice": ([EC, {**EC, "kid": "other"}], [("/keys/1", "repeated-key")]),
    "eleven keys": ([EC] * 11, [("/keys", "too-long")]),
}


@pytest.mark.parametrize(("keys", "errors"), WRONG.values(), ids=[*WRONG])
def test_a_key_that_will_not_do_is_said(
    client: Registered, keys: list[Any], errors: list[tuple[str, str]]
) -> None:
    reply = put(client, *keys)

    assert reply.status_code == 422
    assert [(one["pointer"], one["code"]) for one in reply.json()["errors"]] == errors


@pytest.mark.parametrize(
    ("scopes", "code"),
    [
        pytest.param([], "too-short", id="none"),
        pytest.param(["catalog:write"], "scope-not-allowed", id="one beyond the kind"),
        pytest.param(["clients:write"], "scope-not-allowed", id="one that no token has"),
    ],
)
def test_scopes_that_a_token_cannot_have_are_said(
    client: Registered, scopes: list[str], code: str
) -> None:
    reply = put(client, EC, scopes=scopes)

    assert reply.status_code == 422
    assert [(one["pointer"], one["code"]) for one in reply.json()["errors"]] == [("/scopes", code)]


def test_all_that_is_wrong_is_said_at_once(client: Registered) -> None:
    reply = put(client, small(2048), {**EC, "y": EC["x"]}, EC, EC, scopes=["data:read"])

    errors = [(one["pointer"], one["code"]) for one in reply.json()["errors"]]
    assert errors == [
        ("/scopes", "scope-not-allowed"),
        ("/keys/0", "not-a-key"),
        ("/keys/1", "not-a-key"),
        ("/keys/3", "repeated-key"),
    ]


def test_an_organization_sets_its_own_and_no_others(service: Service) -> None:
    organization = service.organization()
    mine = register(service, Kind.ORGANIZATION, organization=organization.id)
    body = {"keys": [EC], "scopes": ["submissions:write"]}

    assert organization.client.request("PUT", f"{mine.path}/jwks", json=body).status_code == 200
    theirs = register(service, Kind.ORGANIZATION)
    assert organization.client.request("PUT", f"{theirs.path}/jwks", json=body).status_code == 404
    network = caller(service, Kind.NETWORK, service.network()["id"])
    assert network.request("PUT", f"{mine.path}/jwks", json=body).status_code == 404
