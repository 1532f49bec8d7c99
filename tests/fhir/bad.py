"""QuestionnaireResponses that are wrong in one thing: where that is told, and with which code."""

from collections.abc import Callable
from typing import Any

from tests.fhir.asking import ABSENT, PUBLIC, answer, coded, extension

Change = Callable[[dict[str, Any]], object]
ROOT = "QuestionnaireResponse"
FIRST = f"{ROOT}.item[0].item[0]"
VALUE = f"{FIRST}.answer[0].value"


def first(made: dict[str, Any]) -> Any:
    return made["item"][0]["item"][0]


def says(value: Any) -> Change:
    """With that as the first answer."""
    return lambda made: first(made).update(answer=[value])


def integer(value: Any) -> Change:
    return says({"valueInteger": value})


def put(**fields: Any) -> Change:
    return lambda made: made.update(fields)


def out(*names: str) -> Change:
    return lambda made: [made.pop(name) for name in names]


def extended(*extensions: Any) -> Change:
    return put(extension=list(extensions))


OTHER = {"system": "http://example.org/levels", "code": "1"}
REFUSED: dict[str, tuple[Change, str, str]] = {
    "unknown answer": (says(coded("A1", 9)), f"{VALUE}.code", "answer-unknown"),
    "answer of no number": (says(coded("A1", "x")), f"{VALUE}.code", "answer-unknown"),
    "special of nothing": (
        says({"valueCoding": {"system": ABSENT, "code": "masked"}}),
        f"{VALUE}.code",
        "answer-unknown",
    ),
    "may not be inapplicable": (
        says({"valueCoding": {"system": ABSENT, "code": "not-applicable"}}),
        f"{VALUE}.code",
        "not-applicable-not-allowed",
    ),
    "another item's answer": (says(coded("A2", 1)), f"{VALUE}.system", "system-unknown"),
    "another system": (says({"valueCoding": OTHER}), f"{VALUE}.system", "system-unknown"),
    "no system": (says({"valueCoding": {"code": "1"}}), f"{VALUE}.system", "system-unknown"),
    "no code": (
        says({"valueCoding": {"system": f"{PUBLIC}/CodeSystem/small/A1"}}),
        f"{VALUE}.code",
        "required",
    ),
    "out of range": (integer(5), VALUE, "level-out-of-range"),
    "below the range": (integer(-1), VALUE, "level-out-of-range"),
    "integer as string": (integer("3"), VALUE, "level-is-text"),
    "integer as a word of ours": (integer("dont_know"), VALUE, "level-is-text"),
    "boolean": (integer(True), VALUE, "level-is-boolean"),
    "decimal": (integer(2.5), VALUE, "level-not-integer"),
    "integer of nothing": (integer(None), VALUE, "empty"),
    "text": (says({"valueString": "three"}), VALUE, "unknown-field"),
    "two values": (
        says({"valueInteger": 1, **coded("A1", 1)}),
        f"{FIRST}.answer[0]",
        "value-not-one",
    ),
    "an answer without a value": (says({"id": "x"}), f"{FIRST}.answer[0]", "value-not-one"),
    "two answers": (
        lambda made: first(made).update(answer=[coded("A1", 1), coded("A1", 2)]),
        f"{FIRST}.answer",
        "too-many-answers",
    ),
    "an empty answer": (lambda made: first(made).update(answer=[]), f"{FIRST}.answer", "empty"),
    "answers as an object": (
        lambda made: first(made).update(answer=coded("A1", 1)),
        f"{FIRST}.answer",
        "list-type",
    ),
    "no linkId": (lambda made: first(made).pop("linkId"), f"{FIRST}.linkId", "required"),
    "linkId of no text": (
        lambda made: first(made).update(linkId=1),
        f"{FIRST}.linkId",
        "string-type",
    ),
    "unknown linkId": (
        lambda made: first(made).update(linkId="Z9"),
        f"{FIRST}.linkId",
        "item-unknown",
    ),
    "unknown group": (
        lambda made: made["item"][1].update(linkId="Z"),
        f"{ROOT}.item[1].linkId",
        "item-unknown",
    ),
    "an item twice": (
        lambda made: made["item"][0]["item"].append(answer("A1", 1)),
        f"{ROOT}.item[0].item[2].linkId",
        "repeated",
    ),
    "a group twice": (
        lambda made: made["item"].append({"linkId": "A"}),
        f"{ROOT}.item[2].linkId",
        "repeated",
    ),
    "an item on top": (
        lambda made: made["item"].append(made["item"][0]["item"].pop()),
        f"{ROOT}.item[2].linkId",
        "item-misplaced",
    ),
    "an item in another group": (
        lambda made: made["item"][1]["item"].append(made["item"][0]["item"].pop()),
        f"{ROOT}.item[1].item[2].linkId",
        "item-misplaced",
    ),
    "a group in a group": (
        lambda made: made["item"][0]["item"].append(made["item"].pop()),
        f"{ROOT}.item[0].item[2].linkId",
        "item-misplaced",
    ),
    "an item below an item": (
        lambda made: first(made).update(item=[made["item"][0]["item"].pop()]),
        f"{FIRST}.item",
        "item-misplaced",
    ),
    "an item below an answer": (
        says({**coded("A1", 1), "item": [{"linkId": "A2"}]}),
        f"{FIRST}.answer[0].item",
        "item-misplaced",
    ),
    "an answer of a group": (
        lambda made: made["item"][0].update(answer=[coded("A", 1)]),
        f"{ROOT}.item[0].answer",
        "group-answered",
    ),
    "no items": (out("item"), f"{ROOT}.item", "empty"),
    "items without answers": (put(item=[{"linkId": "A"}]), f"{ROOT}.item", "empty"),
    "missing status": (out("status"), f"{ROOT}.status", "required"),
    "bad status": (put(status="finished"), f"{ROOT}.status", "not-one-of"),
    "in progress": (put(status="in-progress"), f"{ROOT}.status", "status-not-final"),
    "entered in error": (put(status="entered-in-error"), f"{ROOT}.status", "status-not-final"),
    "stopped": (put(status="stopped"), f"{ROOT}.status", "status-not-final"),
    "amended what": (put(status="amended"), f"{ROOT}.identifier", "required"),
    "missing questionnaire": (out("questionnaire"), f"{ROOT}.questionnaire", "required"),
    "wrong questionnaire": (
        put(questionnaire=f"{PUBLIC}/Questionnaire/other|1"),
        f"{ROOT}.questionnaire",
        "questionnaire-unknown",
    ),
    "wrong version": (
        put(questionnaire=f"{PUBLIC}/Questionnaire/small|7"),
        f"{ROOT}.questionnaire",
        "questionnaire-unknown",
    ),
    "no version": (
        put(questionnaire=f"{PUBLIC}/Questionnaire/small"),
        f"{ROOT}.questionnaire",
        "questionnaire-unknown",
    ),
    "a questionnaire of another server": (
        put(questionnaire="https://example.org/fhir/R4/Questionnaire/small|1"),
        f"{ROOT}.questionnaire",
        "questionnaire-unknown",
    ),
    "a questionnaire with NUL": (
        put(questionnaire=f"{PUBLIC}/Questionnaire/small|\x00"),
        f"{ROOT}.questionnaire",
        "questionnaire-unknown",
    ),
    "unknown property": (put(colour="blue"), f"{ROOT}.colour", "unknown-field"),
    "unknown property of an item": (
        lambda made: first(made).update(level=3),
        f"{FIRST}.level",
        "unknown-field",
    ),
    "a name that is no name": (put(**{"a`b\\": 1}), f"{ROOT}.`a\\`b\\\\`", "unknown-field"),
    "contained": (put(contained=[{"resourceType": "Junk"}]), f"{ROOT}.contained", "unknown-field"),
    "an extension that modifies": (
        put(modifierExtension=[{"url": "http://example.org/not", "valueBoolean": True}]),
        f"{ROOT}.modifierExtension",
        "unknown-field",
    ),
    "rules of its own": (
        put(implicitRules="http://example.org"),
        f"{ROOT}.implicitRules",
        "unknown-field",
    ),
    "another resource": (put(resourceType="Patient"), "Resource.resourceType", "not-one-of"),
    "bad date": (put(authored="03/11/2025"), f"{ROOT}.authored", "pattern-mismatch"),
    "no such day": (put(authored="2025-02-30"), f"{ROOT}.authored", "no-such-day"),
    "no such instant": (
        put(authored="2025-11-03T10:00:00"),
        f"{ROOT}.authored",
        "pattern-mismatch",
    ),
    "date as a number": (put(authored=20251103), f"{ROOT}.authored", "string-type"),
    "no date": (out("authored"), f"{ROOT}.authored", "required"),
    "a date to come": (put(authored="2031-01-01"), f"{ROOT}.authored", "in-the-future"),
    "a period to come": (
        extended(extension("period", "2031")),
        f"{ROOT}.extension[0].value",
        "in-the-future",
    ),
    "no such period": (
        extended(extension("period", "2025-H3")),
        f"{ROOT}.extension[0].value",
        "pattern-mismatch",
    ),
    "no such role": (
        extended(extension("role", "janitor")),
        f"{ROOT}.extension[0].value",
        "not-one-of",
    ),
    "a role twice": (
        extended(extension("role", "nursing"), extension("role", "board")),
        f"{ROOT}.extension[1]",
        "repeated",
    ),
    "a role of another type": (
        extended({"url": f"{PUBLIC}/StructureDefinition/role", "valueString": "nursing"}),
        f"{ROOT}.extension[0]",
        "value-wrong-type",
    ),
    "an extension that we have not": (
        extended(extension("rôle", "nursing")),
        f"{ROOT}.extension[0].url",
        "extension-unknown",
    ),
    "an extension without a name": (
        extended({"valueCode": "nursing"}),
        f"{ROOT}.extension[0].url",
        "required",
    ),
    "an identifier that is none": (
        put(identifier={"value": "two words"}),
        f"{ROOT}.identifier.value",
        "pattern-mismatch",
    ),
    "an identifier of nothing": (
        put(identifier={"system": "urn:x"}),
        f"{ROOT}.identifier.value",
        "required",
    ),
    "null": (put(identifier=None), f"{ROOT}.identifier", "empty"),
    "an empty text": (put(language=""), f"{ROOT}.language", "empty"),
    "an empty object": (put(meta={}), f"{ROOT}.meta", "empty"),
    "a patient": (
        put(subject={"reference": "Patient/1"}),
        f"{ROOT}.subject",
        "not-an-organization",
    ),
    "nobody's organization": (
        put(subject={"reference": "Organization/00000000-0000-7000-8000-000000000000"}),
        f"{ROOT}.subject",
        "not-found",
    ),
}
