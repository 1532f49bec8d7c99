"""How a release was made: every rule with the release's own thresholds, promises with their tests.

Words are data in ``seed/release_method.yaml``.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any

import yaml

from app.benchmarks.disclosure.thresholds import TOP, Thresholds
from app.benchmarks.files.table import Content
from app.files import folder

LANGUAGES = ("en", "es-419")


@dataclass(frozen=True, slots=True)
class Promise:
    """What is promised, and the tests (file and function) that fail if it does not hold."""

    says: str
    tests: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Method:
    """The whole of it in one language."""

    words: Mapping[str, str]
    """Titles and the introduction, by name."""
    parts: tuple[tuple[str, tuple[Promise, ...]], ...]
    limits: tuple[str, ...]


@cache
def texts() -> dict[str, Any]:
    """All words."""
    text = (folder("seed") / "release_method.yaml").read_text(encoding="utf-8")
    found: dict[str, Any] = yaml.safe_load(text)
    return found


def method_of(content: Content, language: str) -> Method:
    """The method of a release; where an old one does not say a threshold, today's least."""
    numbers = _numbers({**asdict(Thresholds()), **content.manifest["thresholds"]})
    numbers["max_age_days"] = f"{content.manifest['max_age_days']:g}"
    numbers["number"] = str(content.number)

    def filled(titles: Mapping[str, str]) -> str:
        return titles[language].format(**numbers)

    found = texts()
    return Method(
        {name: filled(one) for name, one in found.items() if isinstance(one, dict)},
        tuple(
            (
                filled(part["title"]),
                tuple(Promise(filled(p["says"]), tuple(p["tests"])) for p in part["promises"]),
            )
            for part in found["parts"]
        ),
        tuple(filled(one) for one in found["limits"]),
    )


def _numbers(thresholds: Mapping[str, float]) -> dict[str, str]:
    """Thresholds by name as words have them, each as a percentage too."""
    percent = {f"{name}_percent": f"{100 * value:g}" for name, value in thresholds.items()}
    return (
        {name: f"{value:g}" for name, value in thresholds.items()} | percent | {"top": f"{TOP:g}"}
    )


def method_md(content: Content) -> bytes:
    """``method.md``: in each language."""
    lines = [line for language in LANGUAGES for line in _lines(method_of(content, language))]
    return ("\n\n".join(lines) + "\n").encode()


def _lines(method: Method) -> Iterator[str]:
    words = method.words
    yield f"# {words['title']}"
    yield words["intro"]
    for title, promises in method.parts:
        yield f"## {title}"
        for one in promises:
            tests = "\n".join(f"  - `{test}`" for test in one.tests)
            yield f"{one.says}\n\n- {words['held_by']}:\n{tests}"
    yield f"## {words['limits_title']}"
    yield "\n".join(f"- {one}" for one in method.limits)
