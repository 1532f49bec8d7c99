"""What `palanca-push` says at its end, for people."""

import shlex
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from palanca_client.models import Import
from palanca_client.options import Options, hidden
from palanca_client.outcome import Exit, Outcome, Reason

TOLD = 10
"""Kinds of errors that are told; files have all."""

MEANS = {"rejected": "rejected lines", "problems": "what is wrong", "report": "whole report"}


def tell(options: Options, outcome: Outcome) -> None:
    """Say how it ended: what became of the lines, and what to do next."""
    for text in _good(outcome):
        sys.stdout.write(f"{_plain(text)}\n")
    sys.stdout.flush()
    for text in _bad(options, outcome):
        sys.stderr.write(f"{_plain(text)}\n")


def _good(outcome: Outcome) -> Iterator[str]:
    found = outcome.found
    if found is not None and found.ended:
        yield summary(found)
    for name, file in outcome.files.items():
        yield f"{MEANS[name]}: {file}"


def summary(found: Import) -> str:
    """What became of all lines, in one."""
    counts = ", ".join(f"{count:,} {status}" for status, count in found.counts.items())
    said = f"{found.lines:,} {'line' if found.lines == 1 else 'lines'}: {counts}"
    if found.warnings:
        said += f"; {found.warnings:,} with warnings"
    return said + (" (dry run: nothing was kept)" if found.mode == "validate" else "")


def _bad(options: Options, outcome: Outcome) -> Iterator[str]:
    found, error = outcome.found, outcome.error
    yield from reasons([*outcome.reasons.values()])
    if outcome.trouble:
        yield outcome.trouble
    if error is not None:
        yield from problem(error.problem, error.status, error.errors)
    elif found is not None and found.problem is not None:
        yield from problem(found.problem, 0, found.problem.get("errors") or ())
    if "rejected" in outcome.files:
        mended = shlex.quote(outcome.files["rejected"])
        yield f"Mend them there and push them again: {options.program} {mended}"
    if outcome.exit in {Exit.UNREACHABLE, Exit.INTERRUPTED}:
        yield from _how_to_go_on(options, outcome)


def reasons(found: Sequence[Reason]) -> Iterator[str]:
    """Why lines were rejected, the most frequent first."""
    often = sorted(found, key=lambda one: -one.lines)
    for one in often[:TOLD]:
        where = f"line {one.such_as[0]}" if one.lines == 1 else _several(one)
        yield f"{where}: {one.pointer or '/'} {one.code}: {one.detail}"
    if len(often) > TOLD:
        yield f"and {len(often) - TOLD:,} more kinds of errors"


def _several(one: Reason) -> str:
    more = ", ..." if one.lines > len(one.such_as) else ""
    return f"{one.lines:,} lines ({', '.join(map(str, one.such_as))}{more})"


def _how_to_go_on(options: Options, outcome: Outcome) -> Iterator[str]:
    found = outcome.found
    if found is not None and found.status == "cancelled":
        yield "Cancelled; what was taken in stays in."
    elif options.path is None or options.dry_run:
        yield "Not finished; run it again."
    else:
        yield f"Not finished; to go on: {options.program} {shlex.quote(options.name)} --resume"
        if found is not None:
            yield f"The service goes on with what it has: import {found.id}"


def problem(
    said: Mapping[str, Any], status: int, errors: Sequence[Mapping[str, Any]]
) -> Iterator[str]:
    """What was refused, and all that is wrong."""
    number = f" ({status})" if status else ""
    yield f"{said.get('title', 'Refused')}{number}: {said.get('detail', '')}"
    for one in errors:
        yield f"  {one.get('pointer') or '/'} {one.get('code', '')}: {one.get('detail', '')}"


def _plain(text: str) -> str:
    """Without what a terminal would obey, and without keys."""
    return hidden("".join(one if one.isprintable() else " " for one in text))
