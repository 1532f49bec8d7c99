"""How a push ended: the exit code, what is said of it, and the files that are written."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from enum import IntEnum
from pathlib import Path
from typing import Any

from palanca_client.client import Client
from palanca_client.models import Import, Line
from palanca_client.options import Options
from palanca_client.parcel import Parcel
from palanca_client.problems import PalancaError, RateLimited, Unavailable
from palanca_client.rejected import create, problems_of, write_lines, write_problems

EXAMPLES = 3
"""Lines that are named of each kind of error."""


class Exit(IntEnum):
    """Exit codes; they are in `--help`, and stay what they are."""

    ALL_IN = 0
    SOME_REJECTED = 1
    USAGE = 2
    REFUSED = 3
    UNREACHABLE = 4
    INTERRUPTED = 5


@dataclass(slots=True)
class Reason:
    """An error that some lines have in common."""

    pointer: str
    code: str
    detail: str
    """As the first of them was told."""
    lines: int = 0
    such_as: list[int] = field(default_factory=list)


@dataclass(slots=True)
class Outcome:
    """How a push ended."""

    exit: Exit = Exit.ALL_IN
    found: Import | None = None
    error: PalancaError | None = None
    files: dict[str, str] = field(default_factory=dict)
    reasons: dict[tuple[str, str], Reason] = field(default_factory=dict)
    """Why lines were rejected, by pointer and code."""
    trouble: str = ""
    """Why files could not be written."""

    def as_json(self, options: Options) -> dict[str, Any]:
        """The object that `--json` prints."""
        found = self.found
        problem = found.problem if found is not None else None
        if self.error is not None:
            problem = {**self.error.problem, "status": self.error.status}
        return {
            "file": options.name,
            "exit_code": int(self.exit),
            "status": found.status if found else None,
            "import_id": found.id if found else None,
            "mode": found.mode if found else None,
            "atomicity": found.atomicity if found else None,
            "lines": found.lines if found else None,
            "counts": dict(found.counts) if found else {},
            "warnings": found.warnings if found else None,
            "problem": problem,
            "files": self.files,
            "reasons": [asdict(one) for one in self.reasons.values()],
            "trouble": self.trouble or None,
        }

    def ended_as(self, found: Import) -> None:
        """What an import that ended comes to."""
        self.found = found
        if found.status == "failed":
            self.exit = Exit.REFUSED
        elif found.status == "cancelled":
            self.exit = Exit.INTERRUPTED
        elif found.rejected:
            self.exit = Exit.SOME_REJECTED

    def failed_by(self, error: PalancaError) -> None:
        """What a refusal, or no answer, comes to."""
        self.error = error
        later = isinstance(error, Unavailable | RateLimited)
        self.exit = Exit.UNREACHABLE if later else Exit.REFUSED


def write_files(client: Client, outcome: Outcome, parcel: Parcel, options: Options) -> None:
    """The whole report, the rejected lines, and what is wrong with them, where that is wanted."""
    found = outcome.found
    if found is None:
        return
    try:
        if options.report is not None:
            with create(options.report) as file:
                file.writelines(line.as_text() for line in client.report(found))
            outcome.files["report"] = str(options.report)
        if found.rejected:
            lines = _counted(client.report(found, status="rejected"), outcome)
            _write_rejected(lines, outcome, parcel, options.rejected)
    except OSError as exc:
        outcome.trouble = f"{exc.filename} could not be written: {exc.strerror}"


def _write_rejected(
    lines: Iterator[Line], outcome: Outcome, parcel: Parcel, path: Path | None
) -> None:
    if path is None:
        for _ in lines:
            pass
        return
    why = problems_of(path)
    numbers = write_problems(why, lines)
    if write_lines(path, parcel, numbers):
        outcome.files["rejected"] = str(path)
    outcome.files["problems"] = str(why)


def _counted(lines: Iterable[Line], outcome: Outcome) -> Iterator[Line]:
    """The same lines, with the reasons why they were rejected noted."""
    for line in lines:
        for one in line.problems:
            if one.severity != "error":
                continue
            new = Reason(one.pointer, one.code, one.detail)
            reason = outcome.reasons.setdefault((one.pointer, one.code), new)
            reason.lines += 1
            reason.such_as += [line.line] if len(reason.such_as) < EXAMPLES else []
        yield line
