"""What one team's locked result says of each item: for benchmarks, shown to nobody by itself."""

from collections.abc import Mapping, Sequence
from fractions import Fraction

from app.scoring.agenda import Answered
from app.scoring.form import Answer, Item, Section
from app.scoring.score import Score


def item_scores(
    teams: Sequence[tuple[Section, Sequence[Answered]]],
    agreed: Mapping[str, Answer] | None,
    consensus: Score | None,
    min_group: int,
) -> tuple[Fraction | None, ...]:
    """Each item's score in the form's order: share of its top level, 0 to 100.

    Of the consensus if there is one, as for the result; else the mean over those respondents who
    count in the item's section, of ``min_group`` or more. ``None`` where the section has no score,
    or too few answered the item. `teams` has each section with what its respondents answered,
    `consensus` the scores of the answers `agreed`.
    """
    if agreed is not None and consensus is not None:
        return tuple(
            _agreed(item, agreed) if found.fraction is not None else None
            for (section, _), found in zip(teams, consensus.sections, strict=True)
            for item in section.items
        )
    return tuple(_mean(item, team, min_group) for section, team in teams for item in section.items)


def _agreed(item: Item, answers: Mapping[str, Answer]) -> Fraction | None:
    level = answers.get(item.code)
    return Fraction(100 * item.steps(level), item.span) if type(level) is int else None


def _mean(item: Item, team: Sequence[Answered], min_group: int) -> Fraction | None:
    steps = [
        item.steps(one.levels[item.code]) for one in team if one.scored and item.code in one.levels
    ]
    if len(steps) < min_group:
        return None
    return Fraction(100 * sum(steps), item.span * len(steps))
