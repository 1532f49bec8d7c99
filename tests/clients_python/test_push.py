"""`palanca-push` against the real service: files in, reports and rejected lines out."""

import csv
import io
import json
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.clients_python.conftest import DEFAULTS, TABLE, Place, Push, remembered
from tests.imports.asking import line

OPTIONS = [f"--{name}={value}" for name, value in DEFAULTS.items()]


def table_of(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))


def test_all_lines_go_in(push: Push, place: Place, file: Callable[..., Path]) -> None:
    path = file(line("a"), line("b", role="board"))

    done = push(place.url, place.key, path)

    assert done.code == 0
    assert done.out == "2 lines: 2 accepted, 0 unchanged, 0 superseded, 0 rejected\n"
    assert done.err == ""
    assert {one["external_id"] for one in place.rows()} == {"a", "b"}
    assert list(path.parent.iterdir()) == [path], "nothing is left beside it"
    assert push(place.url, place.key, path).out.startswith("2 lines: 0 accepted, 2 unchanged")


def test_a_network_pushes_for_its_hospitals(
    push: Push, place: Place, file: Callable[..., Path], tmp_path: Path
) -> None:
    key = tmp_path / "key"
    key.write_text(f"{place.network}\n")
    path = file(line("a", organization=place.organization.row["external_id"]))

    done = push(place.url, "plco_test_another", path, "--key-file", key, "--url", place.url + "/")

    assert done.code == 0
    assert place.network not in done.out + done.err


def test_a_dry_run_keeps_nothing(push: Push, place: Place, file: Callable[..., Path]) -> None:
    done = push(place.url, place.key, file(line("a")), "--dry-run", "--json")

    assert done.code == 0
    assert (done.said["mode"], done.said["counts"]["accepted"]) == ("validate", 1)
    assert place.rows() == []


def test_rejected_lines_are_mended_and_pushed_again(
    push: Push, place: Place, file: Callable[..., Path]
) -> None:
    bad = '{"external_id": "b",  "role":"board", "period":"2025-H2", "answers": {"A1": 9}}'
    path = file(line("a", answers={"A1": 2, "B1": 3}), bad, "no json", line("d", role="board"))

    done = push(place.url, place.key, path, *OPTIONS)

    assert done.code == 1
    assert "2 accepted" in done.out
    assert "line 2: /answers/A1" in done.err
    rejected, why = path.parent / "push.rejected.ndjson", path.parent / "push.rejected.problems.csv"
    assert rejected.read_text() == f"{bad}\nno json\n"
    assert [(one["line"], one["external_id"], one["pointer"]) for one in table_of(why)] == [
        ("2", "b", "/answers/A1"),
        ("3", "", ""),
    ]
    for one in (rejected, why):
        assert stat.S_IMODE(one.stat().st_mode) == 0o600
    assert str(rejected) in done.err, "it says what to push again"

    rejected.write_text(bad.replace("9", "4") + "\n")
    again = push(place.url, place.key, rejected, *OPTIONS)

    assert again.code == 0
    assert {one["external_id"] for one in place.rows()} == {"a", "b", "d"}


def test_a_table_is_mended_and_pushed_again(push: Push, place: Place, tmp_path: Path) -> None:
    path = tmp_path / "answers.csv"
    path.write_text(TABLE)
    rejected = tmp_path / "mend.csv"

    done = push(place.url, place.key, path, *OPTIONS, "--rejected", rejected)

    assert done.code == 1
    header, _, wrong, _ = TABLE.splitlines(keepends=True)
    assert rejected.read_text() == header + wrong
    assert [one["code"] for one in table_of(tmp_path / "mend.problems.csv")] == [
        "level-out-of-range"
    ]
    rejected.write_text(header + wrong.replace("9", "0"))
    assert push(place.url, place.key, rejected, *OPTIONS).code == 0
    assert len(place.rows()) == 3


def test_rejected_entries_of_an_array(push: Push, place: Place, tmp_path: Path) -> None:
    path = tmp_path / "answers.json"
    path.write_text(json.dumps([line("a"), line("b", period=None), 7]))

    done = push(place.url, place.key, path)

    assert done.code == 1
    assert json.loads((tmp_path / "answers.rejected.json").read_text()) == [
        line("b", period=None),
        7,
    ]


def test_what_was_being_mended_is_kept(push: Push, place: Place, file: Callable[..., Path]) -> None:
    path = file(line("a", period=None))
    rejected = path.parent / "push.rejected.ndjson"
    rejected.write_text("being mended\n")

    assert push(place.url, place.key, path).code == 1

    assert rejected.with_name("push.rejected.ndjson~").read_text() == "being mended\n"


def test_all_or_nothing(push: Push, place: Place, file: Callable[..., Path]) -> None:
    path = file(line("a"), line("b", role="nobody"))

    done = push(place.url, place.key, path, "--atomicity", "all", "--json")

    assert done.code == 1
    assert done.said["counts"]["rejected"] == 2
    assert place.rows() == []


def test_the_report_tells_every_line(
    push: Push, place: Place, file: Callable[..., Path], tmp_path: Path
) -> None:
    report = tmp_path / "report.ndjson"

    done = push(place.url, place.key, file(line("a"), line("b")), "--report", report, "--json")

    assert done.said["files"] == {"report": str(report)}
    told = [json.loads(one) for one in report.read_text().splitlines()]
    assert [(one["line"], one["status"]) for one in told] == [(1, "accepted"), (2, "accepted")]


def test_from_the_standard_input(
    push: Push, place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    def read(content: bytes) -> None:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))

    read(TABLE.encode())
    done = push(place.url, place.key, "-", "--format", "csv", *OPTIONS)
    assert done.code == 1
    assert "line 3: /answers/A1" in done.err
    assert list(tmp_path.iterdir()) == []
    read(json.dumps(line("s")).encode())
    assert push(place.url, place.key, "-").code == 0


def test_what_is_refused_as_a_whole(push: Push, place: Place, tmp_path: Path) -> None:
    path = tmp_path / "other.csv"
    path.write_text("a,b\n1,2\n")

    done = push(place.url, place.key, path)
    quiet = push(place.url, place.key, path, "--json")
    stranger = push(place.url, "plco_test_nobody", path)

    assert (done.code, done.out) == (3, "")
    assert "(422)" in done.err
    assert "missing-column" in done.err
    assert (quiet.code, quiet.said["problem"]["status"]) == (3, 422)
    assert quiet.said["exit_code"] == 3
    assert (stranger.code, "(401)" in stranger.err) == (3, True)
    assert not remembered(path).exists()


def test_the_client_needs_nothing_of_the_service(repository: Path) -> None:
    code = "import sys, palanca_client.command as c; sys.exit('app' in sys.modules)"
    folder = repository / "clients/python"

    done = subprocess.run([sys.executable, "-c", code], cwd=folder, check=False)  # noqa: S603

    assert done.returncode == 0
