"""Tables of organizations: text stays text, lines keep their numbers, columns are mapped."""

from typing import Any

import pytest
import yaml

from app.files import folder
from app.organizations.sheets import MAX_CELLS, MAX_ROWS, ColumnMapping, Sheet, own_columns
from app.problems import Invalid, PayloadTooLarge

NOTHING: dict[str, object] = {"attributes": {}, "identifiers": {}}


def given(raw: str | bytes, mapping: ColumnMapping | None = None) -> list[tuple[int, object]]:
    """Each line's number and what it says."""
    sheet = Sheet.read(raw.encode() if isinstance(raw, str) else raw)
    return [(one.number, one.given) for one in (mapping or own_columns(sheet)).lines(sheet)]


@pytest.mark.parametrize(
    ("raw", "lines"),
    [
        pytest.param(
            "external_id,name\n010001,St. Elm\n",
            [(2, {"external_id": "010001", "name": "St. Elm"})],
            id="a zero in front",
        ),
        pytest.param(
            "\ufeffexternal_id,name\r\n1E5,2024-01-01\r\n",
            [(2, {"external_id": "1E5", "name": "2024-01-01"})],
            id="what a spreadsheet would change, with its byte order mark",
        ),
        pytest.param(
            'external_id,name\n1,"St. Elm, ""East"""\n2," Oak "\n',
            [
                (2, {"external_id": "1", "name": 'St. Elm, "East"'}),
                (3, {"external_id": "2", "name": "Oak"}),
            ],
            id="quotes, and spaces around",
        ),
        pytest.param(
            'external_id,name\n1,"St.\nElm"\n\n2,Oak',
            [
                (2, {"external_id": "1", "name": "St.\nElm"}),
                (5, {"external_id": "2", "name": "Oak"}),
            ],
            id="a line end inside, a line with nothing, no line end at the end",
        ),
        pytest.param(
            "name,external_id,teaching,id:cms,network,city,state,id:ods\nElm,1,yes,010001,N,,AL,\n",
            [
                (
                    2,
                    {
                        "external_id": "1",
                        "name": "Elm",
                        "network": "N",
                        "state": "AL",
                        "attributes": {"teaching": "yes"},
                        "identifiers": {"cms": "010001"},
                    },
                )
            ],
            id="every kind of column, in any order, and empty cells",
        ),
        pytest.param("external_id,name\n", [], id="no rows"),
    ],
)
def test_a_table_says_what_its_cells_say(raw: str, lines: list[tuple[int, Any]]) -> None:
    assert given(raw) == [(number, NOTHING | said) for number, said in lines]


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        pytest.param(b"", "bad-header", id="nothing"),
        pytest.param(b"\n\n", "bad-header", id="empty lines"),
        pytest.param(b"name,name\n", "bad-header", id="a column twice"),
        pytest.param(b"external_id,name\n1,\xe9lm\n", "not-utf-8", id="another encoding"),
        pytest.param("external_id,name".encode("utf-16"), "not-utf-8", id="two bytes a letter"),
        pytest.param(b'external_id,name\n1,"Elm"x\n', "not-csv", id="a letter after a quote"),
        pytest.param(b'external_id,name\n1,"Elm', "not-csv", id="a quote that does not end"),
        pytest.param(b"name\n" + b"x" * 200_000, "not-csv", id="a cell without end"),
        pytest.param(b"external_id,name,beds\n", "unknown-column", id="a column of another's"),
        pytest.param(b"external_id,name,id:CMS\n", "unknown-column", id="a register in capitals"),
        pytest.param(b"external_id,name,\n", "unknown-column", id="a column without a name"),
    ],
)
def test_what_is_no_table_of_ours_is_refused(raw: bytes, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        given(raw)

    errors: Any = refused.value.extra["errors"]
    assert [one["code"] for one in errors] == [code]


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(b"name\n" + b"x\n" * (MAX_ROWS + 1), id="rows"),
        pytest.param(b"," * (MAX_CELLS + 1), id="cells"),
    ],
)
def test_a_table_without_end_is_refused(raw: bytes) -> None:
    with pytest.raises(PayloadTooLarge):
        Sheet.read(raw)


def test_as_many_rows_as_are_taken_are_taken() -> None:
    assert len(Sheet.read(b"name\n" + b"x\n" * MAX_ROWS).rows) == MAX_ROWS


