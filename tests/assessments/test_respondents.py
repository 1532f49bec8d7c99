"""With a token a person reads one instrument and submits once, and nothing tells who it was."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from app.access import keys
from app.access.models import Kind
from app.db import Scope, transaction
from tests.assessments.asking import PAIR, faults, publish, refused, rows, standing
from tests.assessments.inviting import (
    ANSWERS,
    PERIOD,
    SHEET,
    SUBMISSION,
    answer,
    change,
    invite,
    listed,
    row,
)
from tests.conftest import PEPPER, Organization, Service


@pytest.fixture
def organization(service: Service) -> Organization:
    return service.organization()


@pytest.fixture
def token(organization: Organization) -> str:
    return str(invite(organization)[0]["token"])


def lock(organization: Organization) -> None:
    reply = organization.client.post(f"{organization.path}/assessments/{PERIOD}/lock")
    assert reply.status_code == 201, reply.text


def test_a_token_opens_the_instrument(service: Service, token: str) -> None:
    reply = service.as_(token).get(SHEET)

    body = reply.json()
    assert reply.status_code == 200
    assert (body["status"], body["role"], body["period"]) == ("open", "nursing", PERIOD)
    published = service.http.get("/v1/instruments/small/versions/1").json()
    assert body["instrument"] == published
    assert reply.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("asked", "language", "title"),
    [
        pytest.param({"params": {"lang": "es"}}, "es", "Dos", id="by parameter"),
        pytest.param({"headers": {"Accept-Language": "es-MX"}}, "es", "Dos", id="by header"),
        pytest.param({}, "en", "Two items", id="by default"),
        pytest.param({"params": {"lang": "*"}}, "*", PAIR["title"], id="all"),
    ],
)
def test_the_instrument_comes_in_the_language_asked_for(
    service: Service, organization: Organization, asked: Any, language: str, title: object
) -> None:
    publish(service)
    [made] = invite(organization, instrument="pair")

    reply = service.as_(made["token"]).get(SHEET, **asked)

    assert (reply.json()["language"], reply.json()["instrument"]["title"]) == (language, title)
    assert reply.headers.get("Content-Language", "*") == language


def test_answers_are_scored_and_kept_as_the_roles(
    service: Service, organization: Organization, token: str
) -> None:
    notes = {"A1": {"evidence": "minutes"}}

    reply = answer(service, token, notes=notes)

    body = reply.json()
    assert reply.status_code == 201, reply.text
    assert set(body) == {
        *("instrument", "version", "period", "role", "answers", "notes", "scores"),
    }
    assert body["scores"]["overall"]["fraction"] == "175/4"
    [stored] = organization.client.get(f"{organization.path}/submissions").json()["data"]
    assert (stored["role"], stored["mode"], stored["period"]) == ("nursing", "individual", PERIOD)
    assert (stored["answers"], stored["notes"]) == (ANSWERS["answers"], notes)


def test_a_submission_carries_no_name_of_who_made_it(
    service: Service, organization: Organization, token: str
) -> None:
    assert answer(service, token, key="mine").status_code == 201

    with service.superuser() as connection:
        found = connection.execute(
            "SELECT respondent_hash, external_id, idempotency_key FROM submission"
            " WHERE organization_id = %s",
            (organization.id,),
        ).fetchall()
    assert found == [(None, None, None)]


def test_nobody_elses_submission_replaces_it(service: Service, organization: Organization) -> None:
    first, second = invite(organization, roles={"nursing": 2})
    assert answer(service, first["token"]).status_code == 201
    assert answer(service, second["token"]).status_code == 201
    for name in (first["id"], f"invitation:{first['id']}", "nursing"):
        assert organization.submit(respondent=name).status_code == 201

    assert standing(service, organization.id) == 5


@pytest.mark.parametrize(
    ("changed", "pointer", "code"),
    [
        pytest.param({"answers": {}}, "/answers", "too-short", id="no answers"),
        pytest.param({"answers": {"A1": 9}}, "/answers/A1", "level-out-of-range", id="no level"),
        pytest.param({"answers": {"X": 1}}, "/answers/X", "item-unknown", id="no item"),
        pytest.param({"notes": {"X": {}}}, "/notes/X", "item-unknown", id="a note to no item"),
        pytest.param({"role": "board"}, "/role", "unknown-field", id="another role"),
        pytest.param({"period": "2024"}, "/period", "unknown-field", id="another period"),
        pytest.param({"mode": "consensus"}, "/mode", "unknown-field", id="the team's name"),
        pytest.param({"respondent": "Ann"}, "/respondent", "unknown-field", id="a name"),
        pytest.param({"supersedes": None}, "/supersedes", "unknown-field", id="a replacement"),
    ],
)
def test_what_is_wrong_is_said_and_uses_nothing_up(
    service: Service,
    organization: Organization,
    token: str,
    changed: dict[str, Any],
    pointer: str,
    code: str,
) -> None:
    [wrong] = faults(answer(service, token, **changed))

    assert (wrong["pointer"], wrong["code"]) == (pointer, code)
    assert rows(service, organization.id)["submission"] == 0
    assert answer(service, token).status_code == 201


def forged(token: str) -> str:
    """The same public name with another secret, and a right checksum."""
    other = keys.make_key("invitation", "test").text
    made = token[:19] + other[19:-6]
    return made + keys._checksum(made)  # noqa: SLF001 - a forger knows the published rule


def test_whatever_is_wrong_with_a_token_is_answered_alike(
    service: Service, organization: Organization
) -> None:
    used, expired, revoked, wrong = invite(organization, roles={"nursing": 4})
    assert answer(service, used["token"]).status_code == 201
    past = "created_at = now() - interval '2 days', expires_at = now()"
    change(service, expired["id"], past)
    change(service, revoked["id"], "revoked_at = now()")
    unknown = keys.make_key("invitation", "test").text
    tokens = [expired["token"], revoked["token"], forged(wrong["token"]), unknown, "plci_", ""]
    tokens += [service.key(Kind.OPERATOR), organization.client.headers["Authorization"][7:]]

    no_key = service.http.get(f"{organization.path}/submissions")
    for token in tokens:
        for reply in (service.as_(token).get(SHEET), answer(service, token)):
            assert (reply.status_code, reply.content) == (401, no_key.content)
            assert reply.headers["WWW-Authenticate"] == no_key.headers["WWW-Authenticate"]


def test_a_token_is_no_key(service: Service, organization: Organization, token: str) -> None:
    caller = service.as_(token)

    for one in ("", "/submissions", f"/assessments/{PERIOD}", f"/assessments/{PERIOD}/invitations"):
        assert refused(caller.get(f"{organization.path}{one}")) == (401, "unauthenticated")
    assert refused(caller.get("/v1/organizations")) == (401, "unauthenticated")


def test_a_locked_round_takes_no_answers(
    service: Service, organization: Organization, token: str
) -> None:
    assert organization.submit().status_code == 201
    lock(organization)

    assert service.as_(token).get(SHEET).json()["status"] == "closed"
    assert refused(answer(service, token)) == (409, "assessment-closed")
    assert row(service, listed(organization)["data"][0]["id"])["used_on"] is None


def test_locking_cuts_every_link_from_a_person_to_answers(
    service: Service, organization: Organization
) -> None:
    made = invite(organization, roles={"nursing": 3})
    for one in made:
        assert answer(service, one["token"], key=one["id"]).status_code == 201
    before = [row(service, one["id"])["submission_id"] for one in made]

    lock(organization)

    assert len(set(before) - {None}) == 3
    assert [row(service, one["id"])["submission_id"] for one in made] == [None] * 3
    assert rows(service, organization.id)["submission"] == 3


def test_locking_one_round_leaves_the_others_links(
    service: Service, organization: Organization
) -> None:
    publish(service)
    [other] = invite(organization, instrument="pair")
    assert answer(service, other["token"], answers={"P1": 1, "P2": 2}).status_code == 201
    assert organization.submit().status_code == 201

    reply = organization.client.post(
        f"{organization.path}/assessments/{PERIOD}/lock", params={"instrument": "small"}
    )

    assert reply.status_code == 201
    assert row(service, other["id"])["submission_id"] is not None


def test_no_answers_are_taken_in_once_the_agreement_has_run_out(
    service: Service, organization: Organization, token: str
) -> None:
    with service.superuser() as connection:
        connection.execute(
            "UPDATE organization SET agreement_version = NULL WHERE id = %s", (organization.id,)
        )

    assert refused(answer(service, token)) == (403, "agreement-needed")
    assert service.as_(token).get(SHEET).status_code == 200


def test_the_trail_says_that_a_respondent_answered_and_not_which(
    service: Service, organization: Organization
) -> None:
    [made] = invite(organization)
    assert service.as_(made["token"]).get(SHEET).status_code == 200
    assert answer(service, made["token"], key="k").status_code == 201

    *_, last = organization.client.get(f"{organization.path}/audit").json()["data"]

    assert last["operation"].endswith("/invitation/submission")
    assert last["actor"] == {"kind": "respondent", "client_id": None, "key_id": None}
    assert last["target"] == SUBMISSION
    key_id = row(service, made["id"])["key_id"]
    assert key_id not in str(last)
    assert made["id"] not in str(last)


def test_a_token_shows_the_database_no_invitation_but_its_own(
    service: Service, organization: Organization
) -> None:
    made = invite(organization, roles={"nursing": 2})
    invite(service.organization())
    digest = keys.digest(made[0]["token"], PEPPER.encode())

    async def seen() -> list[UUID]:
        engine = service.http.app.state.engine  # type: ignore[attr-defined]
        async with transaction(engine, Scope(key=digest.hex())) as session:
            connection = await session.connection()
            return list(await connection.scalars(text("SELECT id FROM invitation")))

    assert service.http.portal is not None
    assert service.http.portal.call(seen) == [UUID(made[0]["id"])]
