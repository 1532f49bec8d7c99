"""``palanca organizations load``: a table of somebody else's becomes hospitals."""

import json
from collections import Counter
from pathlib import Path
from uuid import uuid4

import pytest

from app.access.callers import SERVICE
from tests.cli.conftest import Palanca
from tests.conftest import Service

CMS = "cms-hospital-general-information"
HEADER = "Facility ID,Facility Name,City/Town,State,Hospital Type,Hospital Ownership,Rating\n"


def number() -> str:
    return f"0{uuid4().hex[:8]}"


def table(tmp_path: Path, *rows: str, header: str = HEADER) -> Path:
    """A file with a byte order mark, as spreadsheets write it."""
    file = tmp_path / "hospitals.csv"
    file.write_text(header + "".join(f"{row}\n" for row in rows), encoding="utf-8-sig")
    return file


def cms_row(number: str, name: str = "ELM", state: str = "AL", type_: str = "Psychiatric") -> str:
    return f"{number},{name},DOTHAN,{state},{type_},Tribal,5"


def test_the_public_file_of_cms_is_loaded_as_it_is(
    palanca: Palanca, configured: Service, tmp_path: Path
) -> None:
    one, other = number(), number()
    file = table(tmp_path, cms_row(one), cms_row(other, name="Elm."))

    done = palanca("organizations", "load", file, "--mapping", CMS)

    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines() == [
        "2 created, 0 updated, 0 unchanged, 0 rejected",
        "likely duplicates, same-name-and-city: 1",
        f"  same-name-and-city, elm, dothan, al: {one} (line 2), {other} (line 3)",
        "namesakes elsewhere: 0",
    ]
    found = configured.operator.get(f"/v1/organizations/cms:{one}").json()
    assert (found["external_id"], found["name"], found["network_id"]) == (one, "ELM", None)
    assert found["attributes"] == {
        "country": "US",
        "region": "us_south",
        "type": "psychiatric",
        "ownership": "public",
    }
    again = palanca("organizations", "load", file, "--mapping", CMS)
    assert again.out.startswith("0 created, 0 updated, 2 unchanged, 0 rejected\n")


def test_a_dry_run_says_all_and_keeps_nothing(
    palanca: Palanca, configured: Service, tmp_path: Path
) -> None:
    one, report = number(), tmp_path / "report.json"
    file = table(tmp_path, cms_row(one))

    done = palanca("organizations", "load", file, "--mapping", CMS, "--dry-run", "--report", report)

    assert done.code == 0
    first, *_ = done.out.splitlines()
    assert first == "1 created, 0 updated, 0 unchanged, 0 rejected (dry run: nothing was kept)"
    assert configured.operator.get(f"/v1/organizations/{one}").status_code == 404
    [outcome] = json.loads(report.read_text("utf-8"))["outcomes"]
    assert outcome == {
        "line": 2,
        "external_id": one,
        "status": "created",
        "id": None,
        "errors": [],
    }


def test_lines_that_are_wrong_are_said_and_the_others_loaded(
    palanca: Palanca, configured: Service, tmp_path: Path
) -> None:
    good = number()
    rows = [cms_row(good), cms_row(number(), type_="Spa"), f"{number()},OAK,X"]
    wrong = [cms_row(number(), state="XX") for _ in range(30)]

    done = palanca("organizations", "load", table(tmp_path, *rows, *wrong), "--mapping", CMS)

    assert done.code == 1
    assert done.out.startswith("1 created, 0 updated, 0 unchanged, 32 rejected\n")
    lines = done.err.splitlines()
    assert lines[0] == "line 3: /attributes/type: The mapping has no word for this in Hospital Type"
    assert lines[1] == "line 4: /: 7 cells are needed"
    assert lines[-1] == "and 12 more: --report FILE has all"
    assert len(lines) == 21
    assert configured.operator.get(f"/v1/organizations/{good}").status_code == 200


