"""Rejected rows of tables as spreadsheets write them, byte for byte as they came."""

from pathlib import Path

import pytest

from tests.clients_python.conftest import DEFAULTS, Place, Push
from tests.clients_python.standin import stand_in
from tests.clients_python.worker import Worker

OPTIONS = [f"--{name}={value}" for name, value in DEFAULTS.items()]

HEADER = b"external_id;period;role;A1\r\n"
GOOD = b"g;2025-H2;nursing;1\r\n"
BAD = b"b-1;2025-H2;nursing;9\r\n"
BROKEN = b'b-2;2025-H2;"nur\r\nsing";9\r\n'
"""A cell that goes on in the next line."""


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(b"\xef\xbb\xbf", b"", id="a byte order mark"),
        pytest.param(b"", b"", id="none"),
        pytest.param(b"", b"\r\n\r\n", id="empty lines"),
    ],
)
def test_rows_come_back_as_they_were(
    push: Push, place: Place, tmp_path: Path, before: bytes, after: bytes
) -> None:
    path = tmp_path / "excel.csv"
    path.write_bytes(before + HEADER + after + GOOD + BROKEN + after + BAD)

    done = push(place.url, place.key, path, *OPTIONS, "--json")

    assert (done.code, done.said["counts"]["rejected"]) == (1, 2)
    mark = before if before.startswith(b"\xef") else b""
    assert (tmp_path / "excel.rejected.csv").read_bytes() == mark + HEADER + BROKEN + BAD


def test_what_divides_is_not_taken_for_the_columns(
    push: Push, place: Place, tmp_path: Path
) -> None:
    path = tmp_path / "excel.csv"
    path.write_bytes(b"sep=;\r\n" + HEADER + GOOD + BAD)

    assert push(place.url, place.key, path, *OPTIONS).code == 1

    assert (tmp_path / "excel.rejected.csv").read_bytes() == b"sep=;\r\n" + HEADER + BAD


def test_a_last_row_without_an_end_gets_one(push: Push, place: Place, tmp_path: Path) -> None:
    path = tmp_path / "tabs.tsv"
    path.write_bytes(b"external_id\tperiod\trole\tA1\nx\t2025-H2\tnursing\t9")

    assert push(place.url, place.key, path, *OPTIONS).code == 1

    assert (tmp_path / "tabs.rejected.tsv").read_bytes() == path.read_bytes() + b"\n"


def test_of_a_workbook_there_is_only_what_is_wrong(push: Push, tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    path.write_bytes(b"1\n2\n3\n")
    with stand_in(Worker(wrong=[2])) as server:
        done = push(server.url, "plcn_test_a_b", path, "--json")

    assert server.seen[0].headers["content-type"].endswith("spreadsheetml.sheet")
    assert "content-encoding" not in server.seen[0].headers
    assert done.said["files"] == {"problems": str(tmp_path / "book.rejected.problems.csv")}
    assert "w-2" in (tmp_path / "book.rejected.problems.csv").read_text()


def test_where_nothing_can_be_written_it_is_said(push: Push, place: Place, tmp_path: Path) -> None:
    path = tmp_path / "excel.csv"
    path.write_bytes(HEADER + BAD + GOOD)

    done = push(place.url, place.key, path, *OPTIONS, "--rejected", tmp_path / "none" / "x.csv")

    assert done.code == 1
    assert "could not be written" in done.err
    assert len(place.rows()) == 1


def test_what_cannot_be_remembered_is_pushed_all_the_same(
    push: Push, place: Place, tmp_path: Path
) -> None:
    path = tmp_path / "excel.csv"
    path.write_bytes(HEADER + GOOD)
    (tmp_path / "excel.csv.palanca-push.json.new").mkdir()

    done = push(place.url, place.key, path, *OPTIONS)

    assert done.code == 0
    assert "could not be resumed" in done.err
