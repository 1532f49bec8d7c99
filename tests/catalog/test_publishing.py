"""Publishing instruments: once, for ever, of any range."""

from typing import Any
from uuid import uuid4

import pytest

from app.access.models import Kind
from app.problems import catalogue
from app.titles import titles
from tests.conftest import Service
from tests.inputs import INSTRUMENT


def named(**more: object) -> dict[str, Any]:
    """The small instrument under a name of the test's own."""
    return {**INSTRUMENT, "instrument": f"own-{uuid4().hex[:8]}", **more}


def span(first: int, last: int) -> list[dict[str, Any]]:
    return [{"level": one, "text": {"en": str(one)}} for one in range(first, last + 1)]


def test_a_new_version_is_created_and_found_where_it_says(service: Service) -> None:
    document = named()
    name = document["instrument"]

    reply = service.operator.post("/v1/instruments", json=document)

    assert reply.status_code == 201
    assert reply.headers["location"] == f"/v1/instruments/{name}/versions/1"
    assert reply.headers["cache-control"] == "no-store"
    found = service.http.get(reply.headers["location"], params={"lang": "*"})
    assert found.json() == reply.json()
    assert len(found.json()["content_sha256"]) == 64
    assert found.json()["sections"][1]["items"][1] == {
        "code": "B2",
        "text": {"en": "four"},
        "reverse": True,
        "weight": "1",
        "not_applicable": False,
    }


def test_the_same_content_again_changes_nothing(service: Service) -> None:
    document = named()
    first = service.operator.post("/v1/instruments", json=document)
    turned = dict(reversed(document.items()))
    said = {**document, "provenance": "project_authored"}

    for again in (document, turned, said):
        reply = service.operator.post("/v1/instruments", json=again)
        assert reply.status_code == 200
        assert reply.json() == first.json()
        assert reply.headers["location"] == first.headers["location"]
    listed = service.http.get(f"/v1/instruments/{document['instrument']}").json()["data"]
    assert len(listed) == 1


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"title": {"en": "Another title"}}, id="a word"),
        pytest.param({"levels": span(0, 5)}, id="a level"),
        pytest.param({"license": "CC-BY-4.0"}, id="a field more"),
    ],
)
def test_other_content_under_a_published_version_is_a_conflict(
    service: Service, change: dict[str, Any]
) -> None:
    document = named()
    name = document["instrument"]
    first = service.operator.post("/v1/instruments", json=document).json()

    reply = service.operator.post("/v1/instruments", json=document | change)

    assert reply.status_code == 409
    assert reply.json() == {
        "type": "/problems/version-published",
        "title": "Version is published with other content",
        "status": 409,
        "detail": f"{name} 1 is published; use a new version",
        "content_sha256": first["content_sha256"],
    }
    now = service.http.get(f"/v1/instruments/{name}/versions/1", params={"lang": "*"}).json()
    assert now == first


def test_a_next_version_stands_beside_the_first_newest_first(service: Service) -> None:
    document = named()
    name = document["instrument"]
    for version in ("1", "2"):
        reply = service.operator.post("/v1/instruments", json=document | {"version": version})
        assert reply.status_code == 201

    listed = service.http.get(f"/v1/instruments/{name}").json()

    assert [one["version"] for one in listed["data"]] == ["2", "1"]
    assert listed["page"] == {"next_cursor": None, "limit": 2}
    brief = listed["data"][0]
    assert {key: brief[key] for key in ("title", "sections", "items", "href")} == {
        "title": "A small instrument",
        "sections": 2,
        "items": 4,
        "href": f"/v1/instruments/{name}/versions/2",
    }


@pytest.mark.parametrize("kind", [Kind.NETWORK, Kind.ORGANIZATION, Kind.RESEARCHER], ids=str)
def test_only_the_operator_publishes(service: Service, kind: Kind) -> None:
    tenant = {
        Kind.NETWORK: service.network()["id"],
        Kind.ORGANIZATION: service.organization().id,
    }.get(kind)

    reply = service.as_(service.key(kind, tenant)).post("/v1/instruments", json=named())

    assert (reply.status_code, reply.json()["scope"]) == (403, "catalog:write")


