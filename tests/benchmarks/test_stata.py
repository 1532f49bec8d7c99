"""The writer of Stata's format, read back by others."""

import io
import struct
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from app.benchmarks.files.stata import Variable, write_stata

DAY = date(2026, 2, 3)
VARIABLES = [
    Variable("whole", "A whole number", "integer"),
    Variable("number", "A number", "number"),
    Variable("day", "A day", "date"),
    Variable("text", "Año y más " + "x" * 100, "string"),
    Variable("kind", "A category", "string", {0: "All", 1: "Niños"}),
]
ROWS: list[list[Any]] = [
    [1, 0.5, DAY, "años", 1],
    [None, None, date(1959, 12, 31), None, 0],
    [-(2**31) + 29, -1e300, DAY, "x" * 300, None],
]


def test_pandas_reads_what_was_written() -> None:
    pandas = pytest.importorskip("pandas", reason="pip install pandas")
    body = write_stata(VARIABLES, ROWS, label="Título", on=DAY)

    with pandas.io.stata.StataReader(io.BytesIO(body), convert_categoricals=True) as reader:
        frame = reader.read()
        labels = reader.variable_labels()
        assert reader.data_label == "Título"
        assert reader.time_stamp == "03 Feb 2026 00:00"
    assert list(frame["text"]) == ["años", "", "x" * 300]
    assert list(frame["kind"].astype(object))[:2] == ["Niños", "All"]
    assert frame["kind"].isna().tolist() == [False, False, True]
    assert frame["whole"].isna().tolist() == [False, True, False]
    assert [frame["whole"][0], frame["whole"][2]] == [1, -(2**31) + 29]
    assert [frame["number"][0], frame["number"][2]] == [0.5, -1e300]
    assert [one.date() for one in frame["day"]] == [row[2] for row in ROWS]
    assert labels["text"] == VARIABLES[3].label[:80]


def test_what_r_reads_with_reads_it_too(tmp_path: Path) -> None:
    """ReadStat is the library inside R's haven."""
    readstat = pytest.importorskip("pyreadstat", reason="pip install pyreadstat")
    pytest.importorskip("pandas", reason="pip install pandas")
    file = tmp_path / "data.dta"
    file.write_bytes(write_stata(VARIABLES, ROWS, label="Título", on=DAY))

    frame, about = readstat.read_dta(str(file), apply_value_formats=True)

    assert list(frame["text"]) == ["años", "", "x" * 300]
    assert list(frame["kind"].astype(object))[:2] == ["Niños", "All"]
    assert list(frame["day"]) == [row[2] for row in ROWS]
    assert about.file_label == "Título"
    assert about.variable_value_labels == {"kind": {0: "All", 1: "Niños"}}
    assert about.column_labels[0] == "A whole number"


def test_the_map_leads_to_every_part() -> None:
    body = write_stata(VARIABLES, ROWS, label="", on=DAY)
    begin = body.index(b"<map>") + 5
    places = struct.unpack("<14Q", body[begin : begin + 14 * 8])
    tags = [
        *(b"<stata_dta>", b"<map>", b"<variable_types>", b"<varnames>", b"<sortlist>"),
        *(b"<formats>", b"<value_label_names>", b"<variable_labels>", b"<characteristics>"),
        *(b"<data>", b"<strls>", b"<value_labels>", b"</stata_dta>"),
    ]

    for place, tag in zip(places, tags, strict=False):
        assert body[place : place + len(tag)] == tag
    assert places[13] == len(body)


def test_no_rows_are_a_data_set_too() -> None:
    pandas = pytest.importorskip("pandas", reason="pip install pandas")
    frame = pandas.read_stata(io.BytesIO(write_stata(VARIABLES, [], label="", on=DAY)))

    assert (len(frame), list(frame.columns)) == (0, [one.name for one in VARIABLES])


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        pytest.param(Variable("x", "", "string"), "x" * 2046, id="a text"),
        pytest.param(Variable("x" * 129, "", "integer"), 1, id="a name"),
    ],
)
def test_what_stata_cannot_hold_is_refused(variable: Variable, value: object) -> None:
    with pytest.raises(ValueError, match="too long for Stata"):
        write_stata([variable], [[value]], label="", on=DAY)
