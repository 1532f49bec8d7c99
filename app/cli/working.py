"""``palanca worker``, and the worker beside ``palanca serve``: what is carried out later."""

import asyncio
import contextlib
import gc
import logging
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from multiprocessing.process import BaseProcess
from typing import Annotated

import typer
from sqlalchemy.ext.asyncio import AsyncEngine

from app.audit.chain import Signer
from app.cli import erasing
from app.cli.options import DataDir, settings
from app.cli.releases import keep_calendar
from app.cli.session import run
from app.database import connect
from app.db import make_engine
from app.imports.lanes import CONNECTIONS, work, work_off
from app.imports.worker import Worker
from app.settings import Settings

BETWEEN_COLLECTIONS = 200_000
"""Objects; looking for garbage at Python's own pace is a quarter of an import's time."""

AGAIN_SECONDS = 3600.0
"""After which is done again what did not succeed; a build is minutes of work."""

NICER = 5
"""Requests come before imports."""

log = logging.getLogger("palanca")


def install(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(worker)


def worker(
    every_hours: Annotated[float, typer.Option(min=0.01, help="How often to look.")] = 24,
    once: Annotated[bool, typer.Option("--once", help="Look once and stop.")] = False,
    data_dir: DataDir = None,
) -> None:
    """Carry out imports as they come; erasures that are due, releases, purges once a day.

    Releases are built on the days of PALANCA_RELEASE_DAYS, each counting ages to that day; a day
    that was missed is made up for, the latest only. If too little has changed, or the gate refuses,
    that is noted and the next day is waited for. `palanca serve` carries out imports by itself;
    more workers share them.
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
    """What does not succeed holds up nothing else, imports least of all: it is tried again."""
    seconds = every_hours * 3600
    while True:
        done = [await _succeeds(step(engine, chosen)) for step in HOUSE]
        await asyncio.sleep(seconds if all(done) else min(seconds, AGAIN_SECONDS))


async def _succeeds(step: Coroutine[None, None, None]) -> bool:
    try:
        await step
    except Exception as exc:
        if (task := asyncio.current_task()) and task.cancelling():
            raise asyncio.CancelledError from exc  # which the driver turned into trouble
        log.exception("to be done again")
        return False
    return True


async def _keep_house(engine: AsyncEngine, chosen: Settings) -> None:
    for step in HOUSE:
        await step(engine, chosen)


async def _release(engine: AsyncEngine, chosen: Settings) -> None:
    made = await keep_calendar(engine, chosen, datetime.now(UTC))
    if made is not None:
        typer.echo(
            f"no release of {made.day}: {made.detail}"
            if made.release_number is None
            else f"built release {made.release_number}"
        )


HOUSE = (erasing.look, _release)


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
