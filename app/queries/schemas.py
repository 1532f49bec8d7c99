"""The wire of queries."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field, model_validator

from app.queries.mechanisms import Statistic
from app.schemas import Code, In, Page

MOST_FILTERS, MOST_CATEGORIES = 20, 50
Categories = Annotated[list[Code], Field(min_length=1, max_length=MOST_CATEGORIES)]
Thousandths = Annotated[int, Field(description="Thousandths of epsilon.")]


class QueryIn(In):
    """What is asked of a frozen release."""

    release: int = Field(ge=1, le=99_999_999, description="The number of a release.")
    instrument: Code = Field(examples=["seven-leverage-points"])
    version: Code = Field(examples=["1"])
    statistic: Statistic
    figure: Code = Field(
        default="overall", description="`overall`, or the code of a section.", examples=["overall"]
    )
    bin_width: Literal[10, 20] | None = Field(
        default=None, description="Points; of a histogram, which needs it."
    )
    filters: dict[Code, Categories] = Field(
        default={},
        max_length=MOST_FILTERS,
        description=(
            "By attribute, categories of which an organization has one. All categories of an "
            "attribute are the same as none: those of which nothing is recorded are in."
        ),
        examples=[{"size_band": ["300_plus"], "teaching": ["yes"]}],
    )
    epsilon_thousandths: int = Field(
        ge=1, le=250, description="What the query costs, whatever the answer: 250 is epsilon 0.25."
    )

    @model_validator(mode="after")
    def _bins_are_of_histograms(self) -> "QueryIn":
        if (self.statistic is Statistic.HISTOGRAM) != (self.bin_width is not None):
            raise ValueError("bin_width is for histograms, which need it")
        return self


class CanonicalOut(BaseModel):
    """The query in the one spelling that its answer is found by."""

    method: str
    release: int
    instrument: str
    version: str
    statistic: Statistic
    figure: str
    bin_width: int | None
    filters: dict[str, list[str]]
    epsilon_thousandths: int


class NoisyHistogramOut(BaseModel):
    """Noisy counts by bin, as they were drawn: some may be below nothing."""

    edges: list[int]
    counts: list[int]


class QuantilesOut(BaseModel):
    """Quartiles in whole points, read from noisy counts in bins of five points."""

    p25: int
    p50: int
    p75: int


class NoiseOut(BaseModel):
    """Discrete Laplace noise: y with probability proportional to exp(-abs(y) / scale)."""

    of: Literal["organizations", "mean", "histogram", "quantiles"]
    epsilon: str = Field(description="A fraction.", examples=["3/16"])
    sensitivity: str = Field(description="The most that one organization changes.")
    scale: str = Field(description="A fraction, in the unit of the sensitivity.")
    margin_95: int = Field(description="95 of 100 draws are not beyond it.")


class AnswerOut(BaseModel):
    """An answer as it was given and will always be given."""

    query: CanonicalOut
    query_sha256: str
    answered_at: datetime
    outcome: Literal["answered", "too_few"]
    organizations: int | None = Field(description="With noise.")
    mean: float | None = Field(description="0 to 100.")
    mean_margin_95: float | None = Field(
        description="In points: so far the noise moved the mean at most, 95 of 100 times."
    )
    histogram: NoisyHistogramOut | None
    quantiles: QuantilesOut | None
    least_organizations: int = Field(
        description="Below it, as counted with noise, an answer is `too_few` and has no figure."
    )
    noise: list[NoiseOut]
    unit: str = Field(description="Whom the noise hides.")
    neighbours: str
    network_unit: str


class QueryOut(BaseModel):
    """A row of the ledger."""

    id: UUID
    client_id: UUID
    asked_at: datetime
    epsilon_thousandths: int
    answer: AnswerOut


class QueryList(BaseModel):
    """A page of queries, oldest first."""

    data: list[QueryOut]
    page: Page


class Account(BaseModel):
    """A budget of a calendar year."""

    limit: Thousandths
    spent: Thousandths
    left: Thousandths


class ResearcherAccount(Account):
    """A researcher's budget."""

    client_id: UUID


class BudgetOut(BaseModel):
    """What can still be asked this year (UTC)."""

    year: int
    query: Thousandths = Field(description="The most that one query may cost.")
    everybody: Account
    researchers: list[ResearcherAccount] = Field(
        description="One's own; for an operator those who asked this year."
    )
