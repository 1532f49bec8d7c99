"""JSON bodies: what is read, what is refused before it costs anything, and what gets through."""

import json
import math
import time
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import jsonbody
from app.jsonbody import MAX_DEPTH, MAX_KEYS, MAX_VALUES, read_json, read_line
from app.problems import MalformedJson, PayloadTooLarge, Problem

NASTY = st.text(alphabet='[]{},:"\\ab\x00é\n/u', max_size=12)
DOCUMENTS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | NASTY,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(NASTY, inner, max_size=5),
    max_leaves=40,
)


def depth(document: object) -> int:
    if isinstance(document, dict):
        return 1 + max(map(depth, document.values()), default=0)
    if isinstance(document, list):
        return 1 + max(map(depth, document), default=0)
    return 0


def size(document: object) -> int:
    """Brackets that open, and commas."""
    if isinstance(document, dict):
        document = list(document.values())
    if isinstance(document, list):
        return 1 + max(len(document) - 1, 0) + sum(map(size, document))
    return 0


STYLES: list[dict[str, Any]] = [{"ensure_ascii": False}, {"indent": 1}, {"separators": (",", ":")}]


@given(DOCUMENTS, st.sampled_from(STYLES))
def test_what_json_says_is_read(document: object, style: dict[str, Any]) -> None:
    raw = json.dumps(document, **style).encode()

    assert read_json(raw) == document


@given(DOCUMENTS, st.integers(min_value=1, max_value=4), st.integers(min_value=1, max_value=12))
def test_depth_and_number_are_counted_outside_of_strings(
    document: object, deepest: int, most: int
) -> None:
    raw = json.dumps(document, ensure_ascii=False).encode()
    too_deep, too_many = depth(document) > deepest, size(document) >= most

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jsonbody, "MAX_DEPTH", deepest)
        if too_deep or too_many:
            found = (MalformedJson,) * too_deep + (PayloadTooLarge,) * too_many
            with pytest.raises(found):
                read_json(raw, most)
        else:
            assert read_json(raw, most) == document


@given(st.binary(max_size=40) | st.text(alphabet='[]{},:"\\1a ', max_size=40).map(str.encode))
def test_no_bytes_do_more_than_be_refused(raw: bytes) -> None:
    try:
        expected = json.loads(raw.decode())
    except ValueError:
        with pytest.raises(MalformedJson):
            read_json(raw)
    else:
        try:
            found = read_json(raw)
        except MalformedJson as exc:
            assert "stands twice" in exc.detail  # noqa: PT017 - the only other reason there is
        else:
            assert found == expected


def test_the_deepest_that_may_be_may_be() -> None:
    fits = b"[" * MAX_DEPTH + b"]" * MAX_DEPTH

    assert depth(read_json(fits)) == MAX_DEPTH
    assert depth(read_json(b'{"a":' * MAX_DEPTH + b"1" + b"}" * MAX_DEPTH)) == MAX_DEPTH
    with pytest.raises(MalformedJson, match="Nested more than 32 deep"):
        read_json(b"[" + fits + b"]")


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(b"[" * 100_000, id="lists that open"),
        pytest.param(b"[" * 100_000 + b"]" * 100_000, id="lists"),
        pytest.param(b'{"a":' * 100_000, id="objects that open"),
        pytest.param(b'[{"a":' * 50_000 + b"1" + b"}]" * 50_000, id="both in turn"),
        pytest.param(b'["[","]",' * 50_000, id="with brackets in strings between"),
        pytest.param(b'["\\"",' * 50_000, id="with quotes in strings between"),
        pytest.param(b'["\\\\",' * 50_000, id="with backslashes in strings between"),
    ],
)
def test_endless_depth_is_refused_at_once(raw: bytes) -> None:
    started = time.process_time()
    with pytest.raises(MalformedJson, match="Nested more than 32 deep"):
        read_json(raw, most=10**9)

    assert time.process_time() - started < 0.1


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(b"[" + b"0," * MAX_VALUES + b"0]", id="numbers"),
        pytest.param(b"[" + b"{}," * MAX_VALUES + b"{}]", id="objects"),
        pytest.param(b"[" + b'"a,b",' * MAX_VALUES + b"0]", id="strings with commas"),
        pytest.param(
            b"{" + b",".join(b'"%d":0' % key for key in range(10**6)) + b"}", id="a million keys"
        ),
    ],
)
def test_values_without_number_are_refused(raw: bytes) -> None:
    with pytest.raises(PayloadTooLarge, match=f"At most {MAX_VALUES} values"):
        read_json(raw)


