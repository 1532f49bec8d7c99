"""Options of `palanca-push`: read, checked, and explained. A key is never one of them."""

import argparse
import os
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, NoReturn

from palanca_client.models import Atomicity
from palanca_client.parcel import MEDIA_TYPES, Format, format_of
from palanca_client.rejected import beside

KEY = re.compile(r"plc[a-z]_[0-9A-Za-z_]+")

EPILOG = """
environment:
  PALANCA_URL   where the service is, unless --url says
  PALANCA_KEY   the key, unless --key-file says; it is never an argument, where others could see it

exit codes:
  0  all lines are in (or, tried with --dry-run, would be)
  1  some lines were rejected; all others are in
  2  the command was called wrongly
  3  refused as a whole, with a problem
  4  the service could not be reached; --resume goes on
  5  interrupted, or cancelled
"""


@dataclass(frozen=True, slots=True)
class Options:
    """What is to be pushed where, and how."""

    name: str
    path: Path | None
    """None: from the standard input."""
    format: Format
    url: str
    key: str
    atomicity: Atomicity
    instrument: str | None
    version: str | None
    dry_run: bool
    resume: bool
    rejected: Path | None
    report: Path | None
    as_json: bool
    program: str

    @property
    def source(self) -> Path | BinaryIO:
        """What to read."""
        return sys.stdin.buffer if self.path is None else self.path


class _Parser(argparse.ArgumentParser):
    """One that says no key back, should one be among the arguments."""

    def error(self, message: str) -> NoReturn:
        super().error(hidden(message))


def hidden(text: str) -> str:
    """The same without keys."""
    return KEY.sub("plc...", text)


def read(arguments: Sequence[str], program: str) -> Options:
    """The options; ends the process with 2 if they are wrong."""
    parser = _parser(program)
    given = parser.parse_args(arguments)
    path = None if given.file == "-" else Path(given.file)
    if not given.url:
        parser.error("say where the service is: --url, or PALANCA_URL")
    if given.resume and (path is None or given.dry_run):
        parser.error("--resume needs a file, and no --dry-run")
    try:
        kind = given.format or ("ndjson" if path is None else format_of(path))
    except ValueError as exc:
        parser.error(f"{exc} (--format)")
    return Options(
        name=given.file,
        path=path,
        format=kind,
        url=given.url.rstrip("/"),
        key=_key(parser, given.key_file),
        atomicity=given.atomicity,
        instrument=given.instrument,
        version=given.version,
        dry_run=given.dry_run,
        resume=given.resume,
        rejected=given.rejected or (None if path is None else beside(path)),
        report=given.report,
        as_json=given.json,
        program=program,
    )


def _key(parser: argparse.ArgumentParser, file: Path | None) -> str:
    try:
        text = os.environ.get("PALANCA_KEY", "") if file is None else file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as exc:
        parser.error(f"--key-file cannot be read: {getattr(exc, 'strerror', None) or 'not text'}")
    if not text.strip():
        parser.error("a key is needed: --key-file, or PALANCA_KEY")
    return text.strip()


def _parser(program: str) -> argparse.ArgumentParser:
    parser = _Parser(
        prog=program,
        description="Push a file of submissions, and say what became of every line.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("file", metavar="FILE", help="NDJSON, JSON, CSV or XLSX; - reads the standard input")
    add("--dry-run", action="store_true", help="try it: the same report, and nothing is kept")
    add("--resume", action="store_true", help="go on with a push of this file, if one was begun")
    add(
        "--atomicity",
        choices=("row", "organization", "all"),
        default="row",
        help="what else is not taken in if a line is wrong (default: nothing)",
    )
    add("--instrument", help="of lines that name none")
    add("--version", help="its version, of lines that name none")
    add("--url", default=os.environ.get("PALANCA_URL"), help="where the service is")
    add("--key-file", type=Path, metavar="FILE", help="a file with nothing but the key in it")
    add("--format", choices=tuple(MEDIA_TYPES), help="default: by the end of the file's name")
    add(
        "--rejected",
        type=Path,
        metavar="FILE",
        help="where rejected lines go (default: beside the file, NAME.rejected.EXT); beside them "
        "goes a table of what is wrong",
    )
    add("--report", type=Path, metavar="FILE", help="write what became of every line, as NDJSON")
    add("--json", action="store_true", help="print one JSON object at the end, and nothing else")
    return parser
