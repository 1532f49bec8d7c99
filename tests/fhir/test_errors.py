"""Whatever fails below the base fails as an OperationOutcome."""

import gzip
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from app.access.models import Kind
from tests.conftest import Server, Service, serve
from tests.fhir.asking import BASE, MEDIA, PUBLIC, Sender, filled, issues

RESPONSES = f"{BASE}/QuestionnaireResponse"
OPEN = f"{BASE}/Questionnaire"


@pytest.fixture(scope="module")
def sender(service: Service) -> Sender:
    return Sender.of(service)


def posted(sender: Sender, content: bytes, **headers: str) -> httpx.Response:
    given = {"content-type": MEDIA["Content-Type"]}
    given |= {name.replace("_", "-"): value for name, value in headers.items()}
    return sender.organization.client.post(RESPONSES, content=content, headers=given)


FAILURES: dict[str, tuple[Callable[[Sender], httpx.Response], int, str]] = {
    "no such path": (lambda one: one.get("/Patient"), 404, "not-found"),
    "no such thing": (lambda one: one.get("/QuestionnaireResponse/x"), 404, "not-found"),
    "NUL in the path": (lambda one: one.get("/QuestionnaireResponse/%00"), 404, "not-found"),
    "an end of a line": (lambda one: one.get("/Observation/%0D%0Ax"), 404, "not-found"),
    "no such method": (
        lambda one: one.organization.client.request("DELETE", RESPONSES),
        405,
        "method-not-allowed",
    ),
    "no method of the base": (lambda one: one.get(""), 405, "method-not-allowed"),
    "XML by Accept": (
        lambda one: one.get("/metadata", headers={"Accept": "application/fhir+xml"}),
        406,
        "not-acceptable",
    ),
    "JSON refused": (
        lambda one: one.get("/metadata", headers={"Accept": "application/fhir+json;q=0"}),
        406,
        "not-acceptable",
    ),
    "another FHIR": (
        lambda one: one.get(
            "/metadata", headers={"Accept": "application/fhir+json; fhirVersion=5.0"}
        ),
        406,
        "not-acceptable",
    ),
    "XML by _format": (lambda one: one.get("/metadata?_format=xml"), 406, "not-acceptable"),
    "not JSON": (lambda one: posted(one, b"{"), 400, "malformed-json"),
    "a key twice": (lambda one: posted(one, b'{"a":1,"a":2}'), 400, "malformed-json"),
    "nothing": (lambda one: posted(one, b""), 400, "malformed-json"),
    "XML": (
        lambda one: posted(one, b"<x/>", content_type="application/fhir+xml"),
        415,
        "unsupported-media-type",
    ),
    "JSON of another kind": (
        lambda one: posted(one, b"{}", content_type="application/vnd.api+json"),
        415,
        "unsupported-media-type",
    ),
    "packed": (
        lambda one: posted(one, gzip.compress(b"{}"), content_encoding="gzip"),
        415,
        "unsupported-media-type",
    ),
    "too large": (lambda one: posted(one, b" " * 1_048_577), 413, "payload-too-large"),
    "too many values": (
        lambda one: posted(one, b"[" + b"1," * 20_000 + b"1]"),
        413,
        "payload-too-large",
    ),
    "a header too long": (
        lambda one: posted(one, b"{}", idempotency_key="k" * 256),
        422,
        "string-too-long",
    ),
    "unknown parameter": (lambda one: one.get("/metadata?colour=blue"), 422, "unknown-parameter"),
}


@pytest.mark.parametrize("name", FAILURES)
def test_it_fails_as_an_outcome(sender: Sender, name: str) -> None:
    ask, status, code = FAILURES[name]
    reply = ask(sender)

    assert reply.status_code == status, reply.text
    assert [one for _, one in issues(reply)] == [code]
    [coding] = reply.json()["issue"][0]["details"]["coding"]
    assert coding["system"] == f"{PUBLIC.removesuffix(BASE)}/problems"
    if status == 405:
        assert reply.headers["allow"]


@pytest.mark.parametrize(
    "accept",
    [
        "application/fhir+json",
        "application/json",
        "*/*",
        "text/html, application/*;q=0.5",
        "application/fhir+json; fhirVersion=4.0",
        "application/fhir+xml, application/fhir+json;q=0.1",
        "",
    ],
)
def test_json_is_had_by_all_its_names(service: Service, accept: str) -> None:
    reply = service.http.get(f"{BASE}/metadata", headers={"Accept": accept})

    assert (reply.status_code, reply.headers["content-type"]) == (200, "application/fhir+json")


@pytest.mark.parametrize("name", ["json", "application/json", "application/fhir+json", "text/json"])
def test_the_format_can_be_said_in_the_address(service: Service, name: str) -> None:
    headers = {"Accept": "application/fhir+xml"}

    assert service.http.get(f"{BASE}/metadata?_format={name}", headers=headers).status_code == 200


def test_both_names_of_json_are_read(sender: Sender) -> None:
    for name in ("application/fhir+json; charset=utf-8", "application/json"):
        assert sender.create(headers={"Content-Type": name}).status_code == 201


PRIVATE = [
    ("GET", RESPONSES),
    ("GET", f"{RESPONSES}/00000000-0000-7000-8000-000000000000"),
    ("GET", f"{RESPONSES}/x/_history/1"),
    ("POST", RESPONSES),
    ("POST", f"{RESPONSES}/$validate"),
    ("POST", BASE),
    ("GET", f"{BASE}/Observation"),
    ("GET", f"{BASE}/Observation/x"),
    ("GET", f"{BASE}/Organization/x"),
]


@pytest.mark.parametrize(("method", "path"), PRIVATE)
def test_a_key_is_needed_and_its_scope(
    service: Service, sender: Sender, method: str, path: str
) -> None:
    body: Any = {"json": filled(), "headers": MEDIA} if method == "POST" else {}
    nobody = service.http.request(method, path, **body)
    key = service.key(Kind.ORGANIZATION, sender.organization.id, permissions=("audit:read",))
    reply = service.as_(key).request(method, path, **body)

    assert (nobody.status_code, issues(nobody)) == (401, [("", "unauthenticated")])
    assert nobody.headers["www-authenticate"] == 'Bearer realm="palanca"'
    assert (reply.status_code, issues(reply)) == (403, [("", "insufficient-scope")])


def test_a_bug_of_ours_is_an_outcome_too(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr("app.fhir.routes.statement", broken)
    reply = service.http.get(f"{BASE}/metadata")

    assert (reply.status_code, issues(reply)) == (500, [("", "internal-error")])


def test_rates_are_limited(server: Server, new_database: Callable[[], str]) -> None:
    limited = serve(server, new_database(), anonymous_rate_limit="3/minute")
    for service in limited:
        replies = [service.http.get(OPEN) for _ in range(4)]

        assert [one.status_code for one in replies] == [200, 200, 200, 429]
        assert issues(replies[-1]) == [("", "too-many-requests")]
        assert replies[-1].headers["retry-after"]


def test_elsewhere_problems_stay_problems(service: Service) -> None:
    for path in ("/fhir", "/fhir/R4x", "/fhir/R5/metadata"):
        reply = service.http.get(path)
        assert reply.status_code == 404
        assert reply.headers["content-type"] == "application/problem+json"
