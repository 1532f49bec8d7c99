"""What real programs make of a release's files; each is skipped where it is not installed."""

import csv
import importlib.util
import json
import shutil
import subprocess
import sys
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
import yaml

from app.benchmarks.page import snippets
from tests.benchmarks.conftest import Site


def library(name: str) -> Any:
    """A library, or the test is skipped."""
    return pytest.importorskip(name, reason=f"pip install {name}")


def judged(library: str, code: str, folder: Path) -> Any:
    """What Python code with a library says as JSON, in a process of its own, or a skip.

    Some of these change how the whole process logs, warns or ends.
    """
    if importlib.util.find_spec(library) is None:
        pytest.skip(f"pip install {library}")
    return json.loads(run([sys.executable, "-W", "ignore", "-c", dedent(code)], folder))


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
    code = """
        import duckdb, json
        sums = "SELECT statistic, count(*), sum(value) FROM 'data.parquet' GROUP BY 1"
        kinds = "SELECT column_name, column_type FROM (DESCRIBE FROM 'data.parquet')"
        print(json.dumps([duckdb.sql(one).fetchall() for one in (sums, kinds)]))
    """
    sums, kinds = judged("duckdb", code, site.folder)

    for name, count, total in sums:
        mine = [row for row in plain(site) if row["statistic"] == name]
        values = [float(row["value"]) for row in mine if row["value"]]
        assert (count, total) == (len(mine), sum(values) if values else None)
    found = dict(kinds)
    assert (found["as_of"], found["value"], found["release"]) == ("DATE", "DOUBLE", "INTEGER")


FRICTIONLESS = """
    import frictionless, json
    report = frictionless.validate("datapackage.json")
    tasks = [[one.name, one.stats["rows"]] for one in report.tasks]
    print(json.dumps([report.valid, tasks, report.flatten(["title", "message"])]))
"""


def test_frictionless_finds_the_package_valid(site: Site) -> None:
    valid, tasks, why = judged("frictionless", FRICTIONLESS, site.folder)

    assert valid, why
    assert tasks[0] == ["data", len(plain(site))]
    assert tasks[1][0] == "suppression"


def test_frictionless_sees_a_changed_byte(site: Site, tmp_path: Path) -> None:
    for name in ("datapackage.json", "data.csv", "suppression.csv", "psychometrics.csv"):
        shutil.copy(site.folder / name, tmp_path)
    changed = (tmp_path / "data.csv").read_bytes().replace(b",mean,,,", b",mean,,,1", 1)
    (tmp_path / "data.csv").write_bytes(changed)

    valid, _, _ = judged("frictionless", FRICTIONLESS, tmp_path)
    assert not valid


def test_croissant_is_valid_and_reads_records_over_the_network(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CROISSANT_CACHE", str(tmp_path))
    code = f"""
        import json, mlcroissant
        dataset = mlcroissant.Dataset("{site.url}/croissant.json")
        issues = dataset.metadata.ctx.issues
        first = next(iter(dataset.records("cells")))
        text = {{name.split("/")[1]: str(value) for name, value in first.items()}}
        print(json.dumps([list(issues.errors), list(issues.warnings), text]))
    """
    errors, warnings, first = judged("mlcroissant", code, site.folder)

    assert (errors, warnings) == ([], [])
    assert (first["cohort"], first["statistic"]) == ("b'all'", "b'organizations'")


def test_dcat_is_rdf_that_says_where_files_are(site: Site) -> None:
    code = """
        import json, rdflib
        graph = rdflib.Graph().parse("dcat.jsonld", format="json-ld")
        dcat = rdflib.Namespace("http://www.w3.org/ns/dcat#")
        [dataset] = graph.subjects(rdflib.RDF.type, dcat.Dataset)
        kept = graph.objects(dataset, dcat.distribution)
        files = [graph.value(one, dcat.downloadURL) for one in kept]
        print(json.dumps([dataset, files]))
    """
    dataset, urls = judged("rdflib", code, site.folder)

    assert dataset == site.url
    assert f"{site.url}/data.parquet" in urls
    assert len(urls) == 6


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


def test_what_the_documentation_says_to_check_with_works(
    site: Site, tmp_path: Path, repository: Path
) -> None:
    program("openssl")
    folder = tmp_path / "files"
    shutil.copytree(site.folder, folder)
    key = json.loads((folder / "manifest.json").read_bytes())["key"]
    (folder / "key.pem").write_text(key["pem"])
    text = (repository / "docs/releases.md").read_text(encoding="utf-8")
    lines = [one for one in text.splitlines() if one.startswith(("openssl ", "python3 -c "))]

    signature, hashes = (run(["bash", "-ec", f"set -o pipefail; {one}"], folder) for one in lines)

    assert "Signature Verified Successfully" in signature
    assert hashes.count(": OK\n") == len(list(site.folder.iterdir())) - 2


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
