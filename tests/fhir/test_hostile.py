"""What no client should send: every field of a resource and every parameter, bent in every way."""

import json
from collections.abc import Iterator
from itertools import islice
from typing import Any

import pytest

from tests.conftest import Service
from tests.fhir.asking import ABSENT, BASE, MEDIA, Sender, extension, filled, issues
from tests.hostile.values import JSON, NAMES, TEXTS

MARK = "the place of the value"
SMALL = {name: value for name, value in JSON.items() if isinstance(value, bytes)}
MOST = 20_000
"""Bytes of a value; the long ones are the same to every route, and sent to others."""


def full(organization: str) -> dict[str, Any]:
    """A resource with all that may be in it."""
    made = filled(
        id="a",
        meta={"profile": ["http://example.org/p"]},
        language="en",
        text={"status": "empty", "div": "<div/>"},
        identifier={"use": "usual", "system": "urn:x", "value": "hostile"},
        subject={"reference": f"Organization/{organization}", "display": "H"},
        author={"type": "Organization", "identifier": {"value": organization}},
        source={"reference": "Practitioner/1"},
        encounter={"reference": "Encounter/1"},
        extension=[
            extension("role", "nursing"),
            extension("period", "2025-H2"),
            extension("mode", "individual"),
            extension("respondent", "ann"),
            {"url": "http://example.org", "valueBoolean": True},
        ],
    )
    special = {"valueCoding": {"system": ABSENT, "code": "asked-unknown", "display": "d"}}
    made["item"][0]["item"][0] |= {"text": "t", "definition": "http://example.org/d"}
    made["item"][0]["item"][1]["answer"] = [special]
    made["item"][1]["item"][0]["answer"] = [{"valueInteger": 2}]
    return made


def bent(node: Any) -> Iterator[tuple[Any, bytes]]:
    """For each field, the resource with a mark in its place; for each name of a field too."""
    if isinstance(node, dict):
        for name, value in node.items():
            yield {**node, name: MARK}, b"value"
            rest = {other: one for other, one in node.items() if other != name}
            yield {**rest, MARK: value}, b"name"
            yield from (({**node, name: one}, what) for one, what in bent(value))
    elif isinstance(node, list):
        for place, value in enumerate(node):
            yield [*node[:place], MARK, *node[place + 1 :]], b"value"
            for one, what in bent(value):
                yield [*node[:place], one, *node[place + 1 :]], what


def bodies(resource: Any, wrap: str) -> Iterator[bytes]:
    mark = json.dumps(MARK).encode()
    for made, what in bent(resource):
        text = (wrap % json.dumps(made)).encode()
        values = SMALL if what == b"value" else NAMES
        for value in values.values():
            if len(value) <= MOST:
                yield text.replace(mark, bytes(value))


BUNDLE = '{"resourceType":"Bundle","type":"batch","entry":[%s]}'
REQUEST = {"method": "POST", "url": "QuestionnaireResponse", "ifNoneExist": "identifier=x"}


EVERY = pytest.param(1, marks=[pytest.mark.slow, pytest.mark.timeout(900)], id="all")
SOME = pytest.param(23, id="one in 23")


@pytest.mark.parametrize("step", [SOME, EVERY])
@pytest.mark.parametrize("way", ["resource", "entry"])
def test_no_body_breaks_it(service: Service, way: str, step: int) -> None:
    sender = Sender.of(service)
    resource: Any = full(sender.organization.id)
    path, wrap = "/QuestionnaireResponse", "%s"
    if way == "entry":
        path, wrap = "", BUNDLE
        resource = {"fullUrl": "urn:uuid:1", "resource": {}, "request": REQUEST}
    headers = {**sender.organization.client.headers, **MEDIA}
    asked = 0
    for body in islice(bodies(resource, wrap), 0, None, step):
        reply = service.http.post(BASE + path, content=body, headers=headers)
        asked += 1
        assert reply.status_code in {200, 201, 400, 409, 413, 422}, (body[-600:], reply.text)
        if reply.status_code >= 400:
            assert issues(reply), body
        json.loads(reply.content)
    assert asked > 15


PATHS = (
    "/QuestionnaireResponse?{}",
    "/Questionnaire?{}",
    "/Observation?{}",
    "/metadata?{}",
)
NAMED = ("subject", "identifier", "questionnaire", "authored", "_count", "page", "_format", "url")
BELOW = (
    "/QuestionnaireResponse/{}",
    "/QuestionnaireResponse/{}/_history/{}",
    "/Questionnaire/{}",
    "/Observation/{}",
    "/Organization/{}",
)


@pytest.mark.parametrize("step", [SOME, EVERY])
def test_no_address_breaks_it(service: Service, step: int) -> None:
    sender = Sender.of(service)
    texts = [one.decode("latin-1") for one in TEXTS.values() if len(one) <= 2_000]
    addresses = [
        path.format(f"{name}={text}") for path in PATHS for name in NAMED for text in texts
    ]
    addresses += [path.format(text, text) for path in BELOW for text in texts]
    for address in addresses[::step]:
        reply = sender.get(address)
        if not reply.request.url.path.startswith(f"{BASE}/"):
            continue  # dots lead elsewhere
        assert reply.status_code in {200, 400, 404, 405, 406, 422}, (address, reply.text)
        json.loads(reply.content)
        if reply.status_code >= 400:
            assert issues(reply)
    assert len(addresses) > 500
