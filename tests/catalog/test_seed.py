"""The catalog that comes with Palanca: its instrument, and that seeding is done once."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.catalog import checking, seeding, versions
from app.catalog.frameworks import FrameworkIn
from app.db import transaction
from app.files import folder
from app.problems import Invalid, VersionPublished
from tests.conftest import Service

URL = "/v1/instruments/seven-leverage-points/versions/1"
BOTH = {"en", "es-419"}


@pytest.fixture(scope="module")
def instrument(service: Service) -> dict[str, Any]:
    found: dict[str, Any] = service.http.get(URL, params={"lang": "*"}).json()
    return found


def test_the_instrument_asks_about_each_aspect_once(
    service: Service, instrument: dict[str, Any]
) -> None:
    reference = instrument["framework"]
    framework = service.http.get(
        f"/v1/frameworks/{reference['id']}", params={"edition": reference["edition"]}
    ).json()
    aspects = [one["code"] for one in framework["elements"] if one["kind"] == "aspect"]
    points = [one["code"] for one in framework["elements"] if one["kind"] == "leverage_point"]
    sections = instrument["sections"]

    assert [one["element"] for one in sections] == points
    asked = [item["element"] for section in sections for item in section["items"]]
    assert sorted(asked) == sorted(aspects)
    assert len(asked) == 45
    assert all(len(section["items"]) >= 5 for section in sections)
    parents = {one["code"]: one.get("parent") for one in framework["elements"]}
    for section in sections:
        assert {parents[item["element"]] for item in section["items"]} == {section["element"]}


def test_every_item_has_five_levels_told_apart_in_both_languages(
    instrument: dict[str, Any],
) -> None:
    items = [item for section in instrument["sections"] for item in section["items"]]
    assert len({item["code"] for item in items}) == 45
    for language in BOTH:
        texts = [item["text"][language] for item in items]
        assert len(set(texts)) == 45, "no statement stands twice"
        for item in items:
            levels = item["levels"]
            assert [one["level"] for one in levels] == [0, 1, 2, 3, 4]
            words = [one["text"][language] for one in levels]
            assert len(set(words)) == 5
            assert all(len(one) > 20 for one in words), "a descriptor, not a degree of agreement"
    assert all(item["text"]["en"] != item["text"]["es-419"] for item in items)


def test_the_rule_is_the_projects_own_and_says_so(instrument: dict[str, Any]) -> None:
    method = instrument["scoring_method"]

    assert set(method.pop("note")) == BOTH
    assert method == {
        "origin": "project_defined",
        "section_min_answered": "1/2",
        "overall_min_sections": 5,
        "in_place_from": 3,
    }
    assert set(instrument["answer_options"]) == {"not_applicable", "dont_know"}
    assert instrument["provenance"] == "project_authored"
    assert instrument["license"] == "CC-BY-4.0"
    assert "Reinertsen" in instrument["citation"]
    assert "not IHI's own" in instrument["attribution"]


def test_seeding_again_changes_nothing(fresh_service: Service) -> None:
    with fresh_service.superuser() as database:
        query = (
            "SELECT kind || name || edition, content::text, published_at FROM catalog_document"
            " UNION ALL SELECT instrument || version, content::text, published_at"
            " FROM instrument_version"
            " UNION ALL SELECT number::text, documents::text, published_at FROM catalog_version"
            " ORDER BY 1, 2"
        )
        before = database.execute(query).fetchall()

        async def again() -> list[tuple[str, bool]]:
            later = datetime.now(UTC) + timedelta(days=1)
            async with transaction(fresh_service.http.app.state.engine) as session:  # type: ignore[attr-defined]
                return list(await seeding.seed(session, now=later))

        assert fresh_service.http.portal is not None
        done = fresh_service.http.portal.call(again)
        assert ("framework seven-leverage-points 2", False) in done
        assert ("instrument seven-leverage-points version 1", False) in done
        assert len(done) == len(checking.published(folder("seed")))
        assert not any(is_new for _, is_new in done)
        assert database.execute(query).fetchall() == before


def framework() -> dict[str, Any]:
    document: dict[str, Any] = seeding.read_document(
        folder("seed") / "frameworks" / "seven-leverage-points-2.yaml"
    )
    return document


def test_a_published_edition_never_changes(service: Service) -> None:
    changed = FrameworkIn.model_validate(framework() | {"year": 2009})

    async def publish() -> None:
        async with transaction(service.http.app.state.engine) as session:  # type: ignore[attr-defined]
            await versions.publish_document(session, changed, now=datetime.now(UTC))

    assert service.http.portal is not None
    with pytest.raises(VersionPublished, match="2 revision 1 is published with other content"):
        service.http.portal.call(publish)


def test_a_new_edition_is_the_one_that_is_served(fresh_service: Service) -> None:
    third = FrameworkIn.model_validate(framework() | {"edition": "3", "year": 2030})

    async def publish() -> bool:
        later = datetime.now(UTC) + timedelta(days=1)
        async with transaction(fresh_service.http.app.state.engine) as session:  # type: ignore[attr-defined]
            is_new = await versions.publish_document(session, third, now=later)
            await versions.settle(session, now=later)
            return is_new

    assert fresh_service.http.portal is not None
    assert fresh_service.http.portal.call(publish)
    get = fresh_service.http.get
    url = "/v1/frameworks/seven-leverage-points"
    assert get(url).json()["edition"] == "3"
    assert get(url, params={"edition": "2"}).json()["year"] == 2008
    assert get(f"{url}/elements/LP1").json()["edition"] == "3"
    every = get("/v1/frameworks").json()["data"]
    points = [one["edition"] for one in every if one["id"] == "seven-leverage-points"]
    assert points == ["3", "2", "1"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        pytest.param({"code": "LP1.1"}, "element LP1.1 stands twice", id="a code twice"),
        pytest.param(
            {"parent": "LP9"},
            "LP1 names LP9 as its parent, which there is not",
            id="no such parent",
        ),
        pytest.param({"parent": "LP2"}, "LP1 stands before its parent LP2", id="a later parent"),
        pytest.param({"source": "X"}, "LP1 names X, which is not cited", id="no such source"),
    ],
)
def test_a_framework_hangs_together(change: dict[str, Any], message: str) -> None:
    document = framework()
    document["elements"][0].update(change)

    with pytest.raises(ValueError, match=message):
        FrameworkIn.model_validate(document)


def test_a_document_of_another_shape_is_refused_with_its_places() -> None:
    with pytest.raises(Invalid) as raised:
        seeding.parse_instrument({"instrument": "x", "levels": [{"level": "1"}]})

    errors: Any = raised.value.extra["errors"]
    assert {"/version", "/levels/0/level", "/levels/0/text"} <= {one["pointer"] for one in errors}
