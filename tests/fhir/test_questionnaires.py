"""Published instrument versions as Questionnaires, open to everybody."""

from typing import Any

import pytest

from tests.conftest import Service
from tests.fhir.asking import ABSENT, BASE, PUBLIC, issues
from tests.inputs import INSTRUMENT

SEVEN = f"{BASE}/Questionnaire/seven-leverage-points.1"
ORDINAL = "http://hl7.org/fhir/StructureDefinition/ordinalValue"
TRANSLATION = "http://hl7.org/fhir/StructureDefinition/translation"


def search(service: Service, query: str = "") -> Any:
    reply = service.http.get(f"{BASE}/Questionnaire{query}")
    assert reply.status_code == 200, reply.text
    return reply.json()


def test_every_version_is_a_questionnaire(service: Service) -> None:
    published = service.http.get("/v1/instruments").json()["data"]
    found = search(service)

    assert found["resourceType"] == "Bundle"
    assert found["type"] == "searchset"
    assert found["total"] == len(published) == len(found["entry"]) >= 2
    for one in found["entry"]:
        assert one["fullUrl"] == f"{PUBLIC}/Questionnaire/{one['resource']['id']}"
        path = one["fullUrl"].removeprefix("http://127.0.0.1:8000")
        assert service.http.get(path).json() == one["resource"]


def test_a_questionnaire_has_all_of_the_instrument(service: Service) -> None:
    reply = service.http.get(f"{BASE}/Questionnaire/small.1")
    made = reply.json()

    assert reply.headers["content-type"] == "application/fhir+json"
    assert (made["id"], made["url"]) == ("small.1", f"{PUBLIC}/Questionnaire/small")
    assert (made["version"], made["name"], made["status"]) == ("1", "QSmall", "active")
    assert (made["title"], made["language"]) == ("A small instrument", "en")
    assert made["subjectType"] == ["Organization"]
    sections = INSTRUMENT["sections"]
    assert [one["linkId"] for one in made["item"]] == [one["code"] for one in sections]
    for group, section in zip(made["item"], sections, strict=True):
        assert (group["type"], group["text"]) == ("group", section["title"]["en"])
        codes = [item["code"] for item in section["items"]]
        assert [one["linkId"] for one in group["item"]] == codes
    first, second = made["item"][0]["item"]
    assert (first["type"], first["required"], first["repeats"]) == ("choice", False, False)
    *levels, dont_know = first["answerOption"]
    assert dont_know == {
        "valueCoding": {"system": ABSENT, "code": "asked-unknown", "display": "I don't know"}
    }
    for number, one in enumerate(levels):
        assert one["extension"] == [{"url": ORDINAL, "valueDecimal": number}]
        system = f"{PUBLIC}/CodeSystem/small/A1"
        display = f"level {number}"
        assert one["valueCoding"] == {"system": system, "code": str(number), "display": display}
    specials = [one["valueCoding"]["code"] for one in second["answerOption"][5:]]
    assert specials == ["not-applicable", "asked-unknown"]
    assert all("extension" not in one for one in second["answerOption"][5:])


def translations(element: Any) -> dict[str, str]:
    found = {}
    for one in element["extension"]:
        assert one["url"] == TRANSLATION
        parts = {part["url"]: part for part in one["extension"]}
        found[parts["lang"]["valueCode"]] = parts["content"]["valueString"]
    return found


def test_texts_have_their_translations(service: Service) -> None:
    made = service.http.get(SEVEN).json()
    document = service.http.get("/v1/instruments/seven-leverage-points/versions/1?lang=*").json()
    section = document["sections"][0]
    group, item = made["item"][0], made["item"][0]["item"][0]
    level = item["answerOption"][0]["valueCoding"]

    pairs = [
        (made, "title", document["title"]),
        (made, "description", document["description"]),
        (group, "text", section["title"]),
        (item, "text", section["items"][0]["text"]),
        (level, "display", section["items"][0]["levels"][0]["text"]),
    ]
    for element, name, texts in pairs:
        assert element[name] == texts["en"]
        assert translations(element[f"_{name}"]) == {"es-419": texts["es-419"]}
    for said in ("attribution", "citation", "license"):
        assert document[said] in made["copyright"]


