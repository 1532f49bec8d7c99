"""Where two JSON values differ, said for people: by JSON Pointer, stated and recomputed.

The stated value may be hostile: containers are never compared or printed whole.
"""

from collections.abc import Iterator
from itertools import islice

MAX_FINDINGS = 20
"""One altered answer changes a handful of figures; more than this helps nobody."""


def differences(stated: object, recomputed: object) -> tuple[str, ...]:
    """The first `MAX_FINDINGS` places where `stated` is not `recomputed`; walks the latter."""
    return tuple(islice(_differences(stated, recomputed, ""), MAX_FINDINGS))


def _differences(stated: object, recomputed: object, at: str) -> Iterator[str]:
    match stated, recomputed:
        case dict(), dict():
            for key in sorted(stated.keys() | recomputed.keys()):
                if key not in stated or key not in recomputed:
                    word = "is missing" if key in recomputed else "does not belong here"
                    yield f"{at}/{_told(key)}: {word}"
                else:
                    yield from _differences(stated[key], recomputed[key], f"{at}/{key}")
        case list(), list() if len(stated) == len(recomputed):
            for place, (one, other) in enumerate(zip(stated, recomputed, strict=True)):
                yield from _differences(one, other, f"{at}/{place}")
        case _ if type(stated) is not type(recomputed) or stated != recomputed:
            yield f"{at}: states {_told(stated)}, recomputes to {_told(recomputed)}"


def _told(value: object) -> str:
    match value:
        case dict():
            return "an object"
        case list():
            return f"a list of {len(value)}"
        case _:
            return repr(value)[:80]
