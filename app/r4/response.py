"""A FHIR QuestionnaireResponse as the body of a submission, or everything that is wrong. Pure.

Errors are those of ``app.problems.error``, with JSON Pointers into the resource. What the body of
the submission is later found to have wrong is put in its place there by ``Body.placed``.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from app.catalog.schemas import InstrumentIn
from app.problems import LISTED, error
from app.r4.answers import Answers
from app.r4.dates import period_of
from app.r4.names import CONTEXT, Names
from app.r4.schemas import Extension, QuestionnaireResponse, Reference
from app.validation import shown, validation_error

Errors = list[dict[str, object]]

LONGEST_NAME = 130
"""Characters of a name of an organization: a system, a colon, a code."""


@dataclass(frozen=True, slots=True)
class Body:
    """The same as the body of a submission (``SubmissionIn``), as far as it can be told."""

    given: dict[str, Any]
    organization: str | None
    """As the subject, or else the author, names it: an id or an external id."""
    errors: Errors
    places: Mapping[str, str]
    """Where what the body says stands in the resource, by JSON Pointer."""

    def placed(self, errors: Iterable[Mapping[str, object]]) -> Errors:
        """Errors of the body as errors of the resource."""
        return [{**one, "pointer": self._place(str(one["pointer"]))} for one in errors]

    def _place(self, pointer: str) -> str:
        while pointer and pointer not in self.places:
            pointer = pointer.rpartition("/")[0]
        return self.places.get(pointer, "")


@dataclass(frozen=True, slots=True)
class Said:
    """What came, as far as it has the right shape."""

    names: Names
    response: QuestionnaireResponse | None
    errors: Errors = field(default_factory=list)

    @property
    def wanted(self) -> tuple[str, str] | None:
        """Instrument and version, as far as ``questionnaire`` names them."""
        return None if self.response is None else self.names.version(self.response.questionnaire)

    def body(self, definition: InstrumentIn | None) -> Body:
        """The body, with all that is wrong; without an instrument, its answers are not judged."""
        if self.response is None:
            return Body({}, None, self.errors, {})
        return _Reader(self.names, self.response, definition, [*self.errors]).body()


def read(raw: object, names: Names) -> Said:
    """What a resource says, before it is known of which instrument version."""
    errors = [*_empty(raw, "")]
    try:
        return Said(names, QuestionnaireResponse.model_validate(raw), errors)
    except ValidationError as exc:
        found = exc.errors(include_url=False)[: LISTED + 1]
        shape = [validation_error({**one, "loc": ("body", *one["loc"])}) for one in found]
        at = {one["pointer"] for one in errors}
        return Said(names, None, errors + [one for one in shape if one["pointer"] not in at])


def _empty(node: object, pointer: str) -> Iterable[dict[str, object]]:
    """What FHIR leaves out rather than write: null, and what has nothing in it."""
    if node is None or node in ("", [], {}):
        yield error(pointer, "empty", "Leave out what says nothing", received=node)
    elif isinstance(node, dict):
        for name, value in node.items():
            key = str(shown(name)).replace("~", "~0").replace("/", "~1")
            yield from _empty(value, f"{pointer}/{key}")
    elif isinstance(node, list):
        for place, value in enumerate(node):
            yield from _empty(value, f"{pointer}/{place}")


class _Reader:
    def __init__(
        self,
        names: Names,
        response: QuestionnaireResponse,
        definition: InstrumentIn | None,
        errors: Errors,
    ) -> None:
        self.names = names
        self.response = response
        self.definition = definition
        self.errors = errors
        self.places = {
            "/version": "/questionnaire",
            "/instrument": "/questionnaire",
            "/external_id": "/identifier",
            "/organization": "/author" if response.subject is None else "/subject",
        }
        self.given: dict[str, Any] = {}

    def wrong(
        self, pointer: str, code: str, detail: str, received: object = None, expected: object = None
    ) -> None:
        """Something is."""
        self.errors.append(error(pointer, code, detail, received=received, expected=expected))

    def body(self) -> Body:
        """Everything that is read, in the order in which it stands."""
        self._context()
        self._identifier()
        self._status()
        self._instrument()
        self._period()
        self.given.setdefault("role", "other")
        if self.given.get("mode") == "consensus":
            self.given.pop("role")
        return Body(self.given, self._organization(), self.errors, self.places)

    def say(self, name: str, value: object, place: str) -> None:
        """A field of the body, and where it comes from."""
        self.given[name] = value
        self.places[f"/{name}"] = place

    def _context(self) -> None:
        for place, one in enumerate(self.response.extension):
            name = one.url.removeprefix(self.names.extension(""))
            if name == one.url:
                continue  # somebody else's
            pointer = f"/extension/{place}"
            if name not in CONTEXT:
                detail = "We have no such extension"
                self.wrong(f"{pointer}/url", "extension-unknown", detail, expected=[*CONTEXT])
            elif name in self.given:
                self.wrong(pointer, "repeated", "It stands twice")
            else:
                self._value(one, name, pointer)

    def _value(self, one: Extension, name: str, pointer: str) -> None:
        wanted = f"value{CONTEXT[name]}"
        value = (one.model_extra or {}).get(wanted)
        if not isinstance(value, str) or set(one.model_extra or {}) - {"id"} != {wanted}:
            self.wrong(pointer, "value-wrong-type", "It has one value", expected=wanted)
        self.say(name, value, f"{pointer}/{wanted}")

    def _identifier(self) -> None:
        if self.response.identifier is not None:
            self.say("external_id", self.response.identifier.value, "/identifier/value")

    def _status(self) -> None:
        status = self.response.status
        if status not in {"completed", "amended"}:
            detail = "Only what is finished is taken in"
            allowed = ["completed", "amended"]
            self.wrong("/status", "status-not-final", detail, received=status, expected=allowed)
        if status == "amended" and self.response.identifier is None:
            self.wrong("/identifier", "required", "What is amended has an identifier")

    def _instrument(self) -> None:
        definition = self.definition
        if definition is None:
            detail = "No such published questionnaire; write url|version"
            received = shown(self.response.questionnaire)
            self.wrong("/questionnaire", "questionnaire-unknown", detail, received=received)
            return
        self.given |= {"instrument": definition.instrument, "version": definition.version}
        answers = Answers(definition, self.names)
        answers.read(self.response.item)
        self.errors += answers.errors
        self.say("answers", answers.given, "/item")
        self.places |= answers.places
        if not answers.given and not answers.errors:
            self.wrong("/item", "empty", "At least one item must be answered")

    def _period(self) -> None:
        authored = self.response.authored
        if "period" in self.given:
            return
        if authored is None:
            detail = "Without our extension period, it tells the half-year"
            self.wrong("/authored", "required", detail)
            return
        period = period_of(authored)
        if period is None:
            self.wrong("/authored", "no-such-day", "There is no such day", received=authored)
            return
        self.say("period", period, "/authored")

    def _organization(self) -> str | None:
        subject, author = self.response.subject, self.response.author
        if subject is not None:
            found = self._reference(subject)
            if found is None:
                detail = "Its subject is an Organization of this service"
                self.wrong("/subject", "not-an-organization", detail)
            return found
        return None if author is None else self._reference(author)

    def _reference(self, reference: Reference) -> str | None:
        if reference.reference is not None:
            return self.names.local("Organization", reference.reference)
        if reference.identifier is None or reference.type != "Organization":
            return None
        name = reference.identifier.value
        return name if len(name) <= LONGEST_NAME and name.isascii() and name.isprintable() else None
