"""When a request is tried again, and after how long. Pure but for its dice."""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx

LATER = {429, 502, 503, 504}
"""Answers that may be others in a moment."""

IN_FLIGHT = "/problems/idempotency-key-in-flight"
"""Our own first try is still being carried out; its answer comes."""


@dataclass(frozen=True, slots=True)
class Retry:
    """How often and for how long a request is tried.

    Every request may be: a `POST` says with its idempotency key that it is the same one.
    """

    attempts: int = 6
    """The first one included."""
    patience: float = 120.0
    """Seconds of waiting in all; if the service says that it takes longer, nothing is waited."""
    base: float = 0.5
    """Seconds before the second attempt; doubled for each more."""
    longest: float = 20.0
    """Seconds between two attempts, unless the service asks for more."""

    def pause(self, attempt: int, waited: float, asked: float | None) -> float | None:
        """Seconds until the next attempt, or None: it was the last.

        Args:
            attempt: which one failed, from 1 on.
            waited: seconds waited so far.
            asked: what the service said to wait at least.
        """
        if attempt >= self.attempts:
            return None
        backoff = min(self.base * 2 ** (attempt - 1), self.longest)
        dice = random.random()  # noqa: S311 - not a secret
        chosen = backoff * (0.5 + dice / 2) if asked is None else asked + backoff * dice / 4
        return chosen if waited + chosen <= self.patience else None


def may_be_other_later(response: httpx.Response) -> bool:
    """Whether the same request might be answered otherwise in a moment."""
    if response.status_code in LATER:
        return True
    return response.status_code == httpx.codes.CONFLICT and IN_FLIGHT in response.text


def asked_to_wait(headers: Mapping[str, str], now: datetime | None = None) -> float | None:
    """Seconds of `Retry-After`: a number, or a date by the server's own clock."""
    said = headers.get("retry-after", "").strip()
    if said.isascii() and said.isdigit():
        return float(said)
    until = _instant(said)
    if until is None:
        return None
    at = _instant(headers.get("date", "")) or now or datetime.now(UTC)
    return max(0.0, (until - at).total_seconds())


def _instant(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text)
    except ValueError:
        return None
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)
