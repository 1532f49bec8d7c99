"""The same lines in other formats."""

import csv
import io
import json

import pytest

from app.imports.lines import MAX_LINE
from tests.assessments.asking import standing
from tests.conftest import Service
from tests.imports.asking import Line, codes, line, push, report, some


def as_table(lines: list[Line], divider: str, nothing: str) -> bytes:
    """Lines as a spreadsheet saves them."""
    file = io.StringIO()
    columns = ["external_id", "period", "role", "A1", "A2", "B1", "B2"]
    writer = csv.DictWriter(file, columns, delimiter=divider)
    writer.writeheader()
    for one in lines:
        fields = {name: one[name] for name in columns[:3]}
        writer.writerow({**fields, **one["answers"]})
    return (file.getvalue() + nothing).encode("utf-8-sig")


@pytest.mark.parametrize(
    ("divider", "nothing"),
    [
        pytest.param(",", "", id="commas"),
        pytest.param(";", ";;;;;;\r\n\r\n;;;;;;\r\n", id="semicolons and empty rows"),
        pytest.param("\t", "\t\t\t\r\n", id="tabs and a short empty row"),
    ],
)
def test_a_table_says_the_same_as_lines(service: Service, divider: str, nothing: str) -> None:
    lines = [
        line("a"),
        line("b", answers={"A1": 0, "A2": "not_applicable"}),
        line("c", answers={"A1": 7, "B1": "much"}),
        line("d", answers={"A1": "2,0", "B1": "3.", "B2": "1.00"}),
        line("e", answers={"A1": "2,5", "B1": "-1"}),
    ]
    read = [
        *lines[:3],
        line("d", answers={"A1": 2, "B1": 3, "B2": 1}),
        line("e", answers={"A1": "2,5", "B1": -1}),
    ]
    by_table, by_lines = service.organization(), service.organization()
    named = {"instrument": "small", "version": "1"}

    content = as_table(lines, divider, nothing)
    told = report(push(by_table.client, content, headers={"Content-Type": "text/csv"}, **named))

    expected = report(push(by_lines.client, read))
    assert [{**one, "line": one["line"] - 1} for one in told] == expected
    assert [one["status"] for one in told] == [
        "accepted",
        "accepted",
        "rejected",
        "accepted",
        "rejected",
    ]
    assert standing(service, by_table.id) == 3


def test_an_array_says_the_same_as_lines(service: Service) -> None:
    given = some(5)
    array, lines = service.organization(), service.organization()

    told = push(
        array.client, json.dumps(given).encode(), headers={"Content-Type": "application/json"}
    )

    assert report(told) == report(push(lines.client, given))


def test_an_endless_number_is_one_lines_fault(service: Service) -> None:
    organization = service.organization()
    entries = [json.dumps(line(name)) for name in "abc"]
    entries[1] = entries[1].replace("{", '{"notes": ' + "9" * 5000 + ",", 1)
    body = f"[{','.join(entries)}]".encode()

    told = report(push(organization.client, body, headers={"Content-Type": "application/json"}))

    assert [one["status"] for one in told] == ["accepted", "rejected", "accepted"]
    assert codes(told[1]) == {("", "malformed-json")}


def test_a_row_with_a_cell_too_many_is_told_so(service: Service) -> None:
    organization = service.organization()
    content = b"external_id,period,A1\nx,2025-H2,1,\n"

    [told] = report(push(organization.client, content, headers={"Content-Type": "text/csv"}))

    assert (told["line"], codes(told)) == (2, {("", "wrong-number-of-cells")})


def test_a_line_that_is_too_long_is_not_read(service: Service) -> None:
    organization = service.organization()

    told = report(push(organization.client, [line("x", notes="n" * MAX_LINE), line("y")]))

    assert [one["status"] for one in told] == ["rejected", "accepted"]
    assert codes(told[0]) == {("", "line-too-long")}
