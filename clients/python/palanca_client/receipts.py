"""A receipt of a score, checked offline: recomputed from its answers, byte for byte.

This is the rule `share-of-top-level`, version 1, written down a second time: it shares no code
with the service, and trusts nothing of a receipt but answers and item parameters.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from hashlib import sha256 as hash_of
from itertools import islice
from typing import Any, TypeVar

MAX_BYTES = 2_000_000
MAX_PART = 1000
MAX_ITEMS = 1000
MAX_FINDINGS = 20
FORMAT = "palanca-receipt/1"
RULE = ("share-of-top-level", 1)
FRACTION = re.compile(r"(0|[1-9][0-9]{0,8})(?:/([1-9][0-9]{0,8}))?", re.ASCII)
SPECIAL = ("not_applicable", "dont_know")

T = TypeVar("T")
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a receipt holds; if not, `findings` says why."""

    ok: bool
    findings: tuple[str, ...]


def verify_receipt(data: bytes, *, sha256: str | None = None) -> Verdict:
    """Whether `data` is, byte for byte, the receipt that its answers give.

    With `sha256`, the hash that the submission was answered with, also whether it is *that* one.
    Never raises, whatever the bytes.
    """
    if len(data) > MAX_BYTES:
        return Verdict(ok=False, findings=(f"longer than {MAX_BYTES} bytes",))
    try:
        stated = json.loads(data.decode())
        made = _receipt(stated)
        expected = _canonical(made)
    except (ValueError, RecursionError) as error:
        return Verdict(ok=False, findings=(f"not a receipt: {error}",))
    findings = []
    if data != expected:
        found = [*islice(_differences(stated, json.loads(expected), ""), MAX_FINDINGS)]
        findings = found or ["not in canonical form"]
    if sha256 is not None and sha256.lower() != made["sha256"]:
        findings.append(f"sha256: is of another receipt than {sha256}")
    return Verdict(ok=not findings, findings=tuple(findings))


