"""All documents of one version of the catalog, found by what they are about. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from app.catalog.crosswalk import Edge, Edition, Graph, Node
from app.catalog.crosswalks import CrosswalkIn

Key = tuple[str, str, str]
"""Kind, name and edition."""


@dataclass(frozen=True, slots=True)
class Document:
    """A published document in one of its revisions."""

    kind: str
    name: str
    edition: str
    revision: int
    content: Mapping[str, Any]
    sha256: str

    @property
    def key(self) -> Key:
        """What it is, whatever the revision."""
        return self.kind, self.name, self.edition


class Library:
    """The documents of one version of the catalog.

    Args:
        version: number of the catalog's version.
        documents: one revision of each.
    """

    def __init__(self, version: int, documents: Iterable[Document]) -> None:
        self.version = version
        self.documents = {one.key: one for one in documents}

    def of_kind(self, kind: str) -> list[Document]:
        """All documents of a kind, by name and edition."""
        return sorted(
            (one for one in self.documents.values() if one.kind == kind), key=lambda one: one.key
        )

    @cached_property
    def frameworks(self) -> list[Document]:
        """All editions, the newest first within a framework."""
        found = sorted(
            self.of_kind("framework"),
            key=lambda one: (one.content["year"], one.edition),
            reverse=True,
        )
        return sorted(found, key=lambda one: one.name)

    def framework(self, name: str, edition: str | None = None) -> Document | None:
        """One edition, the newest if none is named."""
        if edition is not None:
            return self.documents.get(("framework", name, edition))
        return next((one for one in self.frameworks if one.name == name), None)

    def guidance(self, edition: Edition, code: str) -> Mapping[str, Any] | None:
        """How exactly an element is done, if anything is said of it."""
        return self._guidance.get((*edition, code))

    @cached_property
    def _guidance(self) -> dict[tuple[str, str, str], Mapping[str, Any]]:
        return {
            (one.name, one.edition, entry["code"]): entry
            for one in self.of_kind("guidance")
            for entry in one.content["elements"]
        }

    @cached_property
    def roles(self) -> dict[str, Mapping[str, str]]:
        """What roles are called, by code."""
        return {
            entry["code"]: entry["title"]
            for one in self.of_kind("roles")
            for entry in one.content["entries"]
        }

    @cached_property
    def languages(self) -> list[str]:
        """Languages of the frameworks."""
        return sorted({tag for one in self.frameworks for tag in one.content["title"]}) or ["en"]

    @cached_property
    def graph(self) -> Graph:
        """The edges of all crosswalks."""
        edges = (edge for one in self.of_kind("crosswalk") for edge in edges_of(one))
        return Graph(edges, self.alone)

    @cached_property
    def alone(self) -> dict[tuple[Node, Edition], Mapping[str, str]]:
        """Elements that have no counterpart in an edition, and why."""
        return {
            (Node(*ends[end], entry["code"]), ends[other]): entry["reason"]
            for one in self.of_kind("crosswalk")
            for ends in [{end: _edition(one.content[end]) for end in ("source", "target")}]
            for end, other in (("source", "target"), ("target", "source"))
            for entry in one.content["without_counterpart"][end]
        }


def elements_of(framework: Document) -> dict[str, Mapping[str, Any]]:
    """The elements of an edition by code."""
    return {one["code"]: one for one in framework.content["elements"]}


def _edition(named: Mapping[str, str]) -> Edition:
    return named["framework"], named["edition"]


def edges_of(crosswalk: Document) -> Iterator[Edge]:
    """The edges of a crosswalk, as they were written down."""
    given = CrosswalkIn.model_validate(crosswalk.content)
    source = given.source.framework, given.source.edition
    target = given.target.framework, given.target.edition
    for one in given.edges:
        forward, backward = one.confidence.shares
        yield Edge(
            Node(*source, one.source),
            Node(*target, one.target),
            one.relation,
            one.strength,
            forward,
            backward,
            one.provenance or given.provenance,
            one.reason,
        )


def changed_elements(before: Document, after: Document) -> dict[str, list[str]]:
    """Codes of the elements that two revisions do not have alike."""
    old, new = (
        {one["code"]: one for one in document.content.get("elements", ())}
        for document in (before, after)
    )
    return {
        "added": [code for code in new if code not in old],
        "changed": [code for code in new if code in old and new[code] != old[code]],
        "removed": [code for code in old if code not in new],
    }
