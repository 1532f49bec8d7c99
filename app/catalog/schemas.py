"""Instruments as documents: the same shape in files, in POST and in the table."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, TypeAdapter, model_validator

from app.catalog.texts import (
    Language,
    Provenance,
    Slug,
    Text,
    TranslationStatus,
    WrongError,
    in_every_language,
    listed,
    once,
)
from app.schemas import Code, In, Name, Note
from app.scoring.form import Form, Item, Rule, Section

Ratio = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,4}(/[1-9][0-9]{0,3})?$")]
"""An exact number such as ``1``, ``3/2``."""


class LevelIn(In):
    """One level of an item with the descriptor by which a leader recognises it."""

    level: int = Field(ge=0, le=100, strict=True)
    text: Text


class ItemIn(In):
    """One statement and the levels it can be answered with."""

    code: Code
    element: Code | None = None
    text: Text
    reverse: bool = False
    weight: Ratio = "1"
    not_applicable: bool = False
    levels: list[LevelIn] | None = Field(default=None, min_length=2, max_length=101)


class SectionIn(In):
    """Items that are scored together."""

    code: Code
    element: Code | None = None
    title: Text
    weight: Ratio = "1"
    items: list[ItemIn] = Field(min_length=1, max_length=200)


class ScoringMethodIn(In):
    """The instrument's own rule. Level to share of the top level; means; what is withheld when."""

    origin: Literal["project_defined", "official"] = "project_defined"
    note: Text | None = None
    section_min_answered: Ratio = "1/2"
    overall_min_sections: int = Field(ge=1, le=200, strict=True)
    in_place_from: int | None = Field(default=None, ge=0, le=100, strict=True)


class FrameworkRef(In):
    """The framework edition an instrument asks about."""

    id: Slug
    edition: Code


class ShortOf(In):
    """The version of an instrument that a short form takes its items from."""

    instrument: Slug
    version: Code


class AnswerOptions(In):
    """How the two answers that are no level read."""

    not_applicable: Text
    dont_know: Text


class InstrumentIn(In):
    """One version of a self-assessment, complete."""

    instrument: Slug
    version: Code
    title: Text
    description: Text | None = None
    languages: list[Language] = Field(min_length=1, max_length=50)
    translation_status: TranslationStatus = Field(default_factory=dict)
    framework: FrameworkRef | None = None
    short_of: ShortOf | None = None
    provenance: Provenance = "project_authored"
    citation: Note | None = None
    attribution: Note | None = None
    license: Name | None = None
    integrity: Literal["open", "locked"] | None = Field(
        default=None,
        description="`locked`: its owner forbids changes, so further versions only add languages.",
    )
    scoring_method: ScoringMethodIn
    answer_options: AnswerOptions | None = None
    levels: list[LevelIn] | None = Field(
        default=None,
        min_length=2,
        max_length=101,
        description="Levels of every item that states none of its own.",
    )
    sections: list[SectionIn] = Field(min_length=1, max_length=200)

    @model_validator(mode="after")
    def hangs_together(self) -> Self:
        """Codes once each, levels without a gap, every text in every language."""
        items = [
            (("sections", number, "items", place), item)
            for number, section in enumerate(self.sections)
            for place, item in enumerate(section.items)
        ]
        codes = (section.code for section in self.sections)
        once("section", [("overall", ()), *listed(codes, "sections")])
        once("item", [(item.code, (*where, "code")) for where, item in items])
        if self.levels is not None:
            _without_gap("the instrument", self.levels, "levels")
        for where, item in items:
            if item.levels is not None:
                _without_gap(item.code, item.levels, *where, "levels")
            elif self.levels is None:
                raise WrongError(
                    f"item {item.code} has no levels, and the instrument has none", *where
                )
        self.form("")  # what cannot be scored cannot be published
        in_every_language(self.model_dump(exclude_none=True), self.languages)
        first, *others = self.languages
        said = {first: "original", **dict.fromkeys(others, "unofficial")}
        self.translation_status = TypeAdapter(TranslationStatus).validate_python(
            {**said, **self.translation_status}
        )
        return self

    def form(self, sha256: str) -> Form:
        """What the scoring needs to know: no texts, levels as ranges."""
        method = self.scoring_method
        return Form(
            instrument=self.instrument,
            version=self.version,
            content_sha256=sha256,
            sections=tuple(
                Section(
                    code=section.code,
                    weight=Fraction(section.weight),
                    items=tuple(
                        _item(item, item.levels or self.levels or []) for item in section.items
                    ),
                )
                for section in self.sections
            ),
            rule=Rule(
                section_min_answered=Fraction(method.section_min_answered),
                overall_min_sections=method.overall_min_sections,
                in_place_from=method.in_place_from,
            ),
        )


def _item(item: ItemIn, levels: list[LevelIn]) -> Item:
    return Item(
        code=item.code,
        minimum=levels[0].level,
        maximum=levels[-1].level,
        reverse=item.reverse,
        weight=Fraction(item.weight),
    )


def _without_gap(item: str, levels: Sequence[LevelIn], *where: str | int) -> None:
    found = [one.level for one in levels]
    for place, level in enumerate(found):
        if level != found[0] + place:
            raise WrongError(
                f"levels of {item} must rise by one without a gap, not {found}",
                *where,
                place,
                "level",
            )
