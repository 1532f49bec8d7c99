"""``palanca instruments load``: from YAML or JSON, or one clear message."""

import json
from pathlib import Path
from uuid import uuid4

import pytest
import yaml

from tests.cli.conftest import Outcome, Palanca
from tests.conftest import Service
from tests.inputs import INSTRUMENT


@pytest.mark.parametrize(
    ("suffix", "write"),
    [
        pytest.param("yaml", yaml.safe_dump, id="YAML"),
        pytest.param("yml", json.dumps, id="JSON is YAML"),
        pytest.param("json", json.dumps, id="JSON"),
    ],
)
def test_an_instrument_is_published_once(
    palanca: Palanca, configured: Service, tmp_path: Path, suffix: str, write: object
) -> None:
    name = f"loaded-{uuid4().hex[:8]}"
    file = tmp_path / f"instrument.{suffix}"
    assert callable(write)
    file.write_text(write(INSTRUMENT | {"instrument": name}))

    first, again = palanca("instruments", "load", file), palanca("instruments", "load", file)

    assert first == Outcome(0, f"published  {name} version 1\n", "")
    assert again == Outcome(0, f"unchanged  {name} version 1\n", "")
    reply = configured.http.get(f"/v1/instruments/{name}/versions/1")
    assert reply.status_code == 200


def test_a_published_version_is_not_loaded_with_other_content(
    palanca: Palanca, configured: Service, tmp_path: Path
) -> None:
    file = tmp_path / "changed.json"
    file.write_text(json.dumps(INSTRUMENT | {"title": {"en": "Another"}}))

    done = palanca("instruments", "load", file)

    assert (done.code, done.out) == (1, "")
    assert done.err == (
        "Version is published with other content: small 1 is published; use a new version\n"
    )
    title = configured.http.get("/v1/instruments/small/versions/1").json()["title"]
    assert title == "A small instrument"


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        pytest.param("a.json", b"{", "Expecting property name", id="JSON that is cut off"),
        pytest.param("a.json", b"", "Expecting value", id="an empty JSON file"),
        pytest.param("a.yaml", b"", "/: Input should be a valid", id="an empty YAML file"),
        pytest.param("a.yaml", b"a: [1,", "a.yaml is not YAML", id="YAML that is cut off"),
        pytest.param("a.yaml", b"a: [/red]: [", "a.yaml is not YAML", id="YAML with [/brackets]"),
        pytest.param("[/b].yaml", b"a: [1,", "[/b].yaml is not YAML", id="a name with [/brackets]"),
        pytest.param("a.yaml", b"a: !!python/name:os.system", "not YAML", id="YAML with a program"),
        pytest.param("a.yaml", b"\xff\xfe\xff", "UnicodeDecodeError", id="no text at all"),
        pytest.param("a.yaml", b"- a\n- b\n", "/: Input should be a valid", id="a list"),
        pytest.param("a.json", b'"x"', "/: Input should be a valid", id="a text"),
        pytest.param("a.json", b"[" * 100_000, "nested too deep", id="nested without end"),
        pytest.param("a.yaml", b"[" * 1_500, "nested too deep", id="YAML nested without end"),
    ],
)
def test_a_bad_file_is_one_clear_message(
    palanca: Palanca, configured: Service, tmp_path: Path, name: str, content: bytes, message: str
) -> None:
    file = tmp_path / name.replace("/", "\N{DIVISION SLASH}")
    file.write_bytes(content)

    done = palanca("instruments", "load", file)

    assert (done.code, done.out) == (1, "")
    assert message.replace("[/b]", "[\N{DIVISION SLASH}b]") in done.err
    assert done.err.strip()
    assert "Traceback" not in done.err
    assert configured


def test_all_that_is_wrong_with_an_instrument_is_said(
    palanca: Palanca, configured: Service, tmp_path: Path
) -> None:
    document = {**INSTRUMENT, "instrument": "wrong", "color": "red", "languages": []}
    del document["version"]
    file = tmp_path / "wrong.json"
    file.write_text(json.dumps(document))

    done = palanca("instruments", "load", file)

    assert (done.code, done.out) == (1, "")
    first, *errors = done.err.splitlines()
    assert first == "3 errors; see errors"
    assert {one.split(":")[0].strip() for one in errors} == {"/version", "/color", "/languages"}
    assert configured.http.get("/v1/instruments/wrong").status_code == 404


def test_a_file_that_is_not_there_is_a_usage_error(palanca: Palanca, tmp_path: Path) -> None:
    done = palanca("instruments", "load", tmp_path / "none.yaml")

    assert done.code == 2
    assert "does not exist" in done.err
