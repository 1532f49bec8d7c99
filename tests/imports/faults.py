"""Lines that are wrong, each in a way of its own, and what has to be said of it."""

import json
from typing import Any

from tests.imports.asking import line

FAULTS: dict[str, tuple[Any, set[tuple[str, str]]]] = {
    "no JSON": ('{"external_id": ', {("", "malformed-json")}),
    "a key twice": ('{"role": "board", "role": "nursing"}', {("", "malformed-json")}),
    "no object": ("[1]", {("", "model-type"), ("/external_id", "required")}),
    "no external id": (line("x", external_id=None), {("/external_id", "required")}),
    "no instrument": (line("x", instrument=None), {("/instrument", "required")}),
    "an unknown version": (line("x", version="99"), {("/version", "instrument-version-unknown")}),
    "no period": (line("x", period=None), {("/period", "required")}),
    "a period to come": (line("x", period="2031-H1"), {("/period", "in-the-future")}),
    "no period of ours": (line("x", period="H1"), {("/period", "pattern-mismatch")}),
    "no role": (line("x", role=None), {("/role", "required")}),
    "an unknown role": (line("x", role="chef"), {("/role", "not-one-of")}),
    "an unknown field": (line("x", colour="red"), {("/colour", "unknown-field")}),
    "no answers": (line("x", answers={}), {("/answers", "too-short")}),
    "an unknown item": (line("x", answers={"Z": 1}), {("/answers/Z", "item-unknown")}),
    "a level too high": (line("x", answers={"A1": 5}), {("/answers/A1", "level-out-of-range")}),
    "a level as text": (line("x", answers={"A1": "3"}), {("/answers/A1", "level-is-text")}),
    "half a level": (line("x", answers={"A1": 1.5}), {("/answers/A1", "level-not-integer")}),
    "true": (line("x", answers={"A1": True}), {("/answers/A1", "level-is-boolean")}),
    "what applies": (
        line("x", answers={"A1": "not_applicable"}),
        {("/answers/A1", "not-applicable-not-allowed")},
    ),
    "another hospital": (line("x", organization="H-none"), {("/organization", "not-found")}),
    "a hospital that is no text": (line("x", organization=[5]), {("/organization", "string-type")}),
    "a hospital without a name": (line("x", organization=""), {("/organization", "not-found")}),
    "a hospital named by NUL": (line("x", organization="H\0"), {("/organization", "not-found")}),
    "one that has it as an identifier": (
        line("x", organization="cms:\0"),
        {("/organization", "not-found")},
    ),
    "a period that is a list": (
        line("x", period=["2025"], answers={f"A{n}": n % 5 for n in range(1, 21)}),
        {("/period", "string-type")},
    ),
    "a mark of ours": ('!{"external_id": "x"}', {("", "malformed-json")}),
    "our own words": ('![{"code": "x"}]', {("", "malformed-json")}),
    "many spaces": (" " * 300_000 + json.dumps(line("x")), {("", "line-too-long")}),
    "an id to replace": (
        line("x", supersedes="01980000-0000-7000-8000-000000000000"),
        {("/supersedes", "unknown-field")},
    ),
}
