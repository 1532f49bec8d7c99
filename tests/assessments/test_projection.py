"""A locked result in the terms of another framework, over HTTP."""

import random
from typing import Any

import pytest

from app.assessments.projection import project
from app.assessments.projection_routes import sections_of
from app.catalog import seeding
from app.catalog.crosswalk import Graph, Node
from app.catalog.documents import KINDS
from app.catalog.library import Document, edges_of
from app.catalog.service import content_sha256
from app.files import folder
from app.scoring.form import Answer, Special
from app.scoring.score import score
from tests.assessments.whole_form import INSTRUMENT, answered
from tests.conftest import Organization, Service

OTHER = "leadership-for-improvement"
CROSSWALK = f"crosswalks/{OTHER}-2006--seven-leverage-points-2.yaml"


@pytest.fixture(scope="module")
def hospital(service: Service) -> Organization:
    """Full marks for LP7, none for LP4, the middle for the rest."""
    levels = {"LP7": 4, "LP4": 0}
    return answered(service, lambda section: levels.get(section, 2))


def projection(hospital: Organization, **asked: str) -> Any:
    reply = hospital.client.get(f"{hospital.path}/projection", params={"framework": OTHER} | asked)
    assert reply.status_code == 200, reply.text
    return reply.json()


def test_every_element_of_the_other_framework_is_implied_or_unknown(
    service: Service, hospital: Organization
) -> None:
    found = projection(hospital)

    elements = service.http.get(f"/v1/frameworks/{OTHER}").json()["elements"]
    assert [one["code"] for one in found["data"]] == [one["code"] for one in elements]
    assert found["catalog_version"] == service.http.get("/v1/catalog").json()["version"]
    for one in found["data"]:
        assert one["status"] == ("implied" if one["rests_on"] else "unknown")
        assert (one["score_range"] is None) == (one["status"] == "unknown")
    statuses = {one["code"]: one["status"] for one in found["data"]}
    assert statuses["EF2"] == "implied"
    assert statuses["BW7"] == "unknown", "no leverage point is its counterpart"
    for one in found["data"]:
        if one["reason"] is not None:
            assert one["status"] == "unknown", "somebody wrote down that it has no counterpart"
    reasons = {one["code"]: one["reason"] for one in found["data"] if one["reason"]}
    assert {"SD", "BW7"} <= set(reasons)
    assert reasons["SD"].startswith("Mission, vision and strategy come before")


def test_a_range_leans_to_what_was_answered_and_names_it(hospital: Organization) -> None:
    found = {one["code"]: one for one in projection(hospital)["data"]}

    high, low = found["EF2"], found["GI3"]
    assert high["score_range"][1] == 100
    assert high["rests_on"][0]["section"] == "LP7"
    assert low["score_range"][0] == 0
    assert low["rests_on"][0]["section"] == "LP4"
    items = low["rests_on"][0]["items"]
    assert items
    assert all(code.startswith("LP4.") for code in items)
    for one in found.values():
        if one["score_range"]:
            worst, best = one["score_range"]
            assert 0 <= worst <= best <= 100
            levels = one["level_range"]
            assert levels[0] <= worst / 25 <= best / 25 <= levels[1]


def test_confidence_is_that_of_the_way_from_the_question(
    service: Service, hospital: Organization
) -> None:
    """LP4 tells much of GI3, which is broader; GI3 tells little of LP4."""
    [implied] = [one for one in projection(hospital)["data"] if one["code"] == "GI3"]

    found = service.http.get("/v1/crosswalks/leadership-for-improvement-2006--" + INSTRUMENT + "-2")
    [edge] = [
        one
        for one in found.json()["edges"]
        if (one["source"], one["target"]) == ("GI3", implied["rests_on"][0]["path"][-1])
    ]
    assert edge["confidence"] == {"forward": "0.4", "backward": "0.7"}
    assert implied["rests_on"][0]["confidence"] == 0.7
    assert implied["rests_on"][0]["relation"] == edge["relation"] == "narrowMatch"


