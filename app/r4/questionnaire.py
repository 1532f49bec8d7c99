"""An instrument version as a FHIR Questionnaire. Pure."""

from datetime import datetime
from typing import Any

from app.catalog.schemas import InstrumentIn, ItemIn, LevelIn, SectionIn
from app.r4.names import (
    ABSENT_REASON,
    DONT_KNOW,
    NOT_APPLICABLE,
    Names,
    group_link,
    questionnaire_id,
)

Resource = dict[str, Any]

EXTENSION = "http://hl7.org/fhir/StructureDefinition"
ORDINAL = f"{EXTENSION}/ordinalValue"
TRANSLATION = f"{EXTENSION}/translation"
CONTROL = {
    "url": f"{EXTENSION}/questionnaire-itemControl",
    "valueCodeableConcept": {
        "coding": [
            {"system": "http://hl7.org/fhir/questionnaire-item-control", "code": "radio-button"}
        ]
    },
}
"""All levels are shown at once: their texts are what one chooses by."""

SPECIAL = {
    NOT_APPLICABLE: {"en": "Does not apply"},
    DONT_KNOW: {"en": "I don't know"},
}
"""How they read where the instrument does not word them."""


def questionnaire(
    definition: InstrumentIn, names: Names, *, language: str, published_at: datetime
) -> Resource:
    """The resource.

    Args:
        definition: of the version.
        names: of the service.
        language: of the texts; the others stand beside them as translations.
        published_at: when it was published.
    """
    return _Writer(definition, names, language).resource(published_at)


class _Writer:
    def __init__(self, definition: InstrumentIn, names: Names, language: str) -> None:
        self.given = definition
        self.names = names
        self.language = language

    def resource(self, published_at: datetime) -> Resource:
        given = self.given
        said = (given.attribution, given.citation, given.license)
        made: Resource = {
            "resourceType": "Questionnaire",
            "id": questionnaire_id(given.instrument, given.version),
            "meta": {"versionId": "1", "lastUpdated": published_at.isoformat()},
            "language": self.language,
            "url": self.names.questionnaire(given.instrument),
            "version": given.version,
            "name": name_of(given),
            **self.text("title", given.title),
            "status": "active",
            "experimental": False,
            "subjectType": ["Organization"],
            "date": published_at.isoformat(),
            **self.text("description", given.description or {}),
            **self.text("purpose", given.scoring_method.note or {}),
            "copyright": "\n\n".join(one for one in said if one),
            "item": [self.group(section) for section in given.sections],
        }
        return {name: value for name, value in made.items() if value != ""}

    def text(self, name: str, texts: dict[str, str]) -> Resource:
        """A field in the language, with the other languages as translations."""
        if not texts:
            return {}
        chosen = self.language if self.language in texts else next(iter(texts))
        others = [_translation(tag, text) for tag, text in texts.items() if tag != chosen]
        beside = {f"_{name}": {"extension": others}} if others else {}
        return {name: texts[chosen], **beside}

    def group(self, section: SectionIn) -> Resource:
        codes = {item.code for one in self.given.sections for item in one.items}
        return {
            "linkId": group_link(section.code, codes),
            **self.text("text", section.title),
            "type": "group",
            "required": False,
            "item": [self.item(item) for item in section.items],
        }

    def item(self, item: ItemIn) -> Resource:
        levels = item.levels or self.given.levels or []
        specials = [NOT_APPLICABLE, DONT_KNOW] if item.not_applicable else [DONT_KNOW]
        return {
            "extension": [CONTROL],
            "linkId": item.code,
            **self.text("text", item.text),
            "type": "choice",
            "required": False,
            "repeats": False,
            "answerOption": [
                *(self.level(item, level) for level in levels),
                *({"valueCoding": self.special(code)} for code in specials),
            ],
        }

    def level(self, item: ItemIn, level: LevelIn) -> Resource:
        return {
            "extension": [{"url": ORDINAL, "valueDecimal": level.level}],
            "valueCoding": {
                "system": self.names.levels(self.given.instrument, item.code),
                "code": str(level.level),
                **self.text("display", level.text),
            },
        }

    def special(self, code: str) -> Resource:
        worded = self.given.answer_options
        texts = SPECIAL[code]
        if worded is not None:
            texts = worded.not_applicable if code == NOT_APPLICABLE else worded.dont_know
        return {"system": ABSENT_REASON, "code": code, **self.text("display", texts)}


def name_of(definition: InstrumentIn) -> str:
    """The name for programs: the instrument's code as one word."""
    return "Q" + "".join(one.capitalize() for one in definition.instrument.split("-"))


def _translation(language: str, text: str) -> Resource:
    return {
        "url": TRANSLATION,
        "extension": [
            {"url": "lang", "valueCode": language},
            {"url": "content", "valueString": text},
        ],
    }
