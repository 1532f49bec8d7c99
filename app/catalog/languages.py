"""A document in one of its languages. Pure."""

from collections.abc import Mapping
from typing import Any

from app.accepting import EVERY, FALLBACK, choose
from app.catalog.texts import LISTS, TEXTS

__all__ = ["EVERY", "FALLBACK", "choose", "localize", "said"]


def localize(node: Any, language: str) -> Any:  # noqa: ANN401 - any JSON
    """The document with one text where it has one a language; the same for ``*``.

    A text missing in the language falls back to English; ``translation_status`` says how good
    the chosen language's texts are.
    """
    if language == EVERY:
        return node
    if isinstance(node, list):
        return [localize(one, language) for one in node]
    if not isinstance(node, dict):
        return node
    return {name: _field(name, value, language) for name, value in node.items()}


def _field(name: str, value: Any, language: str) -> Any:  # noqa: ANN401 - any JSON
    if name == "translation_status":
        return value.get(language, "original" if language == FALLBACK else "missing")
    if isinstance(value, dict) and (name in TEXTS or name == "not_applicable"):
        return said(value, language)
    if isinstance(value, list) and name in LISTS:
        return [said(one, language) for one in value]
    return localize(value, language)


def said(text: Mapping[str, str], language: str) -> str:
    """A text in a language; else in English, else in the first that it has."""
    return text.get(language) or text.get(FALLBACK) or next(iter(text.values()))
