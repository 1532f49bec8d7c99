"""By which names a submission is known: a retry is recognised, a newer one replaces. Pure.

A submission repeats an earlier one if it carries its idempotency key, or its external id and the
same content. It replaces the standing one that has its external id, its respondent, that it names
outright, or, for a consensus, the consensus before it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Self
from uuid import UUID

import orjson
from pydantic import BaseModel

from app.assessments.models import Mode
from app.assessments.rows import SubmissionRow
from app.assessments.schemas import SubmissionIn
from app.mac import mac
from app.problems import AlreadyExists, IdempotencyKeyReused, Invalid, error

Place = tuple[UUID, UUID, str]
"""Organization, instrument version and period: there is one round of each."""


@dataclass(frozen=True, slots=True)
class Names:
    """What identifies one incoming submission."""

    organization_id: UUID
    client_id: UUID
    idempotency_key: str | None
    external_id: str | None
    respondent: bytes | None
    supersedes: UUID | None
    mode: Mode
    body_sha256: bytes

    @classmethod
    def of(
        cls,
        given: SubmissionIn,
        *,
        organization_id: UUID,
        client_id: UUID,
        idempotency_key: str | None,
        pepper: bytes,
    ) -> Self:
        """The names of a submission that comes into an organization from a client."""
        body = orjson.dumps(given.__dict__, default=_parts, option=orjson.OPT_SORT_KEYS)
        return cls(
            organization_id=organization_id,
            client_id=client_id,
            idempotency_key=idempotency_key,
            external_id=given.external_id,
            # A consensus is nobody's in particular: it neither replaces a person's answers nor is
            # replaced by them.
            respondent=None
            if given.mode is Mode.CONSENSUS
            else respondent_hash(given.respondent, organization_id, pepper),
            supersedes=given.supersedes,
            mode=given.mode,
            # Keyed, for the body holds the pseudonym: without the key nobody can try some out.
            body_sha256=mac(pepper).digest(b"body:" + body),
        )

    def all(self, place: Place) -> Iterator[tuple[object, ...]]:
        """Everything that it is known by, as a submission of that round."""
        if self.external_id is not None:
            yield "external_id", self.organization_id, self.external_id
        if self.supersedes is not None:
            yield "supersedes", self.organization_id, self.supersedes
        if self.respondent is not None:
            yield "respondent", *place, self.respondent
        if self.mode is Mode.CONSENSUS:
            yield "consensus", *place
        if self.idempotency_key is not None:
            yield "idempotency_key", self.organization_id, self.client_id, self.idempotency_key

    def retried(self, related: Sequence[SubmissionRow]) -> SubmissionRow | None:
        """The submission that this one repeats.

        Raises:
            IdempotencyKeyReused: the key came with another body.
        """
        for row in related:
            if self.idempotency_key is not None and self._has_my_key(row):
                if row.body_sha256 != self.body_sha256:
                    raise IdempotencyKeyReused("Use a new Idempotency-Key for a new submission")
                return row
        for row in related:
            if (
                self.external_id is not None
                and row.external_id == self.external_id
                and row.body_sha256 == self.body_sha256
            ):
                return row
        return None

    def predecessor(
        self, related: Sequence[SubmissionRow], assessment_id: UUID
    ) -> SubmissionRow | None:
        """The standing submission that this one replaces.

        Raises:
            Invalid: it names one that does not stand.
            AlreadyExists: its names point at different ones, or into another round.
        """
        found = [row for row in related if self._replaces(row, assessment_id)]
        if self.supersedes is not None and self.supersedes not in {row.id for row in found}:
            wrong = error(
                "/supersedes",
                "not-standing",
                "No such standing submission",
                received=str(self.supersedes),
            )
            raise Invalid([wrong])
        if len(found) > 1:
            raise AlreadyExists(
                "external_id, respondent, supersedes and mode point at different submissions",
                submissions=sorted(str(row.id) for row in found),
            )
        if found and (found[0].assessment_id, found[0].mode) != (assessment_id, self.mode):
            raise AlreadyExists(
                "That name stands for a submission of another period, instrument or mode",
                submissions=[str(found[0].id)],
            )
        return found[0] if found else None

    def check_free(self, others: Sequence[SubmissionRow], assessment_id: UUID) -> None:
        """See that no standing submission that another pushed goes by one of the names.

        Raises:
            AlreadyExists: one does; which is not told.
        """
        if any(self._replaces(row, assessment_id) for row in others):
            raise AlreadyExists("A submission that another client pushed goes by that name")

    def _has_my_key(self, row: SubmissionRow) -> bool:
        return (row.client_id, row.idempotency_key) == (self.client_id, self.idempotency_key)

    def _replaces(self, row: SubmissionRow, assessment_id: UUID) -> bool:
        if row.status != "stands":
            return False
        same_round = row.assessment_id == assessment_id
        return (
            row.id == self.supersedes
            or (self.external_id is not None and row.external_id == self.external_id)
            or (
                same_round
                and self.respondent is not None
                and row.respondent_hash == self.respondent
            )
            or (same_round and self.mode is Mode.CONSENSUS and row.mode is Mode.CONSENSUS)
        )


def _parts(part: object) -> object:
    """A note or a focus, as JSON."""
    if not isinstance(part, BaseModel):
        raise TypeError(f"{type(part).__name__} is no part of a submission")
    return part.model_dump(mode="json")


def retry_hash(idempotency_key: str | None, client_id: UUID, pepper: bytes) -> str | None:
    """What is kept of an idempotency key: on other routes the key itself opens kept answers."""
    if idempotency_key is None:
        return None
    message = f"submission retry:{client_id}:{idempotency_key}".encode()
    return mac(pepper).digest(message).hex()


def respondent_hash(respondent: str | None, organization_id: UUID, pepper: bytes) -> bytes | None:
    """A keyed hash, apart for every organization, so that people cannot be linked across them."""
    if respondent is None:
        return None
    message = f"respondent:{organization_id}:{respondent}".encode()
    return mac(pepper).digest(message)
