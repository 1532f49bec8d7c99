"""Whatever is done to a chain, the first row that is not as written is named."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.audit.chain import Broken, Fault, Head, Row, link, verify
from tests.audit.chains import (
    CHAIN,
    HEAD,
    OTHER,
    ROWS,
    SIGNER,
    STRANGER,
    head_of,
    row,
    written,
)


def changed(seq: int, **fields: Any) -> list[Row]:
    one = replace(ROWS[seq - 1], **fields)
    return [*ROWS[: seq - 1], one, *ROWS[seq:]]


def rehashed(seq: int, text: str) -> list[Row]:
    """One event rewritten, and every hash from there on made to fit."""
    kept = ROWS[: seq - 1]
    for old in ROWS[seq - 1 :]:
        edited = text if old.seq == seq else old.body
        kept.append(replace(old, body=edited, hash=link(kept[-1].hash, old.seq, edited)))
    return kept


def rewritten(seq: int) -> list[Row]:
    """The end of the chain written by somebody with other keys."""
    kept = ROWS[: seq - 1]
    for old in ROWS[seq - 1 :]:
        kept.append(row(old.seq, "{}", kept[-1].hash, STRANGER))
    return kept


def renumbered(rows: list[Row], start: int) -> list[Row]:
    return [replace(one, seq=seq) for seq, one in enumerate(rows, start)]


def foreign(seq: int, previous: bytes = b"") -> Row:
    return row(seq, "{}", previous, STRANGER)


ONE, TWO, THREE, FOUR, FIVE, SIX = ROWS


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        pytest.param(changed(3, body="{}"), (3, Fault.ALTERED), id="an edited event"),
        pytest.param(changed(3, body=""), (3, Fault.ALTERED), id="an emptied event"),
        pytest.param(changed(3, hash=b"x" * 32), (3, Fault.FOREIGN), id="an edited hash"),
        pytest.param(changed(3, hash=b""), (3, Fault.FOREIGN), id="an emptied hash"),
        pytest.param(changed(3, seal=b"x" * 32), (3, Fault.FOREIGN), id="an edited seal"),
        pytest.param(changed(3, seal=b""), (3, Fault.FOREIGN), id="an emptied seal"),
        pytest.param(rehashed(6, "{}"), (6, Fault.FOREIGN), id="the last event and its hash"),
        pytest.param(rehashed(3, "{}"), (3, Fault.FOREIGN), id="an event and all later hashes"),
        pytest.param(rewritten(4), (4, Fault.FOREIGN), id="the end rewritten with other keys"),
        pytest.param(ROWS[1:], (1, Fault.MISSING), id="the first row deleted"),
        pytest.param([*ROWS[:2], *ROWS[4:]], (3, Fault.MISSING), id="two rows deleted"),
        pytest.param(
            [*ROWS[:2], *renumbered(ROWS[3:], 3)],
            (3, Fault.FOREIGN),
            id="a row deleted and the rest moved up",
        ),
        pytest.param(
            renumbered([ONE, FIVE, THREE, FOUR, TWO, SIX], 1),
            (2, Fault.FOREIGN),
            id="two rows swapped",
        ),
        pytest.param(
            renumbered([ONE, THREE, FOUR, TWO, FIVE, SIX], 1),
            (2, Fault.FOREIGN),
            id="a row moved down",
        ),
        pytest.param(
            [*ROWS[:2], foreign(3, TWO.hash), *renumbered(ROWS[2:], 4)],
            (3, Fault.FOREIGN),
            id="a row inserted and the rest moved down",
        ),
        pytest.param([foreign(0), *ROWS], (0, Fault.FOREIGN), id="a row before the first"),
        pytest.param([*ROWS[:3], *ROWS[2:]], (3, Fault.FOREIGN), id="a row doubled"),
        pytest.param([*ROWS, foreign(7, SIX.hash)], (7, Fault.FOREIGN), id="a row appended"),
        pytest.param(
            [*ROWS, replace(TWO, seq=70)], (70, Fault.FOREIGN), id="a row appended far behind"
        ),
        pytest.param(
            [*ROWS[:5], replace(SIX, seq=70)],
            (6, Fault.MISSING),
            id="the last row moved far behind",
        ),
        pytest.param(ROWS[:4], (5, Fault.MISSING), id="the tail cut"),
        pytest.param([], (1, Fault.MISSING), id="all rows deleted"),
        pytest.param(written(6, chain=OTHER)[0], (1, Fault.FOREIGN), id="another chain's rows"),
    ],
)
def test_what_was_done_to_the_rows_is_named(rows: list[Row], expected: tuple[int, Fault]) -> None:
    assert verify(CHAIN, rows, HEAD, SIGNER) == Broken(CHAIN, *expected)


@pytest.mark.parametrize(
    ("rows", "head", "expected"),
    [
        pytest.param(ROWS, None, (None, Fault.NO_HEAD), id="the head deleted"),
        pytest.param(
            ROWS, replace(HEAD, signature=b""), (None, Fault.FORGED_HEAD), id="no signature"
        ),
        pytest.param(
            ROWS,
            head_of(SIX, chain=OTHER),
            (None, Fault.FORGED_HEAD),
            id="the head of another chain",
        ),
        pytest.param(
            ROWS,
            head_of(FOUR),
            (None, Fault.OTHER_HEAD),
            id="an earlier head put back, the rows left",
        ),
        pytest.param(
            ROWS[:4],
            replace(HEAD, seq=4, hash=FOUR.hash),
            (None, Fault.FORGED_HEAD),
            id="the tail cut, and the head put where the chain now ends",
        ),
        pytest.param(
            ROWS[:4],
            Head(4, FOUR.hash, FOUR.seal * 2),
            (None, Fault.FORGED_HEAD),
            id="the tail cut, and a head made of the last row",
        ),
        pytest.param(
            ROWS[:4],
            head_of(FOUR, STRANGER),
            (None, Fault.FORGED_HEAD),
            id="the tail cut, and a head signed by somebody else",
        ),
        pytest.param(
            [*ROWS[:5], row(6, "{}", FIVE.hash)],
            HEAD,
            (None, Fault.OTHER_HEAD),
            id="the tail cut, written anew by the service, and the old head put back",
        ),
        pytest.param(
            [*ROWS, replace(TWO, seq=70)],
            None,
            (70, Fault.FOREIGN),
            id="a row far behind, and no head to say where the end was",
        ),
        pytest.param(
            [*ROWS[:3], *ROWS[4:]], None, (4, Fault.MISSING), id="a row deleted, and the head"
        ),
        pytest.param(
            rewritten(4),
            head_of(rewritten(4)[-1], STRANGER),
            (4, Fault.FOREIGN),
            id="the end rewritten with other keys, the head with it",
        ),
    ],
)
def test_what_was_done_to_the_head_is_named(
    rows: list[Row], head: Head | None, expected: tuple[int | None, Fault]
) -> None:
    assert verify(CHAIN, rows, head, SIGNER) == Broken(CHAIN, *expected)


def flipped(data: bytes, bit: int) -> bytes:
    at = bit // 8 % len(data)
    return data[:at] + bytes([data[at] ^ 1 << bit % 8]) + data[at + 1 :]


@given(data=st.data(), length=st.integers(1, 30))
def test_any_single_tampering_is_found_and_the_right_row_named(
    data: st.DataObject, length: int
) -> None:
    rows, head = written(length)
    seq = data.draw(st.integers(1, length), label="row")
    bit = data.draw(st.integers(0, 255), label="bit")
    one = rows[seq - 1]
    tampered = {
        "body": [*rows[: seq - 1], replace(one, body=one.body[:-1] + "!"), *rows[seq:]],
        "hash": [*rows[: seq - 1], replace(one, hash=flipped(one.hash, bit)), *rows[seq:]],
        "seal": [*rows[: seq - 1], replace(one, seal=flipped(one.seal, bit)), *rows[seq:]],
        "delete": [*rows[: seq - 1], *rows[seq:]],
        "close the gap": [*rows[: seq - 1], *renumbered(rows[seq:], seq)],
        "insert": [*rows[: seq - 1], foreign(seq), *renumbered(rows[seq - 1 :], seq + 1)],
        "double": [*rows[:seq], *renumbered(rows[seq - 1 :], seq + 1)],
        "cut": rows[: seq - 1],
    }
    what = data.draw(st.sampled_from(sorted(tampered)), label="what")

    broken = verify(CHAIN, tampered[what], head, SIGNER)

    # Of two equal rows the second is the one too many.
    assert broken is not None
    assert broken.seq == (seq + 1 if what == "double" else seq)


@given(data=st.data(), length=st.integers(2, 30))
def test_any_two_rows_swapped_are_found_and_the_first_named(
    data: st.DataObject, length: int
) -> None:
    rows, head = written(length)
    first, second = sorted(
        data.draw(st.lists(st.integers(0, length - 1), min_size=2, max_size=2, unique=True))
    )
    rows[first], rows[second] = (
        replace(rows[second], seq=first + 1),
        replace(rows[first], seq=second + 1),
    )

    assert verify(CHAIN, rows, head, SIGNER) == Broken(CHAIN, first + 1, Fault.FOREIGN)


@given(bit=st.integers(0, 511), part=st.sampled_from(["seq", "hash", "signature"]))
def test_any_change_of_the_head_is_found(bit: int, part: str) -> None:
    head = {
        "seq": replace(HEAD, seq=HEAD.seq + 1 + bit),
        "hash": replace(HEAD, hash=flipped(HEAD.hash, bit)),
        "signature": replace(HEAD, signature=flipped(HEAD.signature, bit)),
    }[part]

    assert verify(CHAIN, ROWS, head, SIGNER) == Broken(CHAIN, None, Fault.FORGED_HEAD)