def test_a_framework_that_is_linked_by_way_of_another_is_less_sure(hospital: Organization) -> None:
    found = projection(hospital, framework="model-for-improvement")

    told = [ground for one in found["data"] for ground in one["rests_on"]]
    assert told
    assert all(len(ground["path"]) == 2 for ground in told)
    assert all(ground["confidence"] < 0.9 for ground in told)


def test_titles_come_in_the_language_asked_for(hospital: Organization) -> None:
    asked = {"framework": OTHER, "lang": "es"}
    reply = hospital.client.get(f"{hospital.path}/projection", params=asked)

    assert reply.headers["content-language"] == "es-419"
    spanish = reply.json()
    assert spanish["data"][0]["title"] == "Definir la dirección"
    assert spanish["data"][0]["reason"].startswith("La misión, la visión")
    assert spanish["rule"].startswith("Un puntaje de sección")
    every = hospital.client.get(f"{hospital.path}/projection", params=asked | {"lang": "*"})
    assert set(every.json()["rule"]) == {"en", "es-419"}
    assert "content-language" not in every.headers


@pytest.mark.parametrize(
    ("asked", "status", "slug"),
    [
        pytest.param({"framework": "none"}, 404, "not-found", id="no such framework"),
        pytest.param({"framework": INSTRUMENT}, 422, "invalid", id="its own framework"),
        pytest.param({"framework": OTHER, "edition": "9"}, 404, "not-found", id="no such edition"),
        pytest.param({"framework": OTHER, "period": "2019"}, 404, "not-found", id="no such round"),
        pytest.param(
            {"framework": OTHER, "instrument": "none"}, 404, "not-found", id="no such instrument"
        ),
    ],
)
def test_what_cannot_be_projected_is_said(
    hospital: Organization, asked: dict[str, str], status: int, slug: str
) -> None:
    reply = hospital.client.get(f"{hospital.path}/projection", params=asked)

    assert reply.status_code == status
    assert reply.json()["type"] == f"/problems/{slug}"


def test_nobody_else_sees_it(service: Service, hospital: Organization) -> None:
    other = service.organization()

    reply = other.client.get(f"{hospital.path}/projection", params={"framework": OTHER})

    assert reply.status_code == 404


def graph() -> Graph:
    """The crosswalk that the project comes with."""
    given = KINDS["crosswalk"].model_validate(seeding.read_document(folder("seed") / CROSSWALK))
    content = given.model_dump(mode="json", exclude_none=True)
    document = Document("crosswalk", given.key[0], "1", 1, content, content_sha256(content))
    return Graph(edges_of(document))


def test_a_thousand_submissions_lie_within_the_stated_ranges() -> None:
    file = folder("seed") / "instruments" / f"{INSTRUMENT}-1.yaml"
    definition = seeding.parse_instrument(seeding.read_document(file))
    form, links, drawn = definition.form(""), graph(), random.Random(6)  # noqa: S311 - no secret
    codes = [item.code for section in form.sections for item in section.items]
    choices: list[Answer | None] = [0, 1, 2, 3, 4, Special.DONT_KNOW, None]
    document = seeding.read_document(folder("seed") / "frameworks" / f"{OTHER}-2006.yaml")
    nodes = [Node(OTHER, "2006", one["code"]) for one in document["elements"]]
    implied = 0
    for _ in range(1_000):
        answers = {code: level for code in codes if (level := drawn.choice(choices)) is not None}
        by_code = {
            one.code: None if one.fraction is None else float(one.fraction)
            for one in score(form, answers).sections
        }
        sections = sections_of(definition, by_code)
        for _, one in project(links, nodes, (INSTRUMENT, "2"), sections):
            if one.low is None or one.high is None:
                continue
            implied += 1
            told = [ground for ground in one.grounds if ground.section.score is not None]
            weights = [float(ground.confidence) for ground in told]
            found = [float(ground.section.score or 0) for ground in told]
            mean = sum(w * s for w, s in zip(weights, found, strict=True)) / sum(weights)
            assert 0 <= one.low <= mean + 1e-9
            assert mean - 1e-9 <= one.high <= 100
    assert implied > 10_000
