"""The reference: a valid OpenAPI document, and pages that load nothing from elsewhere."""

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from app.docs import PAGE_POLICY
from app.main import create_app
from app.settings import Settings
from tests.conftest import Service

DOCUMENT = create_app(
    Settings.model_validate({"database_url": "postgresql://nowhere/none", "key_pepper": "x" * 32})
).openapi()
OPERATIONS = [
    pytest.param(path, operation, id=f"{method.upper()} {path}")
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
]
PROBLEM = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}


def references(node: object) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for one in node:
            yield from references(one)


def test_the_document_is_valid_openapi() -> None:
    assert DOCUMENT["openapi"].startswith("3.1")
    assert list(OpenAPIV31SpecValidator(DOCUMENT).iter_errors()) == []


def test_the_document_in_the_repository_is_this_one() -> None:
    kept = Path(__file__).parents[1] / "docs/openapi.json"

    assert json.loads(kept.read_text(encoding="utf-8")) == DOCUMENT, (
        "look whether it only adds, and write it anew: palanca openapi > docs/openapi.json"
    )


def test_the_document_is_served_as_it_is(service: Service) -> None:
    reply = service.http.get("/openapi.json")

    assert reply.status_code == 200
    assert reply.json() == DOCUMENT
    assert "itemSchema" not in reply.text


def test_every_schema_is_there_and_used() -> None:
    named = set(references(DOCUMENT))
    there = {f"#/components/schemas/{name}" for name in DOCUMENT["components"]["schemas"]}

    assert named <= there | {"#/components/securitySchemes/key"}
    assert there - named == set(), "no schema that nothing refers to"


def test_every_operation_has_an_id_of_its_own() -> None:
    ids = [one.values[1]["operationId"] for one in OPERATIONS]  # type: ignore[index]

    assert len(ids) == len(set(ids))


@pytest.mark.parametrize(("path", "operation"), OPERATIONS)
def test_every_operation_says_what_it_is(path: str, operation: dict[str, Any]) -> None:
    assert operation["summary"]
    assert operation["description"].rstrip().endswith((".", ")"))
    [tag] = operation["tags"]
    assert tag in {one["name"] for one in DOCUMENT["tags"]}
    named = {one["name"] for one in operation.get("parameters", []) if one["in"] == "path"}
    assert named == set(re.findall(r"{(\w+)}", path))


FHIR = ("application/fhir+ndjson", "application/fhir+json")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pytest.mark.parametrize(("path", "operation"), OPERATIONS)
def test_every_operation_fails_with_a_problem(path: str, operation: dict[str, Any]) -> None:
    is_oauth = path.startswith("/oauth/")
    for status, declared in operation["responses"].items():
        assert declared["description"]
        if is_oauth and status in {"400", "401"}:
            own = {"$ref": "#/components/schemas/OAuthErrorOut"}
            assert declared["content"]["application/json"]["schema"] == own, "RFC 6749, 5.2"
        elif status >= "400":
            assert declared["content"] == PROBLEM
    expected = set() if path == "/healthz" else {"503"}
    if "requestBody" in operation:
        expected |= {"400", "413", "415", "422"}
        formats = {"text/csv"} if path.endswith(("/bulk", "/imports")) else set()
        formats |= {"application/x-ndjson", XLSX, *FHIR} if path.endswith("/imports") else set()
        if is_oauth:
            formats = {"application/x-www-form-urlencoded"}
        else:
            formats |= {"application/json"}
        assert set(operation["requestBody"]["content"]) == formats
    if operation.get("parameters"):
        expected |= {"422"}
    assert expected <= set(operation["responses"])


def test_a_problem_is_described_as_it_is_sent(service: Service) -> None:
    schema = DOCUMENT["components"]["schemas"]["Problem"]
    reply = service.operator.get("/v1/organizations?limit=0").json()

    assert set(schema["required"]) <= set(reply)
    assert set(reply) == set(schema["properties"])
    one = DOCUMENT["components"]["schemas"]["FieldError"]
    assert set(reply["errors"][0]) == set(one["properties"]) == set(one["required"])


class Page(HTMLParser):
    """What a page loads or leads to."""

    def __init__(self) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.inline: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.loads += [given[name] or "" for name in ("src", "href") if name in given]
        if tag in {"script", "style"} and "src" not in given:
            self.inline.append(tag)


@pytest.fixture
def page(service: Service) -> Page:
    reply = service.http.get("/docs")
    assert reply.status_code == 200
    assert reply.headers["content-type"] == "text/html; charset=utf-8"
    assert reply.headers["content-security-policy"] == PAGE_POLICY
    found = Page()
    found.feed(reply.text)
    return found


def test_the_page_may_load_from_nowhere_else(page: Page) -> None:
    policy = dict(part.split(maxsplit=1) for part in PAGE_POLICY.split(";"))

    assert page.inline == []
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["connect-src"] == "'self'"
    assert "http" not in PAGE_POLICY
    assert "unsafe-eval" not in PAGE_POLICY


TYPES = {
    "js": "text/javascript; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "svg": "image/svg+xml",
}


def test_the_page_loads_our_own_files(service: Service, page: Page) -> None:
    assert len(page.loads) == 4
    for address in page.loads:
        assert re.fullmatch(r"static/[\w./-]+", address), address
        reply = service.http.get(f"/{address}")
        assert reply.status_code == 200
        assert reply.headers["content-type"] == TYPES[address.rpartition(".")[2]]
        assert reply.headers["x-content-type-options"] == "nosniff"
        assert reply.content


def test_the_page_reads_the_document_of_this_service(service: Service, page: Page) -> None:
    start = next(one for one in page.loads if one.endswith("start.js"))
    text = service.http.get(f"/{start}").text

    assert re.search(r'url: "openapi.json"', text)
    assert "://" not in text
    styles = service.http.get("/static/swagger-ui/swagger-ui.css").text
    loaded = re.findall(r"url\(\s*[\"']?([^\"')]+)", styles)
    assert all(one.startswith("data:") for one in loaded)
    assert "@import" not in styles


def test_the_framework_offers_no_pages_of_its_own(service: Service) -> None:
    for path in ("/redoc", "/docs/oauth2-redirect"):
        assert service.http.get(path).status_code == 404