def test_the_language_can_be_chosen(service: Service) -> None:
    spanish = service.http.get(SEVEN, headers={"Accept-Language": "es-MX"})
    english = service.http.get(SEVEN)

    assert spanish.headers["content-language"] == spanish.json()["language"] == "es-419"
    assert translations(spanish.json()["_title"]) == {"en": english.json()["title"]}
    assert "Accept-Language" in spanish.headers["vary"]


def test_it_may_be_kept_and_asked_for_again(service: Service) -> None:
    first = service.http.get(SEVEN)
    again = service.http.get(SEVEN, headers={"If-None-Match": first.headers["etag"]})

    assert first.headers["cache-control"] == "public, max-age=300"
    assert (again.status_code, again.content) == (304, b"")


EVERY = {
    "execution.1",
    "improvement-progress.1",
    "leadership-for-improvement.1",
    "leadership-for-improvement-priority.1",
    "seven-leverage-points.1",
    "seven-leverage-points-short.1",
    "small.1",
}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        (f"?url={PUBLIC}/Questionnaire/small", {"small.1"}),
        (f"?url={PUBLIC}/Questionnaire/small|1", {"small.1"}),
        (f"?url={PUBLIC}/Questionnaire/small&version=1", {"small.1"}),
        (f"?url={PUBLIC}/Questionnaire/small&version=2", set()),
        ("?_id=small.1", {"small.1"}),
        ("?title=a SMALL", {"small.1"}),
        ("?title=small", set()),
        ("?title:contains=small", {"small.1"}),
        ("?title:contains=palancas", {"seven-leverage-points.1", "seven-leverage-points-short.1"}),
        ("?title:exact=A small instrument", {"small.1"}),
        ("?title:exact=a small instrument", set()),
        ("?name=qseven", {"seven-leverage-points.1", "seven-leverage-points-short.1"}),
        ("?status=active&_format=json&_pretty=true", EVERY),
        ("?status=draft", set()),
    ],
)
def test_questionnaires_are_searched(service: Service, query: str, found: set[str]) -> None:
    bundle = search(service, query)

    assert {one["resource"]["id"] for one in bundle.get("entry", [])} == found
    assert bundle["total"] == len(found)


def test_a_search_is_counted_and_paged(service: Service) -> None:
    counted = search(service, "?_summary=count")
    none = search(service, "?_count=0")
    first = search(service, "?_count=4")
    [following] = [one["url"] for one in first["link"] if one["relation"] == "next"]
    second = search(service, following.partition("Questionnaire")[2])

    assert "entry" not in counted
    assert "entry" not in none
    assert counted["total"] == none["total"] == first["total"] == second["total"] == len(EVERY)
    ids = [one["resource"]["id"] for page in (first, second) for one in page["entry"]]
    assert sorted(ids) == sorted(EVERY)
    assert [one["relation"] for one in second["link"]] == ["self"]


def test_codes_that_are_no_ids_are_found_all_the_same(fresh_service: Service) -> None:
    body = {**INSTRUMENT, "version": "1_b:c"}
    assert fresh_service.operator.post("/v1/instruments", json=body).status_code == 201

    found = search(fresh_service, f"?url={PUBLIC}/Questionnaire/small|1_b:c")["entry"]
    [id_] = [one["resource"]["id"] for one in found]
    assert fresh_service.http.get(f"{BASE}/Questionnaire/{id_}").json()["version"] == "1_b:c"


def test_a_section_may_have_the_code_of_an_item(fresh_service: Service) -> None:
    sections = [{**INSTRUMENT["sections"][0], "code": "A1"}, INSTRUMENT["sections"][1]]
    body = {**INSTRUMENT, "version": "2", "sections": sections}
    assert fresh_service.operator.post("/v1/instruments", json=body).status_code == 201

    made = fresh_service.http.get(f"{BASE}/Questionnaire/small.2").json()
    links = [one["linkId"] for group in made["item"] for one in (group, *group["item"])]
    assert len(links) == len(set(links))


@pytest.mark.parametrize("id_", ["small.9", "small", "nothing", "small.1.1", "%00", "é.1"])
def test_what_is_not_there_is_not_found(service: Service, id_: str) -> None:
    reply = service.http.get(f"{BASE}/Questionnaire/{id_}")

    assert reply.status_code == 404
    assert issues(reply) == [("", "not-found")]
