"""What an operation wants done, without doing it: sync and async clients share all the rest.

An operation is a generator. It yields an effect, is sent back what came of it (or thrown the
error), and returns its result.
"""

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import httpx

from palanca_client.parcel import Format, Parcel, Source

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Call:
    """A request. Sent back: the `httpx.Response`; of a `stream`, with only its head read."""

    method: str
    path: str
    params: Sequence[tuple[str, str]] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    json: object = None
    parcel: Parcel | None = None
    stream: bool = False


@dataclass(frozen=True, slots=True)
class Read:
    """The next bytes of the stream that was opened last. Sent back: bytes, or None at its end."""


@dataclass(frozen=True, slots=True)
class Pack:
    """Read a source whole. Sent back: a `Parcel`."""

    source: Source
    format: Format | None


@dataclass(frozen=True, slots=True)
class Pause:
    """Wait."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Give:
    """Hand a value to who iterates."""

    value: Any


Effect = Call | Read | Pack | Pause | Give
Flow = Generator[Effect, Any, T]


@dataclass(frozen=True, slots=True)
class Giving(Generic[T]):
    """A flow that gives values of one kind, and has no result."""

    flow: Flow[None]


class Course(Generic[T]):
    """A flow under way: the effect that it wants next, until it has a result."""

    def __init__(self, flow: Flow[T]) -> None:
        self._flow = flow
        self.effect: Effect | None = None
        self.result: T | None = None
        self.answer(None)

    def answer(self, value: object) -> None:
        """Go on, with what came of the effect."""
        try:
            self.effect = self._flow.send(value)
        except StopIteration as end:
            self.effect, self.result = None, end.value

    def fail(self, exc: httpx.TransportError) -> None:
        """Go on, with the error that came of the effect."""
        try:
            self.effect = self._flow.throw(exc)
        except StopIteration as end:
            self.effect, self.result = None, end.value
