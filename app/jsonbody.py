"""JSON bodies, read strictly: UTF-8, every key once, bounded in depth and in number of values.

Depth and number are counted in the bytes, before anything is built of them. What JSON can say and
a field cannot hold (NUL, lone surrogates, NaN, 1e999) gets through, to be named with its place.
"""

import json
from collections import Counter
from collections.abc import Collection
from contextlib import suppress

import orjson

from app.problems import MalformedJson, PayloadTooLarge

MAX_DEPTH = 32
"""No body of ours nests deeper than eight; parsers and validators recurse."""

MAX_VALUES, MAX_BULK_VALUES = 20_000, 400_000
"""Ten times the largest instrument; 20,000 organizations.

However short it is written, each takes some 100 bytes of memory, and a microsecond of everybody's.
"""

MAX_KEYS = 2_000
"""Twice the answers of the longest instrument; each that is wrong is looked at for its error."""

_SHAPE = bytes.maketrans(b"{}", b"[]")
_WORDS = bytes(set(range(256)) - set(b'[]{},"'))


def read_json(raw: bytes, most: int = MAX_VALUES) -> object:
    """What a body says.

    Args:
        raw: the body as it came.
        most: how many values it may have.

    Raises:
        MalformedJson: not JSON, not UTF-8, nested too deep, a key twice, an endless number.
        PayloadTooLarge: more values than a request may have, more keys than an object may.
    """
    _check_shape(raw, most)
    try:
        return json.loads(raw.decode(), object_pairs_hook=_once)
    except ValueError as exc:
        raise MalformedJson(f"Not JSON: {exc}"[:300]) from None


def read_line(raw: bytes) -> object:
    """What one of very many short bodies says: as `read_json`, at a fifth of its cost for most."""
    opened = raw.count(b"[") + raw.count(b"{")
    if opened <= MAX_DEPTH and opened + raw.count(b",") < MAX_KEYS and b"\\" not in raw:
        with suppress(orjson.JSONDecodeError):
            said = orjson.loads(raw)
            # With a key twice there are more colons than the keys and texts that are left have.
            colons = raw.count(b":")
            if _keys(said, opened) == colons or _colons(said) == colons:
                return said
    return read_json(raw)


_PLAIN = {int, bool, type(None)}
_NESTED = {dict, list}
_PARTS = {str, *_NESTED}

UNSURE = -(2**31)
"""Fewer colons than there can be: of floats, which the fast parser makes of large integers too."""


def _keys(said: object, opened: int) -> int:
    """How many keys there are, where nothing but numbers and texts lies deeper than one object."""
    if type(said) is not dict:
        return UNSURE
    inner = [one for one in said.values() if type(one) is dict]
    if opened != 1 + len(inner) or float in {*map(type, said.values())}:
        return UNSURE
    kinds = {kind for one in inner for kind in {*map(type, one.values())}}
    return UNSURE if float in kinds else len(said) + sum(map(len, inner))


def _colons(said: object) -> int:
    """How many colons it takes to write this down without escapes."""
    inside: Collection[object]
    match said:
        case dict():
            inside, own = said.values(), len(said) + "".join(said).count(":")
        case list():
            inside, own = said, 0
        case str():
            return said.count(":")
        case _:
            return 0 if type(said) in _PLAIN else UNSURE
    kinds = {*map(type, inside)}
    if kinds <= _PLAIN:
        return own
    return own + _colons_of(inside) if kinds <= _PLAIN | _PARTS else UNSURE


def _colons_of(inside: Collection[object]) -> int:
    texts = "".join([one for one in inside if type(one) is str])
    return texts.count(":") + sum([_colons(one) for one in inside if type(one) in _NESTED])


def _check_shape(raw: bytes, most: int) -> None:
    """Count values and depth, at the speed of a copy; what is no JSON is left to the parser."""
    opened = raw.count(b"[") + raw.count(b"{")
    if opened <= MAX_DEPTH and opened + raw.count(b",") < most:
        return  # even if all of that is structure, as it is but for strings
    if b"\\" in raw:
        raw = raw.replace(b"\\\\", b"").replace(b'\\"', b"")
    # Strings without commas and brackets are `""` by now. Two that touch become one: no harm.
    shape = raw.translate(_SHAPE, _WORDS).replace(b'""', b"")
    if b'"' in shape:
        shape = b"".join(shape.split(b'"')[::2])
    brackets = shape.translate(None, b",")
    deeper = b"[" * (MAX_DEPTH + 1)
    if deeper not in brackets and len(shape) - len(brackets) + brackets.count(b"[") >= most:
        raise PayloadTooLarge(f"At most {most} values")
    for _ in range(MAX_DEPTH):  # each round takes the innermost pairs away
        if b"[]" not in brackets or deeper in brackets:
            break
        brackets = brackets.replace(b"[]", b"")
    if b"[]" in brackets or brackets.count(b"[") > MAX_DEPTH:
        raise MalformedJson(f"Nested more than {MAX_DEPTH} deep")


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """An object whose keys stand once each: of two values, neither is right."""
    if len(pairs) > MAX_KEYS:
        raise PayloadTooLarge(f"At most {MAX_KEYS} keys in one object")
    made = dict(pairs)
    if len(made) < len(pairs):
        twice, _ = Counter(key for key, _ in pairs).most_common(1)[0]
        raise MalformedJson(f"The key {twice[:64]!r} stands twice in one object")
    return made
