"""The scoring rule, as tables."""

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction

import pytest

from app.scoring.figure import Figure, Withheld
from app.scoring.form import Answer, Form, Item, Rule, Section, Special
from app.scoring.score import SectionScore, score

NA, DK = Special.NOT_APPLICABLE, Special.DONT_KNOW
HALF = Rule(Fraction(1, 2), 1, in_place_from=3)


def one_section(*items: Item, rule: Rule = HALF) -> Form:
    return Form("test", "1", "0" * 64, (Section("S", items),), rule)


PLAIN = one_section(*(Item(code, 0, 4) for code in "ABCD"))
WEIGHTED = one_section(Item("A", 0, 4, weight=Fraction(3)), Item("B", 0, 4, weight=Fraction(1, 2)))
MIXED = one_section(Item("A", 0, 10), Item("B", -2, 2), rule=Rule(Fraction(1, 2), 1))
REVERSED = one_section(Item("A", 1, 5), Item("B", 1, 5, reverse=True))


@pytest.mark.parametrize(
    ("form", "answers", "expected"),
    [
        pytest.param(PLAIN, dict.fromkeys("ABCD", 4), 100, id="all at the top is 100"),
        pytest.param(PLAIN, dict.fromkeys("ABCD", 0), 0, id="all at the bottom is 0"),
        pytest.param(
            PLAIN, {"A": 4, "B": 3, "C": 2, "D": 1}, Fraction(125, 2), id="the mean share"
        ),
        pytest.param(
            PLAIN, {"A": 4, "B": 3, "C": NA, "D": NA}, Fraction(175, 2), id="N/A does not count"
        ),
        pytest.param(PLAIN, {"A": 4, "B": 2, "C": DK}, 75, id="half answered is enough"),
        pytest.param(PLAIN, {"A": 4, "B": DK, "C": DK}, Withheld.TOO_FEW_ANSWERED, id="don't know"),
        pytest.param(PLAIN, {"A": 4}, Withheld.TOO_FEW_ANSWERED, id="one of four is too few"),
        pytest.param(PLAIN, {"A": 4, "B": NA, "C": NA}, 100, id="one of two applicable is enough"),
        pytest.param(PLAIN, {}, Withheld.TOO_FEW_ANSWERED, id="nothing answered"),
        pytest.param(
            PLAIN, dict.fromkeys("ABCD", NA), Withheld.NOT_APPLICABLE, id="nothing applies"
        ),
        pytest.param(WEIGHTED, {"A": 4, "B": 0}, Fraction(600, 7), id="three to a half"),
        pytest.param(WEIGHTED, {"A": NA, "B": 1}, 25, id="weights of what is answered only"),
        pytest.param(MIXED, {"A": 5, "B": -2}, 25, id="each item on its own range"),
        pytest.param(
            REVERSED, {"A": 5, "B": 1}, 100, id="the lowest level of a reversed item is best"
        ),
        pytest.param(REVERSED, {"A": 2, "B": 2}, 50, id="a reversed item counts the other way"),
    ],
)
def test_a_section(
    form: Form, answers: Mapping[str, Answer], expected: Fraction | Withheld
) -> None:
    [section] = score(form, answers).sections

    assert section.figure == figure(expected)


def figure(expected: Fraction | Withheld) -> Figure:
    if isinstance(expected, Withheld):
        return Figure(None, expected)
    return Figure(Fraction(expected))


def test_a_section_says_all_that_it_counts() -> None:
    [section] = score(PLAIN, {"A": 4, "B": NA, "C": DK}).sections

    assert section == SectionScore(
        code="S",
        weight=Fraction(1),
        fraction=None,
        withheld=Withheld.TOO_FEW_ANSWERED,
        answered=1,
        applicable=3,
        not_applicable=1,
        dont_know=1,
        unanswered=1,
        in_place=1,
        points=Fraction(1),
        possible=Fraction(1),
    )
    assert section.shown == {
        "score": None,
        "fraction": None,
        "withheld": "too_few_answered",
        "section": "S",
        "answered": 1,
        "applicable": 3,
        "not_applicable": 1,
        "dont_know": 1,
    }


