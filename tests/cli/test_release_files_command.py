"""``palanca release plan | show | files``."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from app.benchmarks.disclosure import builder, rules
from app.benchmarks.files.kept import MEDIA_TYPES
from app.benchmarks.files.signing import ReleaseSigner, described
from tests.benchmarks.conftest import World, fill, make_world
from tests.cli.conftest import Palanca, use
from tests.conftest import PEPPER, Server, serve

KEY = described(ReleaseSigner(PEPPER.encode()).public_key)


@pytest.fixture
def world(
    monkeypatch: pytest.MonkeyPatch, server: Server, new_database: Callable[[], str]
) -> World:
    """Twenty-four organizations with a locked result each, which commands know of."""
    database = new_database()
    for service in serve(server, database):
        made = make_world(service, 24)
        fill(made, 24)
    use(monkeypatch, server, database)
    return made


def counts(world: World) -> list[int]:
    tables = ("release", "release_cell", "release_file", "release_contribution", "audit_event")
    with world.service.superuser() as connection:
        found = [
            connection.execute(f"SELECT count(*) FROM {one}".encode()).fetchone()  # noqa: S608
            for one in tables
        ]
    return [one[0] for one in found if one]


def test_a_plan_says_what_would_be_built_and_writes_nothing(palanca: Palanca, world: World) -> None:
    before = counts(world)
    plan = palanca("release", "plan")

    said = json.loads(plan.out)
    [small] = said["instruments"]
    assert plan.code == 0
    assert (said["release"], said["would_be_built"]) == (1, True)
    assert (small["contributions"], small["changed_since_last"]) == (24, 24)
    assert small["outcome"] == "renewed"
    assert small["cells"]["published"] > 0
    assert counts(world) == before

    built = json.loads(palanca("release", "build").out)
    [as_built] = built["instruments"]
    assert as_built["cells"] == small["cells"]


def test_a_plan_with_too_few_changes_says_that_nothing_would_be_built(
    palanca: Palanca, world: World
) -> None:
    assert palanca("release", "build").code == 0
    before = counts(world)
    plan = palanca("release", "plan")

    said = json.loads(plan.out)
    [kept] = [one for one in said["instruments"] if one["outcome"] == "kept"]
    assert plan.code == 1
    assert (said["release"], said["would_be_built"]) == (2, False)
    assert (kept["contributions"], kept["changed_since_last"]) == (24, 0)
    assert counts(world) == before


def test_a_plan_tells_what_may_not_be_shown(palanca: Palanca, world: World) -> None:
    with world.service.superuser() as connection:
        connection.execute("UPDATE organization SET network_id = (SELECT id FROM network LIMIT 1)")
    plan = palanca("release", "plan")

    [small] = [one for one in json.loads(plan.out)["instruments"] if one["instrument"] == "small 1"]
    assert plan.code == 1
    assert (small["outcome"], small["reason"]) == ("skipped", "no cohort may be shown")


def test_a_plan_tells_what_the_gate_would_refuse(
    palanca: Palanca, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The gate is given a builder that forgets the rule of ten organizations."""
    judge = rules.judge
    monkeypatch.setattr(
        builder, "judge", lambda some, more: None if len(some.scores) else judge(some, more)
    )
    with world.service.superuser() as connection:
        connection.execute(
            "UPDATE organization SET attributes = jsonb_build_object('region', 'europe')"
            " WHERE external_id = 'H1'"
        )
    plan = palanca("release", "plan")

    said = json.loads(plan.out)
    [small] = [one for one in said["instruments"] if one["instrument"] == "small 1"]
    assert (plan.code, said["would_be_built"]) == (1, False)
    assert small["outcome"] == "refused"
    assert "region:europe" in json.dumps(small["findings"])


def test_files_are_written_and_verified(palanca: Palanca, world: World, tmp_path: Path) -> None:
    assert palanca("release", "build").code == 0
    assert counts(world)[2] == len(MEDIA_TYPES)
    shown = palanca("release", "show", "latest", "--out", tmp_path / "new" / "folder")
    listed = palanca("release", "show", "1")

    assert (shown.code, listed.out) == (0, shown.out)
    assert [line.split()[-1] for line in shown.out.splitlines()] == list(MEDIA_TYPES)
    verified = palanca("release", "verify", tmp_path / "new/folder", "--key", KEY["public_key"])
    assert (verified.code, verified.err) == (0, "")
    assert verified.out.splitlines()[1] == f"signed by {KEY['fingerprint']}"


def test_a_release_that_is_not_there_is_said_so(palanca: Palanca, world: World) -> None:
    assert len(world.organizations) == 24
    shown = palanca("release", "show", "1")

    assert shown.code == 1
    assert "No such release" in shown.err


def test_releases_of_before_get_the_files_they_would_have_had(
    palanca: Palanca, world: World, tmp_path: Path
) -> None:
    assert palanca("release", "build").code == 0
    assert palanca("release", "show", "1", "--out", tmp_path / "before").code == 0
    with world.service.superuser() as connection:
        connection.execute("DELETE FROM release_file")

    without = palanca("release", "show", "1")
    made, again = palanca("release", "files"), palanca("release", "files")

    assert (without.code, "palanca release files" in without.err) == (1, True)
    assert made.out == "made  the files of release 1\n"
    assert again.out == "every release has its files\n"
    assert palanca("release", "show", "1", "--out", tmp_path / "after").code == 0
    for name in MEDIA_TYPES:
        assert (tmp_path / "after" / name).read_bytes() == (tmp_path / "before" / name).read_bytes()


def test_a_release_without_files_is_served_all_the_same(
    server: Server,
    new_database: Callable[[], str],
    palanca: Palanca,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    database = new_database()
    use(monkeypatch, server, database)
    for service in serve(server, database):
        world = make_world(service, 24)
        fill(world, 24)
        assert world.build().status_code == 201
        with service.superuser() as connection:
            connection.execute("DELETE FROM release_file")
        release = service.http.get("/v1/benchmarks/1").json()
        page = service.http.get("/v1/benchmarks/1/index.html")

        assert (release["files"], release["key"]) == ([], None)
        assert service.http.get("/v1/benchmarks/1/cells").status_code == 200
        assert service.http.get("/v1/benchmarks/1/data.csv").status_code == 404
        assert "before there were files" in page.text
        assert "curl" not in page.text

        assert palanca("release", "files").code == 0
        assert service.http.get("/v1/benchmarks/1/data.csv").status_code == 200
        assert len(service.http.get("/v1/benchmarks/1").json()["files"]) == len(MEDIA_TYPES)
