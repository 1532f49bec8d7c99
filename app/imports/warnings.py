"""What the sender of a line may want to look at; it is taken in all the same. Pure."""

from collections.abc import Hashable, Iterator, Mapping
from contextlib import suppress

import orjson

from app.assessments.incoming import Checked
from app.assessments.unusual import MANY, is_straight_line
from app.problems import error

VERY_MANY = 20
"""Levels that two respondents give alike by chance in fewer, though they agree on most."""


def warnings_of(one: Checked) -> Iterator[dict[str, object]]:
    """What is unusual about a submission by itself."""
    levels = [level for level in one.by_item if type(level) is int]
    if len(levels) < MANY:
        return
    if is_straight_line(levels):
        detail = f"All {len(levels)} items have the same level"
        yield error("/answers", "straight-lining", detail)
    is_top = all(
        item.steps(level) == item.span
        for item, level in zip(one.instrument.form.items.values(), one.by_item, strict=True)
        if type(level) is int
    )
    if is_top and not any(note.evidence for note in one.given.notes.values()):
        yield error("/answers", "all-top", f"All {len(levels)} items are best, without evidence")


def answers_mark(given: Mapping[str, object]) -> Hashable | None:
    """By which lines with the very same answers find each other; None where that says nothing."""
    answers, period = given.get("answers"), given.get("period")
    if not isinstance(answers, dict) or len(answers) < VERY_MANY or not isinstance(period, str):
        return None
    values = answers.values()
    if {*map(type, values)} - {int, str} or len({*values}) == 1:
        return None
    with suppress(orjson.JSONEncodeError):  # half a surrogate: it is wrong
        return period, orjson.dumps(answers, option=orjson.OPT_SORT_KEYS)
    return None


def alike(elsewhere: int | None, here: int | None) -> Iterator[dict[str, object]]:
    """Of a line that has the very same answers as another, of another organization or its own."""
    if elsewhere is not None:
        detail = f"Line {elsewhere}, of another organization, has the very same answers"
        yield error("/answers", "same-answers-elsewhere", detail)
    elif here is not None:
        yield error("/answers", "same-answers", f"Line {here} has the very same answers")
