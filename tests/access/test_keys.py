"""The shape of a key: what a scanner can recognise, and that no other text passes for it."""

import math
import re
import string
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.access import keys

ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
PEPPER = b"a pepper of 32 characters or more"
MADE = [
    keys.make_key(use, environment)
    for use in keys.LETTERS
    if use != "invitation"
    for environment in ("live", "test")
    for _ in range(4)
]


def mistyped(key: str) -> str:
    """The same key with another last character."""
    return key[:-1] + ("a" if key[-1] != "a" else "b")


def check(body: str) -> str:
    """The checksum as documented: CRC32 in six base-62 digits, worked out the other way round."""
    number = zlib.crc32(body.encode())
    return "".join(ALPHABET[number // 62**place % 62] for place in range(5, -1, -1))


def test_a_key_has_the_published_shape() -> None:
    for key in MADE:
        found = re.fullmatch(
            r"plc[anoprt]_(live|test)_([0-9A-Za-z]{8})_([0-9A-Za-z]{43})([0-9A-Za-z]{6})", key.text
        )
        assert found is not None
        assert found[2] == key.key_id == keys.key_id(key.text)
        assert found[4] == check(key.text[:-6])
        assert keys.PATTERN.fullmatch(key.text)


@pytest.mark.parametrize(("use", "letter"), keys.LETTERS.items())
def test_a_key_says_what_it_is_for(use: str, letter: str) -> None:
    text = keys.make_key(use, "live").text

    assert text.startswith(f"plc{letter}_live_")
    assert keys.is_token(text) == (use == "token")
    assert (keys.key_id(text) is None) == (use == "invitation"), "an invitation is no key"
    assert (keys.key_id(text, invitation=True) is None) == (use != "invitation")


def test_what_a_key_is_for_is_part_of_what_is_hashed() -> None:
    text = keys.make_key("token", "live").text
    body = f"plco{text[4:-6]}"

    changed = body + check(body)

    assert keys.key_id(changed) is not None, "well-formed"
    assert keys.digest(changed, PEPPER) != keys.digest(text, PEPPER)


def test_the_secret_part_holds_256_bits() -> None:
    secrets = [key.text.split("_")[3][:43] for key in MADE]

    assert len(ALPHABET) ** 43 >= 2**256
    seen = "".join(secrets)
    assert set(seen) == set(ALPHABET), "every character of the alphabet turns up"
    shares = [seen.count(one) / len(seen) for one in ALPHABET]
    assert -sum(share * math.log2(share) for share in shares) > 5.9, "and about equally often"


def test_keys_are_never_alike() -> None:
    made = [keys.make_key("partner", "test") for _ in range(2000)]

    assert len({key.key_id for key in made}) == 2000
    assert len({key.text.split("_")[3] for key in made}) == 2000


def test_the_checksum_is_pinned_so_that_scanners_keep_working() -> None:
    text = "plco_live_00000000_" + "0" * 43

    assert keys.key_id(text + check(text)) == "00000000"
    assert check(text) == "1QwNgr"


@given(st.sampled_from(MADE), st.integers(min_value=0, max_value=67), st.characters(codec="utf-8"))
def test_any_changed_character_is_refused(key: keys.Key, place: int, other: str) -> None:
    changed = key.text[:place] + other + key.text[place + 1 :]
    if changed == key.text:
        assert keys.key_id(changed) == key.key_id
        return

    well_formed = keys.key_id(changed) is not None
    assert not (well_formed and keys.digest(changed, PEPPER) == keys.digest(key.text, PEPPER))
    assert not well_formed, "CRC32 finds every changed byte"


@given(st.sampled_from(MADE), st.text(max_size=5), st.text(max_size=5))
def test_anything_around_a_key_is_refused(key: keys.Key, before: str, after: str) -> None:
    if before + after:
        assert keys.key_id(before + key.text + after) is None


@given(st.text(max_size=100))
def test_no_other_text_is_a_key(text: str) -> None:
    assert keys.key_id(text) is None


def test_a_hash_depends_on_the_key_and_on_the_pepper() -> None:
    first, second = MADE[:2]
    digests = {
        keys.digest(key.text, pepper) for key in (first, second) for pepper in (PEPPER, b"other")
    }

    assert len(digests) == 4
    assert {len(one) for one in digests} == {32}
