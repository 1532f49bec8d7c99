"""Frameworks and what is said of them as documents: the same shape in files and in the table.

Each kind of document has a folder in ``seed/``; adding one is adding a file. A published document
never changes: other words are its next ``revision``.
"""

from collections.abc import Collection, Mapping, Sequence
from fractions import Fraction
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from app.catalog.texts import (
    Language,
    Provenance,
    Slug,
    Text,
    TextOrigin,
    TranslationStatus,
    WrongError,
    in_every_language,
    listed,
    once,
)
from app.schemas import Code, In, Name, Note

Texts = Annotated[list[Text], Field(min_length=1, max_length=12)]
Reference = Annotated[
    str,
    StringConstraints(pattern=r"^([a-z0-9][a-z0-9-]{0,63}:)?[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"),
    Field(examples=["LP3", "seven-leverage-points:LP3"]),
]
"""An element by its code; of another framework with that framework's id before it."""

RoleCode = Annotated[
    str, StringConstraints(pattern=r"^[a-z][a-z_]{0,40}$"), Field(examples=["ceo"])
]
Share = Annotated[str, StringConstraints(pattern=r"^(0\.[0-9]{1,2}|1)$"), Field(examples=["0.7"])]


class DocumentIn(In):
    """What every document says of itself."""

    revision: int | None = Field(
        default=None, ge=2, le=10_000, strict=True, description="Of our words; the first says none."
    )
    license: Name
    translation_status: TranslationStatus = Field(min_length=1)

    @property
    def key(self) -> tuple[str, str]:
        """Name and edition of what it is about."""
        raise NotImplementedError

    @model_validator(mode="after")
    def is_in_every_language(self) -> Self:
        """Every text in every language that it says it has."""
        in_every_language(self.model_dump(exclude_none=True), self.translation_status)
        return self


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


class EntryIn(In):
    """How exactly one element is done."""

    code: Code
    means: Text
    why: Text
    questions: Texts
    first_30_days: Texts
    first_90_days: Texts
    led_by: list[RoleCode] = Field(min_length=1, description="Roles; the first one leads.")
    measures: Texts
    pitfalls: Texts
    related: list[Reference] = Field(default=[])
    sources: list[Code] = Field(min_length=1)


class GuidanceIn(DocumentIn):
    """The answer to "but how exactly do I do this?", element by element of one edition."""

    framework: Slug
    edition: Code
    text_origin: TextOrigin
    elements: list[EntryIn] = Field(min_length=1)

    @property
    def key(self) -> tuple[str, str]:
        """Name and edition of what it is about."""
        return self.framework, self.edition

    @model_validator(mode="after")
    def hangs_together(self) -> Self:
        """Codes once each."""
        once("element", listed((one.code for one in self.elements), "elements"))
        return self


class EditionRef(In):
    """One edition of a framework."""

    framework: Slug
    edition: Code


class ConfidenceIn(In):
    """How well an answer about one end tells of the other; it depends on the direction."""

    forward: Share
    backward: Share

    @property
    def shares(self) -> tuple[Fraction, Fraction]:
        """Both as exact numbers, forward first."""
        return Fraction(self.forward), Fraction(self.backward)


Relation = Literal["exactMatch", "closeMatch", "broadMatch", "narrowMatch", "relatedMatch"]
"""SKOS, read from source to target: with ``broadMatch`` the target is the broader one."""


class EdgeIn(In):
    """A link between two elements, and why."""

    source: Code
    target: Code
    relation: Relation
    strength: Literal["P", "S"]
    confidence: ConfidenceIn
    provenance: Provenance | None = None
    reason: Text


class AloneIn(In):
    """An element without a counterpart, and why."""

    code: Code
    reason: Text


class AlonesIn(In):
    """Elements of both ends that have no counterpart."""

    source: list[AloneIn] = Field(default=[])
    target: list[AloneIn] = Field(default=[])


class CrosswalkIn(DocumentIn):
    """How the elements of two frameworks relate."""

    crosswalk: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,139}$")]
    source: EditionRef
    target: EditionRef
    provenance: Provenance
    edges: list[EdgeIn] = Field(min_length=1)
    without_counterpart: AlonesIn = Field(default_factory=AlonesIn)

    @property
    def key(self) -> tuple[str, str]:
        """Name and edition of what it is about."""
        return self.crosswalk, "1"

    @model_validator(mode="after")
    def hangs_together(self) -> Self:
        """Two frameworks, each pair once, nobody linked and alone."""
        if self.source == self.target:
            raise WrongError("a crosswalk links two frameworks", "target")
        pairs = (f"{one.source} to {one.target}" for one in self.edges)
        once("edge", listed(pairs, "edges", "target"))
        alone = self.without_counterpart
        _alone("source", alone.source, {one.source for one in self.edges})
        _alone("target", alone.target, {one.target for one in self.edges})
        return self


def _alone(end: str, alone: Sequence[AloneIn], linked: Collection[str]) -> None:
    for place, one in enumerate(alone):
        if one.code in linked:
            raise WrongError(
                f"{one.code} has an edge and is listed without counterpart",
                "without_counterpart",
                end,
                place,
                "code",
            )


class ChangeIn(In):
    """What became of an element from one edition to another; one end is missing if it is new."""

    before: Code | None
    after: Code | None
    change: Literal["unchanged", "emphasis", "reframed", "substantially_revised"]
    title_changed: bool
    note: Text


class ChangesIn(DocumentIn):
    """What changed between two editions of a framework."""

    framework: Slug
    before: Code
    after: Code
    provenance: Provenance
    source: Code
    changes: list[ChangeIn] = Field(min_length=1)

    @property
    def key(self) -> tuple[str, str]:
        """Name and edition of what it is about."""
        return self.framework, f"{self.before}..{self.after}"


class RoleIn(In):
    """Somebody who leads, as organizations call such people."""

    code: RoleCode
    title: Text


class RolesIn(DocumentIn):
    """Who leads what guidance asks for."""

    roles: Slug
    entries: list[RoleIn] = Field(min_length=1)

    @property
    def key(self) -> tuple[str, str]:
        """Name and edition of what it is about."""
        return self.roles, "1"

    @model_validator(mode="after")
    def hangs_together(self) -> Self:
        """Codes once each."""
        once("role", listed((one.code for one in self.entries), "entries"))
        return self


Phrase = Annotated[str, StringConstraints(min_length=2, max_length=80)]


class SynonymsIn(DocumentIn):
    """Words and phrases that mean the same to whoever searches, by language."""

    synonyms: Slug
    groups: list[dict[Language, Annotated[list[Phrase], Field(min_length=1)]]] = Field(min_length=1)

    @property
    def key(self) -> tuple[str, str]:
        """Name and edition of what it is about."""
        return self.synonyms, "1"


KINDS: Mapping[str, type[DocumentIn]] = {
    "framework": FrameworkIn,
    "guidance": GuidanceIn,
    "crosswalk": CrosswalkIn,
    "changes": ChangesIn,
    "roles": RolesIn,
    "synonyms": SynonymsIn,
}
"""Kinds of documents."""

FOLDERS: Mapping[str, str] = {
    "framework": "frameworks",
    "roles": "roles",
    "guidance": "guidance",
    "crosswalk": "crosswalks",
    "changes": "changes",
    "synonyms": "synonyms",
}
"""Where in ``seed/`` the files of each kind are."""
