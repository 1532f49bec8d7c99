"""Submissions that are wrong: each fault has its code and place, and nothing is left behind."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.assessments.asking import fault, faults, raw, rows, send
from tests.conftest import Organization, Service

ID = "0190b0a1-0000-7000-8000-000000000000"
RANGE = {"minimum": 0, "maximum": 4, "special": ["dont_know"]}
MAY_NOT_APPLY = {"minimum": 0, "maximum": 4, "special": ["not_applicable", "dont_know"]}
CODE = {"pattern": "^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$"}
PERIOD = {"pattern": "^(19|20|21)[0-9]{2}(-(H[12]|Q[1-4]|0[1-9]|1[0-2]))?$"}
ROLES = "'administrative', 'physician', 'nursing', 'board', 'finance', 'patient_family' or 'other'"


@pytest.fixture(scope="module")
def organization(service: Service) -> Organization:
    """One for all: nothing of it changes in this module."""
    return service.organization()


@pytest.fixture(autouse=True)
def nothing_is_left_behind(service: Service) -> Iterator[None]:
    before = rows(service)
    yield
    assert rows(service) == before


@pytest.mark.parametrize(
    ("answer", "code", "received"),
    [
        pytest.param("5", "level-out-of-range", 5, id="above the range"),
        pytest.param("-1", "level-out-of-range", -1, id="below the range, as stored n/a"),
        pytest.param(
            "1" + "0" * 400, "level-out-of-range", "1" + "0" * 99, id="beyond any integer"
        ),
        pytest.param("3.5", "level-not-integer", "3.5", id="between two levels"),
        pytest.param("3.0", "level-not-integer", "3.0", id="a float, though whole"),
        pytest.param('"3"', "level-is-text", "3", id="a number as text"),
        pytest.param('"unknown"', "level-is-text", "unknown", id="a word that is no answer"),
        pytest.param(r'"\ud800"', "level-is-text", "?", id="a lone surrogate"),
        pytest.param("true", "level-is-boolean", True, id="true, which Python takes for 1"),
        pytest.param("NaN", "level-not-finite", "nan", id="NaN"),
        pytest.param("Infinity", "level-not-finite", "inf", id="Infinity"),
        pytest.param("-1e999", "level-not-finite", "-inf", id="more than a float holds"),
        pytest.param("[1]", "level-wrong-type", "[...]", id="a list"),
        pytest.param('"not_applicable"', "not-applicable-not-allowed", "not_applicable", id="n/a"),
    ],
)
def test_an_answer_that_is_no_level_has_its_own_code(
    organization: Organization, answer: str, code: str, received: object
) -> None:
    reply = send(organization, raw(answers=f'{{"A1": {answer}}}'))

    assert faults(reply) == [fault("/answers/A1", code, received, RANGE)]


OTHER_DIGITS = "20\N{ARABIC-INDIC DIGIT TWO}\N{ARABIC-INDIC DIGIT FIVE}"
LONE = "\\ud800"
FOCUS = ("measure", "baseline", "aim", "by")


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        pytest.param(
            {"answers": '{"Z~/9": 1}'},
            [fault("/answers/Z~0~19", "item-unknown", "Z~/9")],
            id="an unknown item",
        ),
        pytest.param(
            {"answers": f'{{"{LONE}": 1}}'},
            [fault("/answers/?", "item-unknown", "?")],
            id="an item that is no text",
        ),
        pytest.param(
            {"answers": '{"A2": 9}'},
            [fault("/answers/A2", "level-out-of-range", 9, MAY_NOT_APPLY)],
            id="an item that may not apply says so",
        ),
        pytest.param(
            {"answers": "{}"},
            [
                fault(
                    "/answers",
                    "too-short",
                    "{}",
                    {"field_type": "Dictionary", "min_length": 1, "actual_length": 0},
                )
            ],
            id="no answers",
        ),
        pytest.param(
            {"answers": "[1]"}, [fault("/answers", "dict-type", "[...]")], id="answers in a list"
        ),
        pytest.param({"version": None}, [fault("/version", "required")], id="no version"),
        pytest.param({"version": "1"}, [fault("/version", "string-type", 1)], id="1 for a version"),
        pytest.param(
            {"version": '"9"'},
            [fault("/version", "instrument-version-unknown", "small 9")],
            id="an unknown version",
        ),
        pytest.param(
            {"instrument": '"none"', "answers": '{"A1": 9, "Z": 1.5}'},
            [
                fault("/version", "instrument-version-unknown", "none 1"),
                fault("/answers/Z", "level-not-integer", "1.5", {"special": RANGE["special"]}),
            ],
            id="an unknown instrument, by which no level can be judged",
        ),
        pytest.param(
            {"instrument": r'"small\u0000"'},
            [fault("/instrument", "pattern-mismatch", "small\x00", CODE)],
            id="NUL in an instrument",
        ),
        pytest.param(
            {"version": f'"{LONE}"'},
            [fault("/version", "string-unicode", "?")],
            id="a lone surrogate for a version",
        ),
        pytest.param({"period": None}, [fault("/period", "required")], id="no period"),
        pytest.param(
            {"period": '"2025-H3"'},
            [fault("/period", "pattern-mismatch", "2025-H3", PERIOD)],
            id="a third half-year",
        ),
        pytest.param(
            {"period": f'"{OTHER_DIGITS}"'},
            [
                fault(
                    "/period",
                    "pattern-mismatch",
                    OTHER_DIGITS,
                    PERIOD,
                )
            ],
            id="a year in other digits, which would open a second round",
        ),
        pytest.param(
            {"role": '"boss"'},
            [fault("/role", "not-one-of", "boss", {"expected": ROLES})],
            id="an unknown role",
        ),
        pytest.param({"role": None}, [fault("/role", "required")], id="no role"),
        pytest.param({"role": "null"}, [fault("/role", "required")], id="a role of null"),
        pytest.param(
            {"mode": '"both"'},
            [fault("/mode", "not-one-of", "both", {"expected": "'individual' or 'consensus'"})],
            id="an unknown mode",
        ),
        pytest.param({"rôle": '"x"'}, [fault("/rôle", "unknown-field")], id="unknown field"),
        pytest.param({LONE: "1"}, [fault("", "string-unicode", "?")], id="a field that is no text"),
        pytest.param(
            {"respondent": r'"a\u0000"'},
            [fault("/respondent", "value-error")],
            id="NUL in a pseudonym",
        ),
        pytest.param(
            {"external_id": '"' + "x" * 65 + '"'},
            [fault("/external_id", "pattern-mismatch", "x" * 65, CODE)],
            id="an external id of 65",
        ),
        pytest.param(
            {"supersedes": f'"{ID}"'},
            [fault("/supersedes", "not-standing", ID)],
            id="superseding what is not there",
        ),
        pytest.param(
            {"notes": '{"Z": {}, "A1": {"evidence": ""}}'},
            [
                fault("/notes/A1/evidence", "string-too-short", None, {"min_length": 1}),
                fault("/notes/Z", "item-unknown", "Z"),
            ],
            id="a note on an unknown item, and an empty one",
        ),
        pytest.param(
            {"notes": f'{{"A1": {{"next_step": "{LONE}"}}}}'},
            [fault("/notes/A1/next_step", "string-unicode")],
            id="a note with a lone surrogate",
        ),
        pytest.param({"notes": "[]"}, [fault("/notes", "dict-type")], id="notes in a list"),
        pytest.param(
            {"focus": '[{"measure": "m", "baseline": NaN, "aim": 1e999, "by": "soon"}, {}]'},
            [
                fault("/focus/0/baseline", "not-finite", "nan"),
                fault("/focus/0/aim", "not-finite", "inf"),
                fault(
                    "/focus/0/by",
                    "date-from-datetime-parsing",
                    "soon",
                    {"error": "input is too short"},
                ),
                *(fault(f"/focus/1/{one}", "required") for one in FOCUS),
            ],
            id="a focus that is not finite, of no date, or empty",
        ),
    ],
)
def test_a_fault_has_a_code_a_place_and_what_was_expected(
    organization: Organization, fields: dict[str, str | None], expected: list[Any]
) -> None:
    assert faults(send(organization, raw(**fields))) == expected


@pytest.mark.parametrize(
    ("text", "received"),
    [
        pytest.param("null", None, id="null"),
        pytest.param("[]", "[]", id="a list"),
        pytest.param('"text"', "text", id="a text"),
        pytest.param("NaN", "nan", id="NaN"),
        pytest.param("[" * 30 + "]" * 30, "[...]", id="a deep list"),
    ],
)
def test_a_body_that_is_no_object_is_one_fault(
    organization: Organization, text: str, received: object
) -> None:
    [found] = faults(send(organization, text))

    assert (found["pointer"], found["code"]) == ("", "model-type")
    assert found["received"] == received


def test_everything_that_is_wrong_is_said_at_once(organization: Organization) -> None:
    text = raw(
        period='"x"',
        role='"boss"',
        mode="1",
        answers='{"A1": 3.5, "A2": "3", "B1": true, "B2": 99, "Z": 1}',
        notes='{"Y": {}, "A1": {"why": "x"}}',
        focus="[1]",
        external_id='""',
        respondent="7",
        supersedes='"x"',
        extra="1",
    )

    found = faults(send(organization, text))

    assert [(one["pointer"], one["code"]) for one in found] == [
        ("/period", "pattern-mismatch"),
        ("/mode", "not-one-of"),
        ("/role", "not-one-of"),
        ("/respondent", "string-type"),
        ("/external_id", "pattern-mismatch"),
        ("/supersedes", "uuid-parsing"),
        ("/notes/A1/why", "unknown-field"),
        ("/focus/0", "model-type"),
        ("/extra", "unknown-field"),
        ("/answers/A1", "level-not-integer"),
        ("/answers/A2", "level-is-text"),
        ("/answers/B1", "level-is-boolean"),
        ("/answers/B2", "level-out-of-range"),
        ("/answers/Z", "item-unknown"),
        ("/notes/Y", "item-unknown"),
    ]
