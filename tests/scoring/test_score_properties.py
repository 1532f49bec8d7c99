"""What holds of every form and all answers, and agreement with a second scorer."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from fractions import Fraction
from typing import NamedTuple

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from app.scoring.form import Answer, Form, Item, Rule, Section, Special
from app.scoring.receipt import canonical, make_receipt, verify
from app.scoring.score import score

few = settings(max_examples=40, deadline=None)
weights = st.builds(Fraction, st.integers(1, 5), st.integers(1, 4))


class Case(NamedTuple):
    form: Form
    answers: dict[str, Answer]


@st.composite
def cases(draw: st.DrawFn) -> Case:
    sections, answers = [], {}
    for s in range(draw(st.integers(1, 4))):
        items = []
        for i in range(draw(st.integers(1, 5))):
            bottom = draw(st.integers(-3, 1))
            top = draw(st.integers(2, 6))
            items.append(Item(f"S{s}.{i}", bottom, top, draw(st.booleans()), draw(weights)))
            answer = draw(st.none() | st.sampled_from(Special) | st.integers(bottom, top))
            if answer is not None:
                answers[items[-1].code] = answer
        sections.append(Section(f"S{s}", tuple(items), draw(weights)))
    share = draw(st.sampled_from([Fraction(1, 3), Fraction(1, 2), Fraction(1)]))
    rule = Rule(share, draw(st.integers(1, len(sections))), draw(st.none() | st.just(2)))
    return Case(Form("any", "1", "f" * 64, tuple(sections), rule), answers)


Told = Fraction | str


def by_the_book(form: Form, answers: Mapping[str, Answer]) -> list[Told]:
    """Sections, overall and share in place, straight from the written rule, reasons in words."""
    sections = [section_by_the_book(section, form.rule, answers) for section in form.sections]
    asked = [i for s in form.sections for i in s.items if answers.get(i.code) != "not_applicable"]
    scored = [
        (s.weight, f)
        for s, f in zip(form.sections, sections, strict=True)
        if isinstance(f, Fraction)
    ]
    overall: Told = "too_few_sections"
    if not asked:
        overall = "not_applicable"
    elif len(scored) >= form.rule.overall_min_sections:
        overall = Fraction(sum(w * f for w, f in scored), sum(w for w, _ in scored))
    return [*sections, overall, in_place_by_the_book(asked, form.rule, answers)]


def section_by_the_book(section: Section, rule: Rule, answers: Mapping[str, Answer]) -> Told:
    applicable = [i for i in section.items if answers.get(i.code) != "not_applicable"]
    shares = {i: share_by_the_book(i, answers[i.code]) for i in answered_of(applicable, answers)}
    if not applicable:
        return "not_applicable"
    if Fraction(len(shares), len(applicable)) < rule.section_min_answered:
        return "too_few_answered"
    weighted = sum((i.weight * share for i, share in shares.items()), Fraction(0))
    return 100 * weighted / sum((i.weight for i in shares), Fraction(0))


def in_place_by_the_book(asked: list[Item], rule: Rule, answers: Mapping[str, Answer]) -> Told:
    told = answered_of(asked, answers)
    if rule.in_place_from is None:
        return "not_defined"
    if not asked:
        return "not_applicable"
    if Fraction(len(told), len(asked)) < rule.section_min_answered:
        return "too_few_answered"
    best = [i.minimum + share_by_the_book(i, answers[i.code]) * i.span for i in told]
    return Fraction(100 * len([level for level in best if level >= rule.in_place_from]), len(told))


def answered_of(items: Iterable[Item], answers: Mapping[str, Answer]) -> list[Item]:
    return [i for i in items if answers.get(i.code) not in {None, "dont_know", "not_applicable"}]


def share_by_the_book(item: Item, answer: Answer) -> Fraction:
    share = Fraction(int(answer) - item.minimum) / (item.maximum - item.minimum)
    return 1 - share if item.reverse else share


def figures(form: Form, answers: Mapping[str, Answer]) -> list[Fraction | str | None]:
    found = score(form, answers)
    every = [*(section.figure for section in found.sections), found.overall, found.in_place]
    return [figure.withheld if figure.fraction is None else figure.fraction for figure in every]


@settings(max_examples=120, deadline=None)
@given(cases())
def test_a_second_scorer_finds_the_same(case: Case) -> None:
    assert figures(*case) == by_the_book(*case)


@few
@given(cases())
def test_all_scores_are_between_0_and_100(case: Case) -> None:
    assert all(0 <= f <= 100 for f in figures(*case) if isinstance(f, Fraction))


@few
@given(cases())
def test_counts_add_up(case: Case) -> None:
    for section, found in zip(case.form.sections, score(*case).sections, strict=True):
        assert found.answered + found.dont_know + found.unanswered == found.applicable
        assert found.applicable + found.not_applicable == len(section.items)


@few
@given(cases(), st.randoms(use_true_random=False))
def test_the_order_of_answers_and_items_does_not_matter(case: Case, random: object) -> None:
    shuffle = random.shuffle  # type: ignore[attr-defined]
    given_order = list(case.answers.items())
    shuffle(given_order)
    sections = []
    for section in case.form.sections:
        items = list(section.items)
        shuffle(items)
        sections.append(replace(section, items=tuple(items)))
    form = replace(case.form, sections=tuple(sections))

    assert score(form, dict(given_order)) == score(*case)


@few
@given(cases(), st.data())
def test_a_better_answer_never_lowers_a_score(case: Case, data: st.DataObject) -> None:
    raisable = [
        code
        for code, answer in case.answers.items()
        if isinstance(answer, int)
        and case.form.items[code].steps(answer) < case.form.items[code].span
    ]
    assume(raisable)
    code = data.draw(st.sampled_from(raisable))
    step = -1 if case.form.items[code].reverse else 1
    better = case.answers | {code: int(case.answers[code]) + step}

    for before, after in zip(figures(*case), figures(case.form, better), strict=True):
        if isinstance(before, Fraction):
            assert isinstance(after, Fraction)
            assert after >= before
        else:
            assert after == before


@few
@given(cases(), st.data())
def test_not_applicable_is_as_if_the_item_were_not_there(case: Case, data: st.DataObject) -> None:
    roomy = [section for section in case.form.sections if len(section.items) > 1]
    assume(roomy)
    section = data.draw(st.sampled_from(roomy))
    gone = data.draw(st.sampled_from(section.items))
    without = replace(section, items=tuple(item for item in section.items if item is not gone))
    sections = tuple(without if each is section else each for each in case.form.sections)
    others = {code: answer for code, answer in case.answers.items() if code != gone.code}

    assert figures(case.form, others | {gone.code: Special.NOT_APPLICABLE}) == figures(
        replace(case.form, sections=sections), others
    )


@few
@given(cases())
def test_turning_an_item_and_its_answer_round_changes_nothing(case: Case) -> None:
    turned = tuple(
        replace(s, items=tuple(replace(i, reverse=not i.reverse) for i in s.items))
        for s in case.form.sections
    )
    mirrored = {
        code: answer
        if isinstance(answer, Special)
        else case.form.items[code].minimum + case.form.items[code].maximum - answer
        for code, answer in case.answers.items()
    }

    assert figures(replace(case.form, sections=turned), mirrored) == figures(*case)


@few
@given(cases())
def test_every_receipt_verifies(case: Case) -> None:
    receipt = make_receipt(*case)

    verdict = verify(canonical(receipt), sha256=receipt["sha256"])

    assert verdict.findings == ()
    assert verdict.ok


@few
@given(cases())
def test_contributions_add_up_to_the_score(case: Case) -> None:
    for section in make_receipt(*case)["sections"]:
        parts = [Fraction(i["contribution"]) for i in section["items"] if i["contribution"]]
        if section["fraction"] is None:
            assert parts == []
        else:
            assert sum(parts) == Fraction(section["fraction"])
