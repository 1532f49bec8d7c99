"""`palanca-push`: a file of submissions into the service, and a report of what became of them."""

import json
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

from palanca_client.client import Client
from palanca_client.models import Import
from palanca_client.options import Options, hidden, read
from palanca_client.outcome import Exit, Outcome, write_files
from palanca_client.parcel import Parcel
from palanca_client.problems import NotFound, PalancaError
from palanca_client.progress import Progress
from palanca_client.resume import Memory, Push, Target
from palanca_client.telling import tell


def main(arguments: Sequence[str] | None = None, program: str = "palanca-push") -> NoReturn:
    """Run the command; ends the process."""
    sys.exit(push(read(sys.argv[1:] if arguments is None else arguments, program)))


def push(options: Options) -> int:
    """Push a file, say what became of it, and return the exit code."""
    outcome = Outcome()
    try:
        with (
            _stoppable(),
            Parcel.of(options.source, options.format) as parcel,
            Client(options.url, options.key) as client,
        ):
            _push(client, options, parcel, outcome)
    except KeyboardInterrupt:
        outcome.exit = Exit.INTERRUPTED
    except OSError as exc:
        sys.stderr.write(hidden(f"{options.program}: {options.name}: {exc.strerror}\n"))
        return Exit.USAGE
    except ValueError as exc:
        sys.stderr.write(hidden(f"{options.program}: {exc}\n"))
        return Exit.USAGE
    if options.as_json:
        sys.stdout.write(json.dumps(outcome.as_json(options), ensure_ascii=False) + "\n")
    else:
        tell(options, outcome)
    return outcome.exit


def _push(client: Client, options: Options, parcel: Parcel, outcome: Outcome) -> None:
    """All of it, remembered until it is done."""
    memory = Memory(None if options.dry_run else options.path)
    begun = _begin(options, parcel, memory)
    progress = Progress(sys.stderr)
    try:
        outcome.found = _find(client, begun) or _send(client, options, parcel, begun)
        memory.keep(begun.as_import(outcome.found.id))
        if not outcome.found.ended:
            outcome.found = client.wait(outcome.found, progress.show)
        outcome.ended_as(outcome.found)
        write_files(client, outcome, parcel, options)
    except PalancaError as error:
        outcome.failed_by(error)
    finally:
        progress.end()
    if outcome.exit is not Exit.UNREACHABLE:
        memory.forget()


def _begin(options: Options, parcel: Parcel, memory: Memory) -> Push:
    """The push that is to go on, or a new one."""
    target = Target(
        parcel.sha256, options.url, options.atomicity, options.instrument, options.version
    )
    found = memory.find(target) if options.resume else None
    begun = found or Push.begin(target)
    memory.keep(begun)
    if memory.trouble:
        sys.stderr.write(f"This push could not be resumed: {memory.trouble}\n")
    return begun


def _find(client: Client, begun: Push) -> Import | None:
    """The import as which a push is known already."""
    if begun.import_id is None:
        return None
    try:
        return client.import_(begun.import_id)
    except NotFound:
        return None


def _send(client: Client, options: Options, parcel: Parcel, begun: Push) -> Import:
    return client.push(
        parcel,
        mode="validate" if options.dry_run else "commit",
        atomicity=options.atomicity,
        instrument=options.instrument,
        version=options.version,
        idempotency_key=begun.idempotency_key,
    )


@contextmanager
def _stoppable() -> Iterator[None]:
    """Being asked to stop (by systemd, say) is as being interrupted by hand."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