SEVEN = Form(
    "seven",
    "1",
    "0" * 64,
    tuple(Section(f"LP{n}", (Item(f"LP{n}.1", 0, 4),), Fraction(n)) for n in range(1, 8)),
    Rule(Fraction(1, 2), 5, in_place_from=3),
)


@pytest.mark.parametrize(
    ("levels", "expected"),
    [
        pytest.param([4, 4, 4, 4, 4, 4, 4], 100, id="all sections"),
        pytest.param([4, 0, 0, 0, 0, 0, 0], Fraction(100, 28), id="by the sections' weights"),
        pytest.param(
            [4, 4, 4, 4, 0, None, None], Fraction(1000, 15), id="five of seven are enough"
        ),
        pytest.param(
            [4, 4, 4, 4, None, None, None], Withheld.TOO_FEW_SECTIONS, id="four of seven are not"
        ),
        pytest.param(
            [4, 4, 4, 4, NA, NA, NA],
            Withheld.TOO_FEW_SECTIONS,
            id="what does not apply does not lower the number",
        ),
        pytest.param([NA] * 7, Withheld.NOT_APPLICABLE, id="nothing applies"),
    ],
)
def test_the_overall(levels: list[Answer | None], expected: Fraction | Withheld) -> None:
    assert score(SEVEN, answers_of(levels)).overall == figure(expected)


@pytest.mark.parametrize(
    ("levels", "expected"),
    [
        pytest.param([3, 4, 2, 1, 0, 0, 0], Fraction(200, 7), id="from the stated level on"),
        pytest.param([3, 3, NA, NA, NA, 0, 0], 50, id="of what applies"),
        pytest.param([3, 3, 3, 0, DK, DK, None], 75, id="and is answered"),
        pytest.param([3, 3, 3, DK, DK, DK, None], Withheld.TOO_FEW_ANSWERED, id="by half the form"),
        pytest.param([NA] * 7, Withheld.NOT_APPLICABLE, id="nothing applies"),
    ],
)
def test_the_share_in_place(levels: list[Answer | None], expected: Fraction | Withheld) -> None:
    assert score(SEVEN, answers_of(levels)).in_place == figure(expected)


def answers_of(levels: list[Answer | None]) -> dict[str, Answer]:
    return {f"LP{n}.1": level for n, level in enumerate(levels, 1) if level is not None}


def test_a_reversed_item_is_in_place_at_its_low_levels() -> None:
    form = one_section(Item("A", 0, 4, reverse=True))

    assert score(form, {"A": 1}).in_place == Figure(Fraction(100))
    assert score(form, {"A": 2}).in_place == Figure(Fraction(0))


def test_in_place_is_not_defined_where_the_instrument_does_not() -> None:
    form = replace(SEVEN, rule=Rule(Fraction(1, 2), 5))

    assert score(form, answers_of([4] * 7)).in_place == Figure(None, Withheld.NOT_DEFINED)


@pytest.mark.parametrize(
    ("answers", "message"),
    [
        pytest.param({"Z": 1}, "No item Z", id="an unknown item"),
        pytest.param({"A": 5}, "5 is not a level", id="above the top"),
        pytest.param({"A": -1}, "-1 is not a level", id="below the bottom"),
        pytest.param({"A": True}, "True is not an answer", id="a boolean"),
        pytest.param({"A": 3.0}, "3.0 is not an answer", id="a float"),
        pytest.param({"A": "3"}, "'3' is not an answer", id="text"),
        pytest.param({"A": None}, "None is not an answer", id="null: leave unanswered items out"),
    ],
)
def test_what_is_no_answer_is_refused(answers: dict[str, Answer], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        score(PLAIN, answers)
