"""The catalog that comes with Palanca: every framework complete, sourced, guided and linked."""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from app.catalog import seeding
from app.files import folder
from tests.conftest import Service

KINDS: dict[tuple[str, str], dict[str, int]] = {
    ("seven-leverage-points", "2"): {"leverage_point": 7, "aspect": 45},
    ("seven-leverage-points", "1"): {"leverage_point": 7},
    ("leadership-for-improvement", "2006"): {"component": 5, "element": 24},
    ("will-ideas-execution", "2007"): {"element": 3, "aspect": 5},
    ("execution", "2007"): {"element": 9, "component": 1},
    ("model-for-improvement", "2009"): {"question": 3, "component": 1, "stage": 4},
    ("engaging-physicians", "2007"): {"element": 6, "component": 23},
    ("boards-on-board", "2008"): {"practice": 6},
    ("whole-system-measures", "2007"): {"measure": 13},
    ("high-impact-leadership", "2013"): {
        "dimension": 3,
        "principle": 4,
        "behavior": 5,
        "domain": 6,
    },
    ("safe-reliable-effective-care", "2017"): {"element": 1, "domain": 2, "component": 9},
    ("quintuple-aim", "2022"): {"aim": 5},
    ("leading-a-culture-of-safety", "2017"): {"domain": 6},
    ("board-governance-of-quality", "2018"): {"domain": 6},
    ("patient-safety-structural-measure", "2025"): {"domain": 5},
}
GUIDED = ("seven-leverage-points-2", "leadership-for-improvement-2006")
ALL, LONG_SENTENCE = "*", 8


def frameworks(service: Service) -> dict[tuple[str, str], Any]:
    """All editions, in all languages."""
    every = service.http.get("/v1/frameworks").json()["data"]
    return {
        (one["id"], one["edition"]): service.http.get(
            one["href"], params={"lang": ALL, "edition": one["edition"]}
        ).json()
        for one in every
    }


def test_every_framework_has_exactly_its_elements(service: Service) -> None:
    found = frameworks(service)

    kinds = {
        key: dict(Counter(one["kind"] for one in each["elements"])) for key, each in found.items()
    }
    assert kinds == KINDS


def test_every_element_has_provenance_citation_and_both_languages(service: Service) -> None:
    for each in frameworks(service).values():
        assert each["attribution"]
        for one in each["elements"]:
            assert one["citation"], one["code"]
            assert one["provenance"]
            assert one["text_origin"]
            for text in (one["title"], one["summary"]):
                assert set(text) == {"en", "es-419"}
                assert all(said.strip() for said in text.values())


def documents(name: str) -> Any:
    return seeding.read_document(folder("seed") / "guidance" / f"{name}.yaml")


@pytest.mark.parametrize("name", GUIDED)
def test_every_element_says_how_exactly_in_both_languages(service: Service, name: str) -> None:
    framework, _, edition = name.rpartition("-")
    listed = service.http.get(f"/v1/frameworks/{framework}", params={"edition": edition}).json()

    assert {one["code"] for one in documents(name)["elements"]} == {
        one["code"] for one in listed["elements"]
    }
    for language in ("en", "es-419"):
        for one in listed["elements"]:
            path = f"/v1/frameworks/{framework}/elements/{one['code']}"
            asked = {"edition": edition, "lang": language}
            told = service.http.get(path, params=asked).json()["guidance"]
            assert all(isinstance(text, str) and text for text in told["questions"]), one["code"]
            assert told["means"]
            assert told["why"]
            assert told["citations"]
            assert told["led_by"][0]["title"]
            assert len(told["first_30_days"]) >= 2
            assert len(told["first_90_days"]) >= 2


def said(node: Any) -> Iterator[str]:
    """The sentences of eight words and more in a document."""
    parts = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    for part in parts:
        yield from said(part)
    if isinstance(node, str):
        yield from (
            one for one in re.split(r"(?<=[.?!])\s+", node) if len(one.split()) >= LONG_SENTENCE
        )


def test_no_sentence_of_the_guidance_stands_twice() -> None:
    counted = Counter(
        sentence
        for name in GUIDED
        for entry in documents(name)["elements"]
        for sentence in said(entry)
    )

    assert len(counted) > 2_000
    assert [one for one, times in counted.items() if times > 1] == []


@pytest.mark.parametrize(
    ("framework", "kind"),
    [("leadership-for-improvement", "element"), ("seven-leverage-points", "leverage_point")],
)
def test_each_is_linked_or_listed_as_without_counterpart(
    service: Service, framework: str, kind: str
) -> None:
    crosswalk = service.http.get(
        "/v1/crosswalks/leadership-for-improvement-2006--seven-leverage-points-2"
    ).json()
    end = "source" if crosswalk["source"]["framework"] == framework else "target"
    alone = {one["code"]: one["reason"] for one in crosswalk["without_counterpart"][end]}
    elements = service.http.get(f"/v1/frameworks/{framework}").json()["elements"]
    for one in elements:
        if one["kind"] != kind:
            continue
        reply = service.http.get(f"/v1/frameworks/{framework}/elements/{one['code']}/counterparts")
        linked = reply.json()["data"]
        assert bool(linked) or alone[one["code"]], one["code"]


def test_what_changed_from_the_first_edition_is_said_of_each_point(service: Service) -> None:
    [found] = service.http.get("/v1/frameworks/seven-leverage-points/changes").json()["data"]

    assert (found["before"], found["after"]) == ("1", "2")
    kinds = {one["after"]["code"]: one["change"] for one in found["changes"]}
    assert kinds == {
        "LP1": "unchanged",
        "LP2": "substantially_revised",
        "LP3": "reframed",
        "LP4": "emphasis",
        "LP5": "unchanged",
        "LP6": "reframed",
        "LP7": "unchanged",
    }
    for one in found["changes"]:
        assert (one["before"]["title"] != one["after"]["title"]) == one["title_changed"]


def test_measures_say_unit_direction_and_dimension(service: Service) -> None:
    found = service.http.get("/v1/measures").json()["data"]

    assert len(found) == 13
    assert all(one["unit"] and one["direction"] and one["dimension"] for one in found)
    assert {one["framework"] for one in found} == {"whole-system-measures"}
