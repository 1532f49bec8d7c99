"""What a score tells of an element elsewhere: ranges that hold what they are made of."""

from fractions import Fraction
from math import ceil, floor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.assessments.projection import UNKNOWN, Ground, Section, implied, project
from app.catalog.crosswalk import Edge, Graph, Link, Node


def ground(score: float | None, sure: str | Fraction) -> Ground:
    source, target = Node("own", "1", "S"), Node("other", "1", "E")
    shares = Fraction(sure), Fraction(sure)
    edge = Edge(source, target, "relatedMatch", "P", *shares, "inferred", {})
    section = Section("S", "S", {"S.1": ["i1", "i2"], "S.2": ["i3"]}, score)
    return Ground(section, Link.of(edge), Fraction(sure))


@pytest.mark.parametrize(
    ("grounds", "low", "high", "sure"),
    [
        pytest.param([ground(60, "1")], 60, 60, "1", id="full confidence: the score itself"),
        pytest.param([ground(60, "1/2")], 30, 80, "1/2", id="half: half way to everything"),
        pytest.param([ground(0, "1/2")], 0, 50, "1/2", id="the lowest score"),
        pytest.param([ground(100, "1/4")], 25, 100, "1/4", id="the highest score"),
        pytest.param(
            [ground(80, "1/2"), ground(20, "1/2")], 25, 75, "1/2", id="two that weigh the same"
        ),
        pytest.param(
            [ground(0, "9/10"), ground(100, "9/10")], 10, 90, "9/10", id="two that contradict"
        ),
        pytest.param(
            [ground(60, "1/2"), ground(None, "1")], 30, 80, "1/2", id="a section without a score"
        ),
        pytest.param(
            [ground(60, "1/2"), ground(0, "1/20")], 30, 80, "1/2", id="next to no confidence"
        ),
    ],
)
def test_a_range_is_as_wide_as_it_is_unsure(
    grounds: list[Ground], low: int, high: int, sure: str
) -> None:
    found = implied(grounds)

    assert (found.low, found.high, found.confidence) == (low, high, Fraction(sure))


@pytest.mark.parametrize("grounds", [[], [ground(None, "1")], [ground(50, "1/20")]])
def test_what_rests_on_nothing_is_unknown(grounds: list[Ground]) -> None:
    assert implied(grounds) == UNKNOWN
    assert UNKNOWN.levels(0, 4) is None


shares = st.fractions(min_value=Fraction(1, 10), max_value=1, max_denominator=20)
scores = st.floats(min_value=0, max_value=100)


@given(st.lists(st.tuples(scores, shares), min_size=1, max_size=6))
def test_a_range_holds_the_mean_of_its_grounds(drawn: list[tuple[float, Fraction]]) -> None:
    found = implied([ground(score, sure) for score, sure in drawn])

    weight = sum(sure for _, sure in drawn)
    mean = sum(Fraction(score) * sure for score, sure in drawn) / weight
    assert found.low is not None
    assert found.high is not None
    assert 0 <= found.low <= mean <= found.high <= 100
    assert min(sure for _, sure in drawn) <= found.confidence <= max(sure for _, sure in drawn)
    levels = found.levels(0, 4)
    assert levels is not None
    assert 0 <= levels[0] <= floor(mean * 4 / 100) <= ceil(mean * 4 / 100) <= levels[1] <= 4


@given(scores, shares, shares)
def test_more_confidence_never_widens_a_range(score: float, one: Fraction, other: Fraction) -> None:
    less, more = sorted([one, other])
    wide, narrow = implied([ground(score, less)]), implied([ground(score, more)])

    assert wide.low is not None
    assert wide.high is not None
    assert narrow.low is not None
    assert narrow.high is not None
    assert wide.low <= narrow.low <= narrow.high <= wide.high


def test_a_part_of_a_section_tells_half_as_much_and_names_its_own_items() -> None:
    whole, part, element = Node("own", "1", "S"), Node("own", "1", "S.2"), Node("other", "1", "E")
    section = Section("S", "S", {"S.1": ["i1", "i2"], "S.2": ["i3"]}, 40)
    one = Fraction(1)

    def projected(target: Node) -> Ground:
        graph = Graph([Edge(element, target, "relatedMatch", "P", one, one, "inferred", {})])
        [(_, found)] = project(graph, [element], ("own", "1"), [section])
        return found.grounds[0]

    assert (projected(whole).confidence, projected(whole).items) == (one, ["i1", "i2", "i3"])
    assert (projected(part).confidence, projected(part).items) == (Fraction(1, 2), ["i3"])


def told(*edges: Edge) -> Ground:
    section = Section("S", "S", {"S.1": ["i1"], "S.2": ["i2"]}, 40)
    [(_, found)] = project(Graph(edges), [Node("other", "1", "E")], ("own", "1"), [section])
    return found.grounds[0]


def edge(asked: str, forward: str, backward: str) -> Edge:
    """From the other framework's element to what was asked."""
    ends = Node("other", "1", "E"), Node("own", "1", asked)
    shares = Fraction(forward), Fraction(backward)
    return Edge(*ends, "broadMatch", "P", *shares, "inferred", {})


def test_confidence_is_that_of_the_way_from_what_was_asked() -> None:
    found = told(edge("S", "0.8", "0.3"))

    assert found.confidence == Fraction(3, 10)
    assert (found.relation, found.path) == ("broadMatch", ["S"])


@pytest.mark.parametrize(
    ("whole", "sure", "items"), [("0.2", "0.45", ["i2"]), ("0.5", "0.5", ["i1", "i2"])]
)
def test_a_part_that_tells_more_than_the_whole_is_what_counts(
    whole: str, sure: str, items: list[str]
) -> None:
    found = told(edge("S", "0.1", whole), edge("S.2", "0.1", "0.9"))

    assert (found.confidence, found.items) == (Fraction(sure), items)


def test_a_range_is_in_the_levels_that_there_are() -> None:
    assert implied([ground(0, "1")]).levels(1, 5) == (1, 1)
    assert implied([ground(60, "1/2")]).levels(1, 5) == (2, 5)
