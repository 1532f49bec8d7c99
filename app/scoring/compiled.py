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
from operator import getitem
from typing import Any

from app.scoring.figure import Figure, Withheld
from app.scoring.form import Answer, Form, Section
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

MOST_KEPT = 2_000
"""Entries of each table, a few MB of each; a full one starts anew."""


@dataclass(frozen=True, slots=True)
class Scored:
    """A submission's scores, and the hash of its receipt."""

    score: Score
    receipt_sha256: bytes


@dataclass(frozen=True, slots=True)
class _Part:
    """A section, as points and items in place make it."""

    result: SectionScore
    before: bytes
    after: bytes
    points: int
    unit: int | Withheld
    """Weight x score is ``points / unit``, or why there is none."""


_Items = Sequence[dict[Answer | None, tuple[bytes, int, int]]]
"""Of each item, by its answer: its text, its points, whether it is in place."""


@dataclass(frozen=True, slots=True)
class _Whole:
    """Of a score what its sums make, and its text."""

    figure: Figure
    text: bytes


class Scorer:
    """Scores submissions of one form."""

    def __init__(self, form: Form) -> None:
        ends = [sum(len(one.items) for one in form.sections[:n]) for n in range(len(form.sections))]
        self._places = [
            (_SectionScorer(form, section), start, start + len(section.items))
            for section, start in zip(form.sections, ends, strict=True)
        ]
        self._rule = form.rule
        unsealed = make_receipt(form, {})
        del unsealed["sha256"]
        self._frame = _cut(unsealed, "in_place", "overall", "sections")
        self._overall: dict[tuple[object, ...], _Whole] = {}
        self._in_place: dict[tuple[int, int, int], _Whole] = {}

    def score(self, answers: Row) -> Scored:
        """The scores of `answers`, which has a place for each item of the form.

        Raises ``ValueError`` on a level outside the item's range.
        """
        texts: list[bytes] = []
        parts = []
        for section, start, end in self._places:
            part, text = section.part(answers[start:end])
            parts.append(part)
            texts.append(text)
        overall, in_place, scored = self._whole(parts)
        frame = self._frame
        text = b"".join(
            (
                frame[0],
                in_place,
                frame[1],
                overall,
                frame[2],
                b"[",
                b",".join(texts),
                b"]",
                frame[3],
            )
        )
        return Scored(scored, sha256(text).digest())

    def _whole(self, parts: Sequence[_Part]) -> tuple[bytes, bytes, Score]:
        results = tuple([part.result for part in parts])
        units = tuple([part.unit for part in parts])
        common = lcm(*[unit for unit in units if type(unit) is int])
        total = sum(
            [part.points * (common // part.unit) for part in parts if type(part.unit) is int]
        )
        placed = sum([one.in_place for one in results])
        answered = sum([one.answered for one in results])
        applicable = sum([one.applicable for one in results])
        overall = self._overall.get((units, total))
        in_place = self._in_place.get((placed, answered, applicable))
        if overall is None or in_place is None:
            made = of_sections(self._rule, results)
            overall = _Whole(made.overall, canonical(overall_receipt(made)))
            in_place = _Whole(made.in_place, canonical(in_place_receipt(made)))
            _keep(self._overall, (units, total), overall)
            _keep(self._in_place, (placed, answered, applicable), in_place)
        scored = Score(results, overall.figure, in_place.figure, answered, applicable)
        return overall.text, in_place.text, scored


class _SectionScorer:
    def __init__(self, form: Form, section: Section) -> None:
        self._form = form
        self._section = section
        self._patterns: dict[Row, _Items] = {}
        self._parts: dict[tuple[Row, int, int], _Part] = {}
        self._full = tuple([0] * len(section.items))

    def part(self, answers: Row) -> tuple[_Part, bytes]:
        """The section of one submission, and its text."""
        pattern: tuple[Answer | None, ...] = self._full
        if {*map(type, answers)} != {int}:
            pattern = tuple([0 if type(one) is int else one for one in answers])
        try:
            items = self._patterns[pattern]
            found = [*map(getitem, items, answers)]
        except KeyError:
            items = self._learn(pattern, answers)
            found = [*map(getitem, items, answers)]
        texts, worth, counts = zip(*found)  # noqa: B905 - triples
        key = (pattern, sum(worth), sum(counts))
        part = self._parts.get(key)
        if part is None:
            part = _keep(self._parts, key, self._part(answers))
        return part, part.before + b",".join(texts) + part.after

    def _learn(self, pattern: Row, answers: Row) -> _Items:
        """What there is to know of these answers, beside what was known of the pattern."""
        named = self._named(answers)
        check_answers(self._form, named)
        result = section_score(self._section, self._form.rule, named)
        said = section_receipt(self._form, self._section, named, result)["items"]
        items = self._patterns.get(pattern)
        if items is None:
            items = _keep(self._patterns, pattern, [{} for _ in answers])
        for place, answer in enumerate(answers):
            items[place][answer] = (canonical(said[place]), *self._worth(place, answer))
        return items

    def _worth(self, place: int, answer: Answer | None) -> tuple[int, int]:
        item = self._section.items[place]
        if type(answer) is not int:
            return 0, 0
        points = self._section.values[place] * item.steps(answer)
        return points, int(is_in_place(item, answer, self._form.rule))

    def _part(self, answers: Row) -> _Part:
        named = self._named(answers)
        result = section_score(self._section, self._form.rule, named)
        receipt = section_receipt(self._form, self._section, named, result)
        before, after = _cut(receipt, "items")
        texts = (before + b"[", b"]" + after)
        if result.withheld is not None:
            return _Part(result, *texts, 0, result.withheld)
        # Weight x score, over a denominator that all answers of this pattern share.
        points = 100 * result.points * self._section.unit * result.weight.numerator
        unit = result.possible * self._section.unit * result.weight.denominator
        return _Part(result, *texts, int(points), int(unit))

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
