"""Links between frameworks: composed paths, what they conclude and how sure they are."""

from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.catalog.crosswalk import DECAY, Edge, Graph, Link, Node, compose

RELATIONS = ("exactMatch", "closeMatch", "broadMatch", "narrowMatch", "relatedMatch")


def node(framework: str, code: str = "1") -> Node:
    return Node(framework, "1", code)


def edge(
    source: Node,
    target: Node,
    relation: str = "relatedMatch",
    *,
    strength: str = "P",
    forward: str = "0.5",
    backward: str = "0.25",
) -> Edge:
    return Edge(
        source,
        target,
        relation,
        strength,
        Fraction(forward),
        Fraction(backward),
        "inferred",
        {"en": "because"},
    )


@pytest.mark.parametrize(
    ("first", "second", "both"),
    [
        ("exactMatch", "broadMatch", "broadMatch"),
        ("narrowMatch", "exactMatch", "narrowMatch"),
        ("broadMatch", "broadMatch", "broadMatch"),
        ("narrowMatch", "narrowMatch", "narrowMatch"),
        ("broadMatch", "narrowMatch", "relatedMatch"),
        ("closeMatch", "closeMatch", "relatedMatch"),
        ("closeMatch", "broadMatch", "relatedMatch"),
        ("relatedMatch", "relatedMatch", "relatedMatch"),
    ],
)
def test_relations_in_a_row_conclude_what_skos_allows(first: str, second: str, both: str) -> None:
    assert compose(first, second) == both


def test_composition_of_relations_is_associative() -> None:
    for one, two, three in product(RELATIONS, repeat=3):
        assert compose(compose(one, two), three) == compose(one, compose(two, three))


shares = st.fractions(min_value=0, max_value=1, max_denominator=10)
edges = st.builds(
    lambda relation, strength, sure: Link(relation, strength, sure, ()),
    st.sampled_from(RELATIONS),
    st.sampled_from("PS"),
    shares,
)


@given(edges, edges, edges)
def test_composition_of_links_is_associative_and_never_surer(a: Link, b: Link, c: Link) -> None:
    assert a.then(b).then(c) == a.then(b.then(c))
    assert a.then(b).confidence <= min(a.confidence, b.confidence)
    assert a.then(b).strength == ("P" if a.strength == b.strength == "P" else "S")


def test_an_edge_reads_from_both_ends() -> None:
    there, here = node("a"), node("b")
    graph = Graph([edge(there, here, "broadMatch")])

    [forward] = graph.links(there, here.of)
    [backward] = graph.links(here, there.of)

    assert (forward.relation, forward.confidence) == ("broadMatch", Fraction(1, 2))
    assert (backward.relation, backward.confidence) == ("narrowMatch", Fraction(1, 4))


def test_a_path_by_way_of_a_third_framework_says_all_of_it() -> None:
    a, b, c = node("a"), node("b"), node("c")
    graph = Graph([edge(a, b, "exactMatch", forward="1"), edge(b, c, "broadMatch")])

    [link] = graph.links(a, c.of)

    assert [one.target for one in link.path] == [b, c]
    assert link.relation == "broadMatch"
    assert link.confidence == Fraction(1, 2) * DECAY


def test_the_surest_path_is_taken_then_the_shortest() -> None:
    a, b, c, d = node("a"), node("b"), node("c"), node("d")
    sure = [edge(a, b, forward="1"), edge(b, c, forward="1")]
    graph = Graph([edge(a, c, forward="0.8"), *sure])
    assert [one.target for one in graph.links(a, c.of)[0].path] == [b, c]
    graph = Graph([edge(a, c, forward="0.9"), *sure])
    assert [one.target for one in graph.links(a, c.of)[0].path] == [c]
    graph = Graph([*sure, edge(c, d, forward="1")])
    assert len(graph.links(a, d.of)[0].path) == 3
    assert graph.links(a, d.of, most=2) == []


def test_no_framework_is_passed_twice() -> None:
    a, b, again, c = node("a"), node("b"), node("a", "2"), node("c")
    graph = Graph([edge(a, b), edge(b, again), edge(again, c)])

    assert graph.links(a, c.of) == []
    assert graph.links(a, a.of) == []


def test_what_has_no_counterpart_gets_none_by_way_of_others() -> None:
    a, b, c, d = node("a"), node("b"), node("c"), node("c", "2")
    edges = [edge(a, b), edge(b, c), edge(b, d)]
    graph = Graph(edges, [(a, c.of)])
    assert graph.links(a, c.of) == []
    assert graph.links(c, a.of) == []
    graph = Graph(edges, [(c, a.of)])
    assert [one.target for one in graph.links(a, c.of)] == [d]


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4), shares), max_size=25))
def test_a_path_is_never_surer_than_any_of_its_edges(
    drawn: list[tuple[int, int, Fraction]],
) -> None:
    graph = Graph(
        Edge(node(str(a)), node(str(b)), "relatedMatch", "S", sure, sure, "inferred", {})
        for a, b, sure in drawn
        if a != b
    )
    for target in range(1, 5):
        for link in graph.links(node("0"), (str(target), "1")):
            assert link.path[0].source == node("0")
            assert all(x.target == y.source for x, y in zip(link.path, link.path[1:], strict=False))
            assert link.confidence <= min(one.forward for one in link.path)
