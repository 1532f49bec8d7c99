"""``palanca release plan | show | files | verify``: before, after and beside building one."""

import json
import sys
import urllib.error
import urllib.request
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel.ext.asyncio.session import AsyncSession

from app.benchmarks import scheduled
from app.benchmarks import service as benchmarks
from app.benchmarks.calendar import Calendar
from app.benchmarks.files.signing import ReleaseSigner, read_key
from app.benchmarks.files.verifying import Fetch, verify_release
from app.benchmarks.keeping import keep_files, without_files
from app.benchmarks.manifest import Plan
from app.benchmarks.models import ReleaseDay
from app.benchmarks.preview import preview
from app.benchmarks.published import Shelf, Volume
from app.cli.admin import OPERATOR, AsOf, release, tell
from app.cli.options import DataDir, settings
from app.cli.session import run
from app.db import Scope, transaction
from app.settings import Settings

FETCH_SECONDS = 60
UNREADABLE = 2


def release_plan(as_of: AsOf = None, data_dir: DataDir = None) -> None:
    """Say what would be built today, as JSON, and write nothing.

    Which periods count, how many results and changes since the last release, which instruments are
    renewed, kept or skipped and why, and what the gate finds. Exit code 0: it would be built; 1: it
    would not.
    """
    chosen = settings(data_dir)
    plan = benchmarks.plan(chosen, as_of=as_of and as_of.date(), now=datetime.now(UTC))

    async def work(engine: AsyncEngine) -> dict[str, object]:
        async with transaction(engine, Scope(operator=True)) as session:
            found = await preview(session, OPERATOR, plan)
            return {**found, "calendar": await _calendar(session, chosen)}

    found = run(chosen, work)
    typer.echo(json.dumps(found, indent=2))
    sys.exit(0 if found["would_be_built"] else 1)


async def _calendar(session: AsyncSession, chosen: Settings) -> dict[str, object]:
    """When the worker builds the next one, and what came of the last day."""
    last = await scheduled.latest(session)
    next_day = Calendar.of(chosen.release_days).next(datetime.now(UTC).date())
    return {
        "next": next_day.isoformat(),
        "last": None if last is None else last.model_dump(mode="json", exclude={"at"}),
    }


async def keep_calendar(engine: AsyncEngine, chosen: Settings, now: datetime) -> ReleaseDay | None:
    """The release of the latest day of the calendar, if that is not done; on the trail."""

    async def told(session: AsyncSession, made: ReleaseDay) -> None:
        target = f"/v1/benchmarks/{made.release_number or ''}"
        await tell(session, chosen, "palanca worker: release", target)

    def plan(as_of: date) -> Plan:
        return benchmarks.plan(chosen, as_of=as_of, now=now)

    day = Calendar.of(chosen.release_days).last(now.date())
    return await scheduled.keep(engine, OPERATOR, day, plan, told)


def release_show(
    number: Annotated[str, typer.Argument(help="Its number, or `latest`.")],
    out: Annotated[Path | None, typer.Option(file_okay=False, help="Write the files here.")] = None,
    data_dir: DataDir = None,
) -> None:
    """Show a release's files with size and SHA-256; with --out, write them into a folder."""
    chosen = settings(data_dir)

    async def work(engine: AsyncEngine) -> tuple[Volume, dict[str, bytes]]:
        shelf = Shelf(engine)
        volume = await shelf.get(number)
        names = volume.files if out is not None else ()
        return volume, {name: (await shelf.file(volume, name))[1] for name in names}

    volume, bodies = run(chosen, work)
    if not volume.files:
        raise ValueError(f"Release {volume.number} has no files yet: run `palanca release files`")
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        for name, body in bodies.items():
            (out / name).write_bytes(body)
    for one in volume.files.values():
        typer.echo(f"{one.sha256}  {one.size:>10}  {one.name}")


def release_files(data_dir: DataDir = None) -> None:
    """Make the files of releases that were published before there were files.

    Doing it again changes nothing. They are as they would have been made then, but for
    PALANCA_PUBLIC_URL, which is today's.
    """
    chosen = settings(data_dir)
    signer = ReleaseSigner(chosen.pepper())

    async def work(engine: AsyncEngine) -> None:
        async with transaction(engine) as session:
            numbers = await without_files(session)
        for one in numbers:
            async with transaction(engine, Scope(operator=True)) as session:
                await keep_files(session, one, base=chosen.public_url, signer=signer)
                await tell(session, chosen, "palanca release files", f"/v1/benchmarks/{one}")
            typer.echo(f"made  the files of release {one}")
        if not numbers:
            typer.echo("every release has its files")

    run(chosen, work)


def release_verify(
    where: Annotated[str, typer.Argument(help="A folder, or a release's address (https://...).")],
    key: Annotated[
        str | None,
        typer.Option(help="The public key (base64, or a file with it or with PEM) you know."),
    ] = None,
) -> None:
    """Check a release's signature, every file's hash and every cell's hash.

    A folder is checked offline, without server or database. Exit code 0: all is as it was signed;
    1: something is not, and it is said which file; 2: the place or the key cannot be read. Without
    --key the key in the manifest is believed, which does not prove who made it.
    """
    try:
        known = None if key is None else _key(key)
        verdict = verify_release(_fetch(where), key=known)
    except (OSError, ValueError) as exc:
        typer.echo(f"cannot be read: {exc}", err=True)
        sys.exit(UNREADABLE)
    for finding in verdict.findings:
        typer.echo(finding, err=True)
    if not verdict.ok:
        typer.echo("NOT verified", err=True)
        sys.exit(1)
    typer.echo(f"verified  release {verdict.release}: {verdict.files} files, {verdict.cells} cells")
    typer.echo(f"signed by {verdict.fingerprint}")
    if known is None:
        typer.echo("Pass --key to prove that this is the key you know.", err=True)


def _key(text: str) -> bytes:
    file = Path(text)
    return read_key(file.read_text(encoding="utf-8") if file.is_file() else text)


def _fetch(where: str) -> Fetch:
    if where.startswith(("http://", "https://")):
        return lambda name: _download(f"{where.rstrip('/')}/{name}")
    folder = Path(where)
    if not folder.is_dir():
        raise NotADirectoryError(f"{where} is no folder and no address")

    def read(name: str) -> bytes:
        try:
            return (folder / name).read_bytes()
        except FileNotFoundError:
            raise FileNotFoundError(name) from None

    return read


def _download(url: str) -> bytes:
    try:
        with urllib.request.urlopen(url, timeout=FETCH_SECONDS) as reply:  # noqa: S310 - http(s)
            body: bytes = reply.read()
            return body
    except urllib.error.HTTPError as exc:
        exc.close()
        if exc.code == 404:  # noqa: PLR2004 - not found
            raise FileNotFoundError(url.rpartition("/")[2]) from None
        raise OSError(f"{url} is answered {exc.code}") from None


def install(_: typer.Typer) -> None:
    """Add the commands below ``release``."""
    release.command("plan")(release_plan)
    release.command("show")(release_show)
    release.command("files")(release_files)
    release.command("verify")(release_verify)
