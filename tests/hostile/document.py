"""The OpenAPI document as operations, and a complete body for each made from its schema."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

CANDIDATES = (
    "a",
    "en",
    "1",
    "2026",
    "2026-01-31",
    "0" * 64,
    "A" * 43,
    "organizations:read",
    "https://example.org/a",
)
"""Texts tried, in this order, on a pattern for which the document gives no example."""

FORMATS = {
    "uuid": "01980000-0000-7000-8000-000000000000",
    "date": "2026-01-31",
    "date-time": "2026-01-31T12:00:00Z",
    "uri": "https://example.org/a",
}


@dataclass(frozen=True)
class Operation:
    """One method of one path, as declared."""

    method: str
    path: str
    declared: Mapping[str, Any]
    schemas: Mapping[str, Any]

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def writes(self) -> bool:
        return self.method != "GET"

    @property
    def statuses(self) -> set[int]:
        return {int(status) for status in self.declared["responses"]}

    @property
    def schemes(self) -> set[str]:
        """How one can show who one is."""
        return {scheme for one in self.declared["security"] for scheme in one}

    def parameters(self, where: str) -> list[str]:
        """Names of its parameters in the path, the query or the header."""
        declared = self.declared.get("parameters", [])
        return [one["name"] for one in declared if one["in"] == where]

    @property
    def media_type(self) -> str | None:
        """In which format it reads a body: the first one declared."""
        content = self.declared.get("requestBody", {}).get("content", {})
        return next(iter(content), None)

    @cached_property
    def complete(self) -> Any:
        """A body with every field that the schema knows."""
        if self.media_type is None:
            return None
        schema = self.declared["requestBody"]["content"][self.media_type].get("schema", {})
        return self._example(schema)

    def _example(self, schema: Mapping[str, Any]) -> Any:
        schema = self._resolved(schema)
        said = [schema.get("const"), schema.get("default"), *schema.get("examples", ())]
        if good := [one for one in (*said, *schema.get("enum", ())) if one not in (None, {}, [])]:
            return good[0]
        kind = schema.get("type")
        if kind == "object":
            return self._object(schema)
        if kind == "array":
            entry = schema.get("items", {})
            return [self._example(entry) for _ in range(max(1, schema.get("minItems", 1)))]
        if kind == "string":
            return _text(schema)
        return kind == "boolean" or int(schema.get("minimum", 1))

    def _object(self, schema: Mapping[str, Any]) -> dict[str, Any]:
        made = {name: self._example(one) for name, one in schema.get("properties", {}).items()}
        others = schema.get("additionalProperties")
        if not made and isinstance(others, dict):
            made[_text(self._resolved(schema.get("propertyNames", {})))] = self._example(others)
        elif not made and "patternProperties" in schema:
            [(pattern, one), *_] = schema["patternProperties"].items()
            made[_text({"pattern": pattern})] = self._example(one)
        return made

    def _resolved(self, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        """Follow references and take the first choice that is more than null."""
        while True:
            if reference := schema.get("$ref"):
                schema = self.schemas[reference.rpartition("/")[2]]
            elif some := [one for one in schema.get("anyOf", []) if one.get("type") != "null"]:
                schema = {**{k: v for k, v in schema.items() if k == "examples"}, **some[0]}
            else:
                return schema


def _text(schema: Mapping[str, Any]) -> str:
    """A text that fits.

    Raises:
        ValueError: none of the candidates does; the document should have an example.
    """
    if schema.get("examples"):
        return str(schema["examples"][0])
    if schema.get("format") in FORMATS:
        return FORMATS[schema["format"]]
    pattern = schema.get("pattern", "")
    shortest = schema.get("minLength", 0)
    for text in CANDIDATES:
        stretched = text if len(text) >= shortest else text * shortest
        if re.search(pattern, stretched):
            return stretched
    raise ValueError(f"No example for the pattern {pattern}: give one in the schema")


def operations(document: Mapping[str, Any]) -> Iterator[Operation]:
    """Every operation, in the order of the document."""
    schemas = document["components"]["schemas"]
    for path, methods in document["paths"].items():
        for method, declared in methods.items():
            yield Operation(method.upper(), path, declared, schemas)
