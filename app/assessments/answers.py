"""How answers lie in a row: a byte an item, in the form's order. Pure."""

from collections.abc import Sequence
from typing import cast

from app.scoring.form import Answer, Form, Special

UNANSWERED = 255
CODES: dict[Answer | None, int] = {
    None: UNANSWERED,
    Special.NOT_APPLICABLE: 254,
    Special.DONT_KNOW: 253,
}
"""How what is no level is stored; a level, of 0 to 100, is stored as itself."""
ANSWERS: Sequence[Answer | None] = [
    {stored: answer for answer, stored in CODES.items()}.get(byte, byte) for byte in range(256)
]
"""What each byte says."""


def pack(answers: Sequence[Answer | None]) -> bytes:
    """Answers in item order of the form, as the row keeps them."""
    if {*map(type, answers)} == {int}:
        return bytes(cast("Sequence[int]", answers))
    return bytes([one if type(one) is int else CODES[one] for one in answers])


def by_item(stored: bytes) -> list[Answer | None]:
    """What ``pack`` packed."""
    return [ANSWERS[byte] for byte in stored]


def unpack(form: Form, stored: bytes) -> dict[str, Answer]:
    """The same by item code, without the items that are unanswered."""
    answers = zip(form.items, by_item(stored), strict=True)
    return {code: answer for code, answer in answers if answer is not None}
