"""Every way a request can fail, on one page (RFC 9457). A slug is public and permanent."""

from collections.abc import Sequence
from typing import ClassVar


class Problem(Exception):  # noqa: N818 - RFC 9457's own word
    """Base of all expected failures; anything else is a bug and a 500."""

    slug: ClassVar[str]
    title: ClassVar[str]
    status: ClassVar[int]

    def __init__(self, detail: str, **extra: object) -> None:
        super().__init__(detail)
        self.detail = detail
        self.extra = extra

    @property
    def body(self) -> dict[str, object]:
        """As RFC 9457 has it."""
        return {
            "type": f"/problems/{self.slug}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            **self.extra,
        }


def catalogue() -> dict[str, type[Problem]]:
    """Every problem by its slug."""
    return {one.slug: one for one in sorted(Problem.__subclasses__(), key=lambda kind: kind.slug)}


class MalformedJson(Problem):
    """The body is not JSON at all, so no field can be named."""

    slug, title, status = "malformed-json", "Body is not JSON", 400


class BadCursor(Problem):
    """A paging cursor that this list did not hand out."""

    slug, title, status = "bad-cursor", "Cursor is not one of ours", 400


class Unauthenticated(Problem):
    """No key, an unknown, expired or revoked one: all say the same."""

    slug, title, status = "unauthenticated", "A valid key is needed", 401


class InsufficientScope(Problem):
    """The key is good, but not for this."""

    slug, title, status = "insufficient-scope", "The key lacks a scope", 403


class NotShared(Problem):
    """An organization has not agreed that its network sees its identified figures."""

    slug, title, status = "not-shared", "Not shared with the network", 403


class QueriesOff(Problem):
    """Own queries of researchers are off unless the operator of the service switches them on."""

    slug, title, status = "queries-off", "Own queries are switched off", 403


class NotFound(Problem):
    """Also raised for what exists but is not the caller's, so ids do not leak."""

    slug, title, status = "not-found", "Not found", 404


class MethodNotAllowed(Problem):
    """The path is there, the method is not; ``Allow`` says which are."""

    slug, title, status = "method-not-allowed", "Method not allowed", 405


class NotAcceptable(Problem):
    """None of the formats that the client would read is one of ours."""

    slug, title, status = "not-acceptable", "No such format", 406


class RequestTimeout(Problem):
    """The body did not come whole within the time that it is waited for."""

    slug, title, status = "request-timeout", "Body came too slowly", 408


class AmbiguousReference(Problem):
    """A name that fits several things of the caller's."""

    slug, title, status = "ambiguous-reference", "More than one thing goes by that name", 409


class AssessmentClosed(Problem):
    """A locked assessment is a record; it takes no more submissions and no withdrawals."""

    slug, title, status = "assessment-closed", "Assessment is locked", 409


class AssessmentEmpty(Problem):
    """There is nothing to lock: no submission stands."""

    slug, title, status = "assessment-empty", "Assessment has no submissions", 409


class AssessmentOpen(Problem):
    """A result exists once the assessment is locked."""

    slug, title, status = "assessment-open", "Assessment is not locked yet", 409


class SubmissionEnded(Problem):
    """A superseded or withdrawn submission is history."""

    slug, title, status = "submission-ended", "Submission no longer stands", 409


class PracticeStands(Problem):
    """A practice that is in review, accepted or withdrawn does not change any more."""

    slug, title, status = "practice-stands", "Practice is not a draft", 409


class InvitationUsed(Problem):
    """An invitation is good for one submission, and that was taken in."""

    slug, title, status = "invitation-used", "Invitation was used", 409


class OrganizationEnding(Problem):
    """The organization's data will be erased, so nothing more is taken in for it."""

    slug, title, status = "organization-ending", "Organization is being erased", 409


class ErasureBegun(Problem):
    """An erasure can be called off until it begins; what is gone does not come back."""

    slug, title, status = "erasure-begun", "Erasure cannot be called off", 409


class AlreadyExists(Problem):
    """Another record carries that name already."""

    slug, title, status = "already-exists", "Already recorded", 409


class VersionPublished(Problem):
    """A published version never changes; other content needs a new version."""

    slug, title, status = "version-published", "Version is published with other content", 409


