"""The wire of leadership development programs."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from app.catalog.documents import RoleCode
from app.catalog.texts import Slug
from app.schemas import Code, In

Score = Annotated[float, Field(ge=0, le=100, strict=True)]
Said = str | dict[str, str]
"""A text in the language asked for; by language where all were."""


class ProgramIn(In):
    """What a program is to be made of: scores of a result, or chosen elements, or both."""

    framework: Slug = "seven-leverage-points"
    edition: Code | None = None
    elements: list[Code] = Field(
        default=[], max_length=60, description="Of those with a score, all if none is named."
    )
    scores: dict[Code, Score] = Field(
        default={}, max_length=60, description="0 to 100 by element, as a result has them."
    )
    roles: list[RoleCode] = Field(default=[], max_length=20, description="Who takes part.")
    most: int = Field(default=6, ge=1, le=60, strict=True, description="Modules at most.")


class PartOut(BaseModel):
    """Somebody who takes part in a module, and how."""

    code: str
    title: Said
    part: Literal["leads", "does", "joins"]
    text: Said


class StepOut(BaseModel):
    """One step of the field work."""

    text: Said


class FieldWorkOut(BaseModel):
    """A test of change: plan with a prediction, do, study, act."""

    plan: StepOut
    predict: StepOut
    do: list[StepOut]
    study: list[StepOut]
    act: list[StepOut]


class ReferenceOut(BaseModel):
    """An element to read on at."""

    code: str
    href: str


class ModuleOut(BaseModel):
    """What to learn of one element, what to try, and how to know that it worked."""

    number: int
    code: str
    title: Said
    reason: Said = Field(description="Why it comes at this place.")
    summary: Said
    why: Said
    hours: float
    roles: list[PartOut]
    questions: list[Said]
    field_work: FieldWorkOut
    success: StepOut
    pitfalls: list[Said]
    references: list[ReferenceOut]
    citations: list[str]
    translation_status: Said


class NamedResultOut(BaseModel):
    """The locked result that scores are from."""

    instrument: str
    version: str
    period: str


class ProgramOut(BaseModel):
    """A leadership development program; the same question gives the same one."""

    title: Said
    framework: str
    edition: str
    catalog_version: int
    note: Said = Field(description="The rule by which modules are ordered and hours counted.")
    hours: float
    modules: list[ModuleOut]
    left_out: list[str] = Field(description="Elements beyond `most`.")
    result: NamedResultOut | None = Field(description="Null where the question had the scores.")
