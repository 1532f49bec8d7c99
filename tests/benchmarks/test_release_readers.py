"""What real programs make of a release's files; each is skipped where it is not installed."""

import csv
import importlib.util
import json
import shutil
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import pytest
import yaml

from app.benchmarks.page import snippets
from tests.benchmarks.conftest import Site


def library(name: str, package: str | None = None) -> Any:
    """A library, or the test is skipped."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of their own doing
        return pytest.importorskip(name, reason=f"pip install {package or name}")


def program(name: str) -> str:
    """A program, or the test is skipped."""
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed here")
    return found


def run(command: list[str], folder: Path) -> str:
    """What a program says that comes to a good end."""
    done = subprocess.run(  # noqa: S603
        command, cwd=folder, capture_output=True, text=True, check=False, timeout=100
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def plain(site: Site) -> list[dict[str, str]]:
    """The rows of ``data.csv``, as texts."""
    with (site.folder / "data.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def test_pandas_reads_the_same_table_from_all_formats(site: Site) -> None:
    pandas = library("pandas")
    texts = {"version": str}
    from_csv = pandas.read_csv(site.folder / "data.csv", dtype=texts)
    from_jsonl = pandas.read_json(site.folder / "data.jsonl", lines=True, dtype=False)
    from_parquet = pandas.read_parquet(site.folder / "data.parquet")
    from_stata = pandas.read_stata(site.folder / "data.dta")

    assert len(from_csv) == len(plain(site)) > 1000
    for other in (from_jsonl, from_parquet, from_stata):
        assert list(other.columns) == list(from_csv.columns)
        for name in ("cohort", "figure", "statistic", "status", "reason", "text", "broader"):
            texts_of = other[name].astype(object).replace("", None)
            assert texts_of.where(texts_of.notna(), None).tolist() == [
                row[name] or None for row in plain(site)
            ], name
        for name in ("release", "bin_from", "bin_to", "value", "as_of_release"):
            assert other[name].astype(float).equals(from_csv[name].astype(float)), name
        assert {str(one)[:10] for one in other["as_of"]} == set(from_csv["as_of"])


def test_stata_has_labels(site: Site) -> None:
    pandas = library("pandas")
    with pandas.io.stata.StataReader(site.folder / "data.dta") as reader:
        variables, values = reader.variable_labels(), reader.value_labels()

    assert variables["value"] == "Value"
    assert values["teaching"] == {0: "All", 1: "Teaching hospital", 2: "Not a teaching hospital"}
    assert values["status"] == {1: "published", 2: "carried", 3: "withheld"}


def test_the_library_of_rs_haven_reads_the_stata_file(site: Site) -> None:
    library("pandas")
    frame, about = library("pyreadstat").read_dta(
        str(site.folder / "data.dta"), apply_value_formats=True
    )

    assert len(frame) == len(plain(site))
    assert about.file_label == "Palanca benchmark release 1"
    assert list(frame["statistic"].astype(object)) == [row["statistic"] for row in plain(site)]


def test_duckdb_reads_parquet(site: Site) -> None:
    """In a process of its own: it says what it thinks of leaks when it ends."""
    if importlib.util.find_spec("duckdb") is None:
        pytest.skip("pip install duckdb")
    questions = (
        "SELECT statistic, count(*), sum(value) FROM 'data.parquet' GROUP BY 1",
        "SELECT column_name, column_type FROM (DESCRIBE FROM 'data.parquet')",
    )
    code = "import duckdb, json\n" + "\n".join(
        f'print(json.dumps(duckdb.sql("{one}").fetchall()))' for one in questions
    )
    sums, columns = map(json.loads, run([sys.executable, "-c", code], site.folder).splitlines())

    for name, count, total in sums:
        mine = [row for row in plain(site) if row["statistic"] == name]
        values = [float(row["value"]) for row in mine if row["value"]]
        assert (count, total) == (len(mine), sum(values) if values else None)
    kinds = dict(columns)
    assert (kinds["as_of"], kinds["value"], kinds["release"]) == ("DATE", "DOUBLE", "INTEGER")


def test_frictionless_finds_the_package_valid(site: Site) -> None:
    frictionless = library("frictionless")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        report = frictionless.validate(str(site.folder / "datapackage.json"))

    assert report.valid, report.flatten(["title", "message"])
    assert [task.name for task in report.tasks] == ["data", "suppression"]


def test_frictionless_sees_a_changed_byte(site: Site, tmp_path: Path) -> None:
    frictionless = library("frictionless")
    for name in ("datapackage.json", "data.csv", "suppression.csv"):
        shutil.copy(site.folder / name, tmp_path)
    changed = (tmp_path / "data.csv").read_bytes().replace(b",mean,,,", b",mean,,,1", 1)
    (tmp_path / "data.csv").write_bytes(changed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        report = frictionless.validate(str(tmp_path / "datapackage.json"))

    assert not report.valid


def test_croissant_is_valid_and_reads_records_over_the_network(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CROISSANT_CACHE", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    croissant = library("mlcroissant")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        dataset = croissant.Dataset(str(site.folder / "croissant.json"))
        first = next(iter(dataset.records("cells")))

    assert not dataset.metadata.ctx.issues.errors
    assert not dataset.metadata.ctx.issues.warnings
    assert first["cells/cohort"] == b"all"
    assert first["cells/statistic"] == b"organizations"


def test_dcat_is_rdf_that_says_where_files_are(site: Site) -> None:
    rdflib = library("rdflib")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        graph = rdflib.Graph().parse(site.folder / "dcat.jsonld", format="json-ld")
    dcat = rdflib.Namespace("http://www.w3.org/ns/dcat#")
    dataset = rdflib.URIRef(site.url)

    assert (dataset, rdflib.RDF.type, dcat.Dataset) in graph
    urls = {
        str(graph.value(one, dcat.downloadURL)) for one in graph.objects(dataset, dcat.distribution)
    }
    assert f"{site.url}/data.parquet" in urls


def test_the_citation_names_the_release_for_ever(site: Site) -> None:
    cff = yaml.safe_load((site.folder / "CITATION.cff").read_text(encoding="utf-8"))
    bib = (site.folder / "citation.bib").read_text(encoding="utf-8")

    assert (cff["cff-version"], cff["type"], cff["version"]) == ("1.2.0", "dataset", "1")
    assert (cff["url"], cff["license"]) == (site.url, "CC-BY-4.0")
    assert f"url = {{{site.url}}}" in bib
    assert bib.count("{") == bib.count("}")


def test_libreoffice_takes_no_band_for_a_date(site: Site, tmp_path: Path) -> None:
    office = program("soffice")
    profile = f"-env:UserInstallation=file://{tmp_path}/profile"
    source = str(site.folder / "data.csv")
    run(
        [office, profile, "--headless", "--convert-to", "xlsx", "--outdir", str(tmp_path), source],
        tmp_path,
    )
    openpyxl = library("openpyxl")
    rows = list(openpyxl.load_workbook(tmp_path / "data.xlsx").active.values)

    names, expected = list(rows[0]), plain(site)
    assert len(rows) == len(expected) + 1
    for row, one in zip(rows[1:], expected, strict=True):
        got = dict(zip(names, row, strict=True))
        if one["statistic"] == "networks":
            assert got["text"] == (one["text"] or None)
        assert got["value"] == (float(one["value"]) if one["value"] else None)
        assert (got["cohort"], got["status"]) == (one["cohort"], one["status"])


MEANS = [("all", "published"), ("country:US", "withheld")]


def told_of_means(text: str) -> bool:
    return all(cohort in text and status in text for cohort, status in MEANS)


def test_the_line_for_curl_works(site: Site, tmp_path: Path) -> None:
    program("curl")
    run(["sh", "-c", snippets(site.url)["curl"]], tmp_path)

    assert (tmp_path / "data.csv").read_bytes() == (site.folder / "data.csv").read_bytes()


def test_the_lines_for_python_work(site: Site, tmp_path: Path) -> None:
    library("pandas")
    assert told_of_means(run([sys.executable, "-c", snippets(site.url)["Python"]], tmp_path))


def test_the_lines_for_r_work(site: Site, tmp_path: Path) -> None:
    assert told_of_means(run([program("Rscript"), "-e", snippets(site.url)["R"]], tmp_path))


def test_the_lines_for_stata_work(site: Site, tmp_path: Path) -> None:
    stata = program("stata")
    (tmp_path / "lines.do").write_text(snippets(site.url)["Stata"])
    run([stata, "-b", "do", "lines.do"], tmp_path)
    assert told_of_means((tmp_path / "lines.log").read_text())


def test_the_lines_for_stata_name_what_the_file_has(site: Site) -> None:
    """All that can be known without Stata: address, variables, and the label that is asked for."""
    pandas = library("pandas")
    use, show = snippets(site.url)["Stata"].splitlines()
    with pandas.io.stata.StataReader(site.folder / "data.dta") as reader:
        columns, labels = set(reader.variable_labels()), reader.value_labels()

    assert use == f'use "{site.url}/data.dta", clear'
    listed = show.removeprefix("list ").partition(" if ")[0].split()
    assert {*listed, "figure", "statistic"} <= columns
    assert '"mean":statistic' in show
    assert "mean" in labels["statistic"].values()


def test_the_lines_for_excel_name_what_the_file_has(site: Site) -> None:
    """All that can be known without Excel: address, columns, and that brackets close."""
    code = snippets(site.url)["Excel (Power Query)"]
    named = {one.split('"')[1] for one in code.split("{")[2:]}

    assert f'Web.Contents("{site.url}/data.csv")' in code
    assert named <= plain(site)[0].keys()
    assert len(named) == 7
    for opening, closing in ("()", "[]", "{}"):
        assert code.count(opening) == code.count(closing)
