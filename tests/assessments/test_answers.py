"""Answers as they lie in a row."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from app.assessments.answers import pack, unpack
from app.scoring.form import Answer, Form, Item, Rule, Section, Special

FORM = Form(
    "test",
    "1",
    "0" * 64,
    (Section("A", tuple(Item(f"A{n}", 0, 100) for n in range(5))),),
    Rule(Fraction(1, 2), 1),
)
LEVELS: st.SearchStrategy[Answer] = st.integers(0, 100) | st.sampled_from(list(Special))


@given(st.dictionaries(st.sampled_from(list(FORM.items)), LEVELS))
def test_answers_come_out_as_they_went_in(answers: dict[str, Answer]) -> None:
    stored = pack([*map(answers.get, FORM.items)])

    assert len(stored) == len(FORM.items)
    assert unpack(FORM, stored) == answers


def test_answers_lie_in_the_order_of_the_form() -> None:
    answers: dict[str, Answer] = {"A4": 0, "A1": Special.NOT_APPLICABLE, "A3": Special.DONT_KNOW}

    assert pack([*map(answers.get, FORM.items)]) == bytes([255, 254, 255, 253, 0])
