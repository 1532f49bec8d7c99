"""Bodies that are accepted, by what the relation of a check says."""

import base64
from functools import cache
from typing import Any
from urllib.parse import urlencode

from cryptography.hazmat.primitives.asymmetric import ec

from tests.inputs import INSTRUMENT
from tests.isolation.matrix import NETWORKS
from tests.isolation.world import (
    ABSENT,
    FOREIGN_RECORD,
    PERIOD,
    RESPONDENT,
    World,
    public_canary,
    signed,
    submission,
)


def instrument(_: World, __: str) -> dict[str, Any]:
    """The next version of the instrument."""
    return {**INSTRUMENT, "version": "2"}


def network(_: World, __: str) -> dict[str, Any]:
    """A new network."""
    return {"external_id": "new", "name": "A new network"}


def organization(world: World, relation: str) -> dict[str, Any]:
    """A new organization in a network."""
    named = world.networks.get(NETWORKS.get(relation, ""), ABSENT)
    return {"external_id": "new", "name": "A new hospital", "network": named}


def organizations(world: World, relation: str) -> list[dict[str, Any]]:
    """A new organization in a network, that goes by the names of ``foreign``."""
    names = {
        "external_id": public_canary("foreign"),
        "name": public_canary("foreign"),
        "identifiers": {"own": public_canary("foreign")},
    }
    return [{**organization(world, relation), **names}]


def change(_: World, __: str) -> dict[str, Any]:
    """Another name."""
    return {"name": "Another name"}


def agreement(_: World, __: str) -> dict[str, Any]:
    """The next version of the agreement."""
    return {"version": "2", "text": {"en": "We agree."}}


def participation(world: World, _: str) -> dict[str, Any]:
    """A signed agreement."""
    return signed(world, "The board", share_with_network=False)


def grant(world: World, _: str) -> dict[str, Any]:
    """Something for a partner."""
    return {"partner": world.clients["partner with grant"], "scopes": ["submissions:read"]}


def grant_to_a_stranger(world: World, _: str) -> dict[str, Any]:
    """Something for a client of a foreign hospital, which is no partner app."""
    return {"partner": world.clients["foreign's own"], "scopes": ["submissions:read"]}


def answers(_: World, relation: str) -> dict[str, Any]:
    """A submission by a name that only ``foreign`` has used before."""
    name = "another" if relation == "foreign" else FOREIGN_RECORD
    return submission(PERIOD, name, "new")


def lines(world: World, relation: str) -> list[dict[str, Any]]:
    """An import of one submission."""
    about = world.hospitals.get(relation, ABSENT)
    return [{**answers(world, relation), "external_id": "new", "organization": about}]


def invitation(_: World, __: str) -> dict[str, Any]:
    """An invitation of one nurse."""
    named = {name: INSTRUMENT[name] for name in ("instrument", "version")}
    return {**named, "roles": {"nursing": 1}}


def pseudonym(_: World, __: str) -> dict[str, Any]:
    """A respondent that every organization knows by the same name."""
    return {"respondent": RESPONDENT}


def invitee(world: World, _: str) -> dict[str, Any]:
    """A respondent of ``own`` by the token that was used."""
    return {"invitation": world.tokens["invitee"]}


def cohort_request(_: World, __: str) -> dict[str, Any]:
    return {"attributes": ["type", "teaching"]}


def program(_: World, __: str) -> dict[str, Any]:
    return {"elements": ["LP1"]}


def query(_: World, __: str) -> dict[str, Any]:
    """How many teaching hospitals a release counted: too few to be told, in this world."""
    named = {name: INSTRUMENT[name] for name in ("instrument", "version")}
    asked = {"release": 1, **named, "statistic": "count", "filters": {"teaching": ["yes"]}}
    return {**asked, "epsilon_thousandths": 250}


def own_answers(_: World, __: str) -> dict[str, Any]:
    """What a respondent sends."""
    return {"answers": {"A1": 1, "A2": 2, "B1": 3, "B2": 4}}


def network_client(world: World, relation: str) -> dict[str, Any]:
    """Another client of a network."""
    named = world.networks.get(NETWORKS.get(relation, ""), ABSENT)
    return {"kind": "network", "name": "new", "network": named}


def organization_client(world: World, relation: str) -> dict[str, Any]:
    """Another client of an organization."""
    named = world.hospitals.get(relation, ABSENT)
    return {"kind": "organization", "name": "new", "organization": named}


def key(_: World, __: str) -> dict[str, Any]:
    """A key of a scope that every client can have."""
    return {"scopes": ["clients:read"]}


def rotation(_: World, __: str) -> dict[str, Any]:
    """With an overlap of a day."""
    return {}


@cache
def _point() -> dict[str, str]:
    numbers = ec.generate_private_key(ec.SECP384R1()).public_key().public_numbers()
    return {
        name: base64.urlsafe_b64encode(value.to_bytes(48)).rstrip(b"=").decode()
        for name, value in (("x", numbers.x), ("y", numbers.y))
    }


def jwks(_: World, __: str) -> dict[str, Any]:
    """A public key to sign with."""
    public = {"kty": "EC", "crv": "P-384", "kid": "new", **_point()}
    return {"keys": [public], "scopes": ["clients:read"]}


def credentials(_: World, __: str) -> bytes:
    """The form that asks for a token."""
    return urlencode({"grant_type": "client_credentials"}).encode()


def token(world: World, relation: str) -> bytes:
    """The form that names a token."""
    of = {"own": "own's own", "foreign": "foreign's own"}.get(relation, "")
    return urlencode({"token": world.tokens.get(of, "plct_test_nothing")}).encode()