@pytest.mark.parametrize(
    ("levels", "in_place", "answers", "expected"),
    [
        pytest.param(span(0, 10), 7, (10, 5, 0, 0), {"A": "75", "B": "100/3"}, id="0 to 10"),
        pytest.param(span(1, 5), 4, (5, 3, 1, 1), {"A": "75", "B": "100/3"}, id="1 to 5"),
        pytest.param(span(0, 1), 1, (1, 0, 1, 1), {"A": "50", "B": "200/3"}, id="no or yes"),
    ],
)
def test_other_ranges_are_scored_on_their_own_terms(
    service: Service,
    levels: list[dict[str, Any]],
    in_place: int,
    answers: tuple[int, ...],
    expected: dict[str, str],
) -> None:
    method = INSTRUMENT["scoring_method"] | {"in_place_from": in_place}
    document = named(levels=levels, scoring_method=method)
    assert service.operator.post("/v1/instruments", json=document).status_code == 201

    reply = service.organization().submit(
        instrument=document["instrument"],
        answers=dict(zip(("A1", "A2", "B1", "B2"), answers, strict=True)),
    )

    assert reply.status_code == 201
    sections = reply.json()["scores"]["sections"]
    assert {one["section"]: one["fraction"] for one in sections} == expected


def test_an_item_can_have_levels_of_its_own(service: Service) -> None:
    document = named(scoring_method={"overall_min_sections": 1})
    first, *others = document["sections"]
    own = {"code": "A1", "text": {"en": "one"}, "weight": "3/2", "levels": span(0, 2)}
    document["sections"] = [first | {"items": [own, *first["items"][1:]]}, *others]

    reply = service.operator.post("/v1/instruments", json=document)

    assert reply.status_code == 201
    items = reply.json()["sections"][0]["items"]
    assert [len(one.get("levels", [])) for one in items] == [3, 0]
    scored = service.organization().submit(
        instrument=document["instrument"], answers={"A1": 1, "A2": 4}
    )
    assert scored.json()["scores"]["sections"][0]["fraction"] == "70"


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("[]", id="a list"),
        pytest.param('"small"', id="a text"),
        pytest.param("null", id="null"),
        pytest.param("NaN", id="not a number"),
        pytest.param('{"levels": [{"level": NaN, "text": {"en": "x"}}]}', id="a level of NaN"),
        pytest.param('{"levels": [{"level": 1e999, "text": {"en": "x"}}]}', id="an endless level"),
    ],
)
def test_a_body_of_another_shape_is_refused(service: Service, body: str) -> None:
    reply = service.operator.post(
        "/v1/instruments", content=body, headers={"Content-Type": "application/json"}
    )

    assert reply.status_code == 422, reply.text
    assert reply.json()["errors"]


def locked(version: str, **more: Any) -> dict[str, Any]:
    """A version of an instrument that its owner has locked."""
    return {**INSTRUMENT, "instrument": "owned", "version": version, "integrity": "locked", **more}


def translated(document: Any) -> Any:
    """The same with a text in Spanish beside each in English."""
    if isinstance(document, list):
        return [translated(one) for one in document]
    if isinstance(document, dict):
        found = {name: translated(one) for name, one in document.items()}
        return found | {"es-419": "texto"} if set(document) == {"en"} else found
    return document


def test_a_locked_instrument_is_given_languages_and_nothing_else(service: Service) -> None:
    operator = service.operator
    assert operator.post("/v1/instruments", json=locked("1")).status_code == 201
    added = translated(locked("2", languages=["en", "es-419"]))

    assert operator.post("/v1/instruments", json=added).status_code == 201
    changes: list[dict[str, Any]] = [
        {"title": {"en": "Another title"}},
        {"integrity": "open"},
        {"levels": [*INSTRUMENT["levels"], {"level": 5, "text": {"en": "level 5"}}]},
        {"sections": INSTRUMENT["sections"][:1]},
        {"scoring_method": {**INSTRUMENT["scoring_method"], "section_min_answered": "1"}},
    ]
    for number, change in enumerate(changes):
        reply = operator.post("/v1/instruments", json=locked(f"3.{number}", **change))
        assert reply.status_code == 409
        assert reply.json()["type"] == "/problems/instrument-locked"
    found = service.http.get("/v1/instruments/owned").json()["data"]
    assert sorted(one["version"] for one in found) == ["1", "2"]


def test_problems_have_titles_in_spanish(service: Service) -> None:
    reply = service.http.get("/v1/instruments/none", headers={"Accept-Language": "es-MX"})

    assert reply.json()["title"] == "No se encontró"
    assert reply.headers["content-language"] == "es-419"
    page = service.http.get("/problems/not-found", headers={"Accept-Language": "es"})
    assert page.json()["title"] == "No se encontró"
    assert set(titles()["es-419"]) == set(catalogue())