class InstrumentLocked(Problem):
    """The owner of the instrument forbids changes; a new version may only add languages."""

    slug, title, status = "instrument-locked", "The instrument's owner forbids changes", 409


class ClientEnded(Problem):
    """A client that ended has no keys and gets no new ones."""

    slug, title, status = "client-ended", "Client has ended", 409


class KeyEnded(Problem):
    """A revoked or expired key is not brought back by rotating it."""

    slug, title, status = "key-ended", "Key no longer works", 409


class TooFewChanges(Problem):
    """A release for a handful of changes would give those away."""

    slug, title, status = "too-few-changes", "Too little has changed for a release", 409


class ReleaseRefused(Problem):
    """The release gate found cells that would tell an organization's score."""

    slug, title, status = "release-refused", "Release gate refused", 409


class QueryBudgetSpent(Problem):
    """The year's budget, one's own or that of all researchers together, is less than the cost."""

    slug, title, status = "query-budget-spent", "Query budget is used up", 409


class PreconditionFailed(Problem):
    """The thing changed since the ETag in ``If-Match`` was read; read it again."""

    slug, title, status = "precondition-failed", "It has changed since", 412


class RangeNotSatisfiable(Problem):
    """The file ends before the bytes that ``Range`` asks for; ``Content-Range`` says where."""

    slug, title, status = "range-not-satisfiable", "The file has no such bytes", 416


class PayloadTooLarge(Problem):
    """More bytes than the service takes in one body."""

    slug, title, status = "payload-too-large", "Body is too large", 413


class UnsupportedMediaType(Problem):
    """A body in a format that this path does not read."""

    slug, title, status = "unsupported-media-type", "Send application/json", 415


LISTED = 100
"""Errors that one answer names. A megabyte can hold a quarter of a million; nobody reads those."""


class Invalid(Problem):
    """The request was understood and is wrong; ``errors`` says all that is, or the first hundred.

    Who collects errors one by one may stop after one more than that.
    """

    slug, title, status = "invalid", "Request is not valid", 422

    def __init__(self, errors: Sequence[dict[str, object]]) -> None:
        noun = "error" if len(errors) == 1 else "errors"
        said = f"{len(errors)} {noun}; see errors"
        if len(errors) > LISTED:
            said = f"More than {LISTED} errors; see errors for the first"
        super().__init__(said, errors=list(errors[:LISTED]))

    @property
    def errors(self) -> list[dict[str, object]]:
        """All that is said of it, or the first hundred."""
        return self.extra["errors"]  # type: ignore[return-value]  # put there above


class CohortNotPublished(Problem):
    """Filters outside the published lattice; the nearest published cohorts are named."""

    slug, title, status = "cohort-not-published", "No such published cohort", 422


class IdempotencyKeyReused(Problem):
    """The same key came with another body."""

    slug, title, status = "idempotency-key-reused", "Idempotency key used for another request", 422


class IdempotencyKeyMissing(Problem):
    """A bulk write needs an ``Idempotency-Key``: a retry without one could do it twice."""

    slug, title, status = "idempotency-key-missing", "Idempotency-Key is needed", 400


class IdempotencyKeyInFlight(Problem):
    """The first request with that key is not answered yet; the retry gets its answer later."""

    slug, title, status = "idempotency-key-in-flight", "Request is being carried out", 409


class AgreementNeeded(Problem):
    """The organization has no current participation agreement, so nothing is taken in for it."""

    slug, title, status = "agreement-needed", "No current participation agreement", 403


class TooManyRequests(Problem):
    """The client's, or without a key the address's, requests of this window are used up."""

    slug, title, status = "too-many-requests", "Rate limit reached", 429


class Unavailable(Problem):
    """The database does not answer just now; trying again is right."""

    slug, title, status = "unavailable", "Try again shortly", 503


class InternalError(Problem):
    """A bug of ours; nothing was kept."""

    slug, title, status = "internal-error", "Something broke on our side", 500


def error(
    pointer: str, code: str, detail: str, *, received: object = None, expected: object = None
) -> dict[str, object]:
    """One entry of ``errors``: where (JSON Pointer), what, what came and what would be right."""
    said = {"pointer": pointer, "code": code, "detail": detail}
    return {**said, "received": received, "expected": expected}
