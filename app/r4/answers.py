"""The items of a QuestionnaireResponse as a map of answers: each in its place, once. Pure."""

from collections.abc import Sequence
from typing import Any

from app.catalog.schemas import InstrumentIn
from app.problems import error
from app.r4.names import ABSENT_REASON, DONT_KNOW, NOT_APPLICABLE, Names, group_link
from app.r4.schemas import Answer, Item
from app.scoring.form import Special
from app.validation import shown

SPECIAL = {NOT_APPLICABLE: Special.NOT_APPLICABLE.value, DONT_KNOW: Special.DONT_KNOW.value}


class Answers:
    """Answers of one instrument version, with all that is wrong with them."""

    def __init__(self, definition: InstrumentIn, names: Names) -> None:
        self.given: dict[str, Any] = {}
        self.places: dict[str, str] = {}
        """By JSON Pointer into the body of a submission, where it stands in the resource."""
        self.errors: list[dict[str, object]] = []
        self._names = names
        self._instrument = definition.instrument
        items = {item.code for section in definition.sections for item in section.items}
        self._parents: dict[str, str | None] = {}
        self._levels: dict[str, set[str]] = {}
        for section in definition.sections:
            group = group_link(section.code, items)
            self._parents[group] = None
            for item in section.items:
                self._parents[item.code] = group
                levels = item.levels or definition.levels or []
                self._levels[item.code] = {str(one.level) for one in levels}
        self._seen: set[str] = set()

    def wrong(
        self, pointer: str, code: str, detail: str, received: object = None, expected: object = None
    ) -> None:
        """Something is."""
        self.errors.append(error(pointer, code, detail, received=received, expected=expected))

    def read(self, items: Sequence[Item], parent: str | None = None, above: str = "") -> None:
        """Items below a group, or those on top."""
        for place, item in enumerate(items):
            pointer = f"{above}/item/{place}"
            if self._belongs(item, parent, pointer):
                self._one(item, pointer)

    def _belongs(self, item: Item, parent: str | None, pointer: str) -> bool:
        link, at = item.linkId, f"{pointer}/linkId"
        if link not in self._parents:
            self.wrong(
                at, "item-unknown", "The questionnaire has no such item", received=shown(link)
            )
        elif link in self._seen:
            self.wrong(at, "repeated", "An item stands once", received=link)
        elif self._parents[link] != parent:
            expected = self._parents[link] or "on top"
            detail = "It stands in another place in the questionnaire"
            self.wrong(at, "item-misplaced", detail, received=link, expected=expected)
        else:
            self._seen.add(link)
            return True
        return False

    def _one(self, item: Item, pointer: str) -> None:
        if item.linkId not in self._levels:
            if item.answer:
                self.wrong(f"{pointer}/answer", "group-answered", "A group has no answer")
            self.read(item.item, item.linkId, pointer)
            return
        if item.item:
            self.wrong(f"{pointer}/item", "item-misplaced", "Nothing stands below this item")
        if len(item.answer) > 1:
            self.wrong(f"{pointer}/answer", "too-many-answers", "There is one answer")
        elif item.answer:
            self._answer(item.linkId, item.answer[0], f"{pointer}/answer/0")

    def _answer(self, code: str, answer: Answer, pointer: str) -> None:
        if answer.item:
            self.wrong(f"{pointer}/item", "item-misplaced", "Nothing stands below an answer")
        values = answer.model_fields_set & {"valueCoding", "valueInteger"}
        if len(values) != 1:
            detail = "An answer has one value"
            self.wrong(pointer, "value-not-one", detail, received=sorted(values))
        elif isinstance(answer.valueInteger, str):
            detail = "A level is a number, not text"
            received = shown(answer.valueInteger)
            self.wrong(f"{pointer}/valueInteger", "level-is-text", detail, received=received)
        elif answer.valueCoding is None:
            self._say(code, answer.valueInteger, f"{pointer}/valueInteger")
        else:
            self._coding(code, answer, f"{pointer}/valueCoding")

    def _coding(self, item: str, answer: Answer, pointer: str) -> None:
        coding = answer.valueCoding
        if coding is None:
            raise AssertionError("no coding")
        if coding.system == ABSENT_REASON and coding.code in SPECIAL:
            self._say(item, SPECIAL[coding.code], f"{pointer}/code")
            return
        own = self._names.levels(self._instrument, item)
        if coding.system not in {own, ABSENT_REASON}:
            detail = "Not the code system of this item's answers"
            received = shown(coding.system)
            self.wrong(
                f"{pointer}/system", "system-unknown", detail, received=received, expected=own
            )
        elif coding.system != own or coding.code not in self._levels[item]:
            detail = "Not one of this item's answers"
            expected = [*sorted(self._levels[item]), *SPECIAL]
            received = shown(coding.code)
            self.wrong(
                f"{pointer}/code", "answer-unknown", detail, received=received, expected=expected
            )
        else:
            self._say(item, int(coding.code), f"{pointer}/code")

    def _say(self, item: str, value: object, pointer: str) -> None:
        self.given[item] = value
        self.places[f"/answers/{item}"] = pointer
