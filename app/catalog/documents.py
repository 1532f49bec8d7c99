"""Frameworks and what is said of them as documents: the same shape in files and in the table.

Each kind of document has a folder in ``seed/``; adding one is adding a file. A published document
never changes: other words are its next ``revision``.
"""

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from app.catalog.crosswalks import CrosswalkIn
from app.catalog.frameworks import FrameworkIn
from app.catalog.texts import (
    DocumentIn,
    Language,
    Provenance,
    Slug,
    Text,
    TextOrigin,
    Texts,
    listed,
    once,
)
from app.schemas import Code, In

Reference = Annotated[
    str,
    StringConstraints(pattern=r"^([a-z0-9][a-z0-9-]{0,63}:)?[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"),
    Field(examples=["LP3", "seven-leverage-points:LP3"]),
]
"""An element by its code; of another framework with that framework's id before it."""

RoleCode = Annotated[
    str, StringConstraints(pattern=r"^[a-z][a-z_]{0,40}$"), Field(examples=["ceo"])
]


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
