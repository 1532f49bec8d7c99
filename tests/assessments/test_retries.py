"""Submitting again: what is recognised as a retry, what replaces, and what is a conflict."""

from typing import Any

import pytest

from app.access.models import Kind
from tests.assessments.asking import PAIRED, publish, refusal, refused, rows, standing
from tests.conftest import Organization, Service

ONE = {"assessment": 1, "submission": 1, "result": 0}


@pytest.fixture(scope="module", autouse=True)
def pair(service: Service) -> None:
    """A second instrument."""
    publish(service)


@pytest.fixture
def organization(service: Service) -> Organization:
    return service.organization()


def key(value: str) -> dict[str, str]:
    return {"Idempotency-Key": value}


def test_a_key_again_with_the_same_body_replays_the_reply(
    service: Service, organization: Organization
) -> None:
    first = organization.submit(key("k"), respondent="p")

    again = organization.submit(key("k"), respondent="p")

    assert (again.status_code, again.headers["Idempotent-Replayed"]) == (201, "true")
    assert again.headers["Location"] == first.headers["Location"]
    assert again.content == first.content
    assert rows(service, organization.id) == ONE


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"answers": {"A1": 2}}, id="other answers"),
        pytest.param({"respondent": "p"}, id="another respondent"),
        pytest.param({"period": "2025-H1"}, id="another period"),
        pytest.param({"notes": {"A1": {"evidence": "x"}}}, id="a note more"),
    ],
)
def test_a_key_again_with_another_body_is_refused(
    service: Service, organization: Organization, change: dict[str, Any]
) -> None:
    organization.submit(key("k"))

    reply = organization.submit(key("k"), **change)

    assert refusal(reply) == {
        "type": "/problems/idempotency-key-reused",
        "title": "Idempotency key used for another request",
        "status": 422,
        "detail": "Use a new Idempotency-Key for a new submission",
    }
    assert rows(service, organization.id) == ONE


def test_a_key_is_good_for_ever_whatever_became_of_the_submission(
    service: Service, organization: Organization
) -> None:
    first = organization.submit(key("k"), respondent="p").json()
    organization.submit(respondent="p", answers={"A1": 4})

    again = organization.submit(key("k"), respondent="p")

    assert again.headers["Idempotent-Replayed"] == "true"
    assert (again.json()["id"], again.json()["status"]) == (first["id"], "superseded")
    assert standing(service, organization.id) == 1


def test_a_key_belongs_to_the_client_that_sent_it(service: Service) -> None:
    one, other = service.organization(), service.organization()
    second_client = Organization(one.row, service.as_(service.key(Kind.ORGANIZATION, one.id)))

    replies = [each.submit(key("k")) for each in (one, second_client, other)]

    assert [each.status_code for each in replies] == [201, 201, 201]
    assert ["Idempotent-Replayed" in each.headers for each in replies] == [False] * 3
    assert len({each.json()["id"] for each in replies}) == 3


def test_two_clients_may_happen_on_the_same_key(
    service: Service, organization: Organization
) -> None:
    colleague = Organization(
        organization.row, service.as_(service.key(Kind.ORGANIZATION, organization.id))
    )
    older = organization.submit(key("k"), external_id="rec").json()

    newer = colleague.submit(key("k"), external_id="rec", answers={"A1": 4})

    assert (newer.status_code, newer.json()["supersedes"]) == (201, older["id"])


def test_an_external_id_again_with_the_same_content_changes_nothing(
    service: Service, organization: Organization
) -> None:
    first = organization.submit(external_id="rec")

    again = organization.submit(external_id="rec")
    with_a_new_key = organization.submit(key("new"), external_id="rec")

    assert [one.status_code for one in (first, again, with_a_new_key)] == [201, 200, 200]
    assert first.content == again.content == with_a_new_key.content
    assert again.headers["Location"] == first.headers["Location"]
    assert "Idempotent-Replayed" not in again.headers
    assert "Idempotent-Replayed" not in with_a_new_key.headers
    assert rows(service, organization.id) == ONE


@pytest.mark.parametrize(
    ("first", "then"),
    [
        pytest.param(
            {"external_id": "rec"},
            {"external_id": "rec", "answers": {"A1": 4}},
            id="the same external id with other content",
        ),
        pytest.param(
            {"respondent": "p"}, {"respondent": "p", "role": "board"}, id="the same respondent"
        ),
        pytest.param(
            {"respondent": "p"}, {"respondent": "p"}, id="the same respondent with the same answers"
        ),
        pytest.param(
            {"mode": "consensus", "role": None},
            {"mode": "consensus", "role": None},
            id="the consensus after a consensus",
        ),
        pytest.param(
            {"external_id": "rec", "respondent": "p"},
            {"external_id": "rec", "respondent": "p", "answers": {"A1": 4}},
            id="two names of one submission",
        ),
    ],
)
def test_the_newer_replaces_the_older(
    organization: Organization, first: dict[str, Any], then: dict[str, Any]
) -> None:
    older = organization.submit(**first).json()

    reply = organization.submit(**then)

    newer = reply.json()
    assert reply.status_code == 201
    assert (newer["supersedes"], newer["status"]) == (older["id"], "stands")
    kept = organization.client.get(f"{organization.path}/submissions/{older['id']}").json()
    assert kept == {
        **older,
        "status": "superseded",
        "superseded_at": newer["submitted_at"],
    }


