"""A submission's body, checked against its instrument: everything wrong is said at once. Pure."""

import math
from collections.abc import Sequence, Sized
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from app.assessments.models import Mode
from app.assessments.schemas import MAX_ANSWERS, SubmissionIn
from app.problems import LISTED, Invalid, error
from app.scoring.form import Answer, Form, Item, Special
from app.validation import shown, validation_error

SPECIAL = [one.value for one in Special]


@dataclass(frozen=True, slots=True)
class Wanted:
    """The instrument version that a body names, as far as it names one."""

    instrument: str
    version: str


def wanted(raw: object) -> Wanted | None:
    """Which instrument version to check against, before anything else is known to be right."""
    if not isinstance(raw, dict):
        return None
    instrument, version = raw.get("instrument"), raw.get("version")
    if isinstance(instrument, str) and isinstance(version, str):
        # The database cannot even be asked for NUL or lone surrogates; no code has them.
        text = instrument + version
        return Wanted(instrument, version) if text.isascii() and text.isprintable() else None
    return None


def read(
    raw: object, form: Form, may_not_apply: frozenset[str]
) -> tuple[SubmissionIn, Sequence[Answer | None]]:
    """The submission, and its answers in item order of the form; None is unanswered.

    Args:
        raw: the body as parsed JSON.
        form: the instrument version named in it.
        may_not_apply: codes of the items that may be answered *not applicable*.

    Raises:
        Invalid: with one entry for each thing that is wrong.
    """
    given, errors = _shape(raw)
    if given is not None and not errors and not given.notes:
        by_item = [*map(given.answers.get, form.items)]
        if _is_plain(given.answers, by_item, form):
            return given, by_item
    answers, wrong = _answers(raw, form, may_not_apply)
    errors += wrong + _notes(raw, form)
    if given is not None and not answers and not errors:
        errors.append(error("/answers", "empty", "At least one item must be answered"))
    if errors or given is None:
        raise Invalid(errors)
    return given, [*map(answers.get, form.items)]


def _is_plain(answers: Sized, by_item: Sequence[Any], form: Form) -> bool:
    """Whether there are levels only, which all items have: of most, no more needs to be asked."""
    return (
        0 < len(answers) == len(by_item) - by_item.count(None)
        and {*map(type, by_item)} <= LEVELS
        and {*by_item} <= form.common
    )


LEVELS = {int, type(None)}


def errors_without_instrument(raw: object) -> list[dict[str, object]]:
    """All that is wrong with a body that names no published instrument version."""
    _, errors = _shape(raw)
    named = wanted(raw)
    if named is not None:
        detail = "No such published instrument version; see /v1/instruments"
        received = shown(f"{named.instrument} {named.version}")
        errors.append(error("/version", "instrument-version-unknown", detail, received=received))
    return errors + _answers(raw, None, frozenset())[1]


def _shape(raw: object) -> tuple[SubmissionIn | None, list[dict[str, object]]]:
    """The body as far as it can be read without the instrument, and what is wrong with that."""
    errors = _mode_errors(raw)
    try:
        return SubmissionIn.model_validate(raw), errors
    except ValidationError as exc:
        found = exc.errors(include_url=False)
        some = found[: LISTED + 1]
        shape = [validation_error({**one, "loc": ("body", *one["loc"])}) for one in some]
        return None, shape + errors


def _mode_errors(raw: object) -> list[dict[str, object]]:
    """One person looks from a role; a team's consensus is nobody's in particular."""
    if not isinstance(raw, dict):
        return []
    if raw.get("mode", Mode.INDIVIDUAL) == Mode.INDIVIDUAL and raw.get("role") is None:
        return [error("/role", "required", "Mode individual needs a role")]
    return []


def _answers(
    raw: object, form: Form | None, may_not_apply: frozenset[str]
) -> tuple[dict[str, Answer], list[dict[str, object]]]:
    received = raw.get("answers") if isinstance(raw, dict) else None
    if not isinstance(received, dict) or len(received) > MAX_ANSWERS:
        return {}, []  # the shape is wrong, which is said already
    answers: dict[str, Answer] = {}
    errors = []
    for code, value in received.items():
        item = form.items.get(code) if form else None
        if form is not None and item is None:
            errors.append(_unknown(f"/answers/{_escaped(code)}", code))
            continue
        wrong = _level_error(value, item, code in may_not_apply)
        if wrong is not None:
            errors.append({"pointer": f"/answers/{_escaped(code)}", **wrong})
        elif isinstance(value, str):
            answers[code] = Special(value)
        elif value is not None:
            answers[code] = value
    return answers, errors


def _level_error(value: object, item: Item | None, may_not_apply: bool) -> dict[str, object] | None:  # noqa: FBT001
    """What is wrong with one answer, if anything; without an item, only its type is judged."""
    expected: dict[str, object] = {"special": SPECIAL if may_not_apply else SPECIAL[1:]}
    if item is not None:
        expected = {"minimum": item.minimum, "maximum": item.maximum, **expected}
    found = _type_error(value)
    if found is None and item is not None:
        found = _range_error(value, item, may_not_apply)
    if found is None:
        return None
    code, detail = found
    return {"code": code, "detail": detail, "received": shown(value), "expected": expected}


def _type_error(value: object) -> tuple[str, str] | None:
    if value is None or type(value) is int or (isinstance(value, str) and value in SPECIAL):
        return None
    for kind, code, detail in WRONG_TYPES:
        if isinstance(value, kind):
            not_finite = isinstance(value, float) and not math.isfinite(value)
            return NOT_FINITE if not_finite else (code, detail)
    return "level-wrong-type", "A level is a whole number"


NOT_FINITE = ("level-not-finite", "NaN and Infinity are not levels")
WRONG_TYPES = (
    (bool, "level-is-boolean", "A level is a whole number, not true or false"),
    (float, "level-not-integer", "A level is a whole number"),
    (str, "level-is-text", "A level is a number, not text"),
)
"""What is not a level, by the type it came as."""


def _range_error(value: object, item: Item, may_not_apply: bool) -> tuple[str, str] | None:  # noqa: FBT001
    if isinstance(value, int) and not item.minimum <= value <= item.maximum:
        return "level-out-of-range", f"Levels of {item.code} are {item.minimum} to {item.maximum}"
    if value == Special.NOT_APPLICABLE and not may_not_apply:
        return "not-applicable-not-allowed", f"{item.code} applies to every organization"
    return None


def _notes(raw: object, form: Form) -> list[dict[str, object]]:
    received = raw.get("notes") if isinstance(raw, dict) else None
    if not isinstance(received, dict) or len(received) > MAX_ANSWERS:
        return []
    return [
        _unknown(f"/notes/{_escaped(code)}", code) for code in received if code not in form.items
    ]


def _unknown(pointer: str, code: str) -> dict[str, object]:
    return error(pointer, "item-unknown", "The instrument has no such item", received=shown(code))


def _escaped(code: str) -> str:
    """A key as JSON Pointer writes it (RFC 6901)."""
    return str(shown(code)).replace("~", "~0").replace("/", "~1")
