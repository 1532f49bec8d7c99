"""What a result says in the terms of another framework: ranges, as sure as the crosswalk is. Pure.

Questions asked once answer others in part. Of a section score ``s`` (0 to 100) that tells of an
element with confidence ``c``, the element's own score may lie anywhere from ``s c`` to
``100 - (100 - s) c``: with full confidence it is ``s``, with none it is unknown. Where several
sections tell of an element, their ranges are averaged, each weighted by its confidence; so is the
confidence. What less than a tenth is known of is unknown.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor

from app.catalog.crosswalk import Edition, Graph, Link, Node

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
    """One section that an element's range rests on, and how it is linked."""

    section: Section
    link: Link
    confidence: Fraction

    @property
    def items(self) -> list[str]:
        """Codes of the items that it comes from."""
        told = self.link.target.code
        if told == self.section.element:
            return [code for codes in self.section.items.values() for code in codes]
        return list(self.section.items[told])


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

    def levels(self, top: int) -> tuple[int, int] | None:
        """The same as levels from 0 to ``top``, rounded outwards."""
        if self.low is None or self.high is None:
            return None
        return floor(self.low * top / TOP), ceil(self.high * top / TOP)


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
    for node in elements:
        yield node, implied(_grounds(graph, node, asked, sections))


def _grounds(graph: Graph, node: Node, asked: Edition, sections: Sequence[Section]) -> list[Ground]:
    links = {link.target.code: link for link in graph.links(node, asked)}
    found = []
    for section in sections:
        if section.score is None:
            continue
        link = links.get(section.element)
        part = Fraction(1)
        if link is None:
            # A part of what the section asks about tells half as much.
            told = [links[one] for one in section.items if one in links]
            link = max(told, key=lambda one: one.confidence, default=None)
            part = Fraction(1, 2)
        if link is not None:
            found.append(Ground(section, link, link.confidence * part))
    return sorted(found, key=lambda one: (-one.confidence, one.section.code))


def implied(grounds: Sequence[Ground]) -> Implied:
    """What several sections tell of one element together."""
    told = [one for one in grounds if one.section.score is not None and one.confidence >= LEAST]
    if not told:
        return UNKNOWN
    weight = sum((one.confidence for one in told), Fraction(0))
    low = high = Fraction(0)
    for one in told:
        score, sure = Fraction(one.section.score or 0), one.confidence
        low += sure * (score * sure)
        high += sure * (TOP - (TOP - score) * sure)
    confidence = sum((one.confidence**2 for one in told), Fraction(0)) / weight
    return Implied(floor(low / weight), ceil(high / weight), confidence, tuple(told))
