"""Texts in several languages, and the small words that all documents of the catalog share. Pure."""

from collections.abc import Iterable
from typing import Annotated, Any, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from app.schemas import In, Name, Note

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")]
Language = Annotated[
    str, StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$"), Field(examples=["es-419"])
]
Text = Annotated[dict[Language, Note], Field(min_length=1, examples=[{"en": "Build will"}])]
Texts = Annotated[list[Text], Field(min_length=1, max_length=12)]
Provenance = Literal["found", "recalled_high", "recalled_medium", "inferred", "project_authored"]
TextOrigin = Literal["ihi_title", "paraphrase", "project_authored"]
TranslationStatus = dict[Language, Literal["original", "official", "unofficial", "machine"]]

TEXTS = frozenset(
    {
        "title",
        "short_title",
        "description",
        "text",
        "summary",
        "note",
        "dont_know",
        "means",
        "why",
        "reason",
    }
)
"""Fields that hold one text a language (``not_applicable`` too, where it is no yes or no)."""

LISTS = frozenset({"questions", "first_30_days", "first_90_days", "measures", "pitfalls"})
"""Fields that hold a list of such texts."""


class WrongError(ValueError):
    """Something does not hang together, and where: names and places, from the document down."""

    def __init__(self, message: str, *where: str | int) -> None:
        super().__init__(message)
        self.where = where


Where = tuple[str | int, ...]
"""Names and places, from the document down."""


def once(what: str, codes: Iterable[tuple[object, Where]]) -> None:
    """See that each code stands once.

    Args:
        what: the codes are of.
        codes: in the order in which they stand, each with where it does.

    Raises:
        WrongError: one stands twice; where it does so the second time.
    """
    seen = set()
    for code, where in codes:
        if code in seen:
            raise WrongError(f"{what} {code} stands twice", *where)
        seen.add(code)


def listed(codes: Iterable[object], name: str, field: str = "code") -> list[tuple[object, Where]]:
    """The codes of a list of the document, each with where it stands."""
    return [(code, (name, place, field)) for place, code in enumerate(codes)]


def in_every_language(
    node: Any,  # noqa: ANN401 - any JSON
    languages: Iterable[str],
    where: Where = (),
) -> None:
    """See that every text of a document is there in every language.

    Args:
        node: the document, or a part of it; any JSON.
        languages: that it says it has.
        where: the part is.

    Raises:
        WrongError: one is missing.
    """
    if isinstance(node, list):
        for place, one in enumerate(node):
            in_every_language(one, languages, (*where, place))
    elif isinstance(node, dict):
        for name, value in node.items():
            here = (*where, name)
            if name in TEXTS and isinstance(value, dict):
                _complete(value, languages, here)
            elif name in LISTS and isinstance(value, list):
                for place, one in enumerate(value):
                    _complete(one, languages, (*here, place))
            else:
                in_every_language(value, languages, here)


def _complete(text: dict[str, str], languages: Iterable[str], where: Where) -> None:
    missing = [one for one in languages if one not in text]
    if missing:
        pointer = "".join(f"/{part}" for part in where)
        raise WrongError(f"{pointer} is missing in {missing[0]}", *where)


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
