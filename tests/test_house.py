"""The rules of this house, which nobody has to remember."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import psycopg
import pytest
from alembic import command
from pydantic_core import PydanticUndefined

from app import problems
from app.failures import CONSTRAINTS
from app.migrate import alembic_config, head, owner_connection
from app.problems import Problem
from app.settings import Settings
from tests.conftest import Server

ROOT = Path(__file__).parent.parent
FILES = sorted(
    file
    for folder in ("app", "tests", "migrations", "clients")
    for file in (ROOT / folder).rglob("*.py")
)
PROBLEMS = [
    one for one in vars(problems).values() if isinstance(one, type) and issubclass(one, Problem)
]
KINDS = [one for one in PROBLEMS if one is not Problem]
README = (ROOT / "README.md").read_text(encoding="utf-8")
WORDS = set(re.findall(r"[\w-]+", README))


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_a_file_fits_in_the_head(file: Path) -> None:
    assert len(file.read_text(encoding="utf-8").splitlines()) <= 300


def test_the_search_for_files_finds_them() -> None:
    found = {str(file.relative_to(ROOT)) for file in FILES}

    assert {"app/api.py", "tests/test_house.py", "migrations/env.py"} <= found


def test_every_problem_has_a_slug_of_its_own() -> None:
    slugs = [one.slug for one in KINDS]

    assert len(KINDS) > 20
    assert len(slugs) == len(set(slugs))
    for one in KINDS:
        assert re.fullmatch(r"[a-z]+(-[a-z]+)*", one.slug)
        assert 400 <= one.status <= 599
        assert one.title
        assert one.__doc__


def test_every_problem_is_raised_or_returned_somewhere() -> None:
    code = "\n".join(
        file.read_text(encoding="utf-8")
        for file in FILES
        if file.is_relative_to(ROOT / "app") and file.name != "problems.py"
    )

    assert [one.__name__ for one in KINDS if not re.search(rf"\b{one.__name__}\b", code)] == []


@pytest.mark.parametrize("slug", sorted(one.slug for one in KINDS))
def test_every_problem_is_in_the_readme(slug: str) -> None:
    assert slug in WORDS


@pytest.mark.parametrize("name", sorted(Settings.model_fields))
def test_every_setting_is_in_the_readme(name: str) -> None:
    assert f"PALANCA_{name.upper()}" in WORDS


def test_the_readme_names_no_setting_that_there_is_not() -> None:
    known = {f"PALANCA_{name.upper()}" for name in Settings.model_fields}
    tests_only = {
        "PALANCA_TEST_ACRO_PYTHON",
        "PALANCA_TEST_CHROMIUM",
        "PALANCA_TEST_DATABASE_URL",
        "PALANCA_TEST_NODE_MODULES",
    }

    assert {one for one in WORDS if one.startswith("PALANCA_")} <= known | tests_only


def test_every_setting_is_described_and_has_a_default() -> None:
    for name, field in Settings.model_fields.items():
        assert field.description, name
        assert not field.is_required(), name
        assert field.default is not PydanticUndefined or field.default_factory, name


PRIVACY: list[Any] = [
    ("min_team", 2),
    ("min_organizations", 9),
    ("min_networks", 4),
    ("min_age_days", 89),
    ("key_pepper", "x" * 31),
]


@pytest.mark.parametrize(("name", "weaker"), PRIVACY)
def test_what_protects_privacy_can_only_be_made_stricter(name: str, weaker: object) -> None:
    with pytest.raises(ValueError, match=name):
        Settings.model_validate({name: weaker})


def test_every_constraint_that_we_word_is_in_the_database(server: Server, template: str) -> None:
    with psycopg.connect(server.url(template)) as connection:
        found = connection.execute(
            "SELECT conname FROM pg_constraint UNION SELECT relname FROM pg_class"
            " JOIN pg_index ON indexrelid = pg_class.oid WHERE indisunique"
        ).fetchall()

    assert set(CONSTRAINTS) <= {name for (name,) in found}


def test_every_unique_rule_of_a_request_is_worded(server: Server, template: str) -> None:
    with psycopg.connect(server.url(template)) as connection:
        found = connection.execute(
            "SELECT c.relname FROM pg_index JOIN pg_class c ON c.oid = indexrelid"
            " WHERE indisunique AND NOT indisprimary"
            " AND c.relnamespace = 'public'::regnamespace"
        ).fetchall()
    ours = {
        "uq_client_key_key_id",  # eight random characters: a bug if they meet
        "uq_client_key_digest",  # 256 random bits
        "uq_catalog_document_kind_name_edition_revision",  # written by the seed alone
        "uq_search_text_version_language_kind_name_edition_code",  # with a version, once
        "uq_invitation_organization_id_key_id",  # eight random characters too
        "uq_assessment_organization_id_instrument_version_id_period",  # opened with ON CONFLICT
    }

    assert {name for (name,) in found} - ours <= set(CONSTRAINTS)


def test_modules_import_only_what_they_may() -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys; from importlinter.cli import lint_imports_command as run; run()",
            "--no-cache",
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert "6 kept, 0 broken" in done.stdout


def test_models_and_migrations_agree(server: Server, template: str) -> None:
    with owner_connection(server.settings(template)) as connection:
        command.check(alembic_config(connection))


def test_migrations_are_dated_and_follow_one_another() -> None:
    versions = [file.stem for file in FILES if file.parent.name == "versions"]

    assert versions
    assert all(re.fullmatch(r"20\d{6}_[a-z0-9_]+", one) for one in versions)
    assert head() == versions[-1]
