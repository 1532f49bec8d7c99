"""A leadership development program from a result or from chosen elements. Pure, and explained.

The same question gives the same program. Its rule is said in it: the order is that of the scores,
the lowest first, and without scores that of the framework; hours follow from how much is to be
read, asked and done.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from math import inf
from typing import Any

import yaml

from app.catalog import framework_views as views
from app.catalog import languages
from app.catalog.library import Document, Library
from app.catalog.texts import Where, WrongError
from app.files import folder

Said = Mapping[str, str]
"""One text by language."""

READING, PER_QUESTION, PER_ACTION_30, PER_ACTION_90 = 1.0, 0.5, 2.0, 3.0
"""Hours."""


@cache
def words() -> dict[str, Any]:
    """What a program says around the catalog's texts."""
    text = (folder("seed") / "program_words.yaml").read_text(encoding="utf-8")
    found: dict[str, Any] = yaml.safe_load(text)
    return found


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a program is to be made of.

    Attributes:
        framework: the edition.
        elements: codes that were chosen; none for those with a score.
        scores: 0 to 100 by code of the element.
        roles: codes of who takes part; none for whoever leads.
        most: modules at most.
    """

    framework: Document
    elements: Sequence[str] = ()
    scores: Mapping[str, float] = field(default_factory=dict)
    roles: Sequence[str] = ()
    most: int = 6


def faults(library: Library, wanted: Wanted) -> Iterator[WrongError]:
    """Everything because of which there is no such program: each code, and where it stands."""
    framework = wanted.framework
    known = {one["code"] for one in framework.content["elements"]}
    named: list[tuple[str, Where]] = [
        *((code, ("elements", at)) for at, code in enumerate(wanted.elements)),
        *((code, ("scores", code)) for code in wanted.scores),
    ]
    for code, where in named:
        if code not in known:
            yield WrongError(f"{framework.name} has no element {code}", *where)
        elif library.guidance((framework.name, framework.edition), code) is None:
            yield WrongError(f"It is not said how exactly {code} is done", *where)
    for at, role in enumerate(wanted.roles):
        if role not in library.roles:
            yield WrongError(f"There is no role {role}", "roles", at)


def program(library: Library, wanted: Wanted) -> dict[str, Any]:
    """The program, in all languages.

    Args:
        library: the catalog.
        wanted: without faults.
    """
    framework = wanted.framework
    places = {one["code"]: at for at, one in enumerate(framework.content["elements"])}
    chosen = dict.fromkeys([*wanted.elements, *(() if wanted.elements else wanted.scores)])
    order = sorted(chosen, key=lambda one: (wanted.scores.get(one, inf), places[one]))
    modules = [
        module(library, wanted, code, number) for number, code in enumerate(order[: wanted.most], 1)
    ]
    return {
        "title": _filled(words()["title"], framework=framework.content["short_title"]),
        "framework": framework.name,
        "edition": framework.edition,
        "catalog_version": library.version,
        "note": words()["rule"],
        "hours": sum(one["hours"] for one in modules),
        "modules": modules,
        "left_out": order[wanted.most :],
    }


def module(library: Library, wanted: Wanted, code: str, number: int) -> dict[str, Any]:
    """One module: what to learn, what to try, and how to know that it worked."""
    framework = wanted.framework
    element = next(one for one in framework.content["elements"] if one["code"] == code)
    told = views.guidance(library, framework, code)
    if told is None:
        raise AssertionError("checked before")
    measure: Said = told["measures"][0]
    first, *others = told["first_30_days"]
    return {
        "number": number,
        "code": code,
        "title": element["title"],
        "reason": _reason(wanted, code),
        "summary": element["summary"],
        "why": told["why"],
        "hours": READING
        + PER_QUESTION * len(told["questions"])
        + PER_ACTION_30 * len(told["first_30_days"])
        + PER_ACTION_90 * len(told["first_90_days"]),
        "roles": list(_roles(library, wanted.roles, [one["code"] for one in told["led_by"]])),
        "questions": told["questions"],
        "field_work": {
            "plan": {"text": first},
            "predict": {"text": _filled(words()["predict"], measure=measure)},
            "do": [{"text": one} for one in others],
            "study": [{"text": one} for one in told["measures"]],
            "act": [{"text": one} for one in told["first_90_days"]],
        },
        "success": {"text": measure},
        "pitfalls": told["pitfalls"],
        "references": [
            {"code": code, "href": views.href(framework, code)},
            *({"code": one["code"], "href": one["href"]} for one in told["related"]),
        ],
        "citations": told["citations"],
        "translation_status": told["translation_status"],
    }


def _filled(text: Said, **facts: Said) -> dict[str, str]:
    """A text with others put into it, language by language."""
    return {
        tag: said.format(**{name: languages.said(one, tag) for name, one in facts.items()})
        for tag, said in text.items()
    }


def _reason(wanted: Wanted, code: str) -> dict[str, str]:
    score = wanted.scores.get(code)
    reasons = words()["reasons"]
    if score is None:
        chosen: Said = reasons["unscored" if wanted.scores else "chosen"]
        return dict(chosen)
    lower = sum(one < score for one in wanted.scores.values())
    alike = sum(one == score for one in wanted.scores.values())
    found: Said = reasons["low" if lower else "lowest" if alike == 1 else "shared"]
    shown = f"{abs(round(score, 1)):g}"
    return {tag: said.format(score=shown, place=lower + 1) for tag, said in found.items()}


def _roles(
    library: Library, asked: Sequence[str], leading: Sequence[str]
) -> Iterator[dict[str, Any]]:
    """Who leads, who does part of it, who joins in the questions."""
    for role in dict.fromkeys(asked or leading):
        part = "leads" if role == leading[0] else "does" if role in leading else "joins"
        yield {
            "code": role,
            "title": library.roles[role],
            "part": part,
            "text": words()["part"][part],
        }
