"""What is searched, as rows of text by language. Pure."""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.catalog.library import Library
from app.catalog.schemas import InstrumentIn

CONFIGURATIONS = {"en": "english", "es": "spanish"}
"""PostgreSQL's, by the first part of a language tag; others are not stemmed."""

WORD = re.compile(r"[^\W_]+(?:\.[^\W\d_]*\d[^\W_]*)+|[^\W_]+")
"""A word, or a code: parts with a digit in them hang together at their dots."""

Said = Mapping[str, str]
"""One text by language."""


@dataclass(frozen=True, slots=True)
class Found:
    """One thing to be found, in one language.

    Attributes:
        kind: ``element``, or ``item`` of an instrument.
        name: framework or instrument.
        edition: of the framework, or version of the instrument.
        code: of the element or item.
        language: of the texts.
        title: weighs most.
        about: what it is.
        more: how exactly it is done.
    """

    kind: str
    name: str
    edition: str
    code: str
    language: str
    title: str
    about: str
    more: str


def configuration(language: str) -> str:
    """How PostgreSQL cuts words of a language down to their stems."""
    return CONFIGURATIONS.get(language.partition("-")[0].lower(), "simple")


def plain(text: str) -> str:
    """Lower case without accents: people type ``medicos``."""
    split = unicodedata.normalize("NFKD", text.casefold())
    return "".join(one for one in split if not unicodedata.combining(one))


def words(text: str) -> list[str]:
    """The words of a text, each once, in order; a code such as ``lp1.2`` is one."""
    return list(dict.fromkeys(WORD.findall(plain(text))))


def rows(library: Library, instruments: Sequence[InstrumentIn]) -> Iterator[Found]:
    """Everything that can be found, in each of its languages."""
    for framework in library.frameworks:
        for element in framework.content["elements"]:
            guidance = library.guidance((framework.name, framework.edition), element["code"])
            for language, title in element["title"].items():
                yield Found(
                    "element",
                    framework.name,
                    framework.edition,
                    element["code"],
                    language,
                    title,
                    element["summary"].get(language, ""),
                    " ".join(_guidance(library, guidance or {}, language)),
                )
    for one in instruments:
        yield from _items(one)


def _guidance(library: Library, entry: Mapping[str, Any], language: str) -> Iterator[str]:
    texts: list[Said] = [entry[name] for name in ("means", "why") if name in entry]
    for name in ("questions", "first_30_days", "first_90_days", "measures", "pitfalls"):
        texts += entry.get(name, ())
    texts += [library.roles[role] for role in entry.get("led_by", ())]
    for text in texts:
        yield text.get(language, "")


def _items(instrument: InstrumentIn) -> Iterator[Found]:
    for section in instrument.sections:
        for item in section.items:
            levels = item.levels or instrument.levels or []
            for language, text in item.text.items():
                yield Found(
                    "item",
                    instrument.instrument,
                    instrument.version,
                    item.code,
                    language,
                    text,
                    section.title.get(language, ""),
                    " ".join(one.text.get(language, "") for one in levels),
                )


def synonyms(library: Library) -> list[frozenset[str]]:
    """Groups of words and phrases that mean the same, in any language, as they are typed."""
    return [
        frozenset(" ".join(words(one)) for said in group.values() for one in said)
        for document in library.of_kind("synonyms")
        for group in document.content["groups"]
    ]


def expanded(text: str, groups: Sequence[frozenset[str]]) -> list[list[str]]:
    """The words of a question, each with the words and phrases that mean the same.

    A phrase of the question that is in a group is one term.

    Args:
        text: the question.
        groups: words and phrases that mean the same.

    Returns:
        For each term its alternatives, as they stand in the question first.
    """
    left, terms = words(text), []
    longest = max((one.count(" ") + 1 for group in groups for one in group), default=1)
    while left:
        for length in range(min(longest, len(left)), 0, -1):
            phrase = " ".join(left[:length])
            same = sorted({one for group in groups if phrase in group for one in group})
            if same or length == 1:
                terms.append([phrase, *(one for one in same if one != phrase)])
                left = left[length:]
                break
    return terms
