"""Imports and what became of their lines, as they are told."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Self

Row = dict[str, Any]
"""An entry of a list, as the service writes it."""

Mode = Literal["validate", "commit"]
Atomicity = Literal["row", "organization", "all"]
LineStatus = Literal["accepted", "unchanged", "superseded", "rejected"]
Status = Literal["queued", "running", "succeeded", "failed", "cancelled"]

ENDED: frozenset[str] = frozenset({"succeeded", "failed", "cancelled"})


@dataclass(frozen=True, slots=True)
class LineProblem:
    """What is wrong with a line (`error`), or worth a look (`warning`)."""

    severity: Literal["error", "warning"]
    pointer: str
    code: str
    detail: str
    received: object = None
    expected: object = None
    help: str | None = None

    @classmethod
    def of(cls, said: Mapping[str, Any]) -> Self:
        """As it was told; what a newer service adds is left out."""
        return cls(**{name: said[name] for name in cls.__slots__ if name in said})


@dataclass(frozen=True, slots=True)
class Line:
    """What became of one line; `line` is its number in the file, or its place in an array."""

    line: int
    external_id: str | None
    organization: str | None
    status: LineStatus
    problems: Sequence[LineProblem]
    raw: Row

    @classmethod
    def of(cls, said: Row) -> Self:
        """As it was told."""
        return cls(
            line=said["line"],
            external_id=said.get("external_id"),
            organization=said.get("organization"),
            status=said["status"],
            problems=tuple(LineProblem.of(one) for one in said.get("problems", ())),
            raw=said,
        )

    def as_text(self) -> bytes:
        """A line of newline-delimited JSON."""
        return json.dumps(self.raw, ensure_ascii=False).encode() + b"\n"


@dataclass(frozen=True, slots=True)
class Import:
    """An import as it stands.

    Small ones are answered at once, with a report; larger ones have an id and are worked on.
    """

    id: str | None
    mode: Mode
    atomicity: Atomicity
    status: Status
    lines: int
    """In all; 0 as long as they are not counted."""
    done: int
    counts: Mapping[str, int]
    """Lines that were `accepted`, `unchanged`, `superseded`, `rejected`."""
    warnings: int
    problem: Mapping[str, Any] | None
    """Why it failed as a whole."""
    report: Sequence[Line] | None
    """Of every line, if it was answered at once; otherwise ask `Client.report` for it."""
    raw: Row

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen."""
        return self.status in ENDED

    @property
    def rejected(self) -> int:
        """Lines with which nothing was done."""
        return self.counts.get("rejected", 0)

    @classmethod
    def of(cls, said: Row) -> Self:
        """As it was told, at once or as a state."""
        at_once = isinstance(said.get("lines"), list)
        report = tuple(Line.of(one) for one in said["lines"]) if at_once else None
        lines = len(report) if report is not None else said.get("lines") or 0
        return cls(
            id=said.get("id"),
            mode=said["mode"],
            atomicity=said["atomicity"],
            status=said.get("status", "succeeded"),
            lines=lines,
            done=lines if at_once else said.get("done") or 0,
            counts=said.get("counts") or {},
            warnings=said.get("warnings") or 0,
            problem=said.get("problem"),
            report=report,
            raw=said,
        )


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which lines of a report; what is not said restricts nothing."""

    status: Sequence[str] = ()
    severity: str | None = None
    code: str | None = None
    organization: str | None = None

    def params(self) -> list[tuple[str, str]]:
        """As a query; of several outcomes the service is asked for all, and the rest left out."""
        single = {"severity": self.severity, "code": self.code, "organization": self.organization}
        named = [(name, value) for name, value in single.items() if value is not None]
        return [*named, ("status", self.status[0])] if len(self.status) == 1 else named

    def has(self, line: Line) -> bool:
        """Whether it is one of them."""
        problems = [
            one
            for one in line.problems
            if self.severity in {None, one.severity} and self.code in {None, one.code}
        ]
        return (
            (not self.status or line.status in self.status)
            and (self.organization in {None, line.organization})
            and (bool(problems) or (self.severity is None and self.code is None))
        )
