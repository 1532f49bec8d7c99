"""A form made ready to score very many submissions: what was worked out once is looked up.

`score` and `receipt_of` say what is right. This adds up whole numbers and asks them about whatever
it meets for the first time, so its scores and receipts are theirs, byte for byte. It rests on three
facts. What a receipt says of an item hangs on its answer and on which items of the section have a
level. What it says of a section hangs on these, on the points and on the items in place. What it
says of the whole hangs on the sums over the sections.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from math import lcm
from operator import getitem, mul
from typing import Any

from app.scoring.figure import Figure, Withheld
from app.scoring.form import MAX_ITEMS, Answer, Form, Section
from app.scoring.receipt import (
    Receipt,
    canonical,
    in_place_receipt,
    make_receipt,
    overall_receipt,
    section_receipt,
)
from app.scoring.score import (
    Score,
    SectionScore,
    check_answers,
    is_in_place,
    of_sections,
    section_score,
)

Row = Sequence[Answer | None]
"""Answers in item order; None is unanswered."""

IN_PLACE = MAX_ITEMS + 1
"""More than there can be in place."""

MOST_KEPT = 2_000
"""Entries of each table, a few MB of each; a full one starts anew."""


@dataclass(frozen=True, slots=True)
class Scored:
    """A submission's scores, and the hash of its receipt."""

    score: Score
    receipt_sha256: bytes


_Frame = tuple[int | Withheld, int, int]
"""Of a section: weight x score is ``points`` over the first, or why there is none; how many are
answered, and how many applicable."""


@dataclass(frozen=True, slots=True)
class _Part:
    """A section, as points and items in place make it."""

    result: SectionScore
    before: bytes
    after: bytes
    points: int
    frame: _Frame


class _Pattern:
    """A section, as far as its answers are levels in the same places."""

    def __init__(self, items: int) -> None:
        self.texts: list[dict[Answer | None, bytes]] = [{} for _ in range(items)]
        """Of each item, by its answer, what the receipt says of it."""
        self.worths: list[dict[Answer | None, int]] = [{} for _ in range(items)]
        """Likewise: points, and whether it is in place, as one number; see ``_worth``."""
        self.parts: dict[int, _Part] = {}
        """By the sum of its worths."""


@dataclass(frozen=True, slots=True)
class _Whole:
    """Of a score what its sums make, and its text."""

    figure: Figure
    text: bytes


