"""What is wrong with an instrument, one change at a time; nothing of it is kept."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from tests.conftest import Service
from tests.inputs import INSTRUMENT, LEVELS

Change = Callable[[dict[str, Any]], object]
LONG = "x" * 2001


def item(document: dict[str, Any], section: int = 0, place: int = 0) -> dict[str, Any]:
    found: dict[str, Any] = document["sections"][section]["items"][place]
    return found


def levels(*numbers: object) -> list[dict[str, Any]]:
    return [{"level": number, "text": {"en": "a level"}} for number in numbers]


WHERE = [
    pytest.param(lambda d: d.pop("version"), "/version", "required", id="no version"),
    pytest.param(lambda d: d.pop("sections"), "/sections", "required", id="no sections"),
    pytest.param(lambda d: d.update(sections=[]), "/sections", "too-short", id="empty sections"),
    pytest.param(
        lambda d: d["sections"][1].update(items=[]), "/sections/1/items", "too-short", id="no items"
    ),
    pytest.param(lambda d: d.update(colour="red"), "/colour", "unknown-field", id="unknown field"),
    pytest.param(
        lambda d: item(d, 1, 1).update(colour="red"),
        "/sections/1/items/1/colour",
        "unknown-field",
        id="unknown field deep inside",
    ),
    pytest.param(
        lambda d: d.update({"a/b~c": 1}), "/a~1b~0c", "unknown-field", id="a pointer is escaped"
    ),
    pytest.param(
        lambda d: d.update(instrument="Small One"),
        "/instrument",
        "pattern-mismatch",
        id="a name that does not fit a URL",
    ),
    pytest.param(
        lambda d: d.update(version=1), "/version", "string-type", id="a version of number"
    ),
    pytest.param(
        lambda d: d.update(languages=[]), "/languages", "too-short", id="no language at all"
    ),
    pytest.param(
        lambda d: d.update(languages=["English"]),
        "/languages/0",
        "pattern-mismatch",
        id="a language that is no tag",
    ),
    pytest.param(
        lambda d: item(d).update(text={}), "/sections/0/items/0/text", "too-short", id="no text"
    ),
    pytest.param(
        lambda d: item(d).update(text={"en": ""}),
        "/sections/0/items/0/text/en",
        "string-too-short",
        id="an empty text",
    ),
    pytest.param(
        lambda d: item(d).update(text={"en": LONG}),
        "/sections/0/items/0/text/en",
        "string-too-long",
        id="a text without end",
    ),
    pytest.param(
        lambda d: item(d).update(text={"en": "a\0b"}),
        "/sections/0/items/0/text/en",
        "value-error",
        id="a text that cannot be stored",
    ),
    pytest.param(
        lambda d: item(d).update(weight=2),
        "/sections/0/items/0/weight",
        "string-type",
        id="a weight that is not exact",
    ),
    pytest.param(
        lambda d: item(d).update(weight="1/0"),
        "/sections/0/items/0/weight",
        "pattern-mismatch",
        id="a weight divided by 0",
    ),
    pytest.param(
        lambda d: item(d).update(weight="-1"),
        "/sections/0/items/0/weight",
        "pattern-mismatch",
        id="a weight below 0",
    ),
    pytest.param(
        lambda d: item(d).update(levels=levels("0", 1)),
        "/sections/0/items/0/levels/0/level",
        "int-type",
        id="a level of text",
    ),
    pytest.param(
        lambda d: item(d).update(levels=levels(0, 1.5)),
        "/sections/0/items/0/levels/1/level",
        "int-type",
        id="half a level",
    ),
    pytest.param(
        lambda d: item(d).update(levels=levels(0, True)),
        "/sections/0/items/0/levels/1/level",
        "int-type",
        id="a level of true",
    ),
    pytest.param(
        lambda d: item(d).update(levels=levels(-1, 0)),
        "/sections/0/items/0/levels/0/level",
        "greater-than-equal",
        id="a level below 0",
    ),
    pytest.param(
        lambda d: item(d).update(levels=levels(0)),
        "/sections/0/items/0/levels",
        "too-short",
        id="one level is no choice",
    ),
    pytest.param(
        lambda d: d["scoring_method"].update(overall_min_sections=0),
        "/scoring_method/overall_min_sections",
        "greater-than-equal",
        id="an overall score of no section",
    ),
    pytest.param(
        lambda d: d["scoring_method"].update(origin="guessed"),
        "/scoring_method/origin",
        "not-one-of",
        id="a scoring method from nowhere",
    ),
]
WHY = [
    pytest.param(
        lambda d: item(d, 0, 1).update(code="A1"), "item A1 stands twice", id="an item code twice"
    ),
    pytest.param(
        lambda d: item(d, 1, 0).update(code="A1"),
        "item A1 stands twice",
        id="an item code twice, in two sections",
    ),
    pytest.param(
        lambda d: d["sections"][1].update(code="A"),
        "section A stands twice",
        id="a section code twice",
    ),
    pytest.param(
        lambda d: d.update(levels=[LEVELS[0], *LEVELS[2:]]),
        "levels of the instrument must rise by one without a gap, not [0, 2, 3, 4]",
        id="a gap in the levels",
    ),
    pytest.param(
        lambda d: item(d, 1, 1).update(levels=levels(2, 1, 0)),
        "levels of B2 must rise by one without a gap, not [2, 1, 0]",
        id="an item's own levels fall",
    ),
    pytest.param(
        lambda d: item(d, 1, 1).update(levels=levels(0, 1, 1)),
        "levels of B2 must rise by one without a gap, not [0, 1, 1]",
        id="a level twice",
    ),
    pytest.param(
        lambda d: d.pop("levels"),
        "item A1 has no levels, and the instrument has none",
        id="no levels anywhere",
    ),
    pytest.param(
        lambda d: d.update(languages=["en", "es-419"]),
        "/title is missing in es-419",
        id="a language that the title does not have",
    ),
    pytest.param(
        lambda d: item(d, 1, 0).update(text={"es-419": "tres"}),
        "/sections/1/items/0/text is missing in en",
        id="a text in another language only",
    ),
    pytest.param(
        lambda d: item(d).update(weight="0"),
        "A1: weight 0 is not above 0 with parts up to 1000",
        id="an item without weight",
    ),
    pytest.param(
        lambda d: d["sections"][0].update(weight="0/3"),
        "A: weight 0 is not above 0 with parts up to 1000",
        id="a section without weight",
    ),
    pytest.param(
        lambda d: item(d).update(weight="1/9999"),
        "A1: weight 1/9999 is not above 0 with parts up to 1000",
        id="a weight with too fine a part",
    ),
    pytest.param(
        lambda d: d["scoring_method"].update(in_place_from=5),
        "Rule: in place from 5, not a step up on item A1",
        id="in place above the top level",
    ),
    pytest.param(
        lambda d: d["scoring_method"].update(in_place_from=0),
        "Rule: in place from 0, not a step up on item A1",
        id="in place at the lowest level",
    ),
    pytest.param(
        lambda d: item(d, 1, 0).update(levels=levels(0, 1, 2)),
        "Rule: in place from 3, not a step up on item B1",
        id="in place above one item's top",
    ),
    pytest.param(
        lambda d: d["scoring_method"].update(overall_min_sections=3),
        "Rule: 3 of 2 sections",
        id="an overall score of more sections than there are",
    ),
    pytest.param(
        lambda d: d["scoring_method"].update(section_min_answered="0"),
        "Rule: 0 is no share of items",
        id="a section score of no answer",
    ),
    pytest.param(
        lambda d: d["scoring_method"].update(section_min_answered="3/2"),
        "Rule: 3/2 is no share of items",
        id="a section score of more answers than items",
    ),
]


def posted(service: Service, change: Change) -> list[dict[str, Any]]:
    """The errors of the changed instrument, which must not be there afterwards."""
    document = deepcopy(INSTRUMENT) | {"instrument": "wrong"}
    change(document)

    reply = service.operator.post("/v1/instruments", json=document)

    assert reply.status_code == 422, reply.text
    assert reply.headers["content-type"] == "application/problem+json"
    body = reply.json()
    assert body["type"] == "/problems/invalid"
    assert service.http.get("/v1/instruments/wrong").status_code == 404
    errors: list[dict[str, Any]] = body["errors"]
    return errors


@pytest.mark.parametrize(("change", "pointer", "code"), WHERE)
def test_a_wrong_field_is_named_with_its_place(
    service: Service, change: Change, pointer: str, code: str
) -> None:
    errors = posted(service, change)

    assert [(one["pointer"], one["code"]) for one in errors] == [(pointer, code)]


@pytest.mark.parametrize(("change", "detail"), WHY)
def test_what_does_not_hang_together_is_said_in_words(
    service: Service, change: Change, detail: str
) -> None:
    [found] = posted(service, change)

    assert found["detail"] == f"Value error, {detail}"


def test_all_wrong_fields_are_said_at_once(service: Service) -> None:
    def change(document: dict[str, Any]) -> None:
        del document["version"]
        document["colour"] = "red"
        item(document, 1, 0)["weight"] = 2
        item(document, 0, 0)["text"] = {"en": ""}

    errors = posted(service, change)

    assert {one["pointer"] for one in errors} == {
        "/version",
        "/colour",
        "/sections/1/items/0/weight",
        "/sections/0/items/0/text/en",
    }
