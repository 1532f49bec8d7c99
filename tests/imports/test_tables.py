"""Tables as spreadsheets make them: from our template, in their encodings, as workbooks."""

import csv
import io
import tracemalloc
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from openpyxl import Workbook

from app.assessments.answers import UNANSWERED
from tests.assessments.asking import refusal, refused, standing
from tests.conftest import Organization, Service
from tests.imports.asking import Line, codes, push, report, statuses

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PATH = "/v1/instruments/seven-leverage-points/versions/1"
COLUMNS = ["external_id", "instrument", "version", "period", "role", "A1", "A2", "B1", "B2"]
ROWS: list[list[Any]] = [
    ["r-1", "small", 1, "2025-H2", "nursing", 1, 2, 3, 4],
    ["r-2", "small", 1, "2025-H2", "board", 2.0, "not_applicable", None, 3],
]


@pytest.fixture
def organization(service: Service) -> Organization:
    return service.organization()


def workbook(rows: list[list[Any]], merged: str = "") -> bytes:
    book, file = Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)  # type: ignore[union-attr]  # a new one has a sheet
    if merged:
        book.active.merge_cells(merged)  # type: ignore[union-attr]
    book.save(file)
    return file.getvalue()


def push_table(organization: Organization, content: bytes, media_type: str) -> Any:
    return push(organization.client, content, headers={"Content-Type": media_type})


def test_the_template_is_filled_in_and_pushed(service: Service, organization: Organization) -> None:
    reply = service.http.get(f"{PATH}/template.csv")
    assert reply.headers["content-type"] == "text/csv; charset=utf-8"
    [columns] = csv.reader(io.StringIO(reply.content.decode("utf-8-sig")))
    listed = service.http.get(f"{PATH}/codes.csv").content.decode("utf-8-sig")
    meanings: dict[str, list[Line]] = {}
    for one in csv.DictReader(io.StringIO(listed)):
        meanings.setdefault(one["column"], []).append(one)
    assert [*meanings] == columns

    row = {"external_id": "r-1", "period": "2026-H1"}
    for name in columns:
        values = [one["value"] for one in meanings[name] if one["value"]]
        if values and name not in row:
            row[name] = values[0]
    file = io.StringIO()
    writer = csv.DictWriter(file, columns)
    writer.writeheader()
    writer.writerow(row)

    assert statuses(push_table(organization, file.getvalue().encode(), "text/csv")) == ["accepted"]


def test_codes_are_told_in_the_language_asked_for(service: Service) -> None:
    english, spanish = (
        service.http.get(f"{PATH}/codes.csv", headers={"Accept-Language": one}).text
        for one in ("en", "es-MX")
    )

    assert english != spanish
    assert len(english.splitlines()) == len(spanish.splitlines())
    assert refused(service.http.get("/v1/instruments/none/versions/1/codes.csv"))[0] == 404


def test_a_workbook_goes_in(service: Service, organization: Organization) -> None:
    content = workbook(
        [COLUMNS, *ROWS, [None] * 9, ["r-3", "small", 1, date(2025, 7, 1), "chef", 9]]
    )

    told = report(push_table(organization, content, XLSX))

    assert [(one["line"], one["status"]) for one in told] == [
        (2, "accepted"),
        (3, "accepted"),
        (5, "rejected"),
    ]
    assert {code for _, code in codes(told[2])} == {
        "pattern-mismatch",
        "not-one-of",
        "level-out-of-range",
    }
    assert standing(service, organization.id) == 2


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"external_id,period\n", id="a text"),
        pytest.param(b"PK\x03\x04 and no more", id="a broken one"),
        pytest.param(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), id="one with a password"),
    ],
)
def test_what_is_no_workbook_is_told_so(organization: Organization, content: bytes) -> None:
    [wrong] = refusal(push_table(organization, content, XLSX))["errors"]

    assert wrong["code"] == "not-xlsx"
    assert ".xlsx" in wrong["detail"]


def test_cells_are_read_as_they_are_shown(organization: Organization) -> None:
    row: list[Any] = [
        "r-1",
        "small",
        1,
        date(2025, 7, 1),
        True,
        1.5,
        "=1+1",
        timedelta(hours=30),
        " 2 ",
    ]
    rows: list[list[Any]] = [
        [],
        [*COLUMNS, "Z1"],
        [],
        [*row, 1e300],
        [*row[:3], "2025-H2", "nursing", 1.0, None],
    ]
    content = workbook(rows, merged="A6:C9")

    told = report(push_table(organization, content, XLSX))

    assert [(one["line"], one["status"]) for one in told] == [(4, "rejected"), (5, "accepted")]
    received = {one["pointer"]: one["received"] for one in told[0]["problems"]}
    assert received == {
        "/period": "2025-07-01T00:00:00",
        "/role": "true",
        "/answers/A1": "1.5",
        "/answers/Z1": "Z1",
        "/answers/B1": "1900-01-01T06:00:00",
    }


