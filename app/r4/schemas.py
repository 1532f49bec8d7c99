"""QuestionnaireResponse as FHIR R4 has it, as far as anything of it can be taken in.

A ``contained`` resource, an extension that modifies, and any value but a choice are none of it.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from app.r4.names import ID

Text = Annotated[str, StringConstraints(min_length=1, max_length=10_000, strict=True)]
Uri = Annotated[str, StringConstraints(pattern=r"^\S{1,2000}$", strict=True)]
Token = Annotated[str, StringConstraints(pattern=r"^\S+( \S+)*$", max_length=200, strict=True)]
Parts = dict[str, Any]

DATE_TIME = (
    r"^[0-9]{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01])"
    r"(T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,9})?"
    r"(Z|[+-](0[0-9]|1[0-4]):[0-5][0-9]))?)?)?$"
)
DateTime = Annotated[str, StringConstraints(pattern=DATE_TIME, strict=True)]


class Element(BaseModel):
    """A part of a resource."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    id: Text | None = None
    extension: "list[Extension]" = []


class Extension(BaseModel):
    """An extension; of those that are not ours nothing is read."""

    model_config = ConfigDict(extra="allow")

    url: Uri


class Coding(Element):
    """A code of a code system."""

    system: Uri | None = None
    version: Text | None = None
    code: Token
    display: Text | None = None
    userSelected: bool | None = Field(default=None, strict=True)  # noqa: N815 - FHIR's own word


class Identifier(Element):
    """The sender's own name of something."""

    use: Literal["usual", "official", "temp", "secondary", "old"] | None = None
    type: Parts | None = None
    system: Uri | None = None
    value: Text
    period: Parts | None = None
    assigner: Parts | None = None


class Reference(Element):
    """Something elsewhere, by address or by a name."""

    reference: Uri | None = None
    type: Uri | None = None
    identifier: Identifier | None = None
    display: Text | None = None


class Answer(Element):
    """One answer: a choice, or the number of a level."""

    valueCoding: Coding | None = None  # noqa: N815 - FHIR's own word
    valueInteger: Any = None  # noqa: N815 - FHIR's own word; judged with the item that it is for
    item: list[Any] = []


class Item(Element):
    """A group, or one statement with its answer."""

    linkId: Text  # noqa: N815 - FHIR's own word
    definition: Uri | None = None
    text: Text | None = None
    answer: list[Answer] = []
    item: "list[Item]" = []


class QuestionnaireResponse(Element):
    """A filled in questionnaire."""

    resourceType: Literal["QuestionnaireResponse"]  # noqa: N815 - FHIR's own word
    id: Annotated[str, StringConstraints(pattern=f"^{ID}$", strict=True)] | None = None
    meta: Parts | None = None
    language: Token | None = None
    text: Parts | None = None
    identifier: Identifier | None = None
    basedOn: list[Reference] = []  # noqa: N815 - FHIR's own word
    partOf: list[Reference] = []  # noqa: N815 - FHIR's own word
    questionnaire: Uri
    status: Literal["in-progress", "completed", "amended", "entered-in-error", "stopped"]
    subject: Reference | None = None
    encounter: Reference | None = None
    authored: DateTime | None = None
    author: Reference | None = None
    source: Reference | None = None
    item: list[Item] = []
