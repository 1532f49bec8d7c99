"""``palanca release verify``: what is changed, missing or another's is found and named."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from app.benchmarks.files.kept import MEDIA_TYPES
from app.benchmarks.files.signing import ReleaseSigner, described, fingerprint
from tests.benchmarks.conftest import fill, make_world
from tests.cli.conftest import Palanca
from tests.conftest import PEPPER, Server, serve
from tests.fhir.ports import free_port
from tests.limits.live import live

KEY = described(ReleaseSigner(PEPPER.encode()).public_key)


@pytest.fixture(scope="module")
def built(
    server: Server, new_database: Callable[[], str], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A folder with the files of a release, as the service gives them out."""
    folder = tmp_path_factory.mktemp("built")
    for service in serve(server, new_database()):
        world = make_world(service, 24)
        fill(world, 24)
        assert world.build().status_code == 201
        for name in MEDIA_TYPES:
            (folder / name).write_bytes(service.http.get(f"/v1/benchmarks/1/{name}").content)
    return folder


def changed(built: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "copy"
    shutil.copytree(built, folder)
    return folder


@pytest.mark.parametrize("name", MEDIA_TYPES)
@pytest.mark.parametrize("place", ["first", "middle", "last"])
def test_a_changed_byte_in_any_file_is_found(
    palanca: Palanca, built: Path, tmp_path: Path, name: str, place: str
) -> None:
    file = changed(built, tmp_path) / name
    body = bytearray(file.read_bytes())
    body[{"first": 0, "middle": len(body) // 2, "last": -1}[place]] ^= 1
    file.write_bytes(body)

    verdict = palanca("release", "verify", file.parent)

    assert verdict.code == 1
    assert name in verdict.err
    assert "NOT verified" in verdict.err


@pytest.mark.parametrize("name", MEDIA_TYPES)
def test_a_missing_file_is_named(palanca: Palanca, built: Path, tmp_path: Path, name: str) -> None:
    file = changed(built, tmp_path) / name
    file.unlink()

    verdict = palanca("release", "verify", file.parent)

    assert verdict.code == 1
    assert f"{name}: is missing" in verdict.err


def test_a_release_that_somebody_else_signed_is_found_by_the_key(
    palanca: Palanca, built: Path, tmp_path: Path
) -> None:
    folder, other = changed(built, tmp_path), ReleaseSigner(b"another pepper")
    manifest = json.loads((folder / "manifest.json").read_bytes())
    manifest["key"] = described(other.public_key)
    body = json.dumps(manifest).encode()
    (folder / "manifest.json").write_bytes(body)
    (folder / "manifest.json.sig").write_bytes(other.sign(body))
    (tmp_path / "key.pem").write_text(KEY["pem"])

    believed = palanca("release", "verify", folder)
    proved = palanca("release", "verify", folder, "--key", tmp_path / "key.pem")

    assert believed.code == 0
    assert "Pass --key" in believed.err
    assert proved.code == 1
    assert f"is of the key {fingerprint(other.public_key)}" in proved.err


def test_a_cell_that_does_not_go_with_its_hash_is_named(
    palanca: Palanca, built: Path, tmp_path: Path
) -> None:
    """Signed anew with a cell changed, as only the holder of the key could."""
    folder, signer = changed(built, tmp_path), ReleaseSigner(PEPPER.encode())
    cells = json.loads((folder / "cells.json").read_bytes())
    cells[3]["sha256"] = "0" * 64
    (folder / "cells.json").write_text(json.dumps(cells))
    body = (folder / "manifest.json").read_bytes()
    (folder / "manifest.json.sig").write_bytes(signer.sign(body))

    verdict = palanca("release", "verify", folder)

    assert verdict.code == 1
    named = " ".join(cells[3][name] for name in ("instrument", "version", "cohort", "figure"))
    assert f"data.jsonl: cell {named} was changed" in verdict.err


@pytest.mark.parametrize("name", ["../secret", "/etc/passwd", ".hidden", "a/b"])
def test_a_manifest_leads_nowhere_else(
    palanca: Palanca, built: Path, tmp_path: Path, name: str
) -> None:
    folder, signer = changed(built, tmp_path), ReleaseSigner(PEPPER.encode())
    manifest = json.loads((folder / "manifest.json").read_bytes())
    manifest["files"][0]["name"] = name
    body = json.dumps(manifest).encode()
    (folder / "manifest.json").write_bytes(body)
    (folder / "manifest.json.sig").write_bytes(signer.sign(body))

    verdict = palanca("release", "verify", folder)

    assert verdict.code == 1
    assert "is no file's name" in verdict.err.replace("which ", "")


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(("nowhere",), id="no folder"),
        pytest.param((".", "--key", "no key"), id="no key"),
        pytest.param((".", "--key", "AAAA"), id="a short key"),
        pytest.param(("http://127.0.0.1:9",), id="nobody answers"),
    ],
)
def test_what_cannot_be_read_is_another_exit_code(
    palanca: Palanca, arguments: tuple[str, ...]
) -> None:
    verdict = palanca("release", "verify", *arguments)

    assert verdict.code == 2
    assert verdict.err.startswith("cannot be read: ")


def test_a_release_is_verified_at_its_address(
    palanca: Palanca, server: Server, new_database: Callable[[], str]
) -> None:
    port = free_port()
    for service in serve(server, new_database()):
        world = make_world(service, 24)
        fill(world, 24)
        assert world.build().status_code == 201
        with live(service.settings, port) as running:
            good = palanca("release", "verify", f"{running.url}/v1/benchmarks/latest/")
            none = palanca("release", "verify", f"{running.url}/v1/benchmarks/7")
            wrong = palanca("release", "verify", f"{running.url}/v1/organizations/x/position?a=")

    assert good.code == 0
    assert good.out.startswith(f"verified  release 1: {len(MEDIA_TYPES) - 2} files")
    assert (none.code, "manifest.json: is missing" in none.err) == (1, True)
    assert (wrong.code, wrong.err.startswith("cannot be read: ")) == (2, True)
