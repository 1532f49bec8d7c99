"""Frameworks as they are served: complete, sourced, in the language asked for."""

from typing import Any

import pytest

from tests.conftest import Service, steady

URL = "/v1/frameworks/seven-leverage-points"
POINTS = [f"LP{number}" for number in range(1, 8)]
PROVENANCE = {"found", "recalled_high", "recalled_medium", "inferred", "project_authored"}


@pytest.fixture(scope="module")
def framework(service: Service) -> dict[str, Any]:
    reply = service.http.get(URL, params={"lang": "*"})
    assert reply.status_code == 200
    found: dict[str, Any] = reply.json()
    return found


def test_the_framework_is_listed(service: Service) -> None:
    reply = service.http.get("/v1/frameworks")

    assert reply.status_code == 200
    every = reply.json()["data"]
    assert reply.json()["page"] == {"next_cursor": None, "limit": len(every)}
    [found] = [
        one for one in every if (one["id"], one["edition"]) == ("seven-leverage-points", "2")
    ]
    assert found.pop("summary").startswith("Seven places")
    assert found == {
        "id": "seven-leverage-points",
        "edition": "2",
        "revision": 1,
        "year": 2008,
        "title": (
            "Seven Leadership Leverage Points for Organization-Level Improvement in Health Care"
            " (Second Edition)"
        ),
        "elements": 52,
        "elements_with_guidance": 52,
        "translation_status": "original",
        "href": f"{URL}?edition=2",
    }
    assert service.http.get(found["href"]).status_code == 200


def test_there_are_seven_points_with_forty_five_aspects(framework: dict[str, Any]) -> None:
    elements = framework["elements"]
    points = [one["code"] for one in elements if one["kind"] == "leverage_point"]
    aspects = [one for one in elements if one["kind"] == "aspect"]

    assert len(elements) == 52
    assert points == POINTS
    assert len(aspects) == 45
    assert {one.get("parent") for one in aspects} == set(POINTS)
    assert all(one.get("parent") is None for one in elements if one["kind"] == "leverage_point")


def test_every_element_says_where_it_comes_from(framework: dict[str, Any]) -> None:
    cited = {one["key"] for one in framework["citations"]}

    assert framework["attribution"]
    assert framework["license"] == "CC-BY-4.0"
    assert len(framework["content_sha256"]) == 64
    for element in framework["elements"]:
        assert element["provenance"] in PROVENANCE, element["code"]
        assert element["source"] in cited, element["code"]
        assert set(element["title"]) == set(element["summary"]) == {"en", "es-419"}


def test_each_element_is_served_with_its_source(
    service: Service, framework: dict[str, Any]
) -> None:
    citations = {one["key"]: one["text"] for one in framework["citations"]}
    elements = framework["elements"]

    for element in elements:
        reply = service.http.get(f"{URL}/elements/{element['code']}", params={"lang": "*"})
        assert reply.status_code == 200
        found = reply.json()
        children = found.pop("children")
        assert set(found.pop("guidance")) >= {"means", "why", "first_30_days", "led_by"}
        elsewhere = {(one["framework"], one["edition"]) for one in found.pop("counterparts")}
        assert ("seven-leverage-points", "2") not in elsewhere
        assert found == {
            **element,
            "framework": "seven-leverage-points",
            "edition": "2",
            "citation": citations[element["source"]],
            "attribution": framework["attribution"],
        }
        expected = [one["code"] for one in elements if one.get("parent") == element["code"]]
        assert [one["code"] for one in children] == expected


ENGLISH = "Establish and Oversee Specific System-Level Aims at the Highest Governance Level"
SPANISH = "Establecer y supervisar los objetivos sistémicos"


@pytest.mark.parametrize(
    ("query", "header", "language", "title"),
    [
        pytest.param(None, None, "en", ENGLISH, id="English by default"),
        pytest.param("es-419", None, "es-419", SPANISH, id="Latin American Spanish"),
        pytest.param("es-MX", None, "es-419", SPANISH, id="Mexican Spanish"),
        pytest.param(None, "es-MX,es;q=0.9,en;q=0.8", "es-419", SPANISH, id="a Mexican browser"),
        pytest.param("en", "es-MX", "en", ENGLISH, id="the parameter wins"),
        pytest.param("fr", None, "en", ENGLISH, id="a language that there is not"),
        pytest.param(
            "*", None, None, {"en": ENGLISH, "es-419": SPANISH}, id="all languages at once"
        ),
    ],
)
@pytest.mark.parametrize("path", ["", "/elements/LP1"], ids=["framework", "element"])
def test_texts_come_in_the_language_asked_for(
    service: Service, path: str, query: str | None, header: str | None, language: str, title: object
) -> None:
    reply = service.http.get(
        URL + path,
        params={} if query is None else {"lang": query},
        headers={} if header is None else {"Accept-Language": header},
    )

    assert reply.status_code == 200
    assert reply.headers.get("content-language") == language
    body = reply.json()
    assert (body["elements"][0] if "elements" in body else body)["title"] == title