def test_a_row_of_another_length_is_wrong_by_itself() -> None:
    sheet = Sheet.read(b"external_id,name\n1\n2,Elm\n3,Oak,x\n")

    lines = list(own_columns(sheet).lines(sheet))

    assert [[(one["code"], one["received"]) for one in line.errors] for line in lines] == [
        [("wrong-number-of-cells", 1)],
        [],
        [("wrong-number-of-cells", 3)],
    ]


MAPPING = ColumnMapping.model_validate(
    {
        "columns": {"external_id": "No", "id:cms": "No", "name": "Called", "type": "Kind"},
        "constants": {"country": "US", "name": "Nameless"},
        "values": {"type": {"Small": "critical_access", "Odd": None}},
    }
)


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        pytest.param(
            "007,Elm,Small,9",
            {"name": "Elm", "attributes": {"country": "US", "type": "critical_access"}},
            id="columns, a constant and a word of theirs",
        ),
        pytest.param(
            "007,,Odd,9",
            {"name": "Nameless", "attributes": {"country": "US"}},
            id="a constant for an empty cell, and a word that means nothing to us",
        ),
        pytest.param(
            "007,Elm,,9", {"name": "Elm", "attributes": {"country": "US"}}, id="no word at all"
        ),
    ],
)
def test_a_mapping_reads_somebody_elses_table(cells: str, said: dict[str, object]) -> None:
    numbers = {"external_id": "007", "identifiers": {"cms": "007"}}

    assert given(f"No,Called,Kind,Beds\n{cells}\n", MAPPING) == [(2, numbers | said)]


def test_a_word_that_the_mapping_does_not_know_is_an_error_of_its_line() -> None:
    sheet = Sheet.read(b"No,Called,Kind\n1,Elm,Small\n2,Oak,small\n")

    good, bad = MAPPING.lines(sheet)

    assert good.errors == []
    [found] = bad.errors
    assert (found["pointer"], found["code"]) == ("/attributes/type", "unmapped-value")
    assert found["received"] == "small"


@pytest.mark.parametrize(
    ("mapping", "code"),
    [
        pytest.param({"columns": {"name": "Name"}}, "missing-column", id="no such column"),
        pytest.param({"columns": {"beds": "Called"}}, "unknown-column", id="no such field"),
        pytest.param(
            {"columns": {}, "constants": {"beds": "9"}}, "unknown-column", id="no such constant"
        ),
        pytest.param(
            {"columns": {}, "values": {"beds": {}}}, "unknown-column", id="values of no field"
        ),
    ],
)
def test_a_mapping_that_does_not_fit_is_refused(mapping: dict[str, object], code: str) -> None:
    with pytest.raises(Invalid) as refused:
        given("No,Called,Kind\n", ColumnMapping.model_validate(mapping))

    errors: Any = refused.value.extra["errors"]
    assert [one["code"] for one in errors] == [code]


CMS = (
    "Facility ID,Facility Name,City/Town,State,Hospital Type,Hospital Ownership,Telephone Number\n"
    "010001,ELM HEALTH MEDICAL CENTER,DOTHAN,AL,Acute Care Hospitals,Proprietary,(334) 555-0100\n"
    "05014F,ELM VA CLINIC,RENO,NV,Acute Care - Veterans Administration,"
    "Veterans Health Administration,\n"
    "400001,HOSPITAL OLMO,PONCE,PR,Childrens,Voluntary non-profit - Church,\n"
)
"""Invented hospitals in the columns of the public file of CMS."""


def test_the_mapping_that_comes_along_reads_the_public_file_of_cms() -> None:
    file = folder("seed") / "mappings" / "cms-hospital-general-information.yaml"
    mapping = ColumnMapping.model_validate(yaml.safe_load(file.read_text("utf-8")))
    sheet = Sheet.read(CMS.encode())

    lines = list(mapping.lines(sheet))

    assert [one.errors for one in lines] == [[], [], []]
    assert lines[0].given == {
        "external_id": "010001",
        "name": "ELM HEALTH MEDICAL CENTER",
        "state": "AL",
        "city": "DOTHAN",
        "attributes": {
            "country": "US",
            "region": "us_south",
            "type": "acute",
            "ownership": "for_profit",
        },
        "identifiers": {"cms": "010001"},
    }
    regions = [one.given["attributes"]["region"] for one in lines]  # type: ignore[index]
    assert regions == ["us_south", "us_west", "americas_other"]
    assert len(mapping.values["region"]) == 50 + len(["DC", "PR", "VI", "AS", "GU", "MP"])
