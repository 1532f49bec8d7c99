"""What an operator does: schema, seed, keys, instruments, releases."""

import asyncio
import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from sqlalchemy.ext.asyncio import AsyncEngine

from app.access import service as access
from app.access.models import Kind
from app.access.service import Caller, Permission
from app.benchmarks import service as benchmarks
from app.catalog import seeding
from app.cli.options import DataDir, settings
from app.cli.session import embedded, run
from app.db import Scope, new_id, transaction
from app.migrate import upgrade
from app.organizations import service as organizations
from app.problems import ReleaseRefused, TooFewChanges
from app.settings import Settings

OPERATOR = Caller(new_id(), Kind.OPERATOR, None, None, frozenset(Permission))
"""Who runs a command on the server has the database anyway."""

db = typer.Typer(help="The database's schema.", no_args_is_help=True)
keys = typer.Typer(help="API keys.", no_args_is_help=True)
instruments = typer.Typer(help="Instruments, which are data.", no_args_is_help=True)
release = typer.Typer(help="Benchmark releases.", no_args_is_help=True)


def install(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(db, name="db")
    app.command()(seed)
    app.add_typer(keys, name="keys")
    app.add_typer(instruments, name="instruments")
    app.add_typer(release, name="release")
    app.command()(worker)


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
            for name, is_new in await seeding.seed(session, now=datetime.now(UTC)):
                typer.echo(f"{'published' if is_new else 'unchanged'}  {name}")

    run(settings(data_dir), work)


@keys.command("create")
def keys_create(
    kind: Annotated[Kind, typer.Argument(help="What the client is.")],
    name: Annotated[str, typer.Option(help="Whose it is, for the list.")],
    tenant: Annotated[
        str, typer.Option("--for", help="Network or organization: id or external id.")
    ] = "",
    scope: Annotated[
        list[Permission] | None, typer.Option(help="Scopes; default: all that the kind may have.")
    ] = None,
    days: Annotated[
        int, typer.Option(min=1, max=access.MAX_DAYS, help="Days it is good for.")
    ] = access.DEFAULT_DAYS,
    data_dir: DataDir = None,
) -> None:
    """Make a key and show it once: only a hash of it is kept.

    Example: `palanca keys create organization --name "St. Elm app" --for H001`
    """
    chosen = settings(data_dir)

    async def work(engine: AsyncEngine) -> str:
        async with transaction(engine, Scope(operator=True)) as session:
            tenant_id = None
            if tenant and kind not in {Kind.ORGANIZATION, Kind.NETWORK}:
                raise ValueError(f"--for is for keys of organizations and networks, not {kind}")
            if kind is Kind.ORGANIZATION:
                tenant_id = (await organizations.get(session, OPERATOR, tenant)).id
            elif kind is Kind.NETWORK:
                tenant_id = (await organizations.get_network(session, OPERATOR, tenant)).id
            key, _ = await access.create_key(
                session,
                kind=kind,
                name=name,
                environment=chosen.key_environment,
                pepper=chosen.pepper(),
                now=datetime.now(UTC),
                tenant_id=tenant_id,
                permissions=scope or (),
                days=days,
            )
            return key.text

    typer.echo(run(chosen, work))


@keys.command("revoke")
def keys_revoke(
    key_id: Annotated[str, typer.Argument(help="The eight characters after plc_live_.")],
    data_dir: DataDir = None,
) -> None:
    """End a key at once."""

    async def work(engine: AsyncEngine) -> None:
        async with transaction(engine, Scope(operator=True)) as session:
            await access.revoke_key(session, key_id, now=datetime.now(UTC))

    run(settings(data_dir), work)
    typer.echo(f"revoked {key_id}")


@keys.command("list")
def keys_list(data_dir: DataDir = None) -> None:
    """All keys: whose, for what, until when. Never the keys themselves."""

    async def work(engine: AsyncEngine) -> Table:
        table = Table("key id", "ends in", "kind", "name", "scopes", "expires", "revoked")
        async with transaction(engine, Scope(operator=True)) as session:
            for client, key in await access.list_keys(session):
                table.add_row(
                    key.key_id,
                    key.last_four,
                    client.kind,
                    client.name,
                    " ".join(key.scopes),
                    f"{key.expires_at:%Y-%m-%d}",
                    f"{key.revoked_at:%Y-%m-%d}" if key.revoked_at else "",
                )
        return table

    Console().print(run(settings(data_dir), work))


@instruments.command("load")
def instruments_load(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="YAML or JSON.")],
    data_dir: DataDir = None,
) -> None:
    """Publish an instrument version from a file. It never changes afterwards."""

    async def work(engine: AsyncEngine) -> str:
        async with transaction(engine) as session:
            found, is_new = await seeding.load_instrument(session, file, now=datetime.now(UTC))
        state = "published" if is_new else "unchanged"
        return f"{state}  {found.form.instrument} version {found.form.version}"

    typer.echo(run(settings(data_dir), work))


@release.command("build")
def release_build(
    as_of: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Day that ages are counted to; default: today."),
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """Build the next benchmark release, if enough changed and the release gate passes it."""
    chosen = settings(data_dir)
    made = run(chosen, lambda engine: build_release(engine, chosen, as_of and as_of.date()))
    typer.echo(json.dumps({"release": made["release"], "instruments": made["instruments"]}))


async def build_release(
    engine: AsyncEngine, chosen: Settings, as_of: date | None
) -> dict[str, object]:
    """One release in one snapshot; its manifest."""
    plan = benchmarks.plan(chosen, as_of=as_of, now=datetime.now(UTC))
    snapshot = engine.execution_options(isolation_level="REPEATABLE READ")
    async with transaction(snapshot, Scope(operator=True)) as session:
        return (await benchmarks.build(session, OPERATOR, plan)).manifest


def worker(
    every_hours: Annotated[float, typer.Option(min=0.01, help="How often to look.")] = 24,
    once: Annotated[bool, typer.Option("--once", help="Look once and stop.")] = False,
    data_dir: DataDir = None,
) -> None:
    """Build a release whenever enough has changed since the last one.

    What the gate refuses stays unpublished and is said; the next look tries again.
    """
    chosen = settings(data_dir)

    async def work(engine: AsyncEngine) -> None:
        while True:
            try:
                made = await build_release(engine, chosen, None)
                typer.echo(f"built release {made['release']}")
            except (TooFewChanges, ReleaseRefused) as exc:
                typer.echo(f"no release: {exc.detail}")
            if once:
                return
            await asyncio.sleep(every_hours * 3600)

    run(chosen, work)
