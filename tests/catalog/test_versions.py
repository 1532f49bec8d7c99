"""The catalog as a whole: numbered, immutable, comparable, and small enough for one call."""

import gzip
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.catalog import checking, seeding, versions
from app.catalog.documents import KINDS
from app.db import transaction
from app.files import folder
from app.problems import VersionPublished
from tests.conftest import Service

GUIDANCE = "guidance/leadership-for-improvement-2006.yaml"


def publish(service: Service, kind: str, document: dict[str, Any]) -> bool:
    """Publish a document as the seed does."""

    async def work() -> bool:
        later = datetime.now(UTC) + timedelta(days=1)
        async with transaction(service.http.app.state.engine) as session:  # type: ignore[attr-defined]
            given = KINDS[kind].model_validate(document)
            is_new = await versions.publish_document(session, given, now=later)
            await versions.settle(session, now=later)
            return is_new

    assert service.http.portal is not None
    return service.http.portal.call(work)


def guidance() -> dict[str, Any]:
    found: dict[str, Any] = seeding.read_document(folder("seed") / GUIDANCE)
    return found


def newest(service: Service) -> int:
    """The number of the newest version."""
    found: int = service.http.get("/v1/catalog").json()["version"]
    return found


def test_a_version_names_every_document_with_its_hash(service: Service) -> None:
    found = service.http.get("/v1/catalog").json()

    assert len(found["sha256"]) == 64
    named = {
        f"{one['kind']} {one['name']} {one['edition']} revision {one['revision']}": one["sha256"]
        for one in found["documents"]
        if one["name"] != "small"
    }
    assert named == checking.published(folder("seed"))


def test_all_of_it_in_one_call_is_less_than_a_megabyte_packed(service: Service) -> None:
    reply = service.http.get("/v1/catalog/content", params={"lang": "*"})

    assert reply.status_code == 200
    assert len(gzip.compress(reply.content)) <= 1_000_000
    kinds = {one["kind"] for one in reply.json()["documents"]}
    assert kinds == set(KINDS)
    spanish = service.http.get("/v1/catalog/content", params={"lang": "es-419"}).json()
    [entry, *_] = next(
        one["elements"]
        for one in spanish["documents"]
        if one["kind"] == "guidance" and one["framework"] == "leadership-for-improvement"
    )
    assert entry["means"] == guidance()["elements"][0]["means"]["es-419"]
    assert entry["questions"][0] == guidance()["elements"][0]["questions"][0]["es-419"]


def test_a_revision_makes_a_version_and_the_difference_says_which_element(
    fresh_service: Service,
) -> None:
    get, number = fresh_service.http.get, newest(fresh_service)
    document = guidance() | {"revision": 2}
    document["elements"][3]["means"]["en"] = "Other words."
    code = document["elements"][3]["code"]
    path = f"/v1/frameworks/leadership-for-improvement/elements/{code}"
    asked = fresh_service.operator.get  # whose answers are not kept ready for a second
    before = asked(path).json()

    assert publish(fresh_service, "guidance", document)

    every = [one["version"] for one in get("/v1/catalog/versions").json()["data"]]
    assert every == list(range(number + 1, 0, -1))
    found = get("/v1/catalog/diff", params={"from": number}).json()
    [changed] = found.pop("changed")
    assert found == {"from": number, "to": number + 1, "added": [], "removed": []}
    assert changed["name"] == "leadership-for-improvement"
    assert (changed["before"]["revision"], changed["revision"]) == (1, 2)
    assert changed["elements"] == {"added": [], "changed": [code], "removed": []}
    after = asked(path).json()
    assert after["guidance"]["means"] == "Other words."
    assert after["guidance"]["revision"] == 2
    assert before["guidance"]["means"] != "Other words."
    undone = get("/v1/catalog/diff", params={"from": number + 1, "to": number}).json()
    assert undone["changed"][0]["revision"] == 1


def test_publishing_the_same_again_makes_no_version(fresh_service: Service) -> None:
    number = newest(fresh_service)

    assert not publish(fresh_service, "guidance", guidance())
    assert newest(fresh_service) == number


def test_a_published_revision_never_changes(fresh_service: Service) -> None:
    number, document = newest(fresh_service), guidance()
    document["elements"][0]["means"]["en"] = "Other words."

    with pytest.raises(VersionPublished, match="say revision 2"):
        publish(fresh_service, "guidance", document)
    assert newest(fresh_service) == number


def test_a_new_instrument_makes_a_version_too(fresh_service: Service) -> None:
    number = newest(fresh_service)
    found = fresh_service.http.get("/v1/instruments/seven-leverage-points/versions/1?lang=*")
    document = {
        name: value
        for name, value in found.json().items()
        if name not in {"content_sha256", "published_at"}
    }
    assert (
        fresh_service.operator.post("/v1/instruments", json=document | {"version": "2"}).status_code
        == 201
    )

    added = fresh_service.http.get("/v1/catalog/diff", params={"from": number}).json()["added"]
    assert [(one["kind"], one["name"], one["edition"]) for one in added] == [
        ("instrument", "seven-leverage-points", "2")
    ]


@pytest.mark.parametrize(
    "path", ["/v1/catalog/diff?from=99", "/v1/catalog/diff?from=1&to=99", "/v1/crosswalks/none"]
)
def test_what_is_not_there_is_said(service: Service, path: str) -> None:
    reply = service.http.get(path)

    assert reply.status_code == 404
    assert reply.json()["type"] == "/problems/not-found"


def test_what_another_process_published_is_told_with_its_own_hash_or_not_at_all(
    fresh_service: Service,
) -> None:
    asked = fresh_service.operator.get  # whose answers are not kept ready
    known = asked("/v1/catalog/content").json()["version"]
    with fresh_service.superuser() as database:
        database.execute(
            "INSERT INTO catalog_version SELECT number + 1, documents, repeat('0', 64), now()"
            " FROM catalog_version WHERE number = %s",
            [known],
        )

    found = asked("/v1/catalog/content").json()

    hashes = {one["version"]: one["sha256"] for one in asked("/v1/catalog/versions").json()["data"]}
    assert len(hashes) == known + 1
    assert found["sha256"] == hashes[found["version"]]
