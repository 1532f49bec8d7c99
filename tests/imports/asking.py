"""What these tests push, and what they are told."""

import json
import random
import uuid
from collections.abc import Sequence
from typing import Any

import httpx

from tests.conftest import Caller
from tests.inputs import INSTRUMENT

Line = dict[str, Any]
PLAIN: Line = {
    "instrument": INSTRUMENT["instrument"],
    "version": INSTRUMENT["version"],
    "period": "2025-H2",
    "role": "nursing",
    "answers": {"A1": 1, "A2": 2, "B1": 3, "B2": 4},
}
NDJSON = "application/x-ndjson"


def line(name: str, /, **more: Any) -> Line:
    """A line that is right, with changes; ``None`` takes a field out."""
    said = {**PLAIN, "external_id": name, **more}
    return {field: one for field, one in said.items() if one is not None}


def written(lines: Sequence[Any]) -> bytes:
    """Lines as a file; texts stand in it as they are."""
    texts = [one if isinstance(one, str) else json.dumps(one) for one in lines]
    return "\n".join(texts).encode()


def push(
    client: Caller, lines: Sequence[Any] | bytes, mode: str = "commit", **more: Any
) -> httpx.Response:
    """Push lines, by default newline-delimited, under a key of their own."""
    content = lines if isinstance(lines, bytes) else written(lines)
    headers = {"Content-Type": NDJSON, "Idempotency-Key": uuid.uuid4().hex}
    headers |= more.pop("headers", {})
    return client.post(
        "/v1/imports", content=content, headers=headers, params={"mode": mode, **more}
    )


def report(reply: httpx.Response) -> list[Line]:
    """What became of every line."""
    assert reply.status_code == 200, reply.text
    lines: list[Line] = reply.json()["lines"]
    return lines


def statuses(reply: httpx.Response) -> list[str]:
    """What became of each line, in one word."""
    return [one["status"] for one in report(reply)]


def codes(told: Line) -> set[tuple[str, str]]:
    """What is said of a line: pointers and codes."""
    return {(one["pointer"], one["code"]) for one in told["problems"]}


def some(seed: int, count: int = 60) -> list[Line]:
    """Lines of few names, many of which clash, and some of which are wrong."""
    any_of = random.Random(seed).choice  # noqa: S311 - not a secret
    made: list[Line] = []
    while len(made) < count:
        one = line(
            f"x{any_of(range(60))}",
            period=any_of(["2025-H1", "2025-H2"]),
            mode=any_of(["individual"] * 19 + ["consensus"]),
            respondent=any_of([*[None] * 9, *"pqrs"]),
            answers={"A1": any_of([0, 4, 4, 9]), "B1": 2, "B2": any_of([1, 3])},
        )
        made.append(one)
        made += [any_of(made)] * any_of([0, 0, 0, 1])
    return made
