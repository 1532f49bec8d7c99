"""What the sender of a line may want to look at; it is taken in all the same. Pure."""

from collections.abc import Hashable, Iterator, Mapping, Sequence

from app.assessments.incoming import Incoming
from app.imports.survey import Verdicts
from app.problems import error

MANY = 10
"""Levels that are all alike by chance in fewer; of one in five, ten are once in two millions."""

VERY_MANY = 20
"""Levels that two respondents give alike by chance in fewer, though they agree on most."""


def warnings_of(one: Incoming) -> Iterator[dict[str, object]]:
    """What is unusual about a submission by itself."""
    levels = _levels(one)
    if len(levels) < MANY:
        return
    items = one.instrument.form.items
    if len(set(levels)) == 1:
        detail = f"All {len(levels)} items have the same level"
        yield error("/answers", "straight-lining", detail)
    is_top = all(
        items[code].steps(level) == items[code].span
        for code, level in one.answers.items()
        if type(level) is int
    )
    if is_top and not any(note.evidence for note in one.given.notes.values()):
        yield error("/answers", "all-top", f"All {len(levels)} items are best, without evidence")


def answers_mark(given: Mapping[str, object]) -> Hashable | None:
    """By which lines with the very same answers find each other; None where that says nothing."""
    answers, period = given.get("answers"), given.get("period")
    if not isinstance(answers, dict) or len(answers) < VERY_MANY or not isinstance(period, str):
        return None
    values = [*answers.values()]
    if {*map(type, values)} - {int, str} or len({*values}) == 1:
        return None
    return period, frozenset(answers.items())


def alike(line: int, verdicts: Verdicts) -> Iterator[dict[str, object]]:
    """Whether another line has the very same answers.

    Args:
        line: its number.
        verdicts: by marks of answers; lines of one organization say the same.
    """
    elsewhere, here = verdicts.clash(line), verdicts.repeats(line)
    if elsewhere is not None:
        detail = f"Line {elsewhere}, of another organization, has the very same answers"
        yield error("/answers", "same-answers-elsewhere", detail)
    elif here is not None:
        yield error("/answers", "same-answers", f"Line {here} has the very same answers")


def _levels(one: Incoming) -> Sequence[int]:
    return [level for level in one.answers.values() if type(level) is int]
