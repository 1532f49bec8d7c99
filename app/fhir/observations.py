"""Scores as FHIR Observations: of a submission, and of a locked round. Pure.

R4 lets no Organization be the subject of an Observation, so it is its focus.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, NamedTuple
from uuid import UUID

from app.assessments.periods import period_end, period_start
from app.assessments.submissions import Stored
from app.catalog.service import Published
from app.r4.names import ABSENT_REASON, Names

Resource = dict[str, Any]
Figure = dict[str, Any]
"""As ``app.scoring.figure.Figure.to_dict``: score, fraction, withheld."""

REASONS = {"not_applicable": "not-applicable", "not_defined": "not-applicable"}
MASKED = {"too_few_respondents", "too_few_to_show_alone", "too_few_roles"}
"""Withheld although it is known, lest it tell of single people."""


class Id(NamedTuple):
    """What an Observation is of: a submission or a locked round, and which of its figures."""

    kind: Literal["s", "r"]
    of: UUID
    place: int
    """0 is the overall score, then come the sections."""

    @classmethod
    def parse(cls, text: str) -> "Id | None":
        """The id in a path, if it is one of ours."""
        found = re.fullmatch(
            r"([sr])-([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})-(\d{1,3})", text
        )
        return found and cls("s" if found[1] == "s" else "r", UUID(found[2]), int(found[3]))

    def __str__(self) -> str:
        return f"{self.kind}-{self.of}-{self.place}"


@dataclass(frozen=True, slots=True)
class Scores:
    """The figures of one thing: the overall one, and each section's in the form's order."""

    kind: Literal["s", "r"]
    of: UUID
    organization_id: UUID
    period: str
    issued: datetime
    instrument: Published
    figures: Sequence[Figure]
    status: str = "final"

    @classmethod
    def of_submission(cls, stored: Stored) -> "Scores":
        """Those of a submission, computed from its answers."""
        form, answers = stored.instrument.form, stored.answers
        scored = stored.instrument.scorer.score([*map(answers.get, form.items)]).score
        figures = [scored.overall, *(section.figure for section in scored.sections)]
        ended = stored.submission.status == "withdrawn"
        return cls(
            "s",
            stored.submission.id,
            stored.submission.organization_id,
            stored.assessment.period,
            stored.submission.submitted_at,
            stored.instrument,
            [one.to_dict() for one in figures],
            "entered-in-error" if ended else "final",
        )

    def observations(self, names: Names) -> list[Resource]:
        """One of each figure."""
        definition = self.instrument.definition
        titles = [{"en": "Overall score"}, *(one.title for one in definition.sections)]
        return [
            self._observation(names, place, code, next(iter(title.values())))
            for place, (code, title) in enumerate(zip(self.instrument.figures, titles, strict=True))
        ]

    def _observation(self, names: Names, place: int, code: str, title: str) -> Resource:
        definition = self.instrument.definition
        made: Resource = {
            "resourceType": "Observation",
            "id": str(Id(self.kind, self.of, place)),
            "meta": {"lastUpdated": self.issued.isoformat()},
            "status": self.status,
            "code": {
                "coding": [
                    {
                        "system": names.scores(definition.instrument),
                        "version": definition.version,
                        "code": code,
                        "display": title,
                    }
                ]
            },
            "focus": [{"reference": f"Organization/{self.organization_id}"}],
            "effectivePeriod": {
                "start": period_start(self.period).isoformat(),
                "end": period_end(self.period).isoformat(),
            },
            "issued": self.issued.isoformat(),
            **_value(self.figures[place]),
        }
        if self.kind == "s":
            made["derivedFrom"] = [{"reference": f"QuestionnaireResponse/{self.of}"}]
        return made


def _value(figure: Figure) -> Resource:
    if figure["withheld"] is None:
        return {
            "valueQuantity": {
                "value": figure["score"],
                "unit": "%",
                "system": "http://unitsofmeasure.org",
                "code": "%",
            }
        }
    withheld = str(figure["withheld"])
    code = "masked" if withheld in MASKED else REASONS.get(withheld, "unknown")
    return {
        "dataAbsentReason": {"coding": [{"system": ABSENT_REASON, "code": code}], "text": withheld}
    }
