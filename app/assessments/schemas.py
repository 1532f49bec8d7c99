"""The wire of submissions, assessments and results."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, Field, StringConstraints, WithJsonSchema
from pydantic_core import PydanticCustomError

from app.assessments.models import Mode, Role
from app.assessments.periods import PATTERN
from app.schemas import Code, In, Name, Note, Page

Period = Annotated[str, StringConstraints(pattern=PATTERN), Field(examples=["2026-H1"])]

ROLES = [role.value for role in Role]
"""From where a respondent can look."""

MAX_ANSWERS = 1000
"""As many as an instrument may have items."""

Answers = Annotated[
    dict[str, Any],
    Field(min_length=1, max_length=MAX_ANSWERS),
    WithJsonSchema(
        {
            "type": "object",
            "title": "Answers",
            "description": (
                "Item code to the level chosen, or `not_applicable`, or `dont_know`. "
                "An item left out or null is unanswered."
            ),
            "minProperties": 1,
            "maxProperties": MAX_ANSWERS,
            "additionalProperties": {
                "anyOf": [
                    {"type": "integer", "minimum": 0, "maximum": 100},
                    {"type": "string", "enum": ["not_applicable", "dont_know"]},
                    {"type": "null"},
                ]
            },
            "examples": [{"LP1.1": 3, "LP1.2": 2, "LP5.5": "not_applicable"}],
        }
    ),
]
"""A map validates several times cheaper than a list of objects. Levels: see ``intake.py``."""


Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]


def _iso(given: object) -> object:
    """A date as ISO 8601 writes it; a number of seconds is none."""
    if not isinstance(given, str):
        raise PydanticCustomError("date_type", "A date such as 2027-06-30")
    return given


Day = Annotated[date, BeforeValidator(_iso)]


class ItemNoteIn(In):
    """What supports an answer, and what is to be done about it."""

    evidence: Note | None = None
    next_step: Note | None = None


class FocusIn(In):
    """A system-level measure that the team wants to move: from where, how far, by when."""

    measure: Code
    title: Name | None = None
    unit: Name | None = None
    baseline: Number
    aim: Number
    by: Day


class SubmissionIn(In):
    """One respondent's answers, or the team's consensus."""

    instrument: Code = Field(examples=["seven-leverage-points"])
    version: Code = Field(examples=["1"])
    period: Period
    mode: Mode = Mode.INDIVIDUAL
    role: Role | None = Field(
        default=None, description="From where the respondent looks; needed in mode individual."
    )
    respondent: Name | None = Field(
        default=None,
        description="A pseudonym of yours; only its keyed hash is stored. The same one again "
        "in the same period supersedes the earlier submission. Not read in mode consensus.",
    )
    external_id: Code | None = Field(
        default=None,
        description="Your record's id. The same again with the same content changes nothing; "
        "with other content it supersedes.",
    )
    supersedes: UUID | None = Field(
        default=None, description="Id of the standing submission that this one replaces."
    )
    answers: Answers
    notes: dict[str, ItemNoteIn] = Field(default_factory=dict, max_length=MAX_ANSWERS)
    focus: list[FocusIn] = Field(default_factory=list, max_length=2)


class FigureOut(BaseModel):
    """A score of 0 to 100, exact and rounded, or why there is none."""

    score: float | None = Field(description="Rounded to two decimals, halves up.")
    fraction: str | None = Field(description="The exact value.", examples=["185/3"])
    withheld: str | None


class SectionOut(FigureOut):
    """A section's score and the counts behind it."""

    section: str
    answered: int
    applicable: int
    not_applicable: int
    dont_know: int


class ScoresOut(BaseModel):
    """All scores of a submission."""

    overall: FigureOut
    in_place: FigureOut
    sections: list[SectionOut]
    answered: int
    applicable: int


class ReceiptRef(BaseModel):
    """Where the receipt is, and its hash."""

    sha256: str
    href: str


class SubmissionOut(BaseModel):
    """A submission as stored, with its scores."""

    id: UUID
    organization_id: UUID
    assessment_id: UUID
    instrument: str
    version: str
    period: str
    mode: Mode
    role: Role | None
    status: Literal["stands", "superseded", "withdrawn"]
    external_id: str | None
    supersedes: UUID | None
    answers: dict[str, int | str | None]
    notes: dict[str, dict[str, str]]
    focus: list[dict[str, Any]]
    scores: ScoresOut
    receipt: ReceiptRef
    submitted_at: datetime
    superseded_at: datetime | None
    withdrawn_at: datetime | None


class SubmissionList(BaseModel):
    """A page of submissions, oldest first."""

    data: list[SubmissionOut]
    page: Page


class AssessmentOut(BaseModel):
    """A round: open, or locked with a result."""

    id: UUID
    organization_id: UUID
    instrument: str
    version: str
    period: str
    period_end: date
    status: Literal["open", "locked"]
    submissions: int = Field(description="Submissions that stand.")
    opened_at: datetime
    locked_at: datetime | None


class AssessmentList(BaseModel):
    """A page of assessments, oldest first."""

    data: list[AssessmentOut]
    page: Page


class ResultOut(BaseModel):
    """What a locked assessment came to; never changes."""

    organization_id: UUID
    assessment_id: UUID
    instrument: str
    version: str
    period: str
    locked_at: datetime
    result: dict[str, Any] = Field(
        description="basis, respondents, overall, sections, agreement and agenda."
    )


class AgendaOut(BaseModel):
    """The items on which the team differs most: what to talk about first."""

    organization_id: UUID
    assessment_id: UUID
    instrument: str
    version: str
    period: str
    language: str
    agenda: list[dict[str, Any]]


class TeamAgreementOut(BaseModel):
    """rwg(j) over the units, uniform null."""

    mean: float
    median: float
    minimum: float
    maximum: float


class ScaleQuality(BaseModel):
    """How well the items of a section, or of the whole, measure one thing, and units differ."""

    section: str | None = Field(description="null: all items together.")
    items: int
    submissions: int = Field(description="Individual submissions with every item answered.")
    assessments: int = Field(description="Locked assessments that they are of.")
    cronbach_alpha: float | None
    icc1: float | None
    icc2: float | None
    mean_group_size: float | None
    rwg_j: TeamAgreementOut | None


class LinkingOut(BaseModel):
    """How scores of a short form become those of the long one."""

    to: dict[str, str]
    submissions: int
    intercept: float | None = None
    slope: float | None = None
    error: float | None = None
    correlation: float | None = Field(
        default=None, description="Flattered: the items of the short form are in both."
    )


class QualityOut(BaseModel):
    """Psychometrics of an instrument version over all locked assessments."""

    instrument: str
    version: str
    scales: list[ScaleQuality]
    linking: LinkingOut | None = Field(
        description="Of a short form: long score = intercept + slope x short score, by answers to"
        " the long form; error is the root mean square of what remains, in points."
    )
