"""``palanca worker``, and the worker beside ``palanca serve``: what is carried out later."""

import asyncio
import contextlib
import gc
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.process import BaseProcess
from typing import Annotated

import typer
from sqlalchemy.ext.asyncio import AsyncEngine

from app.audit.chain import Signer
from app.cli import erasing
from app.cli.admin import build_release
from app.cli.options import DataDir, settings
from app.cli.session import run
from app.database import connect
from app.db import make_engine
from app.imports.lanes import CONNECTIONS, work, work_off
from app.imports.worker import Worker
from app.problems import ReleaseRefused, TooFewChanges
from app.settings import Settings

BETWEEN_COLLECTIONS = 200_000
"""Objects; looking for garbage at Python's own pace is a quarter of an import's time."""

NICER = 5
"""Requests come before imports."""


def install(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(worker)


def worker(
    every_hours: Annotated[float, typer.Option(min=0.01, help="How often to look.")] = 24,
    once: Annotated[bool, typer.Option("--once", help="Look once and stop.")] = False,
    data_dir: DataDir = None,
) -> None:
    """Carry out imports as they come; erasures that are due, releases, purges once a day.

    A release is built if enough has changed. What the gate refuses stays unpublished and is said;
    the next look tries again. `palanca serve` carries out imports by itself; more workers share
    them.
    """
    chosen = settings(data_dir)

    async def both(engine: AsyncEngine) -> None:
        imports = _worker(chosen, engine)
        if once:
            await work_off(imports)
            await _keep_house(engine, chosen)
            return
        _collect_seldom()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(work(imports))
            tasks.create_task(_keep_house_daily(engine, chosen, every_hours))

    run(chosen, both, connections=2 + CONNECTIONS)


def _worker(chosen: Settings, engine: AsyncEngine) -> Worker:
    pepper = chosen.pepper()
    return Worker(engine, pepper, Signer(pepper), chosen.public_url)


async def _keep_house_daily(engine: AsyncEngine, chosen: Settings, every_hours: float) -> None:
    while True:
        await _keep_house(engine, chosen)
        await asyncio.sleep(every_hours * 3600)


async def _keep_house(engine: AsyncEngine, chosen: Settings) -> None:
    await erasing.look(engine, chosen)
    try:
        made = await build_release(engine, chosen, None)
        typer.echo(f"built release {made['release']}")
    except (TooFewChanges, ReleaseRefused) as exc:
        typer.echo(f"no release: {exc.detail}")


@contextmanager
def worker_beside(chosen: Settings) -> Iterator[None]:
    """Imports are carried out in a process of their own, which is started again if it dies."""
    spawn, stopping = multiprocessing.get_context("spawn"), threading.Event()
    started: list[BaseProcess] = []

    def watch() -> None:
        while not stopping.is_set():
            process = spawn.Process(target=_carry_out, args=(chosen, os.getpid()), daemon=True)
            process.start()
            started[:] = [process]
            process.join()
            stopping.wait(1)

    watching = threading.Thread(target=watch, daemon=True)
    watching.start()
    try:
        yield
    finally:
        stopping.set()
        for process in started:
            process.terminate()
        watching.join(timeout=5)


def _carry_out(chosen: Settings, parent: int) -> None:
    """Carry out imports until the parent has gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent's, who ends this one
    os.nice(NICER)
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()

    _collect_seldom()

    async def carry_out() -> None:
        engine = make_engine(connect(chosen).app, pool_size=CONNECTIONS)
        await work(_worker(chosen, engine))

    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(carry_out())


def _collect_seldom() -> None:
    """Look for garbage seldom: a part makes tens of thousands of objects, and no rings of them."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(BETWEEN_COLLECTIONS)


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(0)