def test_commas_in_a_text_are_no_values() -> None:
    text = "," * MAX_VALUES + "[" * MAX_VALUES

    assert read_json(json.dumps(text).encode()) == text


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        pytest.param(b"", "Expecting value", id="nothing"),
        pytest.param(b"{", "Expecting property name", id="cut off"),
        pytest.param(b"{'a': 1}", "Expecting property name", id="single quotes"),
        pytest.param(b"[1,]", "Expecting value|Illegal trailing comma", id="a comma too many"),
        pytest.param(b"1 2", "Extra data", id="two values"),
        pytest.param(b'"\n"', "Invalid control character", id="a line break in a string"),
        pytest.param(b'"\xff"', "utf-8", id="Latin-1"),
        pytest.param(b'"\xed\xa0\x80"', "utf-8", id="half a pair in UTF-8"),
        pytest.param('{"a": 1}'.encode("utf-16"), "utf-8", id="UTF-16"),
        pytest.param('{"a": 1}'.encode("utf-16-le"), "Expecting", id="UTF-16 without a mark"),
        pytest.param('{"a": 1}'.encode("utf-32-be"), "Expecting", id="UTF-32"),
        pytest.param('{"a": 1}'.encode("utf-8-sig"), "BOM", id="UTF-8 with a mark"),
        pytest.param(b"1" * 5000, "4300 digits", id="a number of 5000 digits"),
        pytest.param(b'{"a":1,"b":2,"a":1}', "'a' stands twice", id="a key twice"),
        pytest.param(
            b'[[{"a":{"b":1,"\\u0062":2}}]]', "'b' stands twice", id="a key spelled twice"
        ),
    ],
)
def test_what_is_no_json_is_refused_in_words(raw: bytes, says: str) -> None:
    with pytest.raises(MalformedJson, match=says):
        read_json(raw)


def keys(number: int) -> bytes:
    return b",".join(b'"%d":0' % key for key in range(number))


def test_an_object_has_as_many_keys_as_any_of_ours_needs() -> None:
    assert len(read_json(b"{" + keys(MAX_KEYS) + b"}")) == MAX_KEYS  # type: ignore[arg-type] # a dict
    with pytest.raises(PayloadTooLarge, match=f"At most {MAX_KEYS} keys in one object"):
        read_json(b'[{"a":{' + keys(MAX_KEYS + 1) + b"}}]")


def test_the_key_that_stands_twice_is_found_soon_among_many() -> None:
    last = b',"%d":0' % (MAX_KEYS - 2)
    raw = b"[" + b",".join([b"{" + keys(MAX_KEYS - 1) + b"}"] * 9) + b"]"

    started = time.process_time()
    with pytest.raises(MalformedJson, match=f"'{MAX_KEYS - 2}' stands twice"):
        read_json(raw[:-2] + last + b"}]")

    assert time.process_time() - started < 1


@pytest.mark.parametrize(
    ("raw", "read"),
    [
        pytest.param(b'"\\u0000"', "\0", id="NUL"),
        pytest.param(b'"\\ud800"', "\ud800", id="a lone surrogate"),
        pytest.param(b"1e999", math.inf, id="a number past all floats"),
        pytest.param(b"-Infinity", -math.inf, id="minus infinity"),
        pytest.param(b"9223372036854775808", 2**63, id="an integer past int8"),
        pytest.param(b"1" * 4300, int("1" * 4300), id="a number of 4300 digits"),
    ],
)
def test_what_a_field_will_refuse_gets_through(raw: bytes, read: Any) -> None:
    assert read_json(raw) == read


def test_not_a_number_gets_through() -> None:
    assert math.isnan(read_json(b"NaN"))  # type: ignore[arg-type] # so it is a float


def test_a_long_text_is_only_text() -> None:
    started = time.process_time()
    assert len(str(read_json(b'"' + b"x" * 50_000_000 + b'"'))) == 50_000_000

    assert time.process_time() - started < 2


def said(read: Callable[[bytes], object], raw: bytes) -> str:
    """What is read, or with which problem it is refused; types told apart."""
    try:
        return repr(read(raw))
    except Problem as problem:
        return repr(problem)


@given(DOCUMENTS, st.sampled_from(STYLES))
def test_a_line_says_what_a_body_says(document: object, style: dict[str, Any]) -> None:
    raw = json.dumps(document, **style).encode()

    assert said(read_line, raw) == said(read_json, raw)


PAIRS = st.tuples(
    st.sampled_from(['"a"', '"b"', '":"', '"a" ', '"\\u0061"']),
    st.sampled_from(["1", '":"', '"a:b"', '{"a":1,"a":2}', "18446744073709551616", "1.0", "[]"]),
)


@given(st.lists(PAIRS, max_size=4))
def test_a_key_twice_is_found_in_a_line_too(pairs: list[tuple[str, str]]) -> None:
    raw = ("{" + ",".join(f"{key}:{value}" for key, value in pairs) + "}").encode()

    assert said(read_line, raw) == said(read_json, raw)


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(b'{"a": 1', id="cut off"),
        pytest.param(b'\xef\xbb\xbf{"a": 1}', id="with a byte order mark"),
        pytest.param(b'{"a": "\xff"}', id="not UTF-8"),
        pytest.param(b'{"a": NaN}', id="NaN"),
        pytest.param(b'{"a": 1e999}', id="infinite"),
        pytest.param(b"[" * 40 + b"]" * 40, id="too deep"),
        pytest.param(b'{"a": "\\ud800"}', id="half a surrogate"),
        pytest.param(b"-0", id="minus nothing"),
        pytest.param(b"true", id="a word"),
        pytest.param(b"", id="nothing"),
    ],
)
def test_what_a_line_cannot_say_is_refused_alike(raw: bytes) -> None:
    assert said(read_line, raw) == said(read_json, raw)
