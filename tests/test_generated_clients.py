"""Clients that others generate from the document: without warnings of its making, and they work."""

import importlib
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.access.models import Kind
from tests.conftest import Service
from tests.imports.asking import PLAIN, line
from tests.limits.live import live
from tests.test_docs import DOCUMENT

FOLDER = "generated_palanca"
BODIES = {
    "text/csv",
    "application/x-ndjson",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
"""Kinds of body that the generator knows nothing of; it leaves them out, and says so."""


def tool(name: str, advice: str) -> str:
    """A program that is in this environment, or on the path."""
    beside = Path(sys.executable).parent / name
    found = str(beside) if beside.exists() else shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed: {advice}")
    return found


def run(*command: str, cwd: Path) -> str:
    """A command to its good end; what it said."""
    done = subprocess.run(  # noqa: S603
        command, cwd=cwd, capture_output=True, text=True, check=False, timeout=100
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture
def document(tmp_path: Path) -> Path:
    path = tmp_path / "openapi.json"
    path.write_text(json.dumps(DOCUMENT), encoding="utf-8")
    return path


@pytest.fixture
def generated(
    document: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[str, dict[str, Any]]]:
    """What the generator said, and the modules it made by the last part of their names."""
    generator = tool("openapi-python-client", "pip install openapi-python-client")
    folder = document.parent
    said = run(
        generator,
        *("generate", "--path", document.name, "--meta", "none", "--output-path", FOLDER),
        cwd=folder,
    )
    monkeypatch.syspath_prepend(folder)
    names = [
        ".".join(file.relative_to(folder).with_suffix("").parts)
        for file in sorted((folder / FOLDER).rglob("*.py"))
        if file.name != "__init__.py"
    ]
    yield said, {name.rpartition(".")[2]: importlib.import_module(name) for name in names}
    for name in [one for one in sys.modules if one.partition(".")[0] == FOLDER]:
        del sys.modules[name]


def test_no_schema_goes_by_the_name_of_a_module() -> None:
    assert [name for name in DOCUMENT["components"]["schemas"] if "__" in name] == [], (
        "two classes have one name"
    )


def test_the_python_generator_warns_of_nothing_but_kinds_of_bodies(
    generated: tuple[str, dict[str, Any]],
) -> None:
    said, _ = generated
    kinds = re.findall(r"^Unsupported content type (\S+)$", said, re.MULTILINE)

    assert set(kinds) <= BODIES
    assert len(re.findall("WARNING", said)) == len(kinds), said
    assert "Unable to" not in said


def test_a_generated_python_client_submits_and_pushes(
    service: Service, generated: tuple[str, dict[str, Any]]
) -> None:
    _, modules = generated
    organization = service.organization()
    key = service.key(Kind.ORGANIZATION, organization.id)
    submit = modules["submit_v1_organizations_org_submissions_post"]
    push = modules["import_submissions_v1_imports_post"]
    with (
        live(service.settings) as running,
        modules["client"].AuthenticatedClient(running.url, key) as client,
    ):
        made = submit.sync(
            organization.id,
            client=client,
            body=modules["submission_in"].SubmissionIn.from_dict({**PLAIN, "external_id": "g-1"}),
        )
        pushed = push.sync(
            client=client,
            mode=modules["import_mode"].ImportMode.COMMIT,
            idempotency_key="g",
            body=[modules["submission_line_in"].SubmissionLineIn.from_dict(line("g-2"))],
        )

    assert made.external_id == "g-1"
    assert pushed.counts.additional_properties["accepted"] == 1


def test_the_typescript_generator_warns_of_nothing(document: Path) -> None:
    generator = tool("openapi-typescript", "npm install --global openapi-typescript")

    said = run(generator, document.name, "-o", "made.d.ts", cwd=document.parent)

    assert "warn" not in said.lower()
    assert "import_submissions_v1_imports_post" in (document.parent / "made.d.ts").read_text()
