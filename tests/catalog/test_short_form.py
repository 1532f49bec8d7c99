"""The short form: its items follow from the stated rule, and read as in the long form."""

from typing import Any

import pytest

from app.catalog import seeding
from app.catalog.short_form import chosen
from app.files import folder
from tests.conftest import Service

SHORT, LONG = "seven-leverage-points-short", "seven-leverage-points"


def document(name: str) -> Any:
    return seeding.read_document(folder("seed") / name)


def test_the_fourteen_items_are_those_of_the_rule_word_for_word() -> None:
    framework = document(f"frameworks/{LONG}-2.yaml")
    provenance = {one["code"]: one["provenance"] for one in framework["elements"]}
    long, short = (document(f"instruments/{one}-1.yaml") for one in (LONG, SHORT))
    codes = chosen(seeding.parse_instrument(long), provenance)

    assert len(codes) == 14
    assert short["short_of"] == {"instrument": LONG, "version": "1"}
    items = {one["code"]: one for section in long["sections"] for one in section["items"]}
    found = [one for section in short["sections"] for one in section["items"]]
    assert [one["code"] for one in found] == codes
    assert found == [items[code] for code in codes]
    assert [len(section["items"]) for section in short["sections"]] == [2] * 7


def test_its_quality_says_how_scores_become_long_ones(service: Service) -> None:
    form = service.http.get(f"/v1/instruments/{LONG}/versions/1").json()
    hospital = service.organization()
    for respondent, level in enumerate((0, 1, 2, 3, 4)):
        answers = {
            item["code"]: level if place < 2 else min(4, level + respondent % 2)
            for section in form["sections"]
            for place, item in enumerate(section["items"])
        }
        reply = hospital.submit(
            instrument=LONG, version="1", respondent=f"r{respondent}", answers=answers
        )
        assert reply.status_code == 201, reply.text
    hospital.client.post(f"{hospital.path}/assessments/2025-H2/lock")

    reply = service.operator.get(f"/v1/instruments/{SHORT}/versions/1/quality")

    linking = reply.json()["linking"]
    assert linking["to"] == {"instrument": LONG, "version": "1"}
    assert linking["submissions"] == 5
    assert 0.9 < linking["slope"] < 1.2
    assert 0 < linking["error"] < 15
    assert 0.9 < linking["correlation"] <= 1
    long = service.operator.get(f"/v1/instruments/{LONG}/versions/1/quality").json()
    assert long["linking"] is None


@pytest.mark.parametrize(
    ("change", "pointers"),
    [
        pytest.param({"code": "ZZ.1"}, ["/sections/0/items/0"], id="an item of its own"),
        pytest.param({"levels": 11}, ["/sections/0/items/0"], id="other levels"),
        pytest.param({"reverse": True}, ["/sections/0/items/0"], id="read the other way"),
        pytest.param({"short_of": "none"}, ["/short_of"], id="of nothing"),
    ],
)
def test_a_short_form_asks_what_the_long_one_asks(
    service: Service, change: dict[str, Any], pointers: list[str]
) -> None:
    found = service.http.get(f"/v1/instruments/{SHORT}/versions/1?lang=*").json()
    document = {
        name: value
        for name, value in found.items()
        if name not in {"content_sha256", "published_at"}
    } | {"instrument": "shorter"}
    if "short_of" in change:
        document["short_of"]["instrument"] = change["short_of"]
    else:
        if "levels" in change:
            texts = {"en": "a level", "es-419": "un nivel"}
            change = {"levels": [{"level": at, "text": texts} for at in range(change["levels"])]}
        document["sections"][0]["items"][0] |= change

    reply = service.operator.post("/v1/instruments", json=document)

    assert reply.status_code == 422, reply.text
    assert [one["pointer"] for one in reply.json()["errors"]] == pointers
