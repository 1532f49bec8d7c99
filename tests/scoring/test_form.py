"""What makes a form that can be scored."""

from collections.abc import Callable
from fractions import Fraction

import pytest

from app.scoring.form import MAX_ITEMS, Form, Item, Rule, Section

HALF = Rule(Fraction(1, 2), 1)


def make_form(*sections: Section, rule: Rule = HALF) -> Form:
    return Form("test", "1", "0" * 64, sections, rule)


def section(code: str, *items: Item) -> Section:
    return Section(code, items)


def many(count: int) -> Section:
    return Section("S", tuple(Item(f"I{number}", 0, 4) for number in range(count)))


@pytest.mark.parametrize(
    ("build", "message"),
    [
        pytest.param(
            lambda: Item("I", 4, 4), "no range from 4 to 4", id="a range needs two levels"
        ),
        pytest.param(lambda: Item("I", 0, 1001), "no range", id="a range has bounds above"),
        pytest.param(lambda: Item("I", -1001, 0), "no range", id="a range has bounds below"),
        pytest.param(
            lambda: Item("I", 0, 4, weight=Fraction(0)), "weight 0", id="an item weighs something"
        ),
        pytest.param(
            lambda: Section("S", (Item("I", 0, 4),), weight=Fraction(-1)),
            "weight -1",
            id="a section weighs something",
        ),
        pytest.param(
            lambda: Item("I", 0, 4, weight=Fraction(1, 1001)), "parts", id="weights are simple"
        ),
        pytest.param(lambda: Section("S", ()), "no items", id="a section has items"),
        pytest.param(lambda: Rule(Fraction(0), 1), "no share", id="some answers are needed"),
        pytest.param(lambda: Rule(Fraction(3, 2), 1), "no share", id="no more than all answers"),
        pytest.param(lambda: Rule(Fraction(1, 1001), 1), "no share", id="shares are simple"),
        pytest.param(
            lambda: make_form(section("S", Item("I", 0, 4), Item("I", 0, 4))),
            "item code is used twice",
            id="an item code is its own within a section",
        ),
        pytest.param(
            lambda: make_form(section("S", Item("I", 0, 4)), section("T", Item("I", 0, 4))),
            "item code is used twice",
            id="and across sections",
        ),
        pytest.param(
            lambda: make_form(section("S", Item("I", 0, 4)), section("S", Item("J", 0, 4))),
            "section code is used twice",
            id="a section code is its own",
        ),
        pytest.param(lambda: make_form(many(MAX_ITEMS + 1)), "items", id="items have a bound"),
        pytest.param(
            lambda: make_form(many(1), rule=Rule(Fraction(1, 2), 2)),
            "2 of 1 sections",
            id="a rule that no answers can meet",
        ),
        pytest.param(
            lambda: make_form(many(1), rule=Rule(Fraction(1, 2), 0)),
            "0 of 1 sections",
            id="an overall of nothing",
        ),
        pytest.param(
            lambda: make_form(many(1), rule=Rule(Fraction(1, 2), 1, in_place_from=0)),
            "in place from 0",
            id="in place at the lowest level says nothing",
        ),
        pytest.param(
            lambda: make_form(many(1), rule=Rule(Fraction(1, 2), 1, in_place_from=5)),
            "in place from 5",
            id="in place above the top cannot be",
        ),
    ],
)
def test_a_form_that_cannot_be_scored_is_refused(build: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        build()


def test_the_largest_form_is_accepted() -> None:
    form = make_form(many(MAX_ITEMS), rule=Rule(Fraction(1), 1, in_place_from=4))

    assert len(form.items) == MAX_ITEMS


def test_forms_are_values() -> None:
    assert make_form(many(3)) == make_form(many(3))
    assert hash(make_form(many(3))) == hash(make_form(many(3)))
    assert make_form(many(3)) != make_form(many(4))
