"""A receipt: all that is needed to recompute a score bit for bit, and its hash.

A receipt is one file of canonical JSON (UTF-8, keys sorted, no spaces, no floats: fractions and
rounded scores are text), which is RFC 8785 for what is in it. `verify` trusts nothing but answers
and item parameters: it makes the receipt anew and wants the very same bytes. That proves that the
file is whole and the arithmetic right; that it is *the* receipt of a submission is proved by its
hash being the one the service gave, which the caller can pass along.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import orjson

from app.scoring.differences import differences
from app.scoring.figure import Figure, ratio_text, rounded_text
from app.scoring.form import Answer, Form, Item, Section, Special
from app.scoring.reader import FORMAT, read_answers, read_form
from app.scoring.score import RULE_ID, RULE_VERSION, Score, SectionScore, is_in_place, score

MAX_BYTES = 2_000_000
"""Twice what 1,000 items with the most awkward weights take; 46 plain items take 8,000."""

Receipt = dict[str, Any]


def make_receipt(form: Form, answers: Mapping[str, Answer]) -> Receipt:
    """The receipt of `answers`, with its hash under ``sha256``.

    Raises ``ValueError`` as `score` does.
    """
    return receipt_of(form, answers, score(form, answers))


def receipt_of(form: Form, answers: Mapping[str, Answer], scored: Score) -> Receipt:
    """`make_receipt` for who has the score already; `scored` must be of the same answers."""
    receipt: Receipt = {
        "format": FORMAT,
        "instrument": {
            "id": form.instrument,
            "version": form.version,
            "content_sha256": form.content_sha256,
        },
        "rule": {
            "id": RULE_ID,
            "version": RULE_VERSION,
            "section_min_answered": str(form.rule.section_min_answered),
            "overall_min_sections": form.rule.overall_min_sections,
            "in_place_from": form.rule.in_place_from,
        },
        "sections": [
            section_receipt(form, section, answers, result)
            for section, result in zip(form.sections, scored.sections, strict=True)
        ],
        "overall": overall_receipt(scored),
        "in_place": in_place_receipt(scored),
    }
    receipt["sha256"] = sha256(canonical(receipt)).hexdigest()
    return receipt


def canonical(receipt: Receipt) -> bytes:
    """The one way to write a receipt down; raises ``TypeError`` on what is not JSON."""
    return orjson.dumps(receipt, option=orjson.OPT_SORT_KEYS)


def section_receipt(
    form: Form, section: Section, answers: Mapping[str, Answer], result: SectionScore
) -> Receipt:
    """What a receipt says of a section; `result` must be of the same answers."""
    # An item's contribution is 100 x weight x share / sum of weights; they add up to the score.
    scale = (100 * result.possible.denominator, section.unit * result.possible.numerator)
    counts = result.withheld is None
    return {
        "code": section.code,
        "weight": str(section.weight),
        "items": [
            _item(form, item, answers.get(item.code), (value * scale[0], scale[1], counts))
            for item, value in zip(section.items, section.values, strict=True)
        ],
        "answered": result.answered,
        "applicable": result.applicable,
        "not_applicable": result.not_applicable,
        "dont_know": result.dont_know,
        "unanswered": result.unanswered,
        "numerator": str(result.points),
        "denominator": str(result.possible),
        **_figure(result.figure),
    }


def _item(form: Form, item: Item, answer: Answer | None, step: tuple[int, int, bool]) -> Receipt:
    numerator, denominator, counts = step
    level = answer if type(answer) is int else None
    steps = None if level is None else item.steps(level)
    placed = None if level is None else is_in_place(item, level, form.rule)
    return {
        "code": item.code,
        "minimum": item.minimum,
        "maximum": item.maximum,
        "reverse": item.reverse,
        "weight": str(item.weight),
        "answer": answer.value if isinstance(answer, Special) else answer,
        "share": None if steps is None else ratio_text(steps, item.span),
        "in_place": None if form.rule.in_place_from is None else placed,
        "contribution": (
            None if steps is None or not counts else ratio_text(steps * numerator, denominator)
        ),
    }


def overall_receipt(scored: Score) -> Receipt:
    """What a receipt says of the overall score."""
    sections = [section for section in scored.sections if section.fraction is not None]
    weights = sum(section.weight for section in sections)
    total = sum(section.weight * (section.fraction or 0) for section in sections)
    return {
        "sections": len(sections),
        "numerator": str(total),
        "denominator": str(weights),
        **_figure(scored.overall),
    }


def in_place_receipt(scored: Score) -> Receipt:
    """What a receipt says of the share in place."""
    return {
        "items": sum(section.in_place for section in scored.sections),
        "answered": scored.answered,
        "applicable": scored.applicable,
        **_figure(scored.in_place),
    }


def _figure(figure: Figure) -> Receipt:
    known = figure.fraction
    return {
        "fraction": None if known is None else str(known),
        "rounded": None if known is None else rounded_text(known),
        "withheld": None if figure.withheld is None else figure.withheld.value,
    }


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a receipt holds, and if not what is wrong with it.

    `receipt` is the recomputed one, ``None`` where the file does not say enough to make it.
    """

    ok: bool
    findings: tuple[str, ...]
    receipt: Receipt | None = None


def verify(data: bytes, *, sha256: str | None = None) -> Verdict:
    """Whether `data` is, byte for byte, the receipt that its answers give.

    With `sha256`, also whether it is that receipt. Never raises, whatever the bytes.
    """
    if len(data) > MAX_BYTES:
        return Verdict(ok=False, findings=(f"longer than {MAX_BYTES} bytes",))
    try:
        stated = orjson.loads(data)
        form = read_form(stated)
        recomputed = make_receipt(form, read_answers(stated))
    except ValueError as error:
        return Verdict(ok=False, findings=(f"not a receipt: {error}",))
    findings = _compare(data, stated, recomputed)
    if sha256 is not None and sha256 != recomputed["sha256"]:
        findings += (f"sha256: is of another receipt than {sha256}",)
    return Verdict(ok=not findings, findings=findings, receipt=recomputed)


def _compare(data: bytes, stated: object, recomputed: Receipt) -> tuple[str, ...]:
    expected = canonical(recomputed)
    if data == expected:
        return ()
    if found := differences(stated, orjson.loads(expected)):
        return found
    at = next((i for i, (a, b) in enumerate(zip(data, expected, strict=False)) if a != b), None)
    where = min(len(data), len(expected)) if at is None else at
    return (f"not in canonical form from byte {where} on",)