@pytest.mark.parametrize(
    ("code", "language", "status"),
    [
        pytest.param("LP1", "es-419", "official", id="the official Spanish title"),
        pytest.param("LP1", "en", "original", id="the English title"),
        pytest.param("LP1.1", "en", "original", id="an aspect in English"),
        pytest.param("LP1.1", "es-419", "unofficial", id="an aspect in Spanish"),
    ],
)
def test_an_element_says_how_good_its_translation_is(
    service: Service, code: str, language: str, status: str
) -> None:
    reply = service.http.get(f"{URL}/elements/{code}", params={"lang": language})

    assert reply.json()["translation_status"] == status


@pytest.mark.parametrize(
    ("path", "detail"),
    [
        pytest.param("/v1/frameworks/none", "No framework none", id="framework"),
        pytest.param(
            f"{URL}?edition=9", "No framework seven-leverage-points edition 9", id="edition"
        ),
        pytest.param(
            f"{URL}/elements/LP8", "seven-leverage-points has no element LP8", id="element"
        ),
        pytest.param(
            "/v1/frameworks/none/elements/LP1", "No framework none", id="element of no framework"
        ),
        pytest.param("/v1/instruments/none", "No instrument none", id="instrument"),
        pytest.param(
            "/v1/instruments/small/versions/9", "No instrument small version 9", id="version"
        ),
    ],
)
def test_what_is_not_there_is_said(service: Service, path: str, detail: str) -> None:
    reply = service.http.get(path)

    assert reply.status_code == 404
    assert reply.json() == {
        "type": "/problems/not-found",
        "title": "Not found",
        "status": 404,
        "detail": detail,
    }


@pytest.mark.parametrize(
    "path",
    [
        "/v1/frameworks",
        URL,
        f"{URL}/elements/LP1",
        "/v1/instruments",
        "/v1/instruments/small",
        "/v1/instruments/small/versions/1",
    ],
)
def test_catalog_reads_can_be_kept_and_asked_again(service: Service, path: str) -> None:
    first = service.http.get(path)
    assert first.headers["cache-control"] == "public, max-age=300"
    vary = {one.strip() for one in first.headers["vary"].split(",")}
    assert {"Accept-Language", "Authorization"} <= vary
    etag = first.headers["etag"]
    assert etag.startswith('"')

    for known in (etag, f'"another", {etag}', f"W/{etag}", "*"):
        again = service.http.get(path, headers={"If-None-Match": known})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == etag
        assert again.headers["cache-control"] == "public, max-age=300"
        assert "content-length" not in again.headers
    other = service.http.get(path, headers={"If-None-Match": '"another"'})
    assert (other.status_code, other.content) == (200, first.content)


def test_each_language_has_an_etag_of_its_own(service: Service) -> None:
    tags = [
        service.http.get(URL, params={"lang": one}).headers["etag"] for one in ("en", "es-419", "*")
    ]

    assert len(set(tags)) == 3
    spanish = service.http.get(URL, headers={"Accept-Language": "es", "If-None-Match": tags[0]})
    assert spanish.status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        pytest.param("PUT", URL, "GET, HEAD", id="a framework is read only"),
        pytest.param("DELETE", "/v1/instruments", "GET, HEAD, POST", id="nothing is deleted"),
        pytest.param(
            "PATCH", "/v1/instruments/small/versions/1", "GET, HEAD", id="a version never changes"
        ),
    ],
)
def test_another_method_is_told_which_there_are(
    service: Service, method: str, path: str, allow: str
) -> None:
    reply = service.http.request(method, path)

    assert reply.status_code == 405
    assert reply.headers["allow"] == allow
    assert reply.json() == {
        "type": "/problems/method-not-allowed",
        "title": "Method not allowed",
        "status": 405,
        "detail": "Method Not Allowed",
    }


def test_head_is_get_without_the_body(service: Service) -> None:
    got, headed = service.http.get(URL), service.http.head(URL)

    assert headed.status_code == 200
    assert headed.content == b""
    assert steady(headed) == steady(got)
    again = service.http.head(URL, headers={"If-None-Match": got.headers["etag"]})
    assert again.status_code == 304


def test_what_is_known_to_have_no_counterpart_says_why(service: Service) -> None:
    path = "/v1/frameworks/leadership-for-improvement/elements/SD/counterparts"
    found = service.http.get(path, params={"to": "seven-leverage-points"}).json()

    assert [one for one in found["data"] if one["edition"] == "2"] == []
    [alone] = found["without_counterpart"]
    assert (alone["framework"], alone["edition"]) == ("seven-leverage-points", "2")
    assert alone["reason"].startswith("Mission, vision and strategy")
    spanish = service.http.get(path, params={"lang": "es"}).json()["without_counterpart"]
    assert any(one["reason"].startswith("La misión") for one in spanish)
    other = service.http.get(path, params={"to": "boards-on-board"}).json()
    assert other["without_counterpart"] == []
