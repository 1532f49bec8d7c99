"""A submission on its way in: what it says, who pushes it, and by which names it is known."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
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


@dataclass(frozen=True)
class Incoming:
    """A submission that is right in itself."""

    push: Push
    instrument: Published
    given: SubmissionIn
    answers: dict[str, Answer]
    names: Names

    @cached_property
    def place(self) -> Place:
        """Which round it belongs to."""
        return self.push.organization_id, self.instrument.id, self.given.period

    @cached_property
    def by_item(self) -> Sequence[Answer | None]:
        """The answers in item order of the form."""
        return tuple(map(self.answers.get, self.instrument.form.items))

    @cached_property
    def scored(self) -> Scored:
        """What they come to."""
        return self.instrument.scorer.score(self.by_item)
