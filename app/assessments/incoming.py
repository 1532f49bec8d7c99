"""A submission on its way in: what it says, who pushes it, and by which names it is known."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from app.assessments.names import Names, Place
from app.assessments.schemas import SubmissionIn
from app.catalog.service import Published
from app.scoring.compiled import Scored
from app.scoring.form import Answer


@dataclass(frozen=True, slots=True)
class Push:
    """Who pushes into which organization, and how retries are recognised."""

    organization_id: UUID
    client_id: UUID
    idempotency_key: str | None
    pepper: bytes
    now: datetime
    own_only: bool = False
    """Whether it may repeat and replace only what the same client pushed."""


@dataclass(frozen=True, slots=True)
class Checked:
    """A body that is right in itself, whoever sends it."""

    instrument: Published
    given: SubmissionIn
    answers: dict[str, Answer]


@dataclass(slots=True)
class Incoming:
    """A submission that is right in itself."""

    push: Push
    instrument: Published
    given: SubmissionIn
    answers: dict[str, Answer]
    names: Names
    place: Place = field(init=False)
    """Which round it belongs to."""
    _scored: Scored | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self.place = self.push.organization_id, self.instrument.id, self.given.period

    @property
    def by_item(self) -> Sequence[Answer | None]:
        """The answers in item order of the form."""
        return tuple(map(self.answers.get, self.instrument.form.items))

    def score(self) -> Scored:
        """What they come to, worked out once."""
        if self._scored is None:
            self._scored = self.instrument.scorer.score(self.by_item)
        return self._scored
