"""Secrets, and what people say or are called: planted, and looked for where they must not be.

A service with everything logged that can be is asked all kinds of things, among them what it
refuses and what breaks it.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from app.access.keys import make_key
from app.access.models import Kind
from tests.access.planting import Asked, serving
from tests.clients.asking import ASSERTION_TYPE, KEYS, Registered, register, sign
from tests.conftest import PEPPER, Service
from tests.effects import Rows, rows
from tests.inputs import INSTRUMENT

LONG = "x" * 3000


def answers(asked: Asked, **more: Any) -> dict[str, Any]:
    """A submission of somebody who says something."""
    return {
        "instrument": INSTRUMENT["instrument"],
        "version": INSTRUMENT["version"],
        "period": "2025-H2",
        "role": "nursing",
        "answers": {"A1": 1, "A2": 2, "B1": 3, "B2": 4},
        "respondent": asked.tell("pseudonym"),
        "notes": {"A1": {"evidence": asked.tell("note")}},
        **more,
    }


def submit(asked: Asked, path: str, key: str) -> None:
    """Submissions that are taken in, refused in every way, and that break something."""
    name, note = asked.tell("pseudonym"), asked.tell("note")
    path = f"{path}/submissions"
    whole = answers(asked)
    asked.ask("POST", path, key, json=whole, headers={"Idempotency-Key": "its row is the answer"})
    for wrong in (
        answers(asked, respondent=name + LONG),
        answers(asked, respondent={"name": name}),
        answers(asked, respondent=[name]),
        answers(asked, notes={"A1": {"evidence": note + LONG}}),
        answers(asked, notes={"A1": note}),
        answers(asked, notes={"A1": {"evidence": [note]}}),
        answers(asked, notes={"A1": {"mood": note}}),
        answers(asked, notes=note),
        answers(asked, respondant=name),
        answers(asked, instrument="none"),
        [whole],
    ):
        assert asked.ask("POST", path, key, json=wrong).status_code == 422, wrong
    for text in (f'{{"respondent": "{name}', f'{{"respondent": "{name}", "respondent": 1}}'):
        headers = {"Content-Type": "application/json"}
        assert asked.ask("POST", path, key, content=text, headers=headers).status_code == 400
    assert asked.ask("POST", path, key, content=json.dumps(whole)).status_code == 415
    assert asked.ask("GET", path, key, params={"respondent": name}).status_code == 422


def break_it(asked: Asked, service: Service, path: str, key: str) -> None:
    """Submissions that the database refuses for no reason that we know of, and is late for."""
    path = f"{path}/submissions"
    with service.superuser() as planting:
        planting.execute(
            "ALTER TABLE submission ADD CONSTRAINT planted CHECK (role <> 'finance') NOT VALID"
        )
        planting.commit()
        assert asked.ask("POST", path, key, json=answers(asked, role="finance")).status_code == 500
        planting.execute("ALTER TABLE submission DROP CONSTRAINT planted")
        assert asked.ask("POST", path, key, json=answers(asked)).status_code == 503


def sign_agreement(asked: Asked, path: str, key: str) -> None:
    """An agreement that somebody signed, taken in and refused."""
    path = f"{path}/agreements"
    [signed, *_] = asked.ask("GET", path, key).json()["data"]
    flags = ("benchmark", "research", "partner", "share_with_network")
    body = {
        name: signed[name] for name in ("agreement_version", "text_sha256", "signed_on", *flags)
    }
    signer = asked.tell("signer")
    asked.ask_twice(path, key, json={**body, "signed_by": signer})
    for wrong in ({"signed_by": signer + LONG}, {"signed_by": signer, "signed_on": "2199-01-01"}):
        assert asked.ask("POST", path, key, json={**body, **wrong}).status_code == 422


def deal_with_keys(asked: Asked, client: Registered, key: str) -> None:
    """Keys that are made, rotated, presented wrongly or where they do not belong."""
    scopes = {"scopes": ["clients:read", "submissions:write"]}
    made = asked.ask_twice(f"{client.path}/keys", key, json=scopes).json()
    path = f"{client.path}/keys/{made['key_id']}/rotation"
    newer = asked.ask_twice(path, key, json={"overlap_hours": 0}).json()
    ended, works = asked.secrete("key", made["key"]), asked.secrete("newer key", newer["key"])
    unknown = asked.secrete("unknown key", make_key("operator", "test").text)
    malformed = asked.secrete("malformed key", unknown[:-1] + "!")
    for presented in (ended, unknown, malformed):
        assert asked.ask("GET", "/v1/clients", presented).status_code == 401
    assert asked.ask("GET", "/v1/clients", headers={"Authorization": works}).status_code == 401
    assert asked.ask("GET", "/v1/clients", works, params={"key": works}).status_code == 422
    assert asked.ask("GET", "/v1/frameworks", params={"key": works}).status_code == 422
    assert asked.ask("POST", "/v1/networks", works, json={"key": works}).status_code == 403
    assert asked.ask("POST", f"{client.path}/keys", key, json={"key": works}).status_code == 422
    private = {**KEYS["ES384"].as_dict(private=True), "kid": "one"}
    asked.secrete("private key", private["d"])
    jwks = {"keys": [private], "scopes": ["clients:read"]}
    assert asked.ask("PUT", f"{client.path}/jwks", key, json=jwks).status_code == 422


def deal_with_tokens(asked: Asked, client: Registered) -> None:
    """Tokens asked for in every way, used, and ended."""
    own = asked.secrete("client secret", client.new_key())
    client.set_jwks("clients:read", one=KEYS["ES384"])
    wrong = asked.secrete("wrong client secret")
    grant = {"grant_type": "client_credentials"}
    for secret in (own, wrong):
        asked.ask("POST", "/oauth/token", data=grant, auth=(client.id, secret))
    made = asked.ask("POST", "/oauth/token", data=grant, auth=(client.id, own)).json()
    token = asked.secrete("token", made["access_token"])
    signed = sign(client.claims(aud=f"{asked.base_url}/oauth/token"))
    assertion = asked.secrete("assertion", signed)
    forged = asked.secrete("forged assertion", assertion[:-9] + "A" * 9)
    for one in (forged, assertion, assertion):
        asked.ask(
            "POST",
            "/oauth/token",
            data={**grant, "client_assertion_type": ASSERTION_TYPE, "client_assertion": one},
        )
    assert [one.status_code for one in asked.replies[-3:]] == [401, 200, 401]
    for form in ({"token": token}, {"token": own}, {"token": token, "password": own}):
        asked.ask("POST", "/oauth/introspect", data=form, auth=(client.id, own))
        asked.ask("POST", "/oauth/revoke", data=form, auth=(client.id, own))
    assert asked.ask("GET", "/v1/clients", token).status_code == 401


def invite(asked: Asked, path: str, key: str) -> None:
    """Respondents who answer with a token, wrongly and rightly, and ask to be forgotten."""
    invitations = f"{path}/assessments/2025-H2/invitations"
    named = {name: INSTRUMENT[name] for name in ("instrument", "version")}
    made = asked.ask_twice(invitations, key, json={**named, "roles": {"board": 1}}).json()
    token = asked.secrete("respondent's token", made["data"][0]["token"])
    note = asked.tell("respondent's note")
    body = {"answers": {"A1": 1, "B1": 3}, "notes": {"A1": {"evidence": note}}}
    spoilt: list[Any] = [{**body, "notes": {"A1": note}}, {**body, "token": token}, [note]]
    for wrong in spoilt:
        assert asked.ask("POST", "/v1/invitation/submission", token, json=wrong).is_error
    asked.ask_twice("/v1/invitation/submission", token, json=body)
    assert asked.ask("POST", "/v1/invitation/submission", token, json=body).status_code == 409
    assert asked.ask("GET", path, token).status_code == 401
    name, own = asked.tell("pseudonym of one who leaves"), asked.tell("note of one who leaves")
    leaving = answers(asked, respondent=name, notes={"A1": {"evidence": own}})
    assert asked.ask("POST", f"{path}/submissions", key, json=leaving).status_code == 201
    for whose in ({"respondent": name}, {"invitation": token}):
        for verb in ("exports", "erasures"):
            asked.ask_twice(f"{path}/{verb}", key, json=whose)
            asked.secret.pop(f"idempotency key of {path}/{verb}")
    wrongs: list[Any] = [
        {"respondent": name + LONG},
        {"invitation": token + LONG},
        {"respondent": name, "invitation": token},
        {"respondent": [name]},
        {"name": name},
        [name],
    ]
    for wrong in wrongs:
        for verb in ("exports", "erasures"):
            assert asked.ask("POST", f"{path}/{verb}", key, json=wrong).status_code == 422, wrong


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("canaries") / "serve.log"


@pytest.fixture(scope="module")
def asked(service: Service, log: Path) -> Asked:
    """All that is asked, and what came back."""
    organization = service.organization()
    with serving(service, log) as base_url:
        found = Asked(base_url)
        found.secrete("pepper", PEPPER)
        operator = found.secrete("operator's key", service.key(Kind.OPERATOR))
        own = found.secrete("organization's key", service.key(Kind.ORGANIZATION, organization.id))
        submit(found, organization.path, own)
        break_it(found, service, organization.path, own)
        sign_agreement(found, organization.path, own)
        deal_with_keys(found, register(service, Kind.PARTNER), operator)
        deal_with_tokens(found, register(service, Kind.PARTNER))
        invite(found, organization.path, own)
    return found


def test_enough_was_asked(asked: Asked, log: Path) -> None:
    statuses = {one.status_code for one in asked.replies}

    assert len(asked.replies) > 60
    assert statuses >= {200, 201, 400, 401, 403, 409, 415, 422, 500, 503}
    assert "DEBUG:" in log.read_text()


def test_nothing_planted_is_in_the_logs(asked: Asked, log: Path) -> None:
    lines = log.read_text().splitlines()
    planted = {**asked.secret, **asked.personal}

    assert len(lines) > 100
    assert [(name, line) for name, text in planted.items() for line in lines if text in line] == []


def test_nothing_planted_is_in_a_problem(asked: Asked) -> None:
    planted = {**asked.secret, **asked.personal}
    problems = [f"{one.headers} {one.text}" for one in asked.replies if one.is_error]

    assert len(problems) > 40
    assert [(name, one) for name, text in planted.items() for one in problems if text in one] == []


def tables_with(found: Rows, text: str) -> set[str]:
    """Where a text stands, or its bytes."""
    forms = (text, text.encode().hex())
    return {
        table for table, some in found.items() if any(one in row for row in some for one in forms)
    }


def test_no_secret_is_in_the_database(service: Service, asked: Asked) -> None:
    found = rows(service)

    told = {name: tables_with(found, text) for name, text in asked.secret.items()}

    assert {name: tables for name, tables in told.items() if tables} == {}


def test_what_people_say_is_where_it_belongs_and_a_pseudonym_is_nowhere(
    service: Service, asked: Asked
) -> None:
    found = rows(service)

    told = {name: tables_with(found, text) for name, text in asked.personal.items()}

    assert told == {
        "pseudonym": set(),
        "note": {"submission"},
        "pseudonym of one who leaves": set(),
        "note of one who leaves": set(),
        "respondent's note": set(),
        "signer": {"participation"},
    }
