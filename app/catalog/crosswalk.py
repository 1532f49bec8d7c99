"""How elements of frameworks relate, also by way of a third framework. Pure.

A link has a SKOS relation, a strength and a confidence for its direction. Links compose: relations
by what SKOS allows to be concluded, strength by the weaker one, confidence by multiplying, less a
tenth for each element between. All three compose associatively, so a path says the same however it
is taken apart.

Source: Miles A, Bechhofer S. SKOS Simple Knowledge Organization System Reference. W3C; 2009,
section 10 (``closeMatch`` and ``relatedMatch`` are not transitive).
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

DECAY = Fraction(9, 10)
"""What is left of a confidence for each element on the way."""

MOST_STEPS = 3
"""Links of a path; a longer one tells next to nothing."""

INVERSE = {"broadMatch": "narrowMatch", "narrowMatch": "broadMatch"}
"""Relations that read otherwise from the other end."""

Edition = tuple[str, str]
"""Framework and edition."""


@dataclass(frozen=True, slots=True, order=True)
class Node:
    """An element of one edition of a framework."""

    framework: str
    edition: str
    code: str

    @property
    def of(self) -> Edition:
        """Its framework."""
        return self.framework, self.edition


@dataclass(frozen=True, slots=True)
class Edge:
    """One link that somebody wrote down, in one of its two directions."""

    source: Node
    target: Node
    relation: str
    strength: str
    forward: Fraction
    backward: Fraction
    provenance: str
    reason: Mapping[str, str]

    @property
    def inverse(self) -> "Edge":
        """The same read from the other end."""
        return Edge(
            self.target,
            self.source,
            INVERSE.get(self.relation, self.relation),
            self.strength,
            self.backward,
            self.forward,
            self.provenance,
            self.reason,
        )


@dataclass(frozen=True, slots=True)
class Link:
    """How a target relates to a source: by one edge, or by several in a row."""

    relation: str
    strength: str
    confidence: Fraction
    path: tuple[Edge, ...]

    @classmethod
    def of(cls, edge: Edge) -> "Link":
        """The link that one edge is."""
        return cls(edge.relation, edge.strength, edge.forward, (edge,))

    @property
    def source(self) -> Node:
        """Where it begins."""
        return self.path[0].source

    @property
    def target(self) -> Node:
        """Where it leads."""
        return self.path[-1].target

    def then(self, other: "Link") -> "Link":
        """This link and one that goes on from where it leads."""
        return Link(
            compose(self.relation, other.relation),
            "P" if self.strength == other.strength == "P" else "S",
            self.confidence * other.confidence * DECAY,
            self.path + other.path,
        )


def compose(first: str, second: str) -> str:
    """What two SKOS relations in a row allow to be concluded; associative, ``exactMatch`` neutral.

    Broader of broader is broader, narrower of narrower is narrower. Nothing else is transitive.
    """
    if first == "exactMatch":
        return second
    if second == "exactMatch":
        return first
    if first == second and first in INVERSE:
        return first
    return "relatedMatch"


class Graph:
    """All edges of a catalog, in both directions.

    Args:
        edges: as they were written down.
        alone: elements of which somebody wrote down that they have no counterpart in an edition.
    """

    def __init__(self, edges: Iterable[Edge], alone: Iterable[tuple[Node, Edition]] = ()) -> None:
        self._alone = frozenset(alone)
        self._from: dict[Node, list[Edge]] = defaultdict(list)
        for edge in edges:
            self._from[edge.source].append(edge)
            self._from[edge.target].append(edge.inverse)

    @cached_property
    def editions(self) -> frozenset[Edition]:
        """Editions that have edges."""
        return frozenset(node.of for node in self._from)

    def links(self, source: Node, target: Edition, *, most: int = MOST_STEPS) -> list[Link]:
        """The best link from an element to each of another framework that it reaches.

        No framework is passed twice. Of several paths the one with most confidence is taken, of
        these the shortest, then the first by codes. What has no counterpart in the other framework
        gets none by way of a third: who wrote that down knew both.

        Args:
            source: the element.
            target: the other framework's edition.
            most: edges that a path may have.

        Returns:
            One link a target, those with most confidence first.
        """
        if (source, target) in self._alone:
            return []
        best: dict[Node, Link] = {}
        self._walk(source, target, None, frozenset({source.of}), most, best)
        found = [link for link in best.values() if (link.target, source.of) not in self._alone]
        return sorted(found, key=_rank)

    def _walk(
        self,
        node: Node,
        target: Edition,
        so_far: Link | None,
        passed: frozenset[Edition],
        left: int,
        best: dict[Node, Link],
    ) -> None:
        if not left:
            return
        for edge in self._from.get(node, ()):
            reached = edge.target
            if reached.of in passed:
                continue
            link = Link.of(edge) if so_far is None else so_far.then(Link.of(edge))
            if reached.of != target:
                self._walk(reached, target, link, passed | {reached.of}, left - 1, best)
            elif reached not in best or _rank(link) < _rank(best[reached]):
                best[reached] = link


def _rank(link: Link) -> tuple[object, ...]:
    return -link.confidence, len(link.path), [edge.target for edge in link.path]
