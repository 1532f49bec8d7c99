"""Schemathesis over the service: every check that it has, and what of its judgement is ours.

Which inputs are good cannot be said to the end in JSON Schema. What the document calls good may be
refused only for its meaning: with a code of ``MEANING``, each of which has its reason.
"""

import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import schemathesis
from schemathesis.checks import CheckContext, load_all_checks
from schemathesis.config import SchemathesisConfig as Config
from schemathesis.core.failures import Failure
from schemathesis.core.transport import Response
from schemathesis.engine import events, from_schema
from schemathesis.generation.case import Case
from schemathesis.schemas import BaseSchema

from tests.hostile.document import operations
from tests.hostile.good import good_request, names
from tests.isolation.world import World

MEANING = {
    "above-denominator": "one field beside another",
    "baseline-out-of-range": "how many periods there are is data",
    "before-start": "one field beside another",
    "needed": "one field beside another, or what a measure's chart takes",
    "not-a-count": "what a measure's chart takes",
    "not-anonymous": "one field beside another",
    "not-later": "one field beside another",
    "not-missing": "one field beside another",
    "not-of-this-chart": "what a measure's chart takes",
    "not-positive": "what a measure's chart takes",
    "not-studied": "what was done before",
    "other-frequency": "the measure's, and what days a calendar has",
    "other-unit": "the measure's",
    "phase-too-short": "what was observed",
    "repeated": "the same twice in a list",
    "tells-who": "names are data",
    "wrong-way": "one field beside another, and the measure's direction",
    "another-text": "the hash is of the text that was published",
    "bad-cursor": "a cursor of another list",
    "before-last-release": "releases are data",
    "cohort-not-published": "the cohorts of the lattice are data of a release",
    "bad-header": "a table is a text to a schema",
    "idempotency-key-missing": "trying it needs none",
    "idempotency-key-reused": "whether a key came before with another body",
    "in-the-future": "today is not in the document",
    "instrument-version-unknown": "instruments are data",
    "invalid_request": "OAuth: authentication in two ways at once",
    "invalid_scope": "OAuth: what the client's key has",
    "item-unknown": "the items are the instrument's",
    "missing-column": "a table is a text to a schema",
    "not-a-key": "whether numbers are a key of a curve",
    "not-csv": "a table is a text to a schema",
    "not-utf-8": "a table is a text to a schema",
    "not-xlsx": "a workbook is bytes to a schema",
    "not-allowed": "who asks decides which kinds of client there are to register",
    "not-for-kind": "fields of a client depend on its kind",
    "out-of-range": "days counted from today",
    "said-twice": "one of two fields, not both",
    "scope-not-allowed": "what the client's kind can have at most",
    "too-many": "the sum of several fields; one of two fields",
    "published": "which tables of cohorts there are is data of the lattice",
    "unknown-attribute": "attributes are data of the lattice",
    "unknown-column": "a table is a text to a schema",
    "unknown": "names of things that are not there",
}
"""Codes of errors, or slugs, that no schema can say, and why."""

LATER = {"use_after_free: DELETE /v1/organizations/{org}"}
"""Answered with 202: it will be erased, and is there until that day."""

REQUIRED_BY_OTHERS = {"", "/role", "/network", "/organization", "/data_use"}
"""Fields that another field's value makes necessary; the whole, where it is one of two fields."""

WHOLE = {"int-type", "level-not-integer"}
"""JSON Schema calls 1.0 an integer; we take those that are written as one."""

ACCEPTED = ["2xx", "3xx", "401", "403", "404", "409", "412", "429", "503"]
"""For good input: Schemathesis's own list, with 412, which is about what is there, without 5xx."""

WHOLE_BODY = "value-error"
"""Of an instrument: what its parts say to each other, such as levels without a gap."""