def test_columns_and_words_can_be_mapped_by_options(
    palanca: Palanca, configured: Service, tmp_path: Path
) -> None:
    network = configured.network()
    one = number()
    file = table(tmp_path, f"{one},Elm,a=b", header="No,Called,Kind\n")
    options = ["--map", "external_id=No", "--map", "name=Called", "--map", "teaching=Kind"]
    words = ["--value", "teaching=a=b=yes", "--value", "teaching=c=no"]

    done = palanca(
        "organizations", "load", file, *options, *words, "--network", network["external_id"]
    )

    assert (done.code, done.err) == (0, "")
    found = configured.operator.get(f"/v1/organizations/{one}").json()
    assert found["network_id"] == network["id"]
    assert found["attributes"] == {"teaching": "yes"}


def test_a_table_with_our_columns_needs_no_mapping(
    palanca: Palanca, configured: Service, tmp_path: Path
) -> None:
    one = number()

    done = palanca(
        "organizations", "load", table(tmp_path, f"{one},Elm", header="external_id,name\n")
    )

    assert (done.code, done.err) == (0, "")
    assert configured.operator.get(f"/v1/organizations/{one}").json()["name"] == "Elm"


def test_loading_is_on_the_trail_of_the_service_and_of_each_organization(
    palanca: Palanca, configured: Service, tmp_path: Path
) -> None:
    told = (
        "SELECT chain_id::text FROM audit_event"
        " WHERE body::json ->> 'operation' = 'palanca organizations load'"
    )
    first, second = number(), number()
    with configured.superuser() as database:
        before = database.execute(told).fetchall()
        file = table(tmp_path, cms_row(first), cms_row(second, state="TX"))
        palanca("organizations", "load", file, "--mapping", CMS)
        palanca("organizations", "load", file, "--mapping", CMS, "--dry-run")
        database.rollback()

        ids = "SELECT id::text FROM organization WHERE external_id = ANY(%s)"
        loaded = database.execute(ids, [[first, second]]).fetchall()
        assert len(loaded) == 2
        new = Counter(database.execute(told).fetchall()) - Counter(before)
        assert new == Counter([*loaded, (str(SERVICE),)])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        pytest.param(["--mapping", "none"], f"No mapping none; there are {CMS}", id="no mapping"),
        pytest.param(["--map", "name"], "name: write FIELD=COLUMN", id="half an option"),
        pytest.param(["--value", "type=acute"], "FIELD=THEIRS=OURS", id="two thirds of one"),
        pytest.param(["--map", "beds=Rating"], "/: No such field", id="a field that there is not"),
        pytest.param(
            ["--map", "name=Name"], "/: The table has no column Name", id="no such column"
        ),
        pytest.param([], "/: No such field", id="no mapping for a table that needs one"),
    ],
)
def test_what_cannot_be_read_is_said(
    palanca: Palanca, configured: Service, tmp_path: Path, options: list[str], message: str
) -> None:
    one = number()

    done = palanca("organizations", "load", table(tmp_path, cms_row(one)), *options)

    assert (done.code, done.out) == (1, "")
    assert message in done.err
    assert "Traceback" not in done.err
    assert configured.operator.get(f"/v1/organizations/{one}").status_code == 404


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("columns: [", "is not YAML", id="no YAML"),
        pytest.param("columns: {name: 7}", "/columns/name: Input should be", id="a number"),
        pytest.param("title: Elm", "/columns: Field required", id="no columns"),
    ],
)
def test_a_mapping_that_is_none_is_said(
    palanca: Palanca, configured: Service, tmp_path: Path, text: str, message: str
) -> None:
    mapping = tmp_path / "mine.yaml"
    mapping.write_text(text)

    done = palanca("organizations", "load", table(tmp_path), "--mapping", mapping)

    assert done.code == 1
    assert message in done.err
    assert configured


def test_a_network_that_is_not_there_is_said_of_each_line(
    palanca: Palanca, configured: Service, tmp_path: Path
) -> None:
    file = table(tmp_path, cms_row(number()))

    done = palanca("organizations", "load", file, "--mapping", CMS, "--network", "none")

    assert (done.code, done.err) == (1, "line 2: /network: No such network\n")
    assert configured
