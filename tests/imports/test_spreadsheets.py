"""Tables as people save them: by LibreOffice itself where it is installed, and with slips."""

import io
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from tests.assessments.asking import refusal
from tests.conftest import Organization, Service
from tests.imports.asking import codes, report, statuses
from tests.imports.test_tables import COLUMNS, ROWS, XLSX, push_table, workbook

ODS = "application/vnd.oasis.opendocument.spreadsheet"

needs_libreoffice = pytest.mark.skipif(
    shutil.which("soffice") is None, reason="LibreOffice is not installed here"
)


@pytest.fixture
def organization(service: Service) -> Organization:
    return service.organization()


@pytest.fixture
def filled_in() -> bytes:
    """Rows with decimal commas, empty ones below them, and a second sheet."""
    book, file = Workbook(), io.BytesIO()
    sheet: Any = book.active
    for row in [COLUMNS, *ROWS, [None] * 9, [""] * 9]:
        sheet.append(row)
    for cell in (one for row in sheet.iter_rows(min_row=2, min_col=6) for one in row):
        cell.number_format = "[$-407]0.0"
    book.create_sheet("codes").append(["column", "value"])
    book.save(file)
    return file.getvalue()


def saved(content: bytes, folder: Path, wish: str) -> bytes:
    """A workbook as LibreOffice saves it."""
    source, out = folder / "table.xlsx", folder / "out"
    source.write_bytes(content)
    profile = f"-env:UserInstallation=file://{folder}/profile"
    subprocess.run(  # noqa: S603
        ["soffice", profile, "--headless", "--convert-to", wish, "--outdir", str(out), str(source)],  # noqa: S607
        check=True,
        capture_output=True,
        timeout=100,
    )
    [file] = out.iterdir()
    return file.read_bytes()


@needs_libreoffice
@pytest.mark.parametrize(
    ("wish", "media_type", "expected"),
    [
        pytest.param("xlsx", XLSX, b"PK", id="workbook"),
        # Of text the divider, the quotes, the charset, from which line on, and whether as shown.
        pytest.param(
            "csv:Text - txt - csv (StarCalc):59,34,12,1,,0,false,true",
            "text/csv; charset=iso-8859-1",
            b";nursing;1,0;2,0;",
            id="semicolons and decimal commas in Latin-1",
        ),
        pytest.param(
            "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,true,true",
            "text/csv",
            b'"nursing","1,0","2,0",',
            id="commas in quotes in UTF-8",
        ),
        pytest.param(
            "csv:Text - txt - csv (StarCalc):9,34,65535,1,,0,false,true",
            "text/csv; charset=utf-16",
            "\tnursing\t".encode("utf-16-le"),
            id="tabs in UTF-16",
        ),
    ],
)
def test_what_libreoffice_saves_goes_in(
    organization: Organization,
    filled_in: bytes,
    tmp_path: Path,
    wish: str,
    media_type: str,
    expected: bytes,
) -> None:
    content = saved(filled_in, tmp_path, wish)

    assert expected in content
    assert statuses(push_table(organization, content, media_type)) == ["accepted"] * 2


@needs_libreoffice
def test_a_sheet_of_another_format_is_told_how_to_save_it(
    organization: Organization, filled_in: bytes, tmp_path: Path
) -> None:
    content = saved(filled_in, tmp_path, "ods")

    unknown = refusal(push_table(organization, content, ODS))
    [[no_workbook], [no_text]] = (
        refusal(push_table(organization, content, one))["errors"] for one in (XLSX, "text/csv")
    )

    assert (unknown["status"], no_workbook["code"], no_text["code"]) == (415, "not-xlsx", "not-csv")
    for one in (unknown, no_workbook, no_text):
        assert "save" in one["detail"]
        assert ".xlsx" in one["detail"]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_text_in_utf_16_is_told_to_say_so(organization: Organization, encoding: str) -> None:
    content = "external_id;period\r\nr-1;2025\r\n".encode(encoding)

    [wrong] = refusal(push_table(organization, content, "text/csv"))["errors"]

    assert wrong["code"] == "not-utf-8"
    assert "charset=utf-16" in wrong["detail"]


@pytest.mark.parametrize(
    ("columns", "row"),
    [
        pytest.param(
            COLUMNS, ["1001", "small", "1", "2025-H2", "board", "1", "2,0", "3.0", " 4 "], id="text"
        ),
        pytest.param(COLUMNS, [1001, "small", 1, 2025, "board", 1, 2, 3, 4], id="numbers"),
        pytest.param(COLUMNS[:-1], [*ROWS[0][:-1]], id="an item's column taken out"),
        pytest.param([*COLUMNS, None], [*ROWS[0], None], id="an empty column"),
    ],
)
def test_what_says_the_same_goes_in(
    organization: Organization, columns: list[Any], row: list[Any]
) -> None:
    content = workbook([columns, row])

    assert statuses(push_table(organization, content, XLSX)) == ["accepted"]


@pytest.mark.parametrize(
    ("columns", "row", "expected"),
    [
        ([*COLUMNS[:4], *COLUMNS[5:]], [*ROWS[0][:4], *ROWS[0][5:]], ("/role", "required")),
        ([*COLUMNS, "comment"], [*ROWS[0], "fine"], ("/answers/comment", "item-unknown")),
        ([*COLUMNS[:-1], "b2"], ROWS[0], ("/answers/b2", "item-unknown")),
        (COLUMNS, [*ROWS[0], "fine"], ("", "wrong-number-of-cells")),
        (COLUMNS, [*ROWS[0][:-1], 2.5], ("/answers/B2", "level-is-text")),
    ],
)
def test_columns_that_are_not_the_templates_are_told_of(
    service: Service,
    organization: Organization,
    columns: list[Any],
    row: list[Any],
    expected: tuple[str, str],
) -> None:
    [told] = report(push_table(organization, workbook([columns, row]), XLSX))

    assert codes(told) == {expected}
    [problem] = told["problems"]
    assert service.http.get(problem["help"]).is_success


@pytest.mark.parametrize("columns", [["ID", *COLUMNS[1:]], ["Our survey of 2025"]])
def test_a_table_without_our_columns_is_refused(
    organization: Organization, columns: list[Any]
) -> None:
    content = workbook([columns, *ROWS])

    [wrong] = refusal(push_table(organization, content, XLSX))["errors"]

    assert wrong["code"] == "missing-column"
    assert "external_id" in wrong["detail"]