@dataclass
class Tally:
    """What came of a run."""

    cases: int = 0
    checks: Counter[str] = field(default_factory=Counter)
    statuses: Counter[int] = field(default_factory=Counter)
    failures: Counter[str] = field(default_factory=Counter)
    """By check and operation."""
    examples: dict[str, str] = field(default_factory=dict)
    """One request that failed so, and what came back."""
    errors: list[str] = field(default_factory=list)
    """What Schemathesis could not do."""
    reached: set[str] = field(default_factory=set)
    """Operations that answered a request with success."""

    def add(self, finished: events.ScenarioFinished) -> None:
        """Count one scenario."""
        recorder = finished.recorder
        self.cases += len(recorder.cases)
        for case_id, asked in recorder.interactions.items():
            if asked.response is not None:
                self.statuses[asked.response.status_code] += 1
                if asked.response.status_code < 300 and case_id in recorder.cases:
                    self.reached.add(recorder.cases[case_id].value.operation.label)
        for nodes in recorder.checks.values():
            for node in nodes:
                self.checks[node.name] += 1
                if node.failure_info is not None:
                    failure = node.failure_info.failure
                    what = f"{node.name}: {failure.operation}"
                    if what in LATER:
                        continue
                    self.failures[what] += 1
                    self.examples.setdefault(
                        what, f"{failure.message}\n{node.failure_info.code_sample}"
                    )


class RefusedForItsShapeError(Failure):
    """Good by the document, and refused for something that a schema could have said."""


@schemathesis.check
def refused_for_its_meaning(_: CheckContext, response: Response, case: Case[Any]) -> None:
    """Good input is refused with 400 or 422 only for reasons of ``MEANING``."""
    is_good = case.meta is not None and case.meta.generation.mode.is_positive
    if not is_good or response.status_code not in {400, 422}:
        return
    others = _codes(json.loads(response.content)) - MEANING.keys()
    if others:
        raise RefusedForItsShapeError(
            operation=case.operation.label,
            title="Good by the document, and refused",
            message=f"{sorted(others)}: {response.content[:500]!r}",
        )


def _codes(problem: Mapping[str, Any]) -> set[str]:
    """Of each error its code, but for what another field or the writing of a number explains."""
    if "errors" not in problem:
        return {problem.get("error") or problem["type"].removeprefix("/problems/")}
    return {
        f"{one['pointer']} {one['code']}" if one["code"] == "required" else one["code"]
        for one in problem["errors"]
        if not (one["code"] == "required" and one["pointer"] in REQUIRED_BY_OTHERS)
        and one["code"] not in WHOLE
        and (one["pointer"], one["code"]) != ("", WHOLE_BODY)
    }


def run(schema: BaseSchema, after_each: Callable[[], object] = lambda: None) -> Tally:
    """Everything that the schema's configuration asks for."""
    tally = Tally()
    for event in from_schema(schema).execute():
        if isinstance(event, events.ScenarioFinished):
            tally.add(event)
            after_each()
        elif isinstance(event, events.NonFatalError):
            tally.errors.append(f"{event.label}: {event.info.format()}")
        elif isinstance(event, events.FatalError):
            raise event.exception
    return tally


def configuration(world: World, who: str, document: Mapping[str, Any], **more: Any) -> Config:
    """Every check, as a party of the world; in paths the names of its things, now and then.

    Operations that show a client or a respondent otherwise than by a key get one of those.
    """
    load_all_checks()
    known = _names(world, document)
    bearer = {"headers": {"Authorization": f"Bearer {world.keys[who]}"}} if who else {}
    return Config.from_dict(
        {
            "seed": 1,
            # An instrument is a large thing to make up; how long that takes says nothing of us.
            "suppress-health-check": ["too_slow"],
            "continue-on-failure": True,
            **bearer,
            "dictionaries": {name: {"values": values} for name, values in known.items()},
            "parameters": {
                f"path.{name}": {"dictionary": name, "probability": 0.8} for name in known
            },
            # 400 and 422 are looked at by refused_for_its_meaning.
            "checks": {
                "positive_data_acceptance": {"expected-statuses": [*ACCEPTED, "400", "422"]}
            },
            "operations": [
                {
                    "include-name": operation.name,
                    "headers": {"Authorization": request.headers["authorization"].decode()},
                }
                for operation in operations(document)
                if who and not {"key"} >= operation.schemes
                for request, _ in [good_request(world, operation)]
            ],
            **more,
        }
    )


def _names(world: World, document: Mapping[str, Any]) -> dict[str, list[str]]:
    """For each parameter of paths, all that stands for it anywhere."""
    found: dict[str, set[str]] = {}
    for operation in operations(document):
        for name, text in names(world, operation).items():
            found.setdefault(name, set()).add(text.decode())
    return {name: sorted(texts) for name, texts in found.items()}
