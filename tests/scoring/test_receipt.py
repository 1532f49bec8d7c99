"""Receipts: whole, exact, and impossible to alter unseen."""

from collections.abc import Iterator
from copy import deepcopy
from fractions import Fraction
from hashlib import sha256
from typing import Any

import orjson
import pytest

from app.scoring.form import Form, Item, Rule, Section, Special
from app.scoring.receipt import canonical, make_receipt, verify

FORM = Form(
    "test",
    "1",
    "ab" * 32,
    (
        Section("A", (Item("A.1", 0, 4), Item("A.2", 1, 5, reverse=True, weight=Fraction(3, 2)))),
        Section("B", (Item("B.1", 0, 4), Item("B.2", 0, 4), Item("B.3", 0, 4)), Fraction(2)),
        Section("C", (Item("C.1", 0, 4), Item("C.2", 0, 4))),
    ),
    Rule(Fraction(1, 2), 2, in_place_from=3),
)
RECEIPT = make_receipt(
    FORM,
    {
        "A.1": 3,
        "A.2": 1,
        "B.1": 1,
        "B.2": 3,
        "B.3": Special.DONT_KNOW,
        "C.1": Special.NOT_APPLICABLE,
    },
)
DATA = canonical(RECEIPT)


def sealed(receipt: dict[str, Any]) -> bytes:
    """`receipt` with a hash that fits, as a forger would leave it."""
    rest = {key: value for key, value in receipt.items() if key != "sha256"}
    return canonical(rest | {"sha256": sha256(canonical(rest)).hexdigest()})


def altered(path: tuple[str | int, ...], value: object) -> dict[str, Any]:
    copy = deepcopy(RECEIPT)
    at: Any = copy
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = value
    return copy


def leaves(
    value: object, path: tuple[str | int, ...] = ()
) -> Iterator[tuple[tuple[Any, ...], Any]]:
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from leaves(inner, (*path, key))
    else:
        yield path, value


def test_a_receipt_holds_all_that_the_score_is_made_of() -> None:
    section = RECEIPT["sections"][0]

    assert section == {
        "code": "A",
        "weight": "1",
        "items": [
            {
                "code": "A.1",
                "minimum": 0,
                "maximum": 4,
                "reverse": False,
                "weight": "1",
                "answer": 3,
                "share": "3/4",
                "in_place": True,
                "contribution": "30",
            },
            {
                "code": "A.2",
                "minimum": 1,
                "maximum": 5,
                "reverse": True,
                "weight": "3/2",
                "answer": 1,
                "share": "1",
                "in_place": True,
                "contribution": "60",
            },
        ],
        "answered": 2,
        "applicable": 2,
        "not_applicable": 0,
        "dont_know": 0,
        "unanswered": 0,
        "numerator": "9/4",
        "denominator": "5/2",
        "fraction": "90",
        "rounded": "90.00",
        "withheld": None,
    }
    assert RECEIPT["overall"] == {
        "sections": 2,
        "numerator": "190",
        "denominator": "3",
        "fraction": "190/3",
        "rounded": "63.33",
        "withheld": None,
    }
    assert RECEIPT["in_place"] == {
        "items": 3,
        "answered": 4,
        "applicable": 6,
        "fraction": "75",
        "rounded": "75.00",
        "withheld": None,
    }
    assert RECEIPT["sections"][2]["withheld"] == "too_few_answered"


def test_an_untouched_receipt_holds() -> None:
    verdict = verify(DATA, sha256=RECEIPT["sha256"])

    assert verdict.ok
    assert verdict.findings == ()
    assert verdict.receipt == RECEIPT


def test_no_byte_can_be_changed_added_or_taken_away() -> None:
    for at in range(len(DATA)):
        head, byte, tail = DATA[:at], DATA[at], DATA[at + 1 :]
        for mutant in (
            head + bytes([byte ^ 1]) + tail,
            head + (b"0" if byte == ord("1") else b"1") + tail,
            head + b" " + DATA[at:],
            head + b"0" + DATA[at:],
            head + tail,
        ):
            verdict = verify(mutant)
            assert not verdict.ok, mutant
            assert verdict.findings


@pytest.mark.parametrize("end", [b"\n", b" ", b"\0", b"}", DATA])
def test_nothing_can_follow(end: bytes) -> None:
    assert not verify(DATA + end).ok
    assert not verify(end + DATA).ok


CALLER_STATES = {"code", "minimum", "maximum", "reverse", "weight", "answer"}
"""What a receipt takes as given in sections and items; all else there follows."""

FIGURES = [
    path
    for path, _ in leaves(RECEIPT)
    if path[0] in {"sections", "overall", "in_place"} and path[-1] not in CALLER_STATES
]


@pytest.mark.parametrize("path", FIGURES, ids=lambda path: "/".join(map(str, path)))
def test_no_figure_can_be_altered_even_with_a_fresh_hash(path: tuple[str | int, ...]) -> None:
    stated = dict(leaves(RECEIPT))[path]
    values: tuple[object, ...] = (
        None,
        True,
        0,
        1,
        99,
        1.0,
        "1/3",
        "100",
        "too_few_answered",
        [],
        {},
    )
    for value in values:
        if type(value) is not type(stated) or value != stated:
            verdict = verify(sealed(altered(path, value)))

            assert not verdict.ok
            assert any(
                finding.startswith("/" + "/".join(map(str, path))) for finding in verdict.findings
            )


def test_a_receipt_of_other_answers_is_not_the_one_that_was_given() -> None:
    other = make_receipt(FORM, {"A.1": 4, "A.2": 1, "B.1": 4, "B.2": 3})

    assert verify(canonical(other)).ok
    verdict = verify(canonical(other), sha256=RECEIPT["sha256"])
    assert verdict.findings == (f"sha256: is of another receipt than {RECEIPT['sha256']}",)


def test_findings_say_where_what_is_stated_and_what_it_should_be() -> None:
    verdict = verify(sealed(altered(("overall", "rounded"), "99.99")))

    assert verdict.findings[0] == "/overall/rounded: states '99.99', recomputes to '63.33'"
    assert verdict.findings[1].startswith("/sha256: states ")


def test_a_receipt_is_plain_json() -> None:
    assert orjson.loads(DATA) == RECEIPT
    assert not any(isinstance(value, float) for _, value in leaves(orjson.loads(DATA)))
