"""Whether documents speak of what there is: codes, roles, editions of one another. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any

from app.catalog.library import Document, Key, Library, elements_of
from app.catalog.texts import Where

Broken = tuple[Key, Where, str, str]
"""Which document, where in it, what is wrong, and what to do."""

MEND = "Mend the code, or add what it names"


def broken(library: Library) -> Iterator[Broken]:
    """Everything that one document says of another and that is not so."""
    for one in library.of_kind("guidance"):
        yield from _guidance(library, one)
    linked: dict[frozenset[tuple[str, str]], str] = {}
    for one in library.of_kind("crosswalk"):
        ends = (one.content[end] for end in ("source", "target"))
        pair = frozenset((end["framework"], end["edition"]) for end in ends)
        if (first := linked.setdefault(pair, one.name)) != one.name:
            what = f"{first} links the same two editions"
            yield one.key, ("crosswalk",), what, "Put its edges there: they may contradict these"
        yield from _crosswalk(library, one)
    for one in library.of_kind("changes"):
        yield from _changes(library, one)
    for one in library.of_kind("instrument"):
        yield from _instrument(library, one)


def _elements(library: Library, name: str, edition: str) -> Mapping[str, Any] | None:
    found = library.framework(name, edition)
    return None if found is None else elements_of(found)


def _no_edition(of: Document, name: str, edition: str, *where: str) -> Broken:
    what = f"There is no framework {name} edition {edition}"
    return of.key, where, what, "Add its file to frameworks/, or mend the name"


def _guidance(library: Library, of: Document) -> Iterator[Broken]:
    framework = library.framework(of.name, of.edition)
    if framework is None:
        yield _no_edition(of, of.name, of.edition, "framework")
        return
    elements = elements_of(framework)
    cited = {one["key"] for one in framework.content["citations"]}
    for place, entry in enumerate(of.content["elements"]):
        here: Where = ("elements", place)
        if entry["code"] not in elements:
            what = f"{of.name} has no element {entry['code']}"
            yield of.key, (*here, "code"), what, MEND
        for role in set(entry["led_by"]) - set(library.roles):
            known = ", ".join(sorted(library.roles))
            yield of.key, (*here, "led_by"), f"There is no role {role}", f"Use one of {known}"
        for source in set(entry["sources"]) - cited:
            what = f"{source} is not cited by {of.name}"
            yield of.key, (*here, "sources"), what, "Add it to the framework's citations"
        yield from _related(library, of, entry, here)


def _related(
    library: Library, of: Document, entry: Mapping[str, Any], here: Where
) -> Iterator[Broken]:
    for number, reference in enumerate(entry["related"]):
        name, _, code = reference.rpartition(":")
        other = library.framework(name) if name else library.framework(of.name, of.edition)
        if other is None or code not in elements_of(other):
            what = f"{entry['code']} is related to {reference}, which there is not"
            yield of.key, (*here, "related", number), what, MEND


def _crosswalk(library: Library, of: Document) -> Iterator[Broken]:
    for end in ("source", "target"):
        named = of.content[end]
        elements = _elements(library, named["framework"], named["edition"])
        if elements is None:
            yield _no_edition(of, named["framework"], named["edition"], end, "framework")
            continue
        edges = [(("edges", n), one[end]) for n, one in enumerate(of.content["edges"])]
        listed = of.content["without_counterpart"][end]
        alone = [(("without_counterpart", end, n), one["code"]) for n, one in enumerate(listed)]
        for where, code in edges + alone:
            if code not in elements:
                what = f"{named['framework']} has no element {code}"
                yield of.key, (*where, end), what, MEND
        linked = {code for _, code in edges}
        kinds = {elements[code]["kind"] for code in linked & set(elements)} - PARTS
        asked = {code for code, element in elements.items() if element["kind"] in kinds}
        for code in sorted(asked - linked - {code for _, code in alone}):
            what = f"{code} is neither linked nor listed without counterpart"
            fix = f"Add an edge, or list it under without_counterpart.{end} with the reason"
            yield of.key, ("without_counterpart", end), what, fix


PARTS = frozenset({"aspect"})
"""Kinds whose elements are spoken for by what they are parts of."""


def _changes(library: Library, of: Document) -> Iterator[Broken]:
    for end in ("before", "after"):
        edition = of.content[end]
        elements = _elements(library, of.name, edition)
        if elements is None:
            yield _no_edition(of, of.name, edition, end)
            continue
        for place, one in enumerate(of.content["changes"]):
            if one.get(end) is not None and one[end] not in elements:
                what = f"Edition {edition} has no element {one[end]}"
                yield of.key, ("changes", place, end), what, MEND


def _instrument(library: Library, of: Document) -> Iterator[Broken]:
    yield from _short(library, of)
    named = of.content.get("framework")
    if named is None:
        return
    elements = _elements(library, named["id"], named["edition"])
    if elements is None:
        yield _no_edition(of, named["id"], named["edition"], "framework", "id")
        return
    for number, section in enumerate(of.content["sections"]):
        here: Where = ("sections", number)
        asked = [
            (here, section),
            *(((*here, "items", place), item) for place, item in enumerate(section["items"])),
        ]
        for where, one in asked:
            if one.get("element") is not None and one["element"] not in elements:
                what = f"{named['id']} has no element {one['element']}"
                yield of.key, (*where, "element"), what, MEND


def _short(library: Library, of: Document) -> Iterator[Broken]:
    named = of.content.get("short_of")
    if named is None:
        return
    long = library.documents.get((of.kind, named["instrument"], named["version"]))
    if long is None:
        what = f"There is no instrument {named['instrument']} version {named['version']}"
        yield of.key, ("short_of",), what, "Add its file to instruments/, or mend the name"
        return
    known = {item["code"] for section in long.content["sections"] for item in section["items"]}
    for number, section in enumerate(of.content["sections"]):
        for place, item in enumerate(section["items"]):
            if item["code"] not in known:
                what = f"{long.name} has no item {item['code']}"
                yield of.key, ("sections", number, "items", place, "code"), what, MEND
