"""QuestionnaireResponses are searched for."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.access.models import Kind
from tests.conftest import Service
from tests.fhir.asking import BASE, PUBLIC, Sender, filled, issues, named

ROOT = "QuestionnaireResponse"
ABSENT_ID = "00000000-0000-7000-8000-000000000000"
TODAY = datetime.now(UTC).date()
SMALL = f"{PUBLIC}/Questionnaire/small"


@pytest.fixture(scope="module")
def sender(service: Service) -> Sender:
    made = Sender.of(service)
    for number in range(5):
        reply = made.create(identifier={"value": f"r-{number}"}, levels={"A1": number})
        assert reply.status_code == 201
    return made


def ids(bundle: Any) -> list[str]:
    return [one["resource"]["identifier"]["value"] for one in bundle.get("entry", [])]


ALL = [f"r-{number}" for number in range(5)]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ALL),
        (f"?questionnaire={SMALL}|1", ALL),
        (f"?questionnaire={SMALL}", ALL),
        ("?questionnaire=Questionnaire/small.1", ALL),
        (f"?questionnaire={SMALL}|2", []),
        ("?questionnaire=https://example.org/small", []),
        (f"?questionnaire={PUBLIC}/Questionnaire/other", []),
        ("?identifier=r-3", ["r-3"]),
        ("?identifier=urn:x|r-3", ["r-3"]),
        ("?identifier=r-9", []),
        (f"?authored={TODAY}", ALL),
        (f"?authored=eq{TODAY.year}", ALL),
        (f"?authored=ge{TODAY}&authored=lt{TODAY + timedelta(1)}", ALL),
        (f"?authored=gt{TODAY}", []),
        (f"?authored=lt{TODAY}", []),
        (f"?authored=le{TODAY:%Y-%m}", ALL),
        (f"?_lastUpdated=ge{TODAY}T00:00:00Z", ALL),
        (f"?_lastUpdated=ge{TODAY}T00:00:00%2B00:00&authored=gt{TODAY}", []),
        ("?_format=application/fhir%2Bjson&identifier=r-0", ["r-0"]),
    ],
)
def test_it_finds(sender: Sender, query: str, found: list[str]) -> None:
    reply = sender.get(f"/{ROOT}{query}")
    assert reply.status_code == 200, reply.text
    bundle = reply.json()

    assert (bundle["type"], bundle["total"], ids(bundle)) == ("searchset", len(found), found)
    assert bundle["link"][0]["relation"] == "self"
    for one in bundle.get("entry", []):
        assert one["fullUrl"] == f"{PUBLIC}/{ROOT}/{one['resource']['id']}"
        assert one["search"] == {"mode": "match"}


@pytest.mark.parametrize("way", ["Organization/{}", PUBLIC + "/Organization/{}", "{}"])
def test_by_subject(sender: Sender, way: str) -> None:
    subject = way.format(sender.organization.id)

    assert ids(sender.get(f"/{ROOT}?subject={subject}").json()) == ALL


def test_pages_follow_one_another(sender: Sender) -> None:
    found, url = [], f"/{ROOT}?_count=2"
    while url:
        bundle = sender.get(url).json()
        assert bundle["total"] == 5
        found += ids(bundle)
        links = {one["relation"]: one["url"] for one in bundle["link"]}
        url = links.get("next", "").removeprefix(PUBLIC)
        assert "_count=2" in links["self"]
    assert found == ALL


@pytest.mark.parametrize("query", ["_summary=count", "_count=0"])
def test_it_counts(sender: Sender, query: str) -> None:
    bundle = sender.get(f"/{ROOT}?{query}").json()

    assert (bundle["total"], "entry" in bundle, len(bundle["link"])) == (5, False, 1)


@pytest.mark.parametrize(
    ("query", "place", "code"),
    [
        ("colour=blue", "http.colour", "unknown-parameter"),
        ("subject:missing=true", "http.subject:missing", "unknown-parameter"),
        ("identifier=a&identifier=b", "http.identifier", "repeated-parameter"),
        ("identifier=%00", "http.identifier", "value-error"),
        ("_count=-1", "http._count", "int-parsing"),
        ("_count=many", "http._count", "int-parsing"),
        ("_summary=text", "http._summary", "not-one-of"),
        ("authored=yesterday", "http.authored", "date-parsing"),
        ("authored=ap2025", "http.authored", "date-parsing"),
        ("authored=2025-13", "http.authored", "date-parsing"),
        ("_lastUpdated=2025-02-30", "http._lastUpdated", "date-parsing"),
        ("subject=Patient/1", "http.subject", "not-an-organization"),
    ],
)
def test_what_it_cannot_search_for_is_said(
    sender: Sender, query: str, place: str, code: str
) -> None:
    reply = sender.get(f"/{ROOT}?{query}")

    assert (reply.status_code, issues(reply)) == (422, [(place, code)])


@pytest.mark.parametrize("kind", [ROOT, "Questionnaire", "Observation"])
def test_a_search_may_be_posted(sender: Sender, kind: str) -> None:
    def post(content: str, media_type: str = "application/x-www-form-urlencoded") -> Any:
        path = f"{BASE}/{kind}/_search?_count=1"
        headers = {"Content-Type": media_type}
        return sender.organization.client.post(path, content=content, headers=headers)

    reply = post("_format=json")
    assert reply.status_code == 200, reply.text
    assert reply.json()["total"] == sender.get(f"/{kind}").json()["total"]
    self_link, *more = reply.json()["link"]
    assert self_link["url"] == f"{PUBLIC}/{kind}?_count=1&_format=json"
    assert bool(more) is (kind != "Observation")
    assert issues(post("colour=blue")) == [("http.colour", "unknown-parameter")]
    assert issues(post("a=" + "&a=" * 300)) == [("Resource", "not-a-form")]
    assert post("{}", "application/json").status_code == 415


def test_a_page_that_no_link_led_to(sender: Sender) -> None:
    for path in (f"/{ROOT}?page=!", "/Questionnaire?page=x", "/Observation?page=-1"):
        reply = sender.get(path)
        assert (reply.status_code, issues(reply)) == (400, [("", "bad-cursor")])


def test_a_network_says_whose_and_finds_what_it_pushed(service: Service) -> None:
    network = service.network()
    hospital = service.organization(network=network["id"])
    own = hospital.submit().json()["id"]
    caller = service.as_(service.key(Kind.NETWORK, network["id"]))
    subject = {"reference": f"Organization/{hospital.id}"}
    body = filled(subject=subject, identifier=named())
    pushed = caller.post(f"{BASE}/{ROOT}", json=body).json()["id"]

    unnamed = caller.get(f"{BASE}/{ROOT}")
    assert issues(unnamed) == [("http.subject", "required")]
    found = caller.get(f"{BASE}/{ROOT}?subject=Organization/{hospital.id}").json()
    assert [one["resource"]["id"] for one in found["entry"]] == [pushed]
    assert caller.get(f"{BASE}/{ROOT}/{pushed}").status_code == 200
    for path in (f"/{ROOT}/{{}}", f"/{ROOT}/{{}}/_history/1", "/Observation/s-{}-0"):
        theirs, nobodys = (caller.get(BASE + path.format(one)) for one in (own, ABSENT_ID))
        assert theirs.status_code == nobodys.status_code == 404
        assert theirs.content == nobodys.content
    every = hospital.client.get(f"{BASE}/{ROOT}").json()
    assert {one["resource"]["id"] for one in every["entry"]} == {own, pushed}
    events = hospital.client.get(f"{hospital.path}/audit").json()["data"]
    reads = [one["operation"] for one in events if one["operation"].startswith(f"GET {BASE}")]
    assert reads == [f"GET {BASE}/{ROOT}", f"GET {BASE}/{ROOT}/{{id_}}"], "by another"
