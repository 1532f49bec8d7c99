"""Reads the form and the answers back out of a receipt; everything else in it is recomputed.

What is not exactly of the right type is refused with ``ValueError``: ``true`` is no level, and
``"1e9"`` no weight (it would be a number of a billion digits).
"""

import re
from fractions import Fraction
from typing import TypeVar

from app.scoring.form import Answer, Form, Item, Rule, Section, Special
from app.scoring.score import RULE_ID, RULE_VERSION

FORMAT = "palanca-receipt/1"

FRACTION = re.compile(r"(0|[1-9][0-9]{0,8})(?:/([1-9][0-9]{0,8}))?", re.ASCII)
"""Fractions as `str(Fraction)` writes them, with parts short enough to be harmless."""

T = TypeVar("T")


def read_form(stated: object) -> Form:
    """The form that a receipt states; ``ValueError`` if it states none that can be scored."""
    if _get(stated, "format", str) != FORMAT:
        raise ValueError(f"format is not {FORMAT}")
    rule = _get(stated, "rule", dict)
    if (_get(rule, "id", str), _get(rule, "version", int)) != (RULE_ID, RULE_VERSION):
        raise ValueError(f"rule is not {RULE_ID} version {RULE_VERSION}")
    instrument = _get(stated, "instrument", dict)
    return Form(
        instrument=_get(instrument, "id", str),
        version=_get(instrument, "version", str),
        content_sha256=_get(instrument, "content_sha256", str),
        sections=tuple(_section(section) for section in _get(stated, "sections", list)),
        rule=Rule(
            section_min_answered=_fraction(rule, "section_min_answered"),
            overall_min_sections=_get(rule, "overall_min_sections", int),
            in_place_from=_level_or_none(rule, "in_place_from"),
        ),
    )


def read_answers(stated: object) -> dict[str, Answer]:
    """The answers that a receipt states, by item code; for one that `read_form` accepts."""
    answers: dict[str, Answer] = {}
    for section in _get(stated, "sections", list):
        for item in _get(section, "items", list):
            answer = item.get("answer")
            if type(answer) is int:
                answers[item["code"]] = answer
            elif answer is not None:
                answers[item["code"]] = Special(_get(item, "answer", str))
    return answers


def _section(stated: object) -> Section:
    return Section(
        code=_get(stated, "code", str),
        items=tuple(_item(item) for item in _get(stated, "items", list)),
        weight=_fraction(stated, "weight"),
    )


def _item(stated: object) -> Item:
    return Item(
        code=_get(stated, "code", str),
        minimum=_get(stated, "minimum", int),
        maximum=_get(stated, "maximum", int),
        reverse=_get(stated, "reverse", bool),
        weight=_fraction(stated, "weight"),
    )


def _level_or_none(stated: object, key: str) -> int | None:
    if isinstance(stated, dict) and stated.get(key, 0) is None:
        return None
    return _get(stated, key, int)


def _fraction(stated: object, key: str) -> Fraction:
    found = FRACTION.fullmatch(_get(stated, key, str))
    if found is None:
        raise ValueError(f"{key} is not a fraction")
    return Fraction(int(found[1]), int(found[2] or 1))


def _get(stated: object, key: str, kind: type[T]) -> T:
    value = stated.get(key) if isinstance(stated, dict) else None
    if type(value) is not kind:
        raise ValueError(f"{key} is not of type {kind.__name__}")
    return value
