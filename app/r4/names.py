"""Addresses and codes by which FHIR knows what is ours. Pure."""

import hashlib
import re
from collections.abc import Collection
from dataclasses import dataclass

from app.catalog.schemas import InstrumentIn

PATH = "/fhir/R4"
ID = r"[A-Za-z0-9.-]{1,64}"
ABSENT_REASON = "http://terminology.hl7.org/CodeSystem/data-absent-reason"
NOT_APPLICABLE, DONT_KNOW = "not-applicable", "asked-unknown"
"""Codes of ``ABSENT_REASON`` for the two answers that are no level."""

CONTEXT = {"period": "String", "role": "Code", "mode": "Code", "respondent": "String"}
"""Our extensions of a QuestionnaireResponse, each with the type of its value."""


VERSION = re.compile(
    r"Questionnaire/([a-z0-9][a-z0-9-]{0,63})[|.]([A-Za-z0-9][A-Za-z0-9._:-]{0,63})"
)


@dataclass(frozen=True, slots=True)
class Names:
    """Where the service is reached, and so what its things are called."""

    public_url: str

    @property
    def base(self) -> str:
        """The FHIR base."""
        return self.public_url + PATH

    @property
    def problems(self) -> str:
        """The code system of what can be wrong."""
        return f"{self.public_url}/problems"

    def questionnaire(self, instrument: str) -> str:
        """The canonical address of an instrument, without its version."""
        return f"{self.base}/Questionnaire/{instrument}"

    def canonical(self, definition: InstrumentIn) -> str:
        """The canonical address of a version."""
        return f"{self.questionnaire(definition.instrument)}|{definition.version}"

    def version(self, canonical: str) -> tuple[str, str] | None:
        """Instrument and version in a canonical address; None: it is not one of ours.

        Not only ``url|version``: a reference to the Questionnaire by its id is as clear.
        """
        given = canonical.removeprefix(f"{self.base}/")
        found = VERSION.fullmatch(given)
        return (found[1], found[2]) if found else None

    def extension(self, name: str) -> str:
        """The address of an extension of ours."""
        return f"{self.base}/StructureDefinition/{name}"

    def levels(self, instrument: str, item: str) -> str:
        """The code system of an item's levels: each item words its own."""
        return f"{self.base}/CodeSystem/{instrument}/{item}"

    def scores(self, instrument: str) -> str:
        """The code system of an instrument's figures: ``overall``, and codes of sections."""
        return f"{self.base}/CodeSystem/{instrument}"

    def local(self, kind: str, reference: str) -> str | None:
        """The id in a reference to one of our resources, relative or absolute; else None."""
        found = re.fullmatch(rf"{kind}/({ID})", reference.removeprefix(f"{self.base}/"))
        return found[1] if found else None


def questionnaire_id(instrument: str, version: str) -> str:
    """The id of a version as a resource; what FHIR takes for no id, or a long one, is hashed."""
    plain = f"{instrument}.{version}"
    if re.fullmatch(ID, plain):
        return plain
    return f"{instrument[:31]}.{hashlib.sha256(plain.encode()).hexdigest()[:32]}"


def group_link(section: str, items: Collection[str]) -> str:
    """The linkId of a section's group: its code, unless an item has that."""
    while section in items:
        section = f"section:{section}"
    return section
