"""``palanca audit``: all chains verified, and their heads put where the database is not."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, TextIO

import typer
from sqlalchemy import Connection, text

from app.audit import inspection
from app.audit.chain import Signer
from app.cli.options import DataDir, settings
from app.cli.session import database
from app.migrate import owner_connection
from app.settings import Settings

audit = typer.Typer(help="The audit trail.", no_args_is_help=True)


def install(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(audit, name="audit")


@contextmanager
def _trail(chosen: Settings) -> Iterator[tuple[Connection, Signer]]:
    """All chains, read as the owner of the tables: the service sees only its caller's.

    Raises:
        ValueError: nobody is named who may become the owner.
    """
    if chosen.database_url is not None and chosen.admin_database_url is None:
        raise ValueError("Set PALANCA_ADMIN_DATABASE_URL, as for `palanca db upgrade`")
    with database(chosen), owner_connection(chosen) as connection:
        yield connection, Signer(chosen.pepper())


@audit.command("verify")
def audit_verify(
    anchor: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="Heads written by `palanca audit anchor`."),
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """Check every chain; of each that is broken, name the first broken row.

    Exit code 0: every event is as it was written; 1: one is not. That a chain was cut back to
    where it once ended shows only with an anchor that is kept elsewhere. In production it needs
    PALANCA_ADMIN_DATABASE_URL (a superuser, to see that every organization has a chain) and the
    service's PALANCA_KEY_PEPPER.
    """
    with _trail(settings(data_dir)) as (connection, signer):
        wrong = list(inspection.check_tables(connection))
        checked = inspection.check_all(connection, signer)
        broken = checked.broken
        compared = 0
        if anchor is not None:
            lines = anchor.read_text(encoding="utf-8").splitlines()
            if not lines:
                raise ValueError(f"{anchor} has no anchors: nothing can be compared with it")
            compared = len(lines)
            broken += inspection.check_anchors(connection, signer, lines)
        connection.execute(text("RESET ROLE"))
        broken += inspection.find_without_chain(connection)
    for one in [*wrong, *broken]:
        typer.echo(one)
    if wrong or broken:
        sys.exit(1)
    typer.echo(f"ok {checked.events} events in {checked.chains} chains, {compared} anchors")


@audit.command("anchor")
def audit_anchor(
    file: Annotated[Path, typer.Argument(help="A new file; keep it away from the database.")],
    data_dir: DataDir = None,
) -> None:
    """Write the signed head of every chain, one line of JSON each, for `audit verify --anchor`."""
    count = 0
    with _trail(settings(data_dir)) as (connection, signer), _new(file) as out:
        for line in inspection.anchors(connection, signer, now=datetime.now(UTC)):
            out.write(line + "\n")
            count += 1
    typer.echo(f"anchored {count} chains")


@contextmanager
def _new(file: Path) -> Iterator[TextIO]:
    """A file that was not there before, and is there afterwards only if it is whole."""
    with file.open("x", encoding="utf-8") as out:
        try:
            yield out
        except BaseException:
            file.unlink()
            raise
