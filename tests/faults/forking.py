"""A program that serves in forks of itself, so that a service is there again in a moment.

Everything is imported once; hundreds may then be killed. It takes the number of a listening socket
and settings from the environment, and orders a line at a time from standard input:

    serve [POINT]   fork a process that serves, and dies at that crash point; prints its pid
    reap            wait until it has died by itself; prints the signal
    kill            end it; prints whether it was there
"""

import gc
import importlib
import os
import signal
import socket
import sys

import uvicorn
from fastapi import FastAPI

from app import crashpoints
from app.main import create_app
from app.settings import Settings


def serve(app: FastAPI, listener: socket.socket, point: str) -> int:
    """Serve in a child until that is killed."""
    pid = os.fork()
    if pid == 0:
        try:
            os.environ["PALANCA_CRASH_AT"] = point
            importlib.reload(crashpoints)
            config = uvicorn.Config(app, log_level="warning", server_header=False)
            uvicorn.Server(config).run(sockets=[listener])
        finally:
            os._exit(1)
    return pid


def main() -> None:
    """Take orders until there are no more."""
    listener = socket.socket(fileno=int(sys.argv[1]))
    app = create_app(Settings())
    gc.freeze()
    pid = 0
    print("ready", flush=True)  # noqa: T201 - the answer to an order
    for line in sys.stdin:
        match line.split():
            case ["serve", *point]:
                pid = serve(app, listener, "".join(point))
                answer = str(pid)
            case ["reap"]:
                answer = str(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
            case _:
                os.kill(pid, signal.SIGKILL)
                answer = str(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
        print(answer, flush=True)  # noqa: T201 - the answer to an order


if __name__ == "__main__":
    main()
