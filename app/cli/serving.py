"""``palanca serve`` and ``palanca demo``."""

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from app.cli.listening import address, listen, run
from app.cli.options import DataDir, reached_at, settings
from app.cli.session import database
from app.cli.working import worker_beside
from app.database import connect
from app.db import make_engine
from app.demo.build import AT_ONCE, STATE, Demo, build, start_over
from app.main import create_app
from app.settings import Settings

DEFAULT_PORT = 8000

Host = Annotated[str, typer.Option(help="Address to listen on.")]


def install(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(openapi)
    app.command()(serve)
    app.command()(demo)


def openapi() -> None:
    """Print the OpenAPI document, to make clients from; `/openapi.json` serves the same."""
    typer.echo(json.dumps(create_app(Settings()).openapi(), indent=1, ensure_ascii=False))


def serve(
    host: Host = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0: any free one.")] = DEFAULT_PORT,
    data_dir: DataDir = None,
) -> None:
    """Serve the API.

    With nothing configured it starts and upgrades an embedded PostgreSQL in the data folder. With
    PALANCA_DATABASE_URL it uses that database as role palanca_app; run `palanca db upgrade` first.
    """
    chosen = settings(data_dir)
    listener = listen(host, port)
    url = address(host, listener)
    chosen = reached_at(chosen, url)
    with database(chosen), worker_beside(chosen):
        run(chosen, listener, lambda: typer.echo(f"Palanca is at {url}"), log_level="info")


def demo(
    host: Host = "127.0.0.1",
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="Default: 8000, or any free one.")
    ] = None,
    data_dir: DataDir = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one line of JSON when ready, and nothing else.")
    ] = False,
) -> None:
    """Serve an invented world: 150 hospitals, 40 networks, three half-years with a release each.

    Starts the embedded database, fills it on the first start, prints keys and `curl` lines that
    work when pasted. Started again on the same data folder it serves what is there.
    """
    chosen = settings(data_dir)
    if data_dir is None:
        # Invented hospitals do not belong among an operator's own.
        chosen = settings(chosen.data_dir / "demo")
    listener = listen(host, DEFAULT_PORT if port is None else port, or_any=port is None)
    base_url = address(host, listener)
    chosen = reached_at(chosen, base_url)
    with database(chosen):
        found = Demo.find(chosen.data_dir) or _build(chosen, quiet=as_json)

        def announce() -> None:
            _announce(found, base_url, chosen, as_json=as_json)

        with worker_beside(chosen):
            run(chosen, listener, announce, log_level="warning")


def _build(chosen: Settings, *, quiet: bool) -> Demo:
    console = Console(stderr=True, quiet=quiet)
    bars = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
        disable=quiet or not console.is_terminal,
    )

    def bar(title: str, total: int) -> Callable[[], None]:
        if not console.is_terminal:
            console.print(title)
        task = bars.add_task(title, total=total)
        return lambda: bars.advance(task)

    start_over(chosen)

    async def filled() -> Demo:
        engine = make_engine(connect(chosen).app, pool_size=AT_ONCE)
        try:
            return await build(engine, chosen, chosen.pepper(), datetime.now(UTC), bar)
        finally:
            await engine.dispose()

    with bars:
        return asyncio.run(filled())


def _announce(found: Demo, base_url: str, chosen: Settings, *, as_json: bool) -> None:
    if as_json:
        line = {
            "base_url": base_url,
            "keys": found.keys,
            "organization": found.organization,
            "network": found.network,
            "release": found.release,
        }
        print(json.dumps(line), flush=True)
        return
    key = found.keys["organization"]
    own = f"{base_url}/v1/organizations/{found.organization}"
    Console().print(
        f"""
[bold]Palanca is serving an invented world at {base_url}[/bold]   reference: {base_url}/docs

A benchmark, open to everyone:
  curl '{base_url}/v1/benchmarks/latest/cells?cohort=all&figure=overall'

A release for people, with files to download and cite (open it in a browser):
  {base_url}/v1/benchmarks/latest

Where one hospital stands in it, with its own key:
  curl -H 'Authorization: Bearer {key}' '{own}/position'

What its team should talk about first:
  curl -H 'Authorization: Bearer {key}' '{own}/assessments/{found.period}/agenda?lang=en'

Keys of this demo (kept in {chosen.data_dir / STATE}):
"""
        + "\n".join(f"  {kind:<13} {text}" for kind, text in found.keys.items())
        + "\n\nCtrl-C stops it; `palanca demo` starts it again with the same data.",
        markup=True,
        highlight=False,
        soft_wrap=True,
    )
