"""Frameworks as CodeSystems and crosswalks as ConceptMaps. Pure.

A SKOS relation is read from the source; R4's ``equivalence`` says the target's side: *wider* is a
target that is broader.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import Any

from app.catalog.library import Document, elements_of
from app.r4.names import ID, Names

Resource = dict[str, Any]

EQUIVALENCE = {
    "exactMatch": "equivalent",
    "closeMatch": "inexact",
    "broadMatch": "wider",
    "narrowMatch": "narrower",
    "relatedMatch": "relatedto",
}


def resource_id(name: str) -> str:
    """A name as the id of a resource; what FHIR takes for none, or a long one, is hashed."""
    if re.fullmatch(ID, name):
        return name
    return f"{name[:31]}.{hashlib.sha256(name.encode()).hexdigest()[:32]}"


def framework_id(framework: Document) -> str:
    """The id of an edition as a resource."""
    return resource_id(f"framework-{framework.name}.{framework.edition}")


def framework_url(names: Names, name: str) -> str:
    """The address of a framework as a code system, without its edition."""
    return f"{names.base}/CodeSystem/framework-{name}"


def code_system(framework: Document, names: Names, language: str) -> Resource:
    """An edition of a framework: its elements as concepts, below one another.

    Args:
        framework: the edition.
        names: of the service.
        language: of the texts; titles in the others stand beside them as designations.
    """
    content = framework.content
    return {
        "resourceType": "CodeSystem",
        "id": framework_id(framework),
        "language": language,
        "url": framework_url(names, framework.name),
        "version": framework.edition,
        "name": _name("Framework", framework.name),
        "title": _said(content["title"], language),
        "status": "active",
        "experimental": False,
        "publisher": content["publisher"],
        "description": _said(content["summary"], language),
        "copyright": f"{content['attribution']}\n\n{content['license']}",
        "caseSensitive": True,
        "hierarchyMeaning": "part-of",
        "content": "complete",
        "count": len(content["elements"]),
        "concept": _concepts(content["elements"], None, language),
    }


def _concepts(
    elements: Sequence[Mapping[str, Any]], parent: str | None, language: str
) -> list[Resource]:
    made = []
    for one in elements:
        if one.get("parent") != parent:
            continue
        concept = {
            "code": one["code"],
            "display": _said(one["title"], language),
            "definition": _said(one["summary"], language),
            "designation": [
                {"language": tag, "value": text}
                for tag, text in one["title"].items()
                if tag != language
            ],
            "concept": _concepts(elements, one["code"], language),
        }
        made.append({name: value for name, value in concept.items() if value != []})
    return made


def concept_map(
    crosswalk: Document, ends: tuple[Document, Document], names: Names, language: str
) -> Resource:
    """A crosswalk: what each element of the source is in the target, and what has no counterpart.

    Args:
        crosswalk: with its edges.
        ends: source and target.
        names: of the service.
        language: of the texts.
    """
    content = crosswalk.content
    source, target = ends
    titles = [_said(one.content["short_title"], language) for one in ends]
    return {
        "resourceType": "ConceptMap",
        "id": resource_id(crosswalk.name),
        "language": language,
        "url": f"{names.base}/ConceptMap/{crosswalk.name}",
        "version": str(crosswalk.revision),
        "name": _name("Crosswalk", crosswalk.name),
        "title": " - ".join(titles),
        "status": "active",
        "experimental": False,
        "copyright": content["license"],
        "group": [
            {
                "source": framework_url(names, source.name),
                "sourceVersion": source.edition,
                "target": framework_url(names, target.name),
                "targetVersion": target.edition,
                "element": list(_elements(content, ends, language)),
            }
        ],
    }


def _elements(
    content: Mapping[str, Any], ends: tuple[Document, Document], language: str
) -> list[Resource]:
    source, target = (elements_of(one) for one in ends)
    made: dict[str, Resource] = {}
    for edge in content["edges"]:
        code = edge["source"]
        one = made.setdefault(
            code,
            {"code": code, "display": _said(source[code]["title"], language), "target": []},
        )
        one["target"].append(
            {
                "code": edge["target"],
                "display": _said(target[edge["target"]]["title"], language),
                "equivalence": EQUIVALENCE[edge["relation"]],
                "comment": _said(edge["reason"], language),
            }
        )
    for alone in content["without_counterpart"]["source"]:
        unmatched = {"equivalence": "unmatched", "comment": _said(alone["reason"], language)}
        made[alone["code"]] = {
            "code": alone["code"],
            "display": _said(source[alone["code"]]["title"], language),
            "target": [unmatched],
        }
    return list(made.values())


def _said(text: Mapping[str, str], language: str) -> str:
    return text.get(language) or next(iter(text.values()))


def _name(kind: str, slug: str) -> str:
    """A name that programs can use, as FHIR wants one."""
    return kind + "".join(part.capitalize() for part in re.findall(r"[a-z0-9]+", slug))
