"""How answers lie in a row: one small number an item, in the form's order. Pure."""

from collections.abc import Sequence
from typing import cast

from app.scoring.form import Answer, Form, Special

CODES: dict[Answer, int] = {Special.NOT_APPLICABLE: -1, Special.DONT_KNOW: -2}
"""How answers that are no level are stored; NULL is unanswered."""
SPECIALS = {stored: answer for answer, stored in CODES.items()}


def pack(answers: Sequence[Answer | None]) -> list[int | None]:
    """Answers in item order of the form, as the row keeps them."""
    if Special not in {*map(type, answers)}:
        return [*cast("Sequence[int | None]", answers)]
    return [CODES[one] if isinstance(one, Special) else one for one in answers]


def by_item(stored: Sequence[int | None]) -> list[Answer | None]:
    """What ``pack`` packed."""
    return [one if one is None else SPECIALS.get(one, one) for one in stored]


def unpack(form: Form, stored: Sequence[int | None]) -> dict[str, Answer]:
    """The same by item code, without the items that are unanswered."""
    answers = zip(form.items, by_item(stored), strict=True)
    return {code: answer for code, answer in answers if answer is not None}
