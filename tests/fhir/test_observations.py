"""Scores of submissions and of locked rounds as Observations."""

from typing import Any

import pytest

from app.access.models import Kind
from tests.conftest import Organization, Service
from tests.fhir.asking import ABSENT, BASE, PUBLIC, Sender, extension, issues

SCORES = f"{PUBLIC}/CodeSystem/small"


@pytest.fixture
def sender(service: Service) -> Sender:
    return Sender.of(service)


def observations(reply: Any) -> list[dict[str, Any]]:
    assert reply.status_code == 200, reply.text
    found = reply.json()
    assert found["total"] == len(found.get("entry", []))
    return [one["resource"] for one in found.get("entry", [])]


def figures(found: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        one["code"]["coding"][0]["code"]: one.get("valueQuantity", {}).get("value") for one in found
    }


def test_the_scores_of_a_submission(sender: Sender) -> None:
    made = sender.create().json()
    found = observations(
        sender.get(f"/Observation?derived-from=QuestionnaireResponse/{made['id']}")
    )
    [stored] = sender.submissions()

    expected = {one["section"]: one["score"] for one in stored["scores"]["sections"]}
    assert figures(found) == {"overall": stored["scores"]["overall"]["score"], **expected}
    for one in found:
        assert one["status"] == "final"
        assert one["derivedFrom"] == [{"reference": f"QuestionnaireResponse/{made['id']}"}]
        assert one["focus"] == [{"reference": f"Organization/{sender.organization.id}"}]
        assert one["effectivePeriod"] == {"start": "2025-07-01", "end": "2025-12-31"}
        assert one["valueQuantity"]["code"] == "%"
        assert one["code"]["coding"][0]["system"] == SCORES
        assert sender.get(f"/Observation/{one['id']}").json() == one


def test_what_is_withheld_says_why(sender: Sender) -> None:
    made = sender.create(levels={"A1": 2}).json()
    found = observations(sender.get(f"/Observation?derived-from={made['id']}"))

    assert figures(found) == {"overall": 50.0, "A": 50.0, "B": None}
    [one] = [one for one in found if "dataAbsentReason" in one]
    reason = {"coding": [{"system": ABSENT, "code": "unknown"}], "text": "too_few_answered"}
    assert (one["dataAbsentReason"], "valueQuantity" in one) == (reason, False)


@pytest.fixture
def locked(service: Service) -> Organization:
    network = service.network()
    organization = service.organization(network=network["id"])
    for level in (1, 2, 3):
        organization.submit(period="2024", answers={"A1": level, "A2": level, "B1": level})
    reply = organization.client.post(f"{organization.path}/assessments/2024/lock")
    assert reply.status_code == 201
    return organization


def test_the_scores_of_a_locked_round(locked: Organization) -> None:
    locked.submit(period="2025")  # an open round has none
    found = observations(locked.client.get(f"{BASE}/Observation"))
    path = f"{locked.path}/assessments/2024/result"
    result = locked.client.get(path).json()["result"]

    expected = {one["code"]: one["score"] for one in result["sections"]}
    assert figures(found) == {"overall": result["overall"]["score"], **expected}
    for one in found:
        assert "derivedFrom" not in one
        assert one["effectivePeriod"] == {"start": "2024-01-01", "end": "2024-12-31"}
        assert locked.client.get(f"{BASE}/Observation/{one['id']}").json() == one


def test_a_figure_of_few_people_is_masked(service: Service) -> None:
    organization = service.organization()
    organization.submit(period="2024")
    organization.client.post(f"{organization.path}/assessments/2024/lock")
    found = observations(organization.client.get(f"{BASE}/Observation?code=overall"))

    [reason] = [one["dataAbsentReason"] for one in found]
    assert (reason["coding"][0]["code"], reason["text"]) == ("masked", "too_few_respondents")


@pytest.mark.parametrize(
    ("query", "codes"),
    [
        ("code=overall", ["overall"]),
        (f"code={SCORES}|A", ["A"]),
        (f"code={SCORES}|", ["overall", "A", "B"]),
        ("code=http://loinc.org|A", []),
        ("code=|A", ["A"]),
        ("code=Z", []),
        ("subject=Organization/{}", ["overall", "A", "B"]),
        ("focus={}&code=B", ["B"]),
    ],
)
def test_figures_are_searched(locked: Organization, query: str, codes: list[str]) -> None:
    reply = locked.client.get(f"{BASE}/Observation?{query.format(locked.id)}")

    assert [*figures(observations(reply))] == codes


def test_pages_and_counts(locked: Organization) -> None:
    first = locked.client.get(f"{BASE}/Observation?_count=2").json()
    [url] = [one["url"] for one in first["link"] if one["relation"] == "next"]
    second = locked.client.get(BASE + url.removeprefix(PUBLIC)).json()
    counted = locked.client.get(f"{BASE}/Observation?_summary=count").json()

    assert [len(page["entry"]) for page in (first, second)] == [2, 1]
    assert (counted["total"], "entry" in counted) == (3, False)


def test_a_network_sees_what_is_shared_with_it(service: Service, locked: Organization) -> None:
    caller = service.as_(service.key(Kind.NETWORK, locked.row["network_id"]))
    subject = f"{BASE}/Observation?subject=Organization/{locked.id}"
    one = locked.client.get(f"{BASE}/Observation").json()["entry"][0]["resource"]

    refused = caller.get(subject)
    assert (refused.status_code, issues(refused)) == (403, [("", "not-shared")])
    assert caller.get(f"{BASE}/Observation/{one['id']}").status_code == 404
    locked.sign(share_with_network=True)
    assert len(observations(caller.get(subject))) == 3
    assert caller.get(f"{BASE}/Observation/{one['id']}").json() == one
    events = locked.client.get(f"{locked.path}/audit").json()["data"]
    reads = [each["operation"] for each in events if "Observation" in each["operation"]]
    assert reads == [f"GET {BASE}/Observation", f"GET {BASE}/Observation/{{id_}}"]


def test_scopes_are_those_of_what_it_is_of(service: Service, locked: Organization) -> None:
    submission = locked.submit(period="2025").json()["id"]
    derived = f"?derived-from=QuestionnaireResponse/{submission}"
    for scope, open_, closed in (
        ("submissions:read", derived, ""),
        ("assessments:read", "", derived),
    ):
        key = service.key(Kind.ORGANIZATION, locked.id, permissions=(scope,))
        caller = service.as_(key)
        assert caller.get(f"{BASE}/Observation{open_}").status_code == 200
        reply = caller.get(f"{BASE}/Observation{closed}")
        assert (reply.status_code, issues(reply)) == (403, [("", "insufficient-scope")])


def test_what_is_not_there(sender: Sender, locked: Organization) -> None:
    found = locked.client.get(f"{BASE}/Observation").json()["entry"][0]["resource"]["id"]
    theirs = locked.submit(period="2025").json()["id"]
    absent = "00000000-0000-7000-8000-000000000000"
    own = sender.create(extension=[extension("role", "other")]).json()["id"]
    for id_ in (found, f"s-{theirs}-0", f"s-{absent}-0", f"r-{absent}-0", f"s-{own}-9", "x"):
        reply = sender.get(f"/Observation/{id_}")
        assert (reply.status_code, issues(reply)) == (404, [("", "not-found")])
    for source in (theirs, absent, "x"):
        assert observations(sender.get(f"/Observation?derived-from={source}")) == []
    assert observations(sender.get(f"/Observation?derived-from={own}&subject={locked.id}")) == []
    wrong = sender.get("/Observation?derived-from=Observation/1")
    assert issues(wrong) == [("http.derived-from", "not-a-response")]
