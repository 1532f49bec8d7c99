"""What a result says in the terms of another framework: ranges, as sure as the crosswalk is. Pure.

Questions asked once answer others in part. Of a section score ``s`` (0 to 100) that tells of an
element with confidence ``c``, the element's own score may lie anywhere from ``s c`` to
``100 - (100 - s) c``: with full confidence it is ``s``, with none it is unknown. The confidence is
that of the way from what was asked to the element, which is not that of the way back. Where several
sections tell of an element, their ranges are averaged, each weighted by its confidence; so is the
confidence. Where they contradict one another, the range reaches into each of theirs: an average
that none of them allows is no knowledge. What less than a tenth is known of is unknown.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor

from app.catalog.crosswalk import INVERSE, Edition, Graph, Link, Node

LEAST = Fraction(1, 10)
"""Confidence below which nothing is said."""

TOP = 100
"""The best score."""


@dataclass(frozen=True, slots=True)
class Section:
    """A scored section of the instrument that was answered.

    Attributes:
        code: of the section.
        element: it asks about, with the elements that its items ask about.
        items: codes of its items by the element that they ask about.
        score: 0 to 100; None if there is none.
    """

    code: str
    element: str
    items: Mapping[str, Sequence[str]]
    score: float | None


@dataclass(frozen=True, slots=True)
class Ground:
    """One section that an element's range rests on.

    Attributes:
        section: with its score.
        link: from what the section asks about to the element.
        confidence: with which the score tells of the element.
    """

    section: Section
    link: Link
    confidence: Fraction

    @property
    def items(self) -> list[str]:
        """Codes of the items that it comes from."""
        asked = self.link.source.code
        if asked == self.section.element:
            return [code for codes in self.section.items.values() for code in codes]
        return list(self.section.items[asked])

    @property
    def relation(self) -> str:
        """How what was asked relates to the element: read from the element."""
        return INVERSE.get(self.link.relation, self.link.relation)

    @property
    def path(self) -> list[str]:
        """Codes on the way from the element to what was asked, which is the last."""
        return [edge.source.code for edge in reversed(self.link.path)]

    @property
    def low(self) -> Fraction:
        """Least score of the element that this leaves."""
        return self._score * self.confidence

    @property
    def high(self) -> Fraction:
        """Greatest score of the element that this leaves."""
        return TOP - (TOP - self._score) * self.confidence

    @property
    def _score(self) -> Fraction:
        return Fraction(self.section.score or 0)


@dataclass(frozen=True, slots=True)
class Implied:
    """What is known of one element.

    Attributes:
        low: least score, 0 to 100, rounded outwards; None if nothing is known.
        high: greatest score.
        confidence: from 0 to 1.
        grounds: what it rests on, those that tell most first.
    """

    low: int | None
    high: int | None
    confidence: Fraction
    grounds: tuple[Ground, ...]

    def levels(self, bottom: int, top: int) -> tuple[int, int] | None:
        """The same as levels from ``bottom`` to ``top``, rounded outwards."""
        if self.low is None or self.high is None:
            return None
        span = top - bottom
        return bottom + floor(self.low * span / TOP), bottom + ceil(self.high * span / TOP)


UNKNOWN = Implied(None, None, Fraction(0), ())


def project(
    graph: Graph, elements: Iterable[Node], asked: Edition, sections: Sequence[Section]
) -> Iterator[tuple[Node, Implied]]:
    """What sections tell of each element of another framework.

    Args:
        graph: the crosswalks.
        elements: of the other framework.
        asked: the edition that the instrument asks about.
        sections: with their scores.
    """
    nodes = list(elements)
    told: dict[Node, dict[str, Link]] = {node: {} for node in nodes}
    codes = sorted({code for one in sections for code in (one.element, *one.items)})
    for code in codes:
        for edition in sorted({node.of for node in nodes}):
            for link in graph.links(Node(*asked, code), edition):
                if link.target in told:
                    told[link.target][code] = link
    for node in nodes:
        yield node, implied(_grounds(told[node], sections))


def _grounds(links: Mapping[str, Link], sections: Sequence[Section]) -> list[Ground]:
    found = []
    for section in sections:
        if section.score is None:
            continue
        # A part of what the section asks about tells half as much.
        parts = {one: Fraction(1, 2) for one in section.items} | {section.element: Fraction(1)}
        told = [(links[one].confidence * part, one) for one, part in parts.items() if one in links]
        if told:
            confidence, code = max(told, key=lambda one: (one[0], one[1] == section.element))
            found.append(Ground(section, links[code], confidence))
    return sorted(found, key=lambda one: (-one.confidence, one.section.code))


def implied(grounds: Sequence[Ground]) -> Implied:
    """What several sections tell of one element together."""
    told = [one for one in grounds if one.section.score is not None and one.confidence >= LEAST]
    if not told:
        return UNKNOWN
    weight = sum((one.confidence for one in told), Fraction(0))
    low = sum((one.confidence * one.low for one in told), Fraction(0)) / weight
    high = sum((one.confidence * one.high for one in told), Fraction(0)) / weight
    low, high = min(low, *(one.high for one in told)), max(high, *(one.low for one in told))
    confidence = sum((one.confidence**2 for one in told), Fraction(0)) / weight
    return Implied(floor(low), ceil(high), confidence, tuple(told))
