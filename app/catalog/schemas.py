"""Frameworks and instruments as documents: the same shape in files, in POST and in the table."""

from collections import Counter
from collections.abc import Iterable
from fractions import Fraction
from typing import Annotated, Any, Literal, Self

from pydantic import Field, StringConstraints, TypeAdapter, model_validator

from app.schemas import Code, In, Name, Note
from app.scoring.form import Form, Item, Rule, Section

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")]
Language = Annotated[
    str, StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$"), Field(examples=["es-419"])
]
Text = Annotated[dict[Language, Note], Field(min_length=1, examples=[{"en": "Build will"}])]
Provenance = Literal["found", "recalled_high", "recalled_medium", "inferred", "project_authored"]
TranslationStatus = dict[Language, Literal["original", "official", "unofficial"]]

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
    provenance: Provenance = "project_authored"
    citation: Note | None = None
    attribution: Note | None = None
    license: Name | None = None
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
        items = [item for section in self.sections for item in section.items]
        _once("section", ["overall", *(section.code for section in self.sections)])
        _once("item", (item.code for item in items))
        for item in items:
            levels = item.levels or self.levels
            if levels is None:
                raise ValueError(f"item {item.code} has no levels, and the instrument has none")
            _without_gap(item.code, [one.level for one in levels])
        self.form("")  # what cannot be scored cannot be published
        _in_every_language(self.model_dump(exclude_none=True), self.languages, "")
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


class ElementIn(In):
    """A node of a framework; ``summary`` is our own wording, names are facts."""

    code: Code
    parent: Code | None
    kind: Literal["leverage_point", "aspect", "component", "element", "measure"]
    title: Text
    summary: Text
    provenance: Provenance
    text_origin: Literal["ihi_title", "paraphrase", "project_authored"]
    source: Code
    translation_status: TranslationStatus = Field(default_factory=dict)


class CitationIn(In):
    """A source and the key that elements name it by."""

    key: Code
    text: Note


class FrameworkIn(In):
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
    license: Name
    translation_status: TranslationStatus
    elements: list[ElementIn] = Field(min_length=1)

    @model_validator(mode="after")
    def hangs_together(self) -> Self:
        """Codes once each, parents before children, sources that are cited."""
        _once("element", (element.code for element in self.elements))
        cited = {citation.key for citation in self.citations}
        seen: set[str | None] = {None}
        for element in self.elements:
            if element.parent not in seen:
                raise ValueError(f"{element.code} stands before its parent {element.parent}")
            if element.source not in cited:
                raise ValueError(f"{element.code} names {element.source}, which is not cited")
            seen.add(element.code)
        return self


def _once(what: str, codes: Iterable[str]) -> None:
    twice = [code for code, count in Counter(codes).items() if count > 1]
    if twice:
        raise ValueError(f"{what} {twice[0]} stands twice")


def _without_gap(item: str, levels: list[int]) -> None:
    if levels != list(range(levels[0], levels[0] + len(levels))):
        raise ValueError(f"levels of {item} must rise by one without a gap, not {levels}")


TEXTS = frozenset({"title", "short_title", "description", "text", "summary", "note", "dont_know"})
"""Fields that hold one text a language (``not_applicable`` too, where it is no yes or no)."""


def _in_every_language(node: Any, languages: list[str], path: str) -> None:  # noqa: ANN401 - JSON
    if isinstance(node, list):
        for place, one in enumerate(node):
            _in_every_language(one, languages, f"{path}/{place}")
    elif isinstance(node, dict):
        for name, value in node.items():
            if name in TEXTS and isinstance(value, dict):
                missing = [one for one in languages if one not in value]
                if missing:
                    raise ValueError(f"{path}/{name} is missing in {missing[0]}")
            else:
                _in_every_language(value, languages, f"{path}/{name}")
