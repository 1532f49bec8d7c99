"""Crosswalks as documents: how the elements of two frameworks relate, and why."""

from collections.abc import Collection, Sequence
from fractions import Fraction
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from app.catalog.texts import DocumentIn, Provenance, Slug, Text, WrongError, listed, once
from app.schemas import Code, In

Share = Annotated[str, StringConstraints(pattern=r"^(0\.[0-9]{1,2}|1)$"), Field(examples=["0.7"])]


class EditionRef(In):
    """One edition of a framework."""

    framework: Slug
    edition: Code


class ConfidenceIn(In):
    """How well an answer about one end tells of the other; it depends on the direction.

    ``forward`` is how well an answer about the source tells of the target.
    """

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
