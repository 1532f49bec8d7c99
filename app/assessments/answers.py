"""How answers lie in a row: one small number an item, in the form's order. Pure."""

from collections.abc import Sequence

from app.scoring.form import Answer, Form, Special

CODES: dict[Answer, int] = {Special.NOT_APPLICABLE: -1, Special.DONT_KNOW: -2}
"""How answers that are no level are stored; NULL is unanswered."""
SPECIALS = {stored: answer for answer, stored in CODES.items()}


def pack(form: Form, answers: dict[str, Answer]) -> list[int | None]:
    """Answers in item order of the form, as the row keeps them."""
    return [_stored(answers.get(code)) for code in form.items]


def _stored(answer: Answer | None) -> int | None:
    return CODES[answer] if isinstance(answer, Special) else answer


def unpack(form: Form, stored: Sequence[int | None]) -> dict[str, Answer]:
    """What ``pack`` packed."""
    return {
        code: SPECIALS.get(value, value)
        for code, value in zip(form.items, stored, strict=True)
        if value is not None
    }
