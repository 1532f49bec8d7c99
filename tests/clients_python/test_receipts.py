"""Receipts checked by the client, held against the service's own check."""

import json
import random
from fractions import Fraction
from typing import Any

import pytest
from palanca_client import verify_receipt

from app.scoring.form import Answer, Form, Item, Rule, Section, Special
from app.scoring.receipt import canonical, make_receipt, verify

SEEDS = range(40)
CHANGES = 60


def any_form(dice: random.Random) -> Form:
    """A form of few items with all that forms can have."""
    weights = [Fraction(1), Fraction(2), Fraction(3, 7), Fraction(999, 1000)]

    def item(code: str) -> Item:
        low = dice.choice([-2, 0, 1])
        return Item(
            code, low, low + dice.choice([4, 5, 10]), dice.random() < 0.3, dice.choice(weights)
        )

    sections = tuple(
        Section(
            name,
            tuple(item(f"{name}.{number}") for number in range(dice.randint(1, 4))),
            dice.choice(weights),
        )
        for name in "ÄB\N{GRINNING FACE}"[: dice.randint(1, 3)]
    )
    share = dice.choice([Fraction(1, 2), Fraction(2, 3), Fraction(1), Fraction(1, 1000)])
    at_least = dice.randint(1, len(sections))
    rule = Rule(share, at_least, dice.choice([None, 2]))
    return Form('i"\\', "1\n\x1f\u2028", "0" * 64, sections, rule)


def any_answers(dice: random.Random, form: Form) -> dict[str, Answer]:
    found: dict[str, Answer] = {}
    for item in form.items.values():
        level = dice.randint(item.minimum, item.maximum)
        said = dice.choice([level, level, level, None, *Special])
        if said is not None:
            found[item.code] = said
    return found


def changed(dice: random.Random, data: bytes) -> bytes:
    """The same with a byte or a word another."""
    at = dice.randrange(len(data))
    words = [b'"', b"0", b"1", b" ", b"null", b"true", b"-", b"/", b"\xff", b"9999", b"[", b"e5"]
    end = at + dice.choice([0, 1, 1, 4])
    return data[:at] + dice.choice(words) + data[end:]


@pytest.mark.parametrize("seed", SEEDS)
def test_both_checks_agree_on_receipts_and_on_altered_ones(seed: int) -> None:
    dice = random.Random(seed)  # noqa: S311 - not a secret
    form = any_form(dice)
    receipt = make_receipt(form, any_answers(dice, form))
    data = canonical(receipt)

    assert verify_receipt(data, sha256=receipt["sha256"]).findings == ()
    assert verify_receipt(data, sha256=receipt["sha256"].upper()).ok
    assert not verify_receipt(data, sha256="0" * 64).ok
    for _ in range(CHANGES):
        other = changed(dice, data)
        verdict = verify_receipt(other)
        assert verdict.ok is verify(other).ok
        assert verdict.ok is (other == data)
        assert bool(verdict.findings) is not verdict.ok


def test_what_differs_is_said() -> None:
    form = any_form(random.Random(3))  # noqa: S311 - not a secret
    code, item = next(iter(form.items.items()))
    data = canonical(make_receipt(form, {code: item.maximum}))
    share = b'"share":"0"' if item.reverse else b'"share":"1"'
    assert share in data

    told = verify_receipt(data.replace(share, b'"share":"1/2"', 1))

    assert told.findings == (
        f"/sections/0/items/0/share: states '1/2', recomputes to '{int(not item.reverse)}'",
    )


def altered(**more: Any) -> bytes:
    """A receipt of one item with other values in places: `rule`, `section`, `item` or `top`."""
    item = Item("i", 0, 4)
    form = Form("a", "1", "0" * 64, (Section("s", (item,)),), Rule(Fraction(1, 2), 1, 2))
    receipt = make_receipt(form, {"i": 3})
    section = receipt["sections"][0]
    places = {
        "top": receipt,
        "rule": receipt["rule"],
        "section": section,
        "item": section["items"][0],
    }
    for place, values in more.items():
        places[place].update(values)
    return canonical(receipt)


@pytest.mark.parametrize(
    "values",
    [
        {"item": {"minimum": 4}},
        {"item": {"maximum": 1001}},
        {"item": {"weight": "0"}},
        {"item": {"weight": "1001"}},
        {"item": {"weight": "1.0"}},
        {"item": {"answer": 5}},
        {"item": {"answer": -1}},
        {"item": {"answer": True}},
        {"item": {"answer": "perhaps"}},
        {"item": {"reverse": 0}},
        {"rule": {"section_min_answered": "0"}},
        {"rule": {"section_min_answered": "3/2"}},
        {"rule": {"overall_min_sections": 0}},
        {"rule": {"overall_min_sections": 2}},
        {"rule": {"in_place_from": 5}},
        {"rule": {"in_place_from": "2"}},
        {"rule": {"version": 2}},
        {"section": {"items": []}},
        {"section": {"items": [7]}},
        {"top": {"sections": []}},
    ],
    ids=str,
)
def test_what_cannot_be_scored_is_no_receipt(values: dict[str, Any]) -> None:
    data = altered(**values)

    told = verify_receipt(data)

    assert not verify(data).ok
    assert not told.ok
    assert told.findings[0].startswith("not a receipt: ")


def test_codes_are_used_once_and_items_are_not_endless() -> None:
    plain = json.loads(altered())
    section = plain["sections"][0]
    for sections in (
        [section, section],
        [{**section, "items": section["items"] * 2}],
        [{**section, "items": [{**section["items"][0], "code": str(n)} for n in range(1_001)]}],
    ):
        data = canonical({**plain, "sections": sections})
        assert not verify(data).ok
        assert verify_receipt(data).findings[0].startswith("not a receipt: ")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff",
        b"[]",
        b"null",
        b"{}",
        b'{"format":"palanca-receipt/2"}',
        b"[" * 500_000,
        b"1" * 5_000,
        b" " * 2_000_001,
        b'{"format":"palanca-receipt/1","instrument":{},"rule":{"id":"share-of-top-level","version":1}}',
    ],
    ids=range(10),
)
def test_what_is_no_receipt_is_told_so(data: bytes) -> None:
    told = verify_receipt(data)

    assert not told.ok
    assert len(told.findings) == 1
