"""What a team should talk about: agreement on every item, and the items it differs on most.

Agreement (rwg, average deviation) says nothing about where the answers lie, so it is shown for
every item and section with enough respondents. The agenda also shows levels: the mean, the lowest
and highest, role means. Beside a section's mean these could be subtracted: if one member skipped
an item, the other items' means and the section's mean together give that member's score. So where
anyone answered a section in part, its items stand on the agenda by rank, without their levels.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from app.scoring.agreement import average_deviation, average_deviation_j, rwg, rwg_j
from app.scoring.figure import Figure, Withheld
from app.scoring.form import Item, Section
from app.scoring.groups import Comparison, assemble, compare, count

AGENDA_LENGTH = 10
"""A meeting's worth. All items with their agreement are beside it."""


@dataclass(frozen=True, slots=True)
class Answered:
    """The levels that one respondent gave in a section, and whether the section has a score."""

    role: str
    levels: Mapping[str, int]
    scored: bool


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far the team agrees on an item or section (by `code`).

    `items` is the number of items behind it (1 for an item), `n` the respondents (for a section,
    the fewest on any of its items). `average_deviation` is in levels; a section's `rwg` is rwg(j).
    """

    code: str
    items: int
    n: int
    rwg: Figure
    rwg_reset: bool
    average_deviation: Figure

    def to_dict(self, min_group: int) -> dict[str, object]:
        """For JSON."""
        return {
            "code": self.code,
            "items": self.items,
            **count(self.n, min_group),
            "rwg": {**self.rwg.to_dict("value"), "reset_to_zero": self.rwg_reset},
            "average_deviation": self.average_deviation.to_dict("value"),
        }


@dataclass(frozen=True, slots=True)
class AgendaItem:
    """An item on which the team differs.

    `disagreement` is the average deviation as a share of the item's range, 0 to 1/2. Levels are as
    answered, on the item's own range, also where it is reversed; withheld where anyone answered the
    section in part.
    """

    rank: int
    code: str
    section: str
    disagreement: Fraction
    lowest: int | None
    highest: int | None
    comparison: Comparison

    def to_dict(self, min_group: int) -> dict[str, object]:
        """For JSON."""
        return {
            "rank": self.rank,
            "code": self.code,
            "section": self.section,
            "disagreement": Figure(self.disagreement).to_dict("value"),
            "lowest": self.lowest,
            "highest": self.highest,
            **self.comparison.to_dict(min_group, "level"),
        }


def item_agreement(item: Item, team: Sequence[Answered], *, min_group: int) -> Agreement:
    """Agreement on one item, withheld under `min_group` answers."""
    levels = _levels(item, team)
    few = len(levels) < min_group
    found, deviation = rwg(levels, options=item.span + 1), average_deviation(levels)
    if few or found is None or deviation is None:
        return _withheld(item.code, 1, len(levels))
    return Agreement(item.code, 1, len(levels), Figure(found.value), found.reset, Figure(deviation))


def section_agreement(section: Section, team: Sequence[Answered], *, min_group: int) -> Agreement:
    """Agreement over those items of a section that have `min_group` answers."""
    columns = [(item, _levels(item, team)) for item in section.items]
    enough = [(item, levels) for item, levels in columns if len(levels) >= min_group]
    levels = [found for _, found in enough]
    found = rwg_j(levels, options=[item.span + 1 for item, _ in enough])
    deviation = average_deviation_j(levels)
    if found is None or deviation is None:
        return _withheld(section.code, 0, max(len(found) for _, found in columns))
    n = min(map(len, levels))
    return Agreement(
        section.code, len(enough), n, Figure(found.value), found.reset, Figure(deviation)
    )


def agenda(
    teams: Sequence[tuple[Section, Sequence[Answered]]],
    *,
    min_group: int,
    length: int = AGENDA_LENGTH,
) -> tuple[AgendaItem, ...]:
    """The `length` items, most disagreed first, ties by code; none on which all agree.

    `teams` has, for each section, the same respondents.
    """
    open_items = [
        (disagreement, item, section, team)
        for section, team in teams
        for disagreement, item in _open_items(section, team, min_group)
        if disagreement > 0
    ]
    ranked = sorted(open_items, key=lambda found: (-found[0], found[1].code))[:length]
    return tuple(_agenda_item(rank, found, min_group) for rank, found in enumerate(ranked, start=1))


def _open_items(
    section: Section, team: Sequence[Answered], min_group: int
) -> list[tuple[Fraction, Item]]:
    """The items that enough people answered, with their disagreement."""
    return [
        (deviation / item.span, item)
        for item in section.items
        if len(levels := _levels(item, team)) >= min_group
        and (deviation := average_deviation(levels)) is not None
    ]


def _agenda_item(
    rank: int, found: tuple[Fraction, Item, Section, Sequence[Answered]], min_group: int
) -> AgendaItem:
    disagreement, item, section, team = found
    by_role: dict[str, list[int]] = {member.role: [] for member in team}
    for member in team:
        if item.code in member.levels:
            by_role[member.role].append(member.levels[item.code])
    levels = _levels(item, team)
    complete = all(len(member.levels) in {0, len(section.items)} for member in team)
    partly = Figure(None, Withheld.PARTLY_ANSWERED)
    return AgendaItem(
        rank=rank,
        code=item.code,
        section=section.code,
        disagreement=disagreement,
        lowest=min(levels) if complete else None,
        highest=max(levels) if complete else None,
        comparison=compare(by_role, min_group=min_group)
        if complete
        else assemble(len(levels), partly, partly, {}, sorted(by_role)),
    )


def _levels(item: Item, team: Sequence[Answered]) -> list[int]:
    return [member.levels[item.code] for member in team if item.code in member.levels]


def _withheld(code: str, items: int, n: int) -> Agreement:
    few = Figure(None, Withheld.TOO_FEW_RESPONDENTS)
    return Agreement(code, items, n, few, rwg_reset=False, average_deviation=few)
