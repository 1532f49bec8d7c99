"""How answers become scores: share of the top level, rule version 1.

level -> share = (level - minimum) / (maximum - minimum); a reversed item counts 1 - share.
section = 100 x weighted mean of the shares of its applicable, answered items.
overall = weighted mean of the sections that have a score.
in place = 100 x answered items at or above the rule's level / answered items, unweighted.

*Not applicable* leaves the denominator. *Don't know* and unanswered items stay applicable and are
not answered, so they count towards "too few answered", not towards the mean. Sections that do not
apply do not lower `overall_min_sections`: an overall always speaks of that many sections.
The rule is this project's own: no scoring key was published for the paper's form.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from app.scoring.figure import Figure, Withheld
from app.scoring.form import Answer, Form, Item, Rule, Section, Special

RULE_ID = "share-of-top-level"
RULE_VERSION = 1


@dataclass(frozen=True)
class SectionScore:
    """A section's score, 0 to 100, and the counts behind it.

    ``answered + dont_know + unanswered == applicable``; `not_applicable` is the rest.
    `points` is the sum of weight x share, `possible` the sum of weight, over answered items:
    ``fraction == 100 * points / possible``. `in_place` counts items, whatever the rule withholds.
    """

    code: str
    weight: Fraction
    fraction: Fraction | None
    withheld: Withheld | None
    answered: int
    applicable: int
    not_applicable: int
    dont_know: int
    unanswered: int
    in_place: int
    points: Fraction
    possible: Fraction

    @cached_property
    def figure(self) -> Figure:
        """The score alone."""
        return Figure(self.fraction, self.withheld)

    @cached_property
    def shown(self) -> dict[str, object]:
        """The score and the counts for JSON, made once: they come back again and again."""
        return {
            **self.figure.shown,
            "section": self.code,
            "answered": self.answered,
            "applicable": self.applicable,
            "not_applicable": self.not_applicable,
            "dont_know": self.dont_know,
        }


@dataclass(frozen=True, slots=True)
class Score:
    """All scores of one submission, in the form's order of sections; all 0 to 100."""

    sections: tuple[SectionScore, ...]
    overall: Figure
    in_place: Figure
    answered: int
    applicable: int


def score(form: Form, answers: Mapping[str, Answer]) -> Score:
    """The scores of `answers`, item code to level or special answer, under the form's rule.

    Raises ``ValueError`` on an unknown item or a level outside the item's range; the wire has
    told the caller about those before.
    """
    check_answers(form, answers)
    return of_sections(
        form.rule, tuple(section_score(section, form.rule, answers) for section in form.sections)
    )


def of_sections(rule: Rule, sections: tuple[SectionScore, ...]) -> Score:
    """The whole score that the sections' scores give."""
    answered = sum(section.answered for section in sections)
    applicable = sum(section.applicable for section in sections)
    return Score(
        sections,
        _overall(sections, rule),
        _in_place(sections, rule, answered, applicable),
        answered,
        applicable,
    )


def check_answers(form: Form, answers: Mapping[str, Answer]) -> None:
    """Raise ``ValueError`` on an unknown item or a level outside the item's range."""
    for code, answer in answers.items():
        _check_answer(code, form.items.get(code), answer)


def _check_answer(code: str, item: Item | None, answer: Answer) -> None:
    if item is None:
        raise ValueError(f"No item {code}")
    if type(answer) is int:
        if not item.minimum <= answer <= item.maximum:
            raise ValueError(f"Item {code}: {answer} is not a level")
    elif not isinstance(answer, Special):
        raise ValueError(f"Item {code}: {answer!r} is not an answer")


def section_score(section: Section, rule: Rule, answers: Mapping[str, Answer]) -> SectionScore:
    """One section's score; `answers` must have been checked."""
    points = possible = answered = not_applicable = dont_know = in_place = 0
    for item, value in zip(section.items, section.values, strict=True):
        answer = answers.get(item.code)
        if answer is None:
            continue
        if answer is Special.NOT_APPLICABLE:
            not_applicable += 1
        elif answer is Special.DONT_KNOW:
            dont_know += 1
        else:
            level = int(answer)
            answered += 1
            points += value * item.steps(level)
            possible += value * item.span
            in_place += is_in_place(item, level, rule)
    applicable = len(section.items) - not_applicable
    withheld = _too_few(answered, applicable, rule)
    return SectionScore(
        code=section.code,
        weight=section.weight,
        fraction=None if withheld else Fraction(100 * points, possible),
        withheld=withheld,
        answered=answered,
        applicable=applicable,
        not_applicable=not_applicable,
        dont_know=dont_know,
        unanswered=applicable - answered - dont_know,
        in_place=in_place,
        points=Fraction(points, section.unit),
        possible=Fraction(possible, section.unit),
    )


def is_in_place(item: Item, level: int, rule: Rule) -> bool:
    """Whether `level` is one at which the item counts as in place."""
    return rule.in_place_from is not None and item.oriented(level) >= rule.in_place_from


def _too_few(answered: int, applicable: int, rule: Rule) -> Withheld | None:
    if not applicable:
        return Withheld.NOT_APPLICABLE
    share = rule.section_min_answered
    if answered * share.denominator < share.numerator * applicable:
        return Withheld.TOO_FEW_ANSWERED
    return None


def _overall(sections: Sequence[SectionScore], rule: Rule) -> Figure:
    if not any(section.applicable for section in sections):
        return Figure(None, Withheld.NOT_APPLICABLE)
    return overall(((section.weight, section.fraction) for section in sections), rule)


def overall(sections: Iterable[tuple[Fraction, Fraction | None]], rule: Rule) -> Figure:
    """The weighted mean of those (weight, score) that have a score; withheld if too few have.

    For a submission's sections, and for a team's.
    """
    scored = [(weight, value) for weight, value in sections if value is not None]
    if len(scored) < rule.overall_min_sections:
        return Figure(None, Withheld.TOO_FEW_SECTIONS)
    total = sum((weight * value for weight, value in scored), Fraction(0))
    return Figure(total / sum(weight for weight, _ in scored))


def _in_place(
    sections: Sequence[SectionScore], rule: Rule, answered: int, applicable: int
) -> Figure:
    if rule.in_place_from is None:
        return Figure(None, Withheld.NOT_DEFINED)
    if withheld := _too_few(answered, applicable, rule):
        return Figure(None, withheld)
    return Figure(Fraction(100 * sum(section.in_place for section in sections), answered))