def _canonical(receipt: Json) -> bytes:
    text = json.dumps(receipt, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode()


def _receipt(stated: object) -> Json:
    """The receipt that the answers in a stated one give; ValueError if they give none."""
    if _get(stated, "format", str) != FORMAT:
        raise ValueError(f"format is not {FORMAT}")
    instrument, rule = _get(stated, "instrument", dict), _read_rule(stated)
    sections = [_section(one, rule) for one in _get(stated, "sections", list)]
    _check(sections, rule)
    made: Json = {
        "format": FORMAT,
        "instrument": {
            name: _get(instrument, name, str) for name in ("id", "version", "content_sha256")
        },
        "rule": {**rule, "section_min_answered": str(rule["section_min_answered"])},
        "sections": sections,
        "overall": _overall(sections, rule),
        "in_place": _in_place(sections, rule),
    }
    return {**made, "sha256": hash_of(_canonical(made)).hexdigest()}


def _read_rule(stated: object) -> Json:
    said = _get(stated, "rule", dict)
    if (_get(said, "id", str), _get(said, "version", int)) != RULE:
        raise ValueError(f"rule is not {RULE[0]} version {RULE[1]}")
    share = _fraction(said, "section_min_answered")
    if not 0 < share <= 1 or share.denominator > MAX_PART:
        raise ValueError(f"{share} is no share of items")
    level = said["in_place_from"] if said.get("in_place_from", 0) is None else None
    if said.get("in_place_from", 0) is not None:
        level = _get(said, "in_place_from", int)
    return {
        "id": RULE[0],
        "version": RULE[1],
        "section_min_answered": share,
        "overall_min_sections": _get(said, "overall_min_sections", int),
        "in_place_from": level,
    }


def _section(stated: object, rule: Json) -> Json:
    items = [_item(one, rule) for one in _get(stated, "items", list)]
    if not items:
        raise ValueError("a section without items")
    known = [one for one in items if one["share"] is not None]
    said = [one["answer"] for one in items]
    possible = sum((Fraction(one["weight"]) for one in known), Fraction(0))
    points = sum((Fraction(one["weight"]) * Fraction(one["share"]) for one in known), Fraction(0))
    applicable = len(items) - said.count("not_applicable")
    withheld = _too_few(len(known), applicable, rule)
    for one in known if withheld is None else ():
        share = Fraction(one["weight"]) * Fraction(one["share"])
        one["contribution"] = str(100 * share / possible)
    return {
        "code": _get(stated, "code", str),
        "weight": str(_weight(stated)),
        "items": items,
        "answered": len(known),
        "applicable": applicable,
        "not_applicable": said.count("not_applicable"),
        "dont_know": said.count("dont_know"),
        "unanswered": said.count(None),
        "numerator": str(points),
        "denominator": str(possible),
        **_figure(None if withheld else 100 * points / possible, withheld),
    }


def _item(stated: object, rule: Json) -> Json:
    code, reverse = _get(stated, "code", str), _get(stated, "reverse", bool)
    low, high = _get(stated, "minimum", int), _get(stated, "maximum", int)
    if not -MAX_PART <= low < high <= MAX_PART:
        raise ValueError(f"item {code}: no range from {low} to {high}")
    threshold = rule["in_place_from"]
    if threshold is not None and not low < threshold <= high:
        raise ValueError(f"in place from {threshold}, not a step up on item {code}")
    answer = stated["answer"] if isinstance(stated, dict) and "answer" in stated else None
    level: int | None = None
    if type(answer) is int:
        if not low <= answer <= high:
            raise ValueError(f"item {code}: {answer} is not a level")
        level = low + high - answer if reverse else answer
    elif answer is not None and _get(stated, "answer", str) not in SPECIAL:
        raise ValueError(f"item {code}: not an answer")
    return {
        "code": code,
        "minimum": low,
        "maximum": high,
        "reverse": reverse,
        "weight": str(_weight(stated)),
        "answer": answer,
        "share": None if level is None else str(Fraction(level - low, high - low)),
        "in_place": None if level is None or threshold is None else level >= threshold,
        "contribution": None,
    }


def _check(sections: Sequence[Json], rule: Json) -> None:
    codes = [item["code"] for section in sections for item in section["items"]]
    if len(codes) > MAX_ITEMS:
        raise ValueError(f"{len(codes)} items, at most {MAX_ITEMS}")
    if len(set(codes)) < len(codes) or len({one["code"] for one in sections}) < len(sections):
        raise ValueError("a code is used twice")
    if not 1 <= rule["overall_min_sections"] <= len(sections):
        raise ValueError(f"{rule['overall_min_sections']} of {len(sections)} sections")


def _overall(sections: Sequence[Json], rule: Json) -> Json:
    scored = [one for one in sections if one["fraction"] is not None]
    weights = sum((Fraction(one["weight"]) for one in scored), Fraction(0))
    total = sum(
        (Fraction(one["weight"]) * Fraction(one["fraction"]) for one in scored), Fraction(0)
    )
    withheld = "too_few_sections" if len(scored) < rule["overall_min_sections"] else None
    if not any(one["applicable"] for one in sections):
        withheld = "not_applicable"
    return {
        "sections": len(scored),
        "numerator": str(total),
        "denominator": str(weights),
        **_figure(None if withheld else total / weights, withheld),
    }


def _in_place(sections: Sequence[Json], rule: Json) -> Json:
    answered = sum(one["answered"] for one in sections)
    applicable = sum(one["applicable"] for one in sections)
    placed = sum(bool(item["in_place"]) for section in sections for item in section["items"])
    withheld = _too_few(answered, applicable, rule)
    if rule["in_place_from"] is None:
        withheld = "not_defined"
    share = None if withheld else Fraction(100 * placed, answered)
    return {
        "items": placed,
        "answered": answered,
        "applicable": applicable,
        **_figure(share, withheld),
    }


def _too_few(answered: int, applicable: int, rule: Json) -> str | None:
    if not applicable:
        return "not_applicable"
    return "too_few_answered" if answered < rule["section_min_answered"] * applicable else None


def _figure(value: Fraction | None, withheld: str | None) -> Json:
    if value is None:
        return {"fraction": None, "rounded": None, "withheld": withheld}
    hundredths = (200 * value.numerator + value.denominator) // (2 * value.denominator)
    rounded = f"{hundredths // 100}.{hundredths % 100:02d}"
    return {"fraction": str(value), "rounded": rounded, "withheld": None}


def _weight(stated: object) -> Fraction:
    weight = _fraction(stated, "weight")
    if weight <= 0 or max(weight.numerator, weight.denominator) > MAX_PART:
        raise ValueError(f"weight {weight} is not above 0 with parts up to {MAX_PART}")
    return weight


def _fraction(stated: object, key: str) -> Fraction:
    found = FRACTION.fullmatch(_get(stated, key, str))
    if found is None:
        raise ValueError(f"{key} is not a fraction")
    return Fraction(int(found[1]), int(found[2] or 1))


def _get(stated: object, key: str, kind: type[T]) -> T:
    value = stated.get(key) if isinstance(stated, dict) else None
    if type(value) is not kind:
        raise ValueError(f"{key} is not of type {kind.__name__}")
    return value


def _differences(stated: object, recomputed: object, at: str) -> Iterator[str]:
    if isinstance(stated, dict) and isinstance(recomputed, dict):
        for key in sorted(stated.keys() | recomputed.keys()):
            if key in stated and key in recomputed:
                yield from _differences(stated[key], recomputed[key], f"{at}/{key}")
            else:
                word = "is missing" if key in recomputed else "does not belong here"
                yield f"{at}/{key!r:.80}: {word}"
    elif (
        isinstance(stated, list) and isinstance(recomputed, list) and len(stated) == len(recomputed)
    ):
        for place, (one, other) in enumerate(zip(stated, recomputed, strict=True)):
            yield from _differences(one, other, f"{at}/{place}")
    elif type(stated) is not type(recomputed) or stated != recomputed:
        yield f"{at}: states {_told(stated)}, recomputes to {_told(recomputed)}"


def _told(value: object) -> str:
    return f"a {type(value).__name__}" if isinstance(value, dict | list) else repr(value)[:80]
