"""How far a push is: a bar on a terminal, otherwise a line now and then."""

import shutil
import time
from collections.abc import Callable
from typing import TextIO

from palanca_client.models import Import

BAR = 24
OFTEN, SELDOM = 0.1, 10.0
"""Seconds between two looks of the bar, and between two lines."""


class Progress:
    """Draws on a stream; say `end` before anything else is written there."""

    def __init__(self, stream: TextIO, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream = stream
        self._clock = clock
        self._first: tuple[float, int] | None = None
        self._shown = float("-inf")
        self._is_terminal = stream.isatty()
        self._has_bar = False

    def show(self, found: Import) -> None:
        """How an import stands."""
        now = self._clock()
        if now - self._shown < (OFTEN if self._is_terminal else SELDOM) and not found.ended:
            return
        self._shown = now
        self._first = self._first or (now, found.done)
        text = line(found, now - self._first[0], since=self._first[1])
        if self._is_terminal:
            width = shutil.get_terminal_size().columns - 1
            self._stream.write(f"\r{f'{bar(found)} {text}'[:width]:<{width}}")
            self._has_bar = True
        else:
            self._stream.write(f"{text}\n")
        self._stream.flush()

    def end(self) -> None:
        """Leave the bar where it is."""
        if self._has_bar:
            self._stream.write("\n")
            self._has_bar = False


def bar(found: Import) -> str:
    """What is done of it, drawn."""
    full = BAR * found.done // found.lines if found.lines else 0
    return f"[{'#' * full:-<{BAR}}]"


def line(found: Import, seconds: float, *, since: int = 0) -> str:
    """What is done of it, in words: lines, lines a second, time left, rejected ones.

    Args:
        found: as it stands.
        seconds: for how long it was looked at.
        since: lines that were done when that began.
    """
    parts = [f"{found.done:,} of {found.lines:,} lines"]
    rate = (found.done - since) / seconds if seconds > 0 else 0.0
    if rate:
        parts.append(f"{rate:,.0f}/s")
    if rate and not found.ended:
        parts.append(f"{duration((found.lines - found.done) / rate)} left")
    return ", ".join([*parts, f"{found.rejected:,} rejected"])


def duration(seconds: float) -> str:
    """As a clock says it: `0:09`, `12:40`, `1:02:03`."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