def filled_up(before: bytes, filling: bytes, part: str = "xl/worksheets/sheet1.xml") -> bytes:
    """A workbook with something before a place in it that is much larger unpacked."""
    file = io.BytesIO()
    with ZipFile(io.BytesIO(workbook([COLUMNS, *ROWS]))) as book, ZipFile(file, "w") as made:
        for name in book.namelist():
            text = book.read(name)
            if name == part:
                assert before in text
                text = text.replace(before, filling + before, 1)
            made.writestr(name, text, ZIP_DEFLATED)
    return file.getvalue()


MANY = 2_000_000
BOMBS: dict[str, tuple[bytes, Callable[[], bytes]]] = {
    "cells": (b"</row>", lambda: b"<c/>" * MANY),
    "names": (b"<sheetData>", lambda: b"".join(b"<a%d/>" % n for n in range(MANY // 20))),
    "depth": (b"<sheetData>", lambda: b"<a>" * MANY),
    "a long tag": (b"<sheetData>", lambda: b'<a b="' + b"x" * MANY + b'"/>'),
    "a long text": (b"</sheetData>", lambda: b"<row><c><v>" + b"1" * MANY + b"</v></c></row>"),
    "rows": (b"</sheetData>", lambda: b'<row r="1000000"/>' + b"<row/>" * 100_000),
    "a far row": (b"</sheetData>", lambda: b'<row r="999999999"><c><v>1</v></c></row>'),
    "a far cell": (b"</sheetData>", lambda: b'<row r="9"><c r="ZZZZZ9"><v>1</v></c></row>'),
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_workbook_that_is_made_to_burst_does_not(organization: Organization, bomb: str) -> None:
    before, filling = BOMBS[bomb]
    content = filled_up(before, filling())
    assert len(content) < 3_000_000

    tracemalloc.start()
    reply = push_table(organization, content, XLSX)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert refusal(reply)["errors"][0]["code"] == "not-xlsx"
    assert most < 40_000_000


def test_texts_of_a_workbook_are_limited(organization: Organization) -> None:
    content = filled_up(b"</styleSheet>", b"<a/>" * 5 * MANY, "xl/styles.xml")

    assert refused(push_table(organization, content, XLSX)) == (413, "payload-too-large")


@pytest.mark.parametrize(
    "before",
    [
        pytest.param("", id="nothing"),
        pytest.param("\n", id="an empty line"),
        pytest.param("  \r\n\r\n", id="spaces"),
        pytest.param(";;;\n", id="a row of empty cells"),
        pytest.param("sep=;\r\n", id="what divides, as Excel says it"),
    ],
)
def test_a_table_begins_where_something_stands(organization: Organization, before: str) -> None:
    text = before + "external_id;instrument;version;period;role;A1;;\n"
    text += "r-1;small;1;2025-H2;nursing;1;;\nr-2;small;1;2025-H2;nursing;1;;3\n"

    told = report(push_table(organization, text.encode(), "text/csv"))

    assert [one["status"] for one in told] == ["accepted", "rejected"]
    assert codes(told[1]) == {("", "wrong-number-of-cells")}


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("1," * 500_000, id="a line"),
        pytest.param('"\n",' * 500_000, id="a row of many lines"),
    ],
)
def test_a_row_beyond_all_bounds_is_refused(organization: Organization, text: str) -> None:
    [wrong] = refusal(push_table(organization, f"external_id\n{text}".encode(), "text/csv"))[
        "errors"
    ]

    assert (wrong["code"], wrong["detail"]) == ("not-csv", "Line 2: longer than 262144 characters")


@pytest.mark.parametrize(
    ("encoding", "media_type"),
    [
        ("utf-8-sig", "text/csv"),
        ("utf-8", "text/csv; charset=UTF-8"),
        ("latin-1", "text/csv; charset=iso-8859-1"),
        ("cp1252", 'text/csv; header=present; charset="windows-1252"'),
        ("utf-16", "text/csv; charset=utf-16"),
    ],
)
def test_text_in_other_encodings_goes_in(
    service: Service, organization: Organization, encoding: str, media_type: str
) -> None:
    text = "external_id;instrument;version;period;role;respondent;A1;B1\r\n"
    text += "r-1;small;1;2025-H2;nursing;Ann Çé;2,0;3\r\n"

    assert statuses(push_table(organization, text.encode(encoding), media_type)) == ["accepted"]
    with service.superuser() as database:
        found = database.execute(
            "SELECT answers FROM submission WHERE organization_id = %s", [organization.id]
        ).fetchall()
    assert found == [(bytes([2, UNANSWERED, 3, UNANSWERED]),)]


def test_an_encoding_that_is_not_said_is_told_how_to(organization: Organization) -> None:
    content = "external_id,respondent\nr-1,Çelik\n".encode("latin-1")

    [wrong] = refusal(push_table(organization, content, "text/csv"))["errors"]
    [unknown] = refusal(push_table(organization, b"", "text/csv; charset=ebcdic"))["errors"]

    assert wrong["code"] == "not-utf-8"
    assert "charset=windows-1252" in wrong["detail"]
    assert unknown["code"] == "unknown-charset"
    assert "windows-1252" in unknown["expected"]
