"""The result of a locked assessment: many submissions in, what the team may see out.

A section's team figures are means over the respondents who have a score there. The overall is made
of the team's section figures by the form's own rule, as a submission's is: anyone can recompute it,
and it tells nothing that the sections do not. (Made of respondents' overalls it would: if one
member lacks a section, the difference is that member's score. Where nobody does, both are equal.)
What may be shown is settled in `groups.py` (per figure) and `agenda.py` (between figures).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from app.scoring.agenda import (
    AgendaItem,
    Agreement,
    Answered,
    agenda,
    item_agreement,
    section_agreement,
)
from app.scoring.figure import Figure, Withheld
from app.scoring.form import Answer, Form, Section
from app.scoring.groups import MIN_GROUP, Comparison, assemble, compare, count
from app.scoring.items import item_scores
from app.scoring.score import Score, overall, score


@dataclass(frozen=True, slots=True)
class Response:
    """One current submission: not superseded, not withdrawn; one per respondent."""

    role: str
    mode: Literal["individual", "consensus"]
    answers: Mapping[str, Answer]


@dataclass(frozen=True, slots=True)
class TeamFigure:
    """A section's result (by `code`) or the overall one (``None``), 0 to 100.

    `score` is what counts: the consensus, or else the role-balanced mean. `individuals` compares
    the individual submissions, in either case.
    """

    code: str | None
    score: Figure
    individuals: Comparison

    def to_dict(self, min_group: int) -> dict[str, object]:
        """For JSON."""
        code = {} if self.code is None else {"code": self.code}
        return {**code, **self.score.to_dict(), "individuals": self.individuals.to_dict(min_group)}


@dataclass(frozen=True, slots=True)
class TeamResult:
    """What a locked assessment shows; in the form's order, agenda by rank.

    `respondents` counts individual submissions. `to_dict` is what may leave the server. `items`
    stay inside: each item's score (0 to 100) of the whole team, for benchmarks.
    """

    basis: Literal["consensus", "role_balanced"]
    respondents: int
    min_group: int
    overall: TeamFigure
    sections: tuple[TeamFigure, ...]
    section_agreement: tuple[Agreement, ...]
    item_agreement: tuple[Agreement, ...]
    agenda: tuple[AgendaItem, ...]
    items: tuple[Fraction | None, ...]

    def to_dict(self) -> dict[str, object]:
        """For JSON: exact fractions as text, rounded numbers, reasons for what is withheld."""
        few = self.min_group
        respondents = count(self.respondents, few)
        return {
            "basis": self.basis,
            "respondents": respondents["n"],
            "respondents_fewer_than": respondents["fewer_than"],
            "min_group": few,
            "overall": self.overall.to_dict(few),
            "sections": [figure.to_dict(few) for figure in self.sections],
            "agreement": {
                "sections": [found.to_dict(few) for found in self.section_agreement],
                "items": [found.to_dict(few) for found in self.item_agreement],
            },
            "agenda": [item.to_dict(few) for item in self.agenda],
        }


def team_result(
    form: Form, responses: Sequence[Response], *, min_group: int = MIN_GROUP
) -> TeamResult:
    """The result of an assessment from its submissions, in any order.

    Raises ``ValueError`` on a `min_group` under `MIN_GROUP`, on more than one consensus, and on
    answers that `score` refuses.
    """
    if min_group < MIN_GROUP:
        raise ValueError(f"At least {MIN_GROUP} people to a group, not {min_group}")
    agreed = [response for response in responses if response.mode == "consensus"]
    if len(agreed) > 1:
        raise ValueError(f"{len(agreed)} consensus submissions, at most one")
    members = [(r, score(form, r.answers)) for r in responses if r.mode == "individual"]
    compared = [_compare_section(place, members, min_group) for place in range(len(form.sections))]
    whole = _compare_overall(form, compared, sorted({member.role for member, _ in members}))
    consensus = score(form, agreed[0].answers) if agreed else None
    teams = [
        (section, _answered(section, place, members)) for place, section in enumerate(form.sections)
    ]
    return TeamResult(
        basis="consensus" if consensus else "role_balanced",
        respondents=len(members),
        min_group=min_group,
        overall=TeamFigure(None, consensus.overall if consensus else whole.role_balanced, whole),
        sections=_sections(form, compared, consensus),
        section_agreement=tuple(section_agreement(s, t, min_group=min_group) for s, t in teams),
        item_agreement=tuple(
            item_agreement(item, t, min_group=min_group) for s, t in teams for item in s.items
        ),
        agenda=agenda(teams, min_group=min_group),
        items=item_scores(teams, agreed[0].answers if agreed else None, consensus, min_group),
    )


Members = Sequence[tuple[Response, Score]]


def _sections(
    form: Form, compared: Sequence[Comparison], consensus: Score | None
) -> tuple[TeamFigure, ...]:
    balanced = [comparison.role_balanced for comparison in compared]
    scores = [found.figure for found in consensus.sections] if consensus else balanced
    return tuple(
        TeamFigure(section.code, figure, comparison)
        for section, figure, comparison in zip(form.sections, scores, compared, strict=True)
    )


def _compare_section(place: int, members: Members, min_group: int) -> Comparison:
    by_role: dict[str, list[Fraction]] = {member.role: [] for member, _ in members}
    for member, scored in members:
        if (value := scored.sections[place].fraction) is not None:
            by_role[member.role].append(value)
    return compare(by_role, min_group=min_group)


def _compare_overall(form: Form, compared: Sequence[Comparison], roles: list[str]) -> Comparison:
    """The overall of the sections' figures; its `n` is the fewest in any section it is made of.

    Role by role without "the others": those need not be the same roles in every section.
    """
    counted = [comparison.n for comparison in compared if comparison.mean.fraction is not None]
    if not counted:
        few = Figure(None, Withheld.TOO_FEW_RESPONDENTS)
        return assemble(0, few, few, {}, roles)
    shown: dict[str | None, tuple[int, Fraction]] = {}
    for role in roles:
        parts = [_shown(comparison, role) for comparison in compared]
        figure = _combine(form, (part[1] if part else None for part in parts))
        if figure.fraction is not None:
            shown[role] = (min(part[0] for part in parts if part), figure.fraction)
    return assemble(
        min(counted),
        _combine(form, (comparison.mean.fraction for comparison in compared)),
        _combine(form, (comparison.role_balanced.fraction for comparison in compared)),
        shown,
        roles,
    )


def _combine(form: Form, figures: Iterable[Fraction | None]) -> Figure:
    weights = (section.weight for section in form.sections)
    return overall(zip(weights, figures, strict=True), form.rule)


def _shown(comparison: Comparison, role: str) -> tuple[int, Fraction] | None:
    for group in comparison.groups:
        if group.role == role and group.n is not None and group.mean.fraction is not None:
            return group.n, group.mean.fraction
    return None


def _answered(section: Section, place: int, members: Members) -> list[Answered]:
    return [
        Answered(
            role=member.role,
            levels={
                item.code: level
                for item in section.items
                if type(level := member.answers.get(item.code)) is int
            },
            scored=scored.sections[place].fraction is not None,
        )
        for member, scored in members
    ]
