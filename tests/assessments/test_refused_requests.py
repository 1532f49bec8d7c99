"""Requests that are no submission at all: not JSON, too large, or with names of nothing."""

import json
from collections.abc import Iterator

import pytest

from tests.assessments.asking import BODY, refusal, refused, rows
from tests.conftest import Organization, Service

VALID = json.dumps(BODY).encode()


@pytest.fixture(scope="module")
def organization(service: Service) -> Organization:
    """One for all: nothing of it changes in this module."""
    return service.organization()


@pytest.fixture(autouse=True)
def nothing_is_left_behind(service: Service) -> Iterator[None]:
    before = rows(service)
    yield
    assert rows(service) == before


@pytest.mark.parametrize(
    ("content", "media_type", "expected"),
    [
        pytest.param(VALID, "text/plain", (415, "unsupported-media-type"), id="plain text"),
        pytest.param(VALID, "", (415, "unsupported-media-type"), id="no content type"),
        pytest.param(VALID, "application/jsonp", (415, "unsupported-media-type"), id="nearly"),
        pytest.param(b"", "application/json", (400, "malformed-json"), id="an empty body"),
        pytest.param(VALID[:-1], "application/json", (400, "malformed-json"), id="a body cut off"),
        pytest.param(
            VALID.replace(b"nursing", b"\xff"),
            "application/json",
            (400, "malformed-json"),
            id="bytes that are no UTF-8",
        ),
        pytest.param(
            b'{"answers": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
            "application/json",
            (400, "malformed-json"),
            id="100,000 lists in one another",
        ),
        pytest.param(
            VALID.replace(b"2025-H2", b"9" * 5000),
            "application/json",
            (422, "invalid"),
            id="5,000 digits as text",
        ),
        pytest.param(
            VALID.replace(b'"A1": 1', b'"A1": 1' + b"0" * 5000),
            "application/json",
            (400, "malformed-json"),
            id="a number of 5,000 digits",
        ),
        pytest.param(
            VALID.replace(b"nursing", b"n" * 1_048_576),
            "application/json",
            (413, "payload-too-large"),
            id="over a mebibyte",
        ),
    ],
)
def test_what_cannot_be_read_is_refused(
    organization: Organization, content: bytes, media_type: str, expected: tuple[int, str]
) -> None:
    headers = {"Content-Type": media_type} if media_type else {}

    reply = organization.client.post(
        f"{organization.path}/submissions", content=content, headers=headers
    )

    assert refused(reply) == expected


@pytest.mark.parametrize(
    ("key", "code"),
    [
        pytest.param("", "string-too-short", id="empty"),
        pytest.param("k" * 256, "string-too-long", id="256 characters"),
    ],
)
def test_an_idempotency_key_has_1_to_255_characters(
    organization: Organization, key: str, code: str
) -> None:
    body = refusal(organization.submit({"Idempotency-Key": key}))

    assert [(one["pointer"], one["code"]) for one in body["errors"]] == [
        ("header:/idempotency-key", code)
    ]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        pytest.param("/assessments/%00", (404, "not-found"), id="an assessment"),
        pytest.param("/assessments/x?instrument=%00", (422, "invalid"), id="its instrument"),
        pytest.param("/submissions?external_id=%00", (422, "invalid"), id="an external id"),
        pytest.param("/submissions?instrument=a%00", (422, "invalid"), id="an instrument"),
        pytest.param("%00/submissions", (404, "not-found"), id="an organization"),
    ],
)
def test_nul_in_a_name_is_refused_before_the_database_sees_it(
    organization: Organization, path: str, expected: tuple[int, str]
) -> None:
    assert refused(organization.client.get(organization.path + path)) == expected


@pytest.mark.parametrize(
    ("path", "pointer", "code"),
    [
        pytest.param("/submissions/x", "path:/submission_id", "uuid-parsing", id="no id"),
        pytest.param("/assessments/" + "x" * 65, "path:/assessment", "string-too-long", id="long"),
        pytest.param("/assessments/2025?lang=en", "query:/lang", "unknown-parameter", id="unknown"),
    ],
)
def test_a_name_that_nothing_can_have_is_said_to_be_wrong(
    organization: Organization, path: str, pointer: str, code: str
) -> None:
    body = refusal(organization.client.get(organization.path + path))

    assert [(one["pointer"], one["code"]) for one in body["errors"]] == [(pointer, code)]
