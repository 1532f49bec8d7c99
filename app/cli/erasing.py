"""``palanca erase`` and ``palanca purge``: what is to go, and what is over."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from sqlalchemy.ext.asyncio import AsyncEngine

from app.audit.chain import Signer
from app.cli.options import DataDir, settings
from app.cli.session import run
from app.erasure import retention
from app.erasure.ledger import Keeper
from app.erasure.models import Erasure, Subject
from app.settings import Settings

erase = typer.Typer(help="Erasures that were asked for.", no_args_is_help=True)


def install(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(erase, name="erase")
    app.command()(purge)


async def look(engine: AsyncEngine, chosen: Settings) -> None:
    """What the worker does at every look: carry out what is due, and purge what is over."""
    keeper = Keeper(engine, Signer(chosen.pepper()))
    _say("erased", await keeper.carry_out_due(now=datetime.now(UTC)))
    # Rows of a request that was still being carried out when its organization was erased.
    late = await keeper.reapply(now=datetime.now(UTC), subject=Subject.ORGANIZATION)
    _say("erased again", late)
    gone = await retention.purge(engine, signer=keeper.signer, now=datetime.now(UTC))
    for name, number in gone.items():
        if number:
            typer.echo(f"purged {number} {name}")


def _say(what: str, done: Sequence[Erasure]) -> None:
    for one in done:
        typer.echo(f"{what}  {one.subject} {one.organization_id} {one.id}")


@erase.command("run")
def erase_run(data_dir: DataDir = None) -> None:
    """Carry out the erasures of organizations that are due, or go on with them.

    `palanca worker` does the same. It can be stopped at any moment; the next run goes on.
    """
    chosen = settings(data_dir)

    async def work(engine: AsyncEngine) -> None:
        keeper = Keeper(engine, Signer(chosen.pepper()))
        _say("erased", await keeper.carry_out_due(now=datetime.now(UTC)))

    run(chosen, work)


@erase.command("list")
def erase_list(data_dir: DataDir = None) -> None:
    """All erasures: whose, when, and how far."""

    async def work(engine: AsyncEngine) -> Table:
        table = Table("organization", "erasure", "subject", "status", "asked for", "due")
        for one in await Keeper(engine, Signer(chosen.pepper())).list_():
            asked, due = f"{one.requested_at:%Y-%m-%d}", f"{one.due_at:%Y-%m-%d}"
            ids = (str(one.organization_id), str(one.id))
            table.add_row(*ids, one.subject, one.status, asked, due)
        return table

    chosen = settings(data_dir)
    Console().print(run(chosen, work))


@erase.command("ledger")
def erase_ledger(
    file: Annotated[Path, typer.Argument(help="A new file; keep it where the backups are not.")],
    data_dir: DataDir = None,
) -> None:
    """Write all erasures to a file, one line of JSON each, for `palanca erase reapply`.

    A backup that is older than an erasure knows nothing of it, nor that one was called off. The
    file has ids and dates, and names nobody.
    """
    chosen = settings(data_dir)

    async def work(engine: AsyncEngine) -> list[bytes]:
        return [line async for line in Keeper(engine, Signer(chosen.pepper())).write()]

    lines = run(chosen, work)
    with file.open("xb") as out:
        out.writelines(line + b"\n" for line in lines)
    typer.echo(f"wrote {len(lines)} erasures")


@erase.command("reapply")
def erase_reapply(
    file: Annotated[
        Path | None,
        typer.Argument(exists=True, dir_okay=False, help="Written by `palanca erase ledger`."),
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """After a restore and before serving: erase again what the backup brought back."""
    chosen = settings(data_dir)
    lines = [] if file is None else file.read_bytes().splitlines()

    async def work(engine: AsyncEngine) -> None:
        keeper = Keeper(engine, Signer(chosen.pepper()))
        await keeper.read(lines)
        done = await keeper.reapply(now=datetime.now(UTC))
        _say("erased again", done)
        typer.echo(f"{len(done)} erasures done again")

    run(chosen, work)


def purge(
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say how much, and leave it there.")
    ] = False,
    data_dir: DataDir = None,
) -> None:
    """Take away what has been kept long enough; docs/retention.md says what that is."""
    chosen = settings(data_dir)
    signer = Signer(chosen.pepper())

    async def work(engine: AsyncEngine) -> dict[str, int]:
        return await retention.purge(engine, signer=signer, now=datetime.now(UTC), dry_run=dry_run)

    for name, number in run(chosen, work).items():
        typer.echo(f"{number:8} {name}")
