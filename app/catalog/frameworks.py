"""Frameworks as documents: one edition, its elements as a tree, and where each comes from."""

from collections.abc import Mapping
from typing import Literal, Self

from pydantic import Field, model_validator

from app.catalog.texts import (
    DocumentIn,
    Provenance,
    Slug,
    Text,
    TextOrigin,
    TranslationStatus,
    WrongError,
    listed,
    once,
)
from app.schemas import Code, In, Name, Note


class MeasureIn(In):
    """How a measure is counted, and which way is better."""

    unit: Name
    direction: Literal["lower_is_better", "higher_is_better", "target"]
    dimension: Literal["safe", "effective", "patient_centered", "timely", "efficient", "equitable"]


class ElementIn(In):
    """A node of a framework; ``summary`` is our own wording, names are facts."""

    code: Code
    parent: Code | None
    kind: Literal[
        "leverage_point",
        "aspect",
        "component",
        "element",
        "measure",
        "principle",
        "practice",
        "question",
        "stage",
        "domain",
        "dimension",
        "behavior",
        "statement",
        "aim",
    ]
    title: Text
    summary: Text
    provenance: Provenance
    text_origin: TextOrigin
    source: Code
    translation_status: TranslationStatus = Field(default_factory=dict)
    measure: MeasureIn | None = None


class CitationIn(In):
    """A source and the key that elements name it by."""

    key: Code
    text: Note


class FrameworkIn(DocumentIn):
    """One edition of a framework, complete."""

    framework: Slug
    edition: Code
    year: int = Field(ge=1900, le=2200)
    title: Text
    short_title: Text
    summary: Text
    publisher: Name
    citations: list[CitationIn] = Field(min_length=1)
    attribution: Note
    elements: list[ElementIn] = Field(min_length=1)

    @property
    def key(self) -> tuple[str, str]:
        """Name and edition of what it is about."""
        return self.framework, self.edition

    @model_validator(mode="after")
    def hangs_together(self) -> Self:
        """Codes once each, parents before children, sources that are cited."""
        once("element", listed((one.code for one in self.elements), "elements"))
        once("citation", listed((one.key for one in self.citations), "citations", "key"))
        cited = {citation.key for citation in self.citations}
        parents = {element.code: element.parent for element in self.elements}
        seen: set[str | None] = {None}
        for place, element in enumerate(self.elements):
            code, parent = element.code, element.parent
            if parent not in seen:
                raise WrongError(_misplaced(code, parent, parents), "elements", place, "parent")
            if element.source not in cited:
                raise WrongError(
                    f"{code} names {element.source}, which is not cited",
                    "elements",
                    place,
                    "source",
                )
            seen.add(code)
        return self


def _misplaced(code: str, parent: str | None, parents: Mapping[str, str | None]) -> str:
    if parent not in parents:
        return f"{code} names {parent} as its parent, which there is not"
    above, passed = parent, {code}
    while above is not None and above not in passed:
        passed.add(above)
        above = parents.get(above)
    if above is not None:
        return f"{code} is below itself, by way of {parent}"
    return f"{code} stands before its parent {parent}"
