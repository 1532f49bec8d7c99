"""What is shown of frameworks and their elements, in all languages. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any

from app.catalog.crosswalk import Link, Node
from app.catalog.library import Document, Library, elements_of

Shown = dict[str, Any]


def href(framework: Document, code: str | None = None) -> str:
    """Where an edition is, or one of its elements."""
    element = "" if code is None else f"/elements/{code}"
    return f"/v1/frameworks/{framework.name}{element}?edition={framework.edition}"


def brief(library: Library, framework: Document) -> Shown:
    """An edition in a list."""
    content = framework.content
    guided = sum(
        library.guidance((framework.name, framework.edition), one["code"]) is not None
        for one in content["elements"]
    )
    return {
        "id": framework.name,
        "edition": framework.edition,
        "revision": framework.revision,
        "year": content["year"],
        "title": content["title"],
        "summary": content["summary"],
        "elements": len(content["elements"]),
        "elements_with_guidance": guided,
        "translation_status": content["translation_status"],
        "href": href(framework),
    }


def citations(framework: Document) -> dict[str, str]:
    """The full citation behind each source key."""
    return {one["key"]: one["text"] for one in framework.content["citations"]}


def whole(framework: Document) -> Shown:
    """An edition with all its elements."""
    cited = citations(framework)
    elements = [{**one, "citation": cited[one["source"]]} for one in framework.content["elements"]]
    return {
        **framework.content,
        "revision": framework.revision,
        "elements": elements,
        "content_sha256": framework.sha256,
    }


def element(library: Library, framework: Document, one: Mapping[str, Any]) -> Shown:
    """One element with its children, its source, its guidance and its direct counterparts."""
    cited, code = citations(framework), one["code"]
    return {
        **one,
        "framework": framework.name,
        "edition": framework.edition,
        "citation": cited[one["source"]],
        "attribution": framework.content["attribution"],
        "children": [
            {**child, "citation": cited[child["source"]]}
            for child in framework.content["elements"]
            if child.get("parent") == code
        ],
        "guidance": guidance(library, framework, code),
        "counterparts": counterparts(library, framework, code, None, most=1),
    }


def guidance(library: Library, framework: Document, code: str) -> Shown | None:
    """How exactly an element is done, with names for its codes; None if nothing is said."""
    found = library.guidance((framework.name, framework.edition), code)
    if found is None:
        return None
    document = library.documents["guidance", framework.name, framework.edition]
    cited = citations(framework)
    return {
        **{name: value for name, value in found.items() if name not in {"code", "sources"}},
        "led_by": [{"code": role, "title": library.roles[role]} for role in found["led_by"]],
        "related": list(_related(library, framework, found["related"])),
        "citations": [cited[source] for source in found["sources"]],
        "text_origin": document.content["text_origin"],
        "license": document.content["license"],
        "translation_status": document.content["translation_status"],
        "revision": document.revision,
    }


def _related(library: Library, framework: Document, references: list[str]) -> Iterator[Shown]:
    for reference in references:
        name, _, code = reference.rpartition(":")
        of = library.framework(name) if name else framework
        if of is not None:
            yield element_in_brief(of, elements_of(of)[code])


def counterparts(
    library: Library, framework: Document, code: str, to: str | None, *, most: int = 3
) -> list[Shown]:
    """What an element relates to in other frameworks, or in one of them.

    Args:
        library: the catalog.
        framework: whose element it is.
        code: of the element.
        to: the other framework; None for all.
        most: links that a path may have.
    """
    node = Node(framework.name, framework.edition, code)
    return [
        _link(library, link)
        for other in sorted(library.graph.editions)
        if other != node.of and to in {None, other[0]}
        for link in library.graph.links(node, other, most=most)
    ]


def without_counterpart(
    library: Library, framework: Document, code: str, to: str | None
) -> list[Shown]:
    """Editions, of all frameworks or of one, of which it is known that they have none, and why."""
    node = Node(framework.name, framework.edition, code)
    found = [
        {"framework": name, "edition": edition, "reason": reason}
        for (alone, (name, edition)), reason in library.alone.items()
        if alone == node and to in {None, name}
    ]
    return sorted(found, key=lambda one: (one["framework"], one["edition"]))


def _link(library: Library, link: Link) -> Shown:
    return {
        **_named(library, link.target),
        "relation": link.relation,
        "strength": link.strength,
        "confidence": round(float(link.confidence), 3),
        "path": [
            {
                **_named(library, edge.target),
                "relation": edge.relation,
                "strength": edge.strength,
                "confidence": float(edge.forward),
                "provenance": edge.provenance,
                "reason": edge.reason,
            }
            for edge in link.path
        ],
    }


def _named(library: Library, node: Node) -> Shown:
    framework = library.documents["framework", node.framework, node.edition]
    return element_in_brief(framework, elements_of(framework)[node.code])


def element_in_brief(framework: Document, one: Mapping[str, Any]) -> Shown:
    """What an element is called and where it is."""
    return {
        "framework": framework.name,
        "edition": framework.edition,
        "code": one["code"],
        "title": one["title"],
        "href": href(framework, one["code"]),
    }


def changes(library: Library, document: Document) -> Shown:
    """What became of each element, with its titles before and after."""
    content = document.content
    ends = {
        end: library.documents["framework", document.name, content[end]]
        for end in ("before", "after")
    }
    return {
        "framework": document.name,
        "before": content["before"],
        "after": content["after"],
        "provenance": content["provenance"],
        "citation": citations(ends["after"])[content["source"]],
        "translation_status": content["translation_status"],
        "changes": [
            {
                **one,
                **{end: _end(ends[end], one.get(end)) for end in ends},
            }
            for one in content["changes"]
        ],
    }


def _end(framework: Document, code: str | None) -> Shown | None:
    if code is None:
        return None
    return {
        "code": code,
        "title": elements_of(framework)[code]["title"],
        "href": href(framework, code),
    }
