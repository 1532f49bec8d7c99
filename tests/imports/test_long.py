"""A hundred thousand lines, one in a hundred of them wrong in one of twenty ways."""

import gzip
import hashlib
import json
import os
import random
from collections import Counter
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from app.access.models import Kind
from tests.conftest import Caller, Service
from tests.imports.asking import Line, codes, line, push
from tests.imports.faults import FAULTS
from tests.imports.stepwise import begun, carry_out, lines_of

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]

LINES = int(os.environ.get("PALANCA_LONG_LINES", "100000"))
HOSPITALS = 40


def wrong(number: int, organization: str) -> tuple[str, set[tuple[str, str]]]:
    """A line that is wrong in the way that its number says, and what has to be said of it."""
    given, expected = [*FAULTS.values()][number % len(FAULTS)]
    if isinstance(given, str):
        return given, expected
    named: Line = {"organization": organization, **given}
    if "external_id" in given:
        named["external_id"] = f"w{number}"
    return json.dumps(named), expected


def made(hospitals: list[str]) -> list[tuple[str, set[tuple[str, str]]]]:
    """Lines with what has to be said of each."""
    any_of = random.Random(1)  # noqa: S311 - not a secret
    lines = []
    for number in range(LINES):
        hospital = hospitals[number % HOSPITALS]
        if number % 100 == 50:
            lines.append(wrong(number // 100, hospital))
        else:
            answers = {item: any_of.randrange(5) for item in ("A1", "A2", "B1", "B2")}
            one = line(f"r{number}", organization=hospital, answers=answers)
            lines.append((json.dumps(one), set()))
    return lines


def network_of(service: Service, names: str) -> tuple[Caller, list[str]]:
    """A network's key, and its hospitals by names that are the same each time."""
    network = service.network()
    for number in range(HOSPITALS):
        service.organization(network=network["id"], external_id=f"{names}{number}")
    client = service.as_(service.key(Kind.NETWORK, network["id"]))
    return client, [f"{names}{number}" for number in range(HOSPITALS)]


def pushed(
    service: Service, client: Caller, texts: list[str], mode: str = "commit"
) -> tuple[str, list[Line]]:
    """The path of an import that was carried out, and its report."""
    content = gzip.compress("\n".join(texts).encode(), 1)
    reply: httpx.Response = push(client, content, mode, headers={"Content-Encoding": "gzip"})
    path = begun(reply)
    carry_out(service)
    assert client.get(path).json()["status"] == "succeeded"
    return path, lines_of(client, path)


def check(told: list[Line], lines: list[tuple[str, set[tuple[str, str]]]]) -> None:
    """Each line has its report, and in it what has to be said of it."""
    for number, (one, (_, expected)) in enumerate(zip(told, lines, strict=True), 1):
        assert one["line"] == number
        assert one["status"] == ("rejected" if expected else "accepted"), one
        assert expected <= codes(one), one


def state(service: Service, names: str) -> tuple[int, str]:
    """How many submissions a network's hospitals have, and a hash of all that is in them."""
    query = (
        "SELECT replace(o.external_id, %s, ''), s.external_id, s.answers, s.overall,"
        " s.section_scores, s.superseded_at IS NULL FROM submission s"
        " JOIN organization o ON o.id = organization_id"
        " WHERE o.external_id LIKE %s || '%%' ORDER BY 1, 2, 3, 4, 5, 6"
    )
    with service.superuser() as database:
        rows = database.execute(query, [names, names]).fetchall()
    return len(rows), hashlib.sha256(repr(rows).encode()).hexdigest()


def test_every_fault_is_found_at_its_line_and_every_good_line_is_in(
    service: Service, counted: Callable[[str], None]
) -> None:
    client, hospitals = network_of(service, "first-")
    lines = made(hospitals)
    texts = [text for text, _ in lines]

    _, tried = pushed(service, client, texts, "validate")
    assert state(service, "first-")[0] == 0
    path, done = pushed(service, client, texts)

    check(done, lines)
    length = len(client.get(f"{path}/report.ndjson").content)
    assert json.dumps(tried) == json.dumps(done)
    before = state(service, "first-")
    assert before[0] == LINES - LINES // 100

    _, again = pushed(service, client, texts)
    assert Counter(one["status"] for one in again) == {
        "unchanged": LINES - LINES // 100,
        "rejected": LINES // 100,
    }
    assert state(service, "first-") == before

    other, others = network_of(service, "second-")
    shuffled: list[Any] = made(others)
    random.Random(2).shuffle(shuffled)  # noqa: S311 - not a secret
    _, told = pushed(service, other, [text for text, _ in shuffled])
    check(told, shuffled)
    assert state(service, "second-") == before
    kinds, faults = len(FAULTS), LINES // 100
    counted(f"{LINES} lines, {faults} faults of {kinds} kinds found, {length} bytes told")
