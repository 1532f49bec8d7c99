"""What `verify` makes of anything at all: findings, never an exception, never a wrong yes."""

import time
from collections.abc import Iterator
from copy import deepcopy
from fractions import Fraction
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.scoring.form import Form, Item, Rule, Section
from app.scoring.receipt import MAX_BYTES, canonical, make_receipt, verify

FORM = Form(
    "test",
    "1",
    "ab" * 32,
    (
        Section("A", (Item("A.1", 0, 4), Item("A.2", 1, 5, reverse=True, weight=Fraction(3, 2)))),
        Section("B", (Item("B.1", 0, 4),), Fraction(2)),
    ),
    Rule(Fraction(1, 2), 2, in_place_from=3),
)
RECEIPT = make_receipt(FORM, {"A.1": 3, "A.2": 1, "B.1": 1})
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


@pytest.mark.parametrize(
    ("data", "finding"),
    [
        pytest.param(b"", "not a receipt", id="nothing"),
        pytest.param(b"null", "format is not of type str", id="null"),
        pytest.param(b"[]", "format is not of type str", id="a list"),
        pytest.param(b"{}", "format is not of type str", id="an empty object"),
        pytest.param(b"\xff\xfe{}", "not a receipt", id="not UTF-8"),
        pytest.param(b"\xef\xbb\xbf" + DATA, "not a receipt", id="a byte order mark"),
        pytest.param(b"[" * 500_000, "not a receipt", id="deep nesting"),
        pytest.param(
            b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "not a receipt", id="deep objects"
        ),
        pytest.param(b" " * (MAX_BYTES + 1), "longer than", id="too long"),
        pytest.param(
            DATA.replace(b'"answer":3', b'"answer":NaN', 1), "not a receipt", id="not a number"
        ),
        pytest.param(
            DATA.replace(b'"answer":3', b'"answer":' + b"9" * 5000, 1),
            "not a receipt",
            id="a number of 5,000 digits",
        ),
        pytest.param(
            DATA.replace(b'"answer":3', b'"answer":' + b"9" * 20, 1),
            "answer is not of type str",
            id="a number of 20 digits",
        ),
        pytest.param(
            DATA.replace(b'"answer":3', b'"answer":5', 1), "5 is not a level", id="no such level"
        ),
        pytest.param(
            DATA.replace(b'"answer":3', b'"answer":"maybe"', 1),
            "'maybe' is not a valid Special",
            id="no such answer",
        ),
        pytest.param(
            DATA.replace(b'"minimum":0', b'"minimum":false', 1),
            "minimum is not of type int",
            id="false for 0",
        ),
        pytest.param(
            DATA.replace(b'"weight":"3/2"', b'"weight":"1e999999999"', 1),
            "weight is not a fraction",
            id="a weight of a billion digits",
        ),
        pytest.param(
            DATA.replace(b'"weight":"3/2"', b'"weight":"3/0"', 1),
            "weight is not a fraction",
            id="division by zero",
        ),
        pytest.param(
            DATA.replace(b'"weight":"3/2"', b'"weight":"6/4"', 1),
            "/sections/0/items/1/weight: states '6/4', recomputes to '3/2'",
            id="a fraction not in lowest terms",
        ),
        pytest.param(
            DATA.replace(b"palanca-receipt/1", b"palanca-receipt/2"), "format is not", id="format"
        ),
        pytest.param(
            DATA.replace(b"share-of-top-level", b"share-of-the-level"), "rule is not", id="rule"
        ),
        pytest.param(
            DATA.replace(b'"in_place_from":3', b'"in_place_from":"3"'),
            "in_place_from is not of type int",
            id="a level in text",
        ),
        pytest.param(
            DATA.replace(b'"in_place_from":3,', b""),
            "in_place_from is not of type int",
            id="a parameter left out",
        ),
        pytest.param(
            b'{"format":1,' + DATA[1:],
            "not in canonical form from byte 10 on",
            id="a key twice",
        ),
        pytest.param(DATA + b"\n", f"from byte {len(DATA)} on", id="a line feed at the end"),
        pytest.param(
            sealed(RECEIPT | {"a/note": [[{}]]}),
            "/'a/note': does not belong here",
            id="something added",
        ),
        pytest.param(
            sealed({key: value for key, value in RECEIPT.items() if key != "in_place"}),
            "/'in_place': is missing",
            id="something left out",
        ),
        pytest.param(
            sealed(RECEIPT | {"overall": [[]]}),
            "/overall: states a list of 1, recomputes to an object",
            id="a list for an object",
        ),
        pytest.param(sealed(RECEIPT | {"sections": []}), "2 of 0 sections", id="no sections"),
        pytest.param(
            sealed(RECEIPT | {"sections": [7]}),
            "code is not of type str",
            id="a number for a section",
        ),
    ],
)
def test_garbage_is_told_from_a_receipt(data: bytes, finding: str) -> None:
    verdict = verify(data)

    assert not verdict.ok
    assert finding in " | ".join(verdict.findings)


def test_a_receipt_without_a_level_in_place_holds() -> None:
    form = Form("t", "1", "", (Section("A", (Item("A.1", 0, 1),)),), Rule(Fraction(1), 1))

    assert verify(canonical(make_receipt(form, {"A.1": 1}))).ok


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=200))
def test_no_bytes_raise(data: bytes) -> None:
    assert not verify(data).ok


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
PATHS = [path for path, _ in leaves(RECEIPT)]


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(PATHS), st.integers(1, 5), SCALARS | st.lists(SCALARS) | st.just({}))
def test_no_json_raises_and_none_passes_for_the_receipt(
    path: tuple[Any, ...], depth: int, value: object
) -> None:
    try:
        data = sealed(altered(path[:depth], value))
    except TypeError:  # a number or a text that JSON cannot hold
        return

    assert data == DATA or not verify(data, sha256=RECEIPT["sha256"]).ok


def test_a_hostile_receipt_costs_little() -> None:
    parts = [Fraction(1, 1000 - n % 300) for n in range(900)]
    items = [Item(f"I{n}", 0, 999 - n % 400, weight=part) for n, part in enumerate(parts)]
    form = Form(
        "x", "1", "", tuple(Section(i.code, (i,), i.weight) for i in items), Rule(Fraction(1), 1)
    )
    data = canonical(make_receipt(form, dict.fromkeys(form.items, 7)))
    assert len(data) < MAX_BYTES
    began = time.process_time()

    assert verify(data).ok

    assert time.process_time() - began < 2