def test_a_submission_may_name_the_one_it_replaces(organization: Organization) -> None:
    older, other = organization.submit().json(), organization.submit().json()

    newer = organization.submit(supersedes=older["id"]).json()

    assert newer["supersedes"] == older["id"]
    listed = organization.client.get(f"{organization.path}/submissions?standing=true").json()
    assert [one["id"] for one in listed["data"]] == [other["id"], newer["id"]]


def test_without_a_name_nothing_is_replaced(service: Service, organization: Organization) -> None:
    organization.submit()
    organization.submit()
    organization.submit(respondent="p")
    organization.submit(external_id="rec")
    organization.submit(mode="consensus")

    assert standing(service, organization.id) == 5


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"period": "2025-H1"}, id="another period"),
        pytest.param(PAIRED, id="another instrument"),
    ],
)
def test_a_respondent_and_a_consensus_are_of_one_round(
    service: Service, organization: Organization, change: dict[str, Any]
) -> None:
    names: list[dict[str, Any]] = [{"respondent": "p"}, {"mode": "consensus"}]
    for more in names:
        organization.submit(**more)
        assert organization.submit(**more, **change).json()["supersedes"] is None

    assert standing(service, organization.id) == 4


@pytest.mark.parametrize("ended", ["superseded", "withdrawn", "another organization's"])
def test_what_does_not_stand_cannot_be_replaced(
    service: Service, organization: Organization, ended: str
) -> None:
    old = organization.submit().json()["id"]
    if ended == "superseded":
        organization.submit(supersedes=old)
    elif ended == "withdrawn":
        organization.client.post(f"{organization.path}/submissions/{old}/withdrawal")
    else:
        old = service.organization().submit().json()["id"]
    before = rows(service)

    body = refusal(organization.submit(supersedes=old))

    assert body["errors"] == [
        {
            "pointer": "/supersedes",
            "code": "not-standing",
            "detail": "No such standing submission",
            "received": old,
            "expected": None,
        }
    ]
    assert rows(service) == before


def test_names_that_point_at_different_submissions_are_a_conflict(
    service: Service, organization: Organization
) -> None:
    by_id = organization.submit(external_id="rec").json()
    by_person = organization.submit(respondent="p").json()

    reply = organization.submit(external_id="rec", respondent="p")

    assert refusal(reply) == {
        "type": "/problems/already-exists",
        "title": "Already recorded",
        "status": 409,
        "detail": "external_id, respondent, supersedes and mode point at different submissions",
        "submissions": [by_id["id"], by_person["id"]],
    }
    assert standing(service, organization.id) == 2


@pytest.mark.parametrize("name", ["external_id", "supersedes"])
@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"period": "2025-H1"}, id="another period"),
        pytest.param(PAIRED, id="another instrument"),
    ],
)
def test_a_name_of_another_round_is_a_conflict(
    service: Service, organization: Organization, name: str, change: dict[str, Any]
) -> None:
    old = organization.submit(external_id="rec").json()["id"]

    change = {**change, name: "rec" if name == "external_id" else old}
    reply = organization.submit(**change)

    assert refusal(reply) == {
        "type": "/problems/already-exists",
        "title": "Already recorded",
        "status": 409,
        "detail": "That name stands for a submission of another period, instrument or mode",
        "submissions": [old],
    }
    assert rows(service, organization.id) == ONE


def test_a_withdrawn_submission_gives_its_external_id_free(organization: Organization) -> None:
    old = organization.submit(external_id="rec").json()
    organization.client.post(f"{organization.path}/submissions/{old['id']}/withdrawal")

    reply = organization.submit(external_id="rec", period="2025-H1")

    assert reply.status_code == 201
    assert (reply.json()["id"] != old["id"], reply.json()["supersedes"]) == (True, None)


def test_a_refused_replacement_leaves_the_older_standing(organization: Organization) -> None:
    older = organization.submit(external_id="rec").json()

    assert refused(organization.submit(external_id="rec", answers={"A1": 9})) == (422, "invalid")

    path = f"{organization.path}/submissions/{older['id']}"
    assert organization.client.get(path).json() == older
