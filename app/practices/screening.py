"""What would give away who wrote an anonymous practice.

Refused: the organization's and its network's names and identifiers, e-mail and web addresses,
telephone numbers. Told to the curator, who knows the places: capitalised words within sentences.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from functools import cache

from app.files import folder


@cache
def common() -> frozenset[str]:
    """Words of names that many have."""
    text = (folder("seed") / "common_name_words.txt").read_text(encoding="utf-8")
    return frozenset(text.split())


PATTERNS = {
    "an e-mail address": re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+"),
    "a web address": re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE),
    "a telephone number": re.compile(r"\+?\d(?:[ ().-]?\d){7,}"),
}
CAPITALISED = re.compile(r"(?<=[\w,;:)] )[^\W\d_a-zà-ÿ][\w'-]+(?: [^\W\d_a-zà-ÿ][\w'-]+)*")


def plain(text: str) -> str:
    """Lower case without accents, one space between words."""
    bare = unicodedata.normalize("NFKD", text.casefold())
    kept = "".join(one for one in bare if not unicodedata.combining(one))
    return " ".join(re.findall(r"\w+", kept))


def telling(names: Sequence[str]) -> set[str]:
    """What of names and identifiers would tell: each whole, and its words that few have."""
    found = set()
    for name in filter(None, map(plain, names)):
        found.add(name)
        found |= {one for one in name.split() if len(one) > 3 and one not in common()}  # noqa: PLR2004
    return found


def refused(texts: Mapping[str, str], names: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    """What must go before an anonymous practice is reviewed: pointer, what it is, the words.

    Args:
        texts: all texts, by pointer.
        names: the organization's and its network's names and identifiers.
    """
    words = telling(names)
    for pointer, text in texts.items():
        for kind, pattern in PATTERNS.items():
            yield from ((pointer, kind, found[0]) for found in pattern.finditer(text))
        said = f" {plain(text)} "
        yield from (
            (pointer, "a name of the organization", one)
            for one in sorted(words)
            if f" {one} " in said
        )


def look_at(texts: Mapping[str, str]) -> list[tuple[str, list[str]]]:
    """Capitalised words within sentences, by pointer, for who knows people and places."""
    found = [(pointer, CAPITALISED.findall(text)) for pointer, text in texts.items()]
    return [(pointer, words) for pointer, words in found if words]
