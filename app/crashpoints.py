"""Named places in a write where a test can kill the process: nothing may be lost or doubled.

Without ``PALANCA_CRASH_AT`` in the environment they do nothing.
"""

import os
import signal

POINTS = ("claimed", "carried-out", "audited", "kept", "written", "committed")
"""Of a request that writes, in this order; ``committed`` lies between COMMIT and the reply."""

OF_ERASURES = ("erasing", "chunk-erased", "erased")
"""Of an organization's erasure: before the COMMIT of a chunk, after it, and when all is done."""

OF_IMPORTS = ("part-carried-out", "part-written", "part-committed", "import-ended")
"""Of an import that a worker carries out: a part's rows written, its report too, both committed;
the end."""

_CRASH_AT = os.environ.get("PALANCA_CRASH_AT")


def reach(point: str) -> None:
    """Be at a place; die there if a test wants it."""
    if point == _CRASH_AT:
        os.kill(os.getpid(), signal.SIGKILL)