class _Sum:
    """What sections of these frames come to together, by their points and what is in place."""

    def __init__(self, frames: Sequence[_Frame]) -> None:
        units = [unit for unit, _, _ in frames]
        common = lcm(*[unit for unit in units if type(unit) is int])
        self.factors = [common // unit if type(unit) is int else 0 for unit in units]
        self.answered = sum(answered for _, answered, _ in frames)
        self.applicable = sum(applicable for _, _, applicable in frames)
        self.overall: dict[int, _Whole] = {}
        self.in_place: dict[int, _Whole] = {}


_Found = tuple[list[_Part], list[bytes]]
"""The sections of a submission, and of each the texts of its items."""


class Scorer:
    """Scores submissions of one form."""

    def __init__(self, form: Form) -> None:
        ends = [sum(len(one.items) for one in form.sections[:n]) for n in range(len(form.sections))]
        self._places = [
            (_SectionScorer(form, section), start, start + len(section.items))
            for section, start in zip(form.sections, ends, strict=True)
        ]
        full = [section.full for section, _, _ in self._places]
        self._texts = [one for section in full for one in section.texts]
        self._worths = [one for section in full for one in section.worths]
        self._full = [(one.full.parts, start, end) for one, start, end in self._places]
        self._rule = form.rule
        unsealed = make_receipt(form, {})
        del unsealed["sha256"]
        self._frame = _cut(unsealed, "in_place", "overall", "sections")
        self._sums: dict[tuple[_Frame, ...], _Sum] = {}

    def score(self, answers: Row) -> Scored:
        """The scores of `answers`, which has a place for each item of the form.

        Raises ``ValueError`` on a level outside the item's range.
        """
        try:
            parts, texts = self._all_levels(answers)
        except KeyError:  # what is not a level, or was not met before
            parts, texts = self._by_section(answers)
        overall, in_place, scored = self._whole(parts)
        before, between, then, after = self._frame
        pieces = [before, in_place, between, overall, then, b"["]
        for part, text in zip(parts, texts, strict=True):
            pieces += (part.before, text, part.after)
        pieces[-1] = pieces[-1][:-1]  # no comma after the last
        return Scored(scored, sha256(b"".join([*pieces, b"]", after])).digest())

    def _all_levels(self, answers: Row) -> _Found:
        """Where all answers are levels that were met before.

        Raises:
            KeyError: they are not.
        """
        texts = [*map(getitem, self._texts, answers)]
        worths = [*map(getitem, self._worths, answers)]
        return (
            [parts[sum(worths[start:end])] for parts, start, end in self._full],
            [b",".join(texts[start:end]) for _, start, end in self._full],
        )

    def _by_section(self, answers: Row) -> _Found:
        found = [section.part(answers[start:end]) for section, start, end in self._places]
        return [part for part, _ in found], [text for _, text in found]

    def _whole(self, parts: Sequence[_Part]) -> tuple[bytes, bytes, Score]:
        frame = tuple([part.frame for part in parts])
        sums = self._sums.get(frame) or _keep(self._sums, frame, _Sum(frame))
        total = sum(map(mul, [part.points for part in parts], sums.factors))
        results = tuple([part.result for part in parts])
        placed = sum([one.in_place for one in results])
        overall = sums.overall.get(total)
        in_place = sums.in_place.get(placed)
        if overall is None or in_place is None:
            made = of_sections(self._rule, results)
            overall = _Whole(made.overall, canonical(overall_receipt(made)))
            in_place = _Whole(made.in_place, canonical(in_place_receipt(made)))
            _keep(sums.overall, total, overall)
            _keep(sums.in_place, placed, in_place)
        scored = Score(results, overall.figure, in_place.figure, sums.answered, sums.applicable)
        return overall.text, in_place.text, scored


class _SectionScorer:
    def __init__(self, form: Form, section: Section) -> None:
        self._form = form
        self._section = section
        self._levels = tuple([0] * len(section.items))
        self.full = _Pattern(len(section.items))
        """Where all answers are levels."""
        self._patterns: dict[Row, _Pattern] = {}

    def part(self, answers: Row) -> tuple[_Part, bytes]:
        """The section of one submission, and what the receipt says of its items."""
        pattern = self._pattern(answers)
        try:
            texts = [known[answer] for known, answer in zip(pattern.texts, answers, strict=True)]
        except KeyError:
            self._learn(pattern, answers)
            texts = [known[answer] for known, answer in zip(pattern.texts, answers, strict=True)]
        worth = sum([known[answer] for known, answer in zip(pattern.worths, answers, strict=True)])
        part = pattern.parts.get(worth)
        if part is None:
            part = _keep(pattern.parts, worth, self._part(answers))
        return part, b",".join(texts)

    def _pattern(self, answers: Row) -> _Pattern:
        if {*map(type, answers)} == {int}:
            return self.full
        key: Row = tuple([0 if type(one) is int else one for one in answers])
        found = self._patterns.get(key)
        return found or _keep(self._patterns, key, _Pattern(len(answers)))

    def _learn(self, pattern: _Pattern, answers: Row) -> None:
        """What there is to know of these answers, beside what was known of the pattern."""
        named = self._named(answers)
        check_answers(self._form, named)
        result = section_score(self._section, self._form.rule, named)
        said = section_receipt(self._form, self._section, named, result)["items"]
        for place, answer in enumerate(answers):
            pattern.worths[place][answer] = self._worth(place, answer)
            pattern.texts[place][answer] = canonical(said[place])

    def _worth(self, place: int, answer: Answer | None) -> int:
        """Points, and in the last digits (to the base of IN_PLACE) whether it is in place."""
        item = self._section.items[place]
        if type(answer) is not int:
            return 0
        points = self._section.values[place] * item.steps(answer)
        return points * IN_PLACE + int(is_in_place(item, answer, self._form.rule))

    def _part(self, answers: Row) -> _Part:
        named = self._named(answers)
        result = section_score(self._section, self._form.rule, named)
        receipt = section_receipt(self._form, self._section, named, result)
        before, after = _cut(receipt, "items")
        texts = (before + b"[", b"]" + after + b",")
        counts = result.answered, result.applicable
        if result.withheld is not None:
            return _Part(result, *texts, 0, (result.withheld, *counts))
        # Weight x score, over a denominator that all answers of this pattern share.
        points = 100 * result.points * self._section.unit * result.weight.numerator
        unit = result.possible * self._section.unit * result.weight.denominator
        return _Part(result, *texts, int(points), (int(unit), *counts))

    def _named(self, answers: Row) -> dict[str, Answer]:
        return {
            item.code: answer
            for item, answer in zip(self._section.items, answers, strict=True)
            if answer is not None
        }


def _cut(receipt: Receipt, *names: str) -> list[bytes]:
    """The canonical text around these members, which are named in alphabetical order."""
    rest = canonical({**receipt, **dict.fromkeys(names)})
    pieces = []
    for name in names:
        before, _, rest = rest.partition(f'"{name}":null'.encode())
        pieces.append(before + f'"{name}":'.encode())
    return [*pieces, rest]


def _keep(table: dict[Any, Any], key: object, value: Any) -> Any:  # noqa: ANN401 - whatever it keeps
    if len(table) >= MOST_KEPT:
        table.clear()
    table[key] = value
    return value
