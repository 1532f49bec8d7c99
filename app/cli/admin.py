"""What an operator does: schema, seed, instruments, releases."""

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.callers import SERVICE, Caller
from app.access.models import Kind
from app.access.permissions import Permission
from app.audit import service as audit
from app.audit.chain import Signer
from app.audit.service import Actor
from app.benchmarks import service as benchmarks
from app.catalog import seeding, versions
from app.cli.options import DataDir, settings
from app.cli.session import embedded, run
from app.db import Scope, enter, new_id, transaction
from app.migrate import upgrade
from app.organizations import agreements
from app.settings import Settings

OPERATOR = Caller(new_id(), Kind.OPERATOR, None, None, frozenset(Permission))
"""Who runs a command on the server has the database anyway."""

AsOf = Annotated[
    datetime | None,
    typer.Option(formats=["%Y-%m-%d"], help="Day that ages are counted to; default: today."),
]
db = typer.Typer(help="The database's schema.", no_args_is_help=True)
instruments = typer.Typer(help="Instruments, which are data.", no_args_is_help=True)
release = typer.Typer(help="Benchmark releases.", no_args_is_help=True)


def install(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(db, name="db")
    app.command()(seed)
    app.add_typer(instruments, name="instruments")
    app.add_typer(release, name="release")


@db.command("upgrade")
def db_upgrade(data_dir: DataDir = None) -> None:
    """Create the roles and bring the schema to this version.

    Uses PALANCA_ADMIN_DATABASE_URL (a role that may create roles); the password in
    PALANCA_DATABASE_URL becomes that of palanca_app and palanca_release. With neither set it
    upgrades the embedded database.
    """
    chosen = settings(data_dir)
    with embedded(chosen):
        typer.echo(f"schema is at {upgrade(chosen)}")


def seed(data_dir: DataDir = None) -> None:
    """Publish the catalog that comes with Palanca. Doing it again changes nothing."""

    async def work(engine: AsyncEngine) -> None:
        async with transaction(engine) as session:
            now = datetime.now(UTC)
            published = [
                *await seeding.seed(session, now=now),
                *await agreements.seed(session, now=now),
            ]
            if any(is_new for _, is_new in published):
                await tell(session, chosen, "palanca seed", "/v1/frameworks")
        for name, is_new in published:
            typer.echo(f"{'published' if is_new else 'unchanged'}  {name}")

    chosen = settings(data_dir)
    run(chosen, work)


async def tell(session: AsyncSession, chosen: Settings, operation: str, target: str) -> None:
    """Put on the service's own trail what was done on the server."""
    await enter(session, Scope(operator=True))
    await audit.append(
        session,
        chain=SERVICE,
        at=datetime.now(UTC),
        operation=operation,
        target=target,
        actor=Actor(Kind.OPERATOR.value),
        status=None,
        signer=Signer(chosen.pepper()),
    )


@instruments.command("load")
def instruments_load(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="YAML or JSON.")],
    data_dir: DataDir = None,
) -> None:
    """Publish an instrument version from a file. It never changes afterwards."""

    async def work(engine: AsyncEngine) -> str:
        async with transaction(engine) as session:
            now = datetime.now(UTC)
            found, is_new = await seeding.load_instrument(session, file, now=now)
            if is_new:
                await versions.settle(session, now=now)
                target = f"/v1/instruments/{found.form.instrument}/versions/{found.form.version}"
                await tell(session, chosen, "palanca instruments load", target)
        state = "published" if is_new else "unchanged"
        return f"{state}  {found.form.instrument} version {found.form.version}"

    chosen = settings(data_dir)
    typer.echo(run(chosen, work))


@release.command("build")
def release_build(as_of: AsOf = None, data_dir: DataDir = None) -> None:
    """Build the next benchmark release, if enough changed and the release gate passes it."""
    chosen = settings(data_dir)
    made = run(chosen, lambda engine: build_release(engine, chosen, as_of and as_of.date()))
    typer.echo(json.dumps({"release": made["release"], "instruments": made["instruments"]}))


async def build_release(
    engine: AsyncEngine, chosen: Settings, as_of: date | None
) -> dict[str, object]:
    """One release in one snapshot; its manifest."""
    plan = benchmarks.plan(chosen, as_of=as_of, now=datetime.now(UTC))
    async with transaction(engine, Scope(operator=True)) as session:
        made = await benchmarks.build(session, OPERATOR, plan)
        await tell(session, chosen, "palanca release build", f"/v1/benchmarks/{made.number}")
        return made.manifest
