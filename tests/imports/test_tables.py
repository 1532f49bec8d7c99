"""Tables as spreadsheets make them: from our template, in their encodings, as workbooks."""

import csv
import io
from datetime import date
from typing import Any

import pytest
from openpyxl import Workbook

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


def workbook(rows: list[list[Any]]) -> bytes:
    book, file = Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)  # type: ignore[union-attr]  # a new one has a sheet
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
    assert found == [([2, None, 3, None],)]


def test_an_encoding_that_is_not_said_is_told_how_to(organization: Organization) -> None:
    content = "external_id,respondent\nr-1,Çelik\n".encode("latin-1")

    [wrong] = refusal(push_table(organization, content, "text/csv"))["errors"]
    [unknown] = refusal(push_table(organization, b"", "text/csv; charset=ebcdic"))["errors"]

    assert wrong["code"] == "not-utf-8"
    assert "charset=windows-1252" in wrong["detail"]
    assert unknown["code"] == "unknown-charset"
    assert "windows-1252" in unknown["expected"]
