"""What the service refuses, as exceptions (`application/problem+json`, RFC 9457)."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import httpx


class PalancaError(Exception):
    """The service refused, or did not answer.

    `status` is HTTP's, 0 where there was no answer; `slug` the last part of the problem's type;
    `errors` one entry for each thing that is wrong: pointer, code, detail, received, expected.
    """

    def __init__(
        self, status: int, problem: Mapping[str, Any], *, retry_after: float | None = None
    ) -> None:
        self.status = status
        self.slug = str(problem.get("type", "")).rpartition("/")[2]
        self.title = str(problem.get("title", ""))
        self.detail = str(problem.get("detail", ""))
        self.errors: Sequence[Mapping[str, Any]] = problem.get("errors") or ()
        self.problem = problem
        self.retry_after = retry_after
        """Seconds after which the service said to come back."""
        super().__init__(f"{self.title or 'Refused'}: {self.detail}" if self.detail else self.title)


class Unauthenticated(PalancaError):  # noqa: N818 - the families' plain names
    """401: no key, or one that is unknown, expired or revoked."""


class Forbidden(PalancaError):  # noqa: N818 - the families' plain names
    """403: the key is good, but not for this; or an agreement is missing."""


class NotFound(PalancaError):  # noqa: N818 - the families' plain names
    """404: not there, or not the caller's."""


class Conflict(PalancaError):  # noqa: N818 - the families' plain names
    """409: it does not go with what is there."""


class Invalid(PalancaError):  # noqa: N818 - the families' plain names
    """400, 413, 415 and 422: the request is wrong; `errors` says what."""


class RateLimited(PalancaError):  # noqa: N818 - the families' plain names
    """429: too many requests; `retry_after` says for how long."""


class Unavailable(PalancaError):  # noqa: N818 - the families' plain names
    """502, 503 and 504: not now; trying later is right."""


class Unreachable(Unavailable):
    """There was no answer at all; `status` is 0."""

    @classmethod
    def by(cls, exc: httpx.TransportError) -> "Unreachable":
        """What a failed connection comes to."""
        detail = str(exc) or type(exc).__name__
        return cls(0, {"type": "unreachable", "title": "No answer", "detail": detail})


FAMILIES: Mapping[int, type[PalancaError]] = {
    400: Invalid,
    401: Unauthenticated,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    413: Invalid,
    415: Invalid,
    422: Invalid,
    429: RateLimited,
    502: Unavailable,
    503: Unavailable,
    504: Unavailable,
}


def problem_of(response: httpx.Response, *, retry_after: float | None = None) -> PalancaError:
    """What an answer refuses; of a proxy that knows no problems, what can be said of that."""
    kind = FAMILIES.get(response.status_code, PalancaError)
    said: object = None
    if response.headers.get("content-type", "").partition(";")[0].endswith("json"):
        try:
            said = response.json()
        except json.JSONDecodeError:
            said = None
    if not isinstance(said, dict) or "title" not in said:
        title = f"HTTP {response.status_code} {response.reason_phrase}".rstrip()
        said = {"type": "", "title": title, "detail": f"from {response.url.host}, not a problem"}
    return kind(response.status_code, said, retry_after=retry_after)
