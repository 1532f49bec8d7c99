"""Frameworks as CodeSystems, crosswalks as ConceptMaps."""

from typing import Any

import pytest

from tests.conftest import Service
from tests.fhir.asking import BASE

CROSSWALK = "leadership-for-improvement-2006--seven-leverage-points-2"
SYSTEM = "framework-leadership-for-improvement"


def get(service: Service, path: str, **more: Any) -> Any:
    reply = service.http.get(BASE + path, **more)
    assert reply.status_code == 200, reply.text
    assert reply.headers["content-type"] == "application/fhir+json"
    return reply.json()


def flat(concepts: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Concepts by code, whatever they are below."""
    found = {}
    for one in concepts:
        found[one["code"]] = one
        found |= flat(one.get("concept", []))
    return found


def test_a_framework_is_a_code_system_with_all_its_elements(service: Service) -> None:
    system = get(service, f"/CodeSystem/{SYSTEM}.2006", headers={"Accept-Language": "es-MX"})
    framework = service.http.get("/v1/frameworks/leadership-for-improvement?lang=*").json()

    concepts = flat(system["concept"])
    assert set(concepts) == {one["code"] for one in framework["elements"]}
    assert system["count"] == len(concepts)
    for one in framework["elements"]:
        assert concepts[one["code"]]["display"] == one["title"]["es-419"]
        assert concepts[one["code"]]["designation"] == [
            {"language": "en", "value": one["title"]["en"]}
        ]
    assert [one["code"] for one in system["concept"]] == ["SD", "EF", "BW", "GI", "EC"]


def test_a_crosswalk_is_a_concept_map_that_says_who_is_alone(service: Service) -> None:
    found = get(service, f"/ConceptMap/{CROSSWALK}")
    crosswalk = service.http.get(f"/v1/crosswalks/{CROSSWALK}").json()

    [group] = found["group"]
    assert group["source"].endswith(f"/CodeSystem/{SYSTEM}")
    pairs = [
        (one["code"], target.get("code"))
        for one in group["element"]
        for target in one["target"]
        if target["equivalence"] != "unmatched"
    ]
    assert sorted(pairs) == sorted((one["source"], one["target"]) for one in crosswalk["edges"])
    alone = {
        one["code"] for one in group["element"] if one["target"][0]["equivalence"] == "unmatched"
    }
    assert alone == {one["code"] for one in crosswalk["without_counterpart"]["source"]}


@pytest.mark.parametrize("kind", ["CodeSystem", "ConceptMap"])
def test_they_are_found_by_address_and_by_form(service: Service, kind: str) -> None:
    every = get(service, f"/{kind}")
    one = every["entry"][0]["resource"]

    found = get(service, f"/{kind}", params={"url": one["url"], "version": one["version"]})
    assert [entry["resource"] for entry in found["entry"]] == [one]
    assert get(service, f"/{kind}/{one['id']}") == one
    form = service.http.post(f"{BASE}/{kind}/_search", data={"_id": one["id"]}).json()
    assert [entry["resource"] for entry in form["entry"]] == [one]
    assert get(service, f"/{kind}", params={"status": "draft"})["total"] == 0


@pytest.mark.parametrize("kind", ["CodeSystem", "ConceptMap"])
def test_what_is_not_there_is_an_outcome(service: Service, kind: str) -> None:
    reply = service.http.get(f"{BASE}/{kind}/none")

    assert reply.status_code == 404
    assert reply.json()["resourceType"] == "OperationOutcome"
