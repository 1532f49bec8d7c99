"""What is looked up is what would be worked out."""

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.scoring import compiled
from app.scoring.compiled import Scorer
from app.scoring.form import Answer, Form, Item, Rule, Section, Special
from app.scoring.receipt import make_receipt
from app.scoring.score import score
from tests.scoring.test_score_properties import cases

FORM = Form(
    "small",
    "1",
    "f" * 64,
    (
        Section("A", (Item("A1", 0, 4), Item("A2", 0, 4, reverse=True))),
        Section("B", (Item("B1", 0, 4),), Fraction(2)),
    ),
    Rule(Fraction(1, 2), 1, 3),
)


@st.composite
def many(draw: st.DrawFn) -> tuple[Form, list[list[Answer | None]]]:
    """A form, and submissions of it."""
    form = draw(cases()).form
    item = [
        st.integers(one.minimum, one.maximum) | st.none() | st.sampled_from(list(Special))
        for one in form.items.values()
    ]
    return form, draw(st.lists(st.tuples(*item).map(list), min_size=1, max_size=12))


def worked_out(form: Form, row: list[Answer | None]) -> tuple[Any, str]:
    answers = {code: one for code, one in zip(form.items, row, strict=True) if one is not None}
    return score(form, answers), make_receipt(form, answers)["sha256"]


@settings(max_examples=150, deadline=None)
@given(many())
def test_scores_and_receipts_are_the_same(case: tuple[Form, list[list[Answer | None]]]) -> None:
    form, rows = case
    scorer = Scorer(form)
    for row in [*rows, *rows]:
        found = scorer.score(row)
        assert (found.score, found.receipt_sha256.hex()) == worked_out(form, row)


def test_tables_that_are_full_start_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiled, "MOST_KEPT", 2)
    scorer = Scorer(FORM)
    rows: list[list[Answer | None]] = [
        [a, b, c] for a in (0, 1, None) for b in (2, 4, None) for c in (0, 3, Special.DONT_KNOW)
    ]
    for row in rows:
        assert scorer.score(row).receipt_sha256.hex() == worked_out(FORM, row)[1]


@pytest.mark.parametrize("level", [-1, 5])
def test_a_level_that_an_item_does_not_have_is_refused(level: int) -> None:
    scorer = Scorer(FORM)
    scorer.score([0, 4, 2])

    with pytest.raises(ValueError, match=f"A2: {level} is not a level"):
        scorer.score([0, level, 2])
    assert scorer.score([0, 4, 2]).score == worked_out(FORM, [0, 4, 2])[0]
