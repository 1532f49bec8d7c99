"""No arithmetic on what a result shows reaches fewer than three people.

Unknown to the attacker: every level of every respondent. Known: every mean that the result shows
(respondents' pattern of answered items included), each a linear function of the unknowns. The
result leaks if some combination of those functions depends on one or two people only, and on
something of theirs: that is, if striking out their columns lowers the rank of what is shown.
"""

from collections.abc import Iterable, Sequence
from fractions import Fraction
from itertools import combinations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from app.scoring.form import Answer, Form, Item, Rule, Section, Special
from app.scoring.groups import Comparison
from app.scoring.score import score
from app.scoring.team import Response, TeamResult, team_result

Row = dict[tuple[int, str], Fraction]
"""A linear function of the unknowns (respondent, item)."""

patterns = st.sampled_from(["n", "n", "p", "p", "x", "y"])
levels = st.none() | st.just(Special.NOT_APPLICABLE) | st.integers(0, 4) | st.integers(0, 4)


@st.composite
def teams(draw: st.DrawFn) -> tuple[Form, list[Response]]:
    sections = []
    for name in "AB"[: draw(st.integers(1, 2))]:
        codes = [f"{name}.{n}" for n in range(draw(st.integers(1, 3)))]
        items = [
            Item(c, 0, 4, draw(st.booleans()), Fraction(draw(st.integers(1, 2)))) for c in codes
        ]
        sections.append(Section(name, tuple(items)))
    form = Form("t", "1", "", tuple(sections), Rule(Fraction(1, 2), 1))
    full = draw(st.integers(0, 5))
    responses = []
    for n in range(draw(st.integers(3, 9))):
        given_levels = {c: draw(st.integers(0, 4) if n < full else levels) for c in form.items}
        answers = {code: level for code, level in given_levels.items() if level is not None}
        responses.append(Response(draw(patterns), "individual", answers))
    return form, responses


def item_row(code: str, team: Sequence[Response], members: Iterable[int]) -> Row:
    found = [m for m in members if type(team[m].answers.get(code)) is int]
    return {(m, code): Fraction(1, len(found)) for m in found}


def section_row(form: Form, place: int, team: Sequence[Response], members: Iterable[int]) -> Row:
    section = form.sections[place]
    rows = {}
    scored = [m for m in members if scores(form, place, team[m]) is not None]
    for m in scored:
        answered = [i for i in section.items if type(team[m].answers.get(i.code)) is int]
        total = sum(item.weight for item in answered)
        for item in answered:
            sign = -1 if item.reverse else 1
            rows[m, item.code] = sign * 100 * item.weight / (item.span * total * len(scored))
    return rows


def scores(form: Form, place: int, response: Response) -> Fraction | None:
    return score(form, response.answers).sections[place].fraction


def shown_groups(comparison: Comparison, team: Sequence[Response]) -> list[list[int]]:
    """Members of everything that the comparison shows: all, each role shown, the others."""
    if comparison.mean.fraction is None:
        return []
    alone = {group.role for group in comparison.groups if group.n is not None} - {None}
    roles = [[m for m, r in enumerate(team) if r.role == role] for role in sorted(map(str, alone))]
    others = [m for m, r in enumerate(team) if r.role not in alone]
    return [list(range(len(team))), *roles, others]


def shown(form: Form, team: Sequence[Response], result: TeamResult) -> list[Row]:
    """All shown means as rows. The overall adds none: it is made of the sections' figures."""
    sections = [
        section_row(form, place, team, members)
        for place, figure in enumerate(result.sections)
        for members in shown_groups(figure.individuals, team)
    ]
    items = [
        item_row(entry.code, team, members)
        for entry in result.agenda
        for members in shown_groups(entry.comparison, team)
    ]
    return sections + items


def derivable(rows: Sequence[Row], people: int) -> list[tuple[int, ...]]:
    """The ones and twos about whom some combination of `rows` says something of them alone."""
    columns = sorted({key for row in rows for key in row})
    if not columns:
        return []
    table = np.array([[float(row.get(key, 0)) for key in columns] for row in rows])
    owners = np.array([person for person, _ in columns])
    rank = np.linalg.matrix_rank(table, tol=1e-9)
    found = []
    for size in (1, 2):
        for group in combinations(range(people), size):
            rest = table[:, ~np.isin(owners, group)]
            if rest.size == 0 or np.linalg.matrix_rank(rest, tol=1e-9) < rank:
                found.append(group)
    return found


@settings(max_examples=200, deadline=None)
@given(teams())
def test_no_shown_figures_combine_to_fewer_than_three_people(
    case: tuple[Form, list[Response]],
) -> None:
    form, team = case

    assert derivable(shown(form, team, team_result(form, team)), len(team)) == []


@settings(max_examples=60, deadline=None)
@given(teams())
def test_the_overall_tells_nothing_that_the_sections_do_not(
    case: tuple[Form, list[Response]],
) -> None:
    form, team = case
    result = team_result(form, team)
    known = [f.individuals.mean.fraction for f in result.sections]
    means = [value for value in known if value is not None]

    if means:
        assert result.overall.individuals.mean.fraction == sum(means, Fraction(0)) / len(means)
    else:
        assert result.overall.individuals.mean.fraction is None


COMPLETE: list[dict[str, Answer]] = [{"A.0": n, "A.1": n, "A.2": 4 - n} for n in range(4)]
THREE = Form(
    "t",
    "1",
    "",
    (Section("A", tuple(Item(f"A.{n}", 0, 4) for n in range(3))),),
    Rule(Fraction(1, 2), 1),
)
SKIPPED: dict[str, Answer] = {"A.0": 1, "A.1": 3}
ONE_SKIPPED = [Response("n", "individual", answers) for answers in [*COMPLETE, SKIPPED]]


def test_all_items_beside_the_section_would_give_away_who_skipped_one() -> None:
    everyone = range(len(ONE_SKIPPED))
    naive = [section_row(THREE, 0, ONE_SKIPPED, everyone)] + [
        item_row(code, ONE_SKIPPED, everyone) for code in THREE.items
    ]

    assert (4,) in derivable(naive, len(ONE_SKIPPED))
    result = team_result(THREE, ONE_SKIPPED)
    assert len(result.agenda) == 3
    assert derivable(shown(THREE, ONE_SKIPPED, result), len(ONE_SKIPPED)) == []


def test_a_large_role_beside_the_whole_would_give_away_the_small_one() -> None:
    team = [Response("n", "individual", a) for a in COMPLETE]
    team += [Response("p", "individual", {"A.0": 0, "A.1": 0, "A.2": 0})]
    naive = [section_row(THREE, 0, team, range(5)), section_row(THREE, 0, team, range(4))]

    assert (4,) in derivable(naive, 5)
    assert derivable(shown(THREE, team, team_result(THREE, team)), 5) == []
