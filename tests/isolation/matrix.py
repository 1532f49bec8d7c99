"""What each operation answers to whom, judged by the facts in ``parties``."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from tests.isolation.parties import CONCERNED, HOSPITALS, KINDS, PARTIES, RELATIONS, party
from tests.isolation.world import World

Body = Callable[[World, str], Any]


class Answer(NamedTuple):
    """What has to come back: one of these statuses, and if it is a refusal, why."""

    statuses: Collection[int]
    slug: str = ""
    scope: str = ""
    """The scope that the refusal says is missing."""


def refused(status: int, slug: str, scope: str = "") -> Answer:
    """A refusal."""
    return Answer((status,), slug, scope)


UNKNOWN = refused(401, "unauthenticated")
MISSING = refused(404, "not-found")
INVALID = refused(422, "invalid")


def lacking(scope: str) -> Answer:
    """What a key without a scope is told."""
    return refused(403, "insufficient-scope", scope)


@dataclass(frozen=True, slots=True)
class Row:
    """One operation, or one way of asking for it. Without a scheme it is open to everybody."""

    scheme: str = "key"
    """How one shows who one is: an API key, a respondent's invitation, a client's id and key."""
    scope: str = ""
    about: str = ""
    """What the relation is to: in the path, or else in the body."""
    done: Collection[int] = (200,)
    only: Collection[str] = ()
    """Of the kinds that can have the scope, those that may; none: all of them."""
    instead: Mapping[str, Answer] = field(default_factory=dict)
    """What kinds of client are answered whatever they ask about."""
    identified: bool = False
    agreed: bool = False
    filled: bool = False
    """Needs rows that a hospital without an agreement cannot have."""
    child: str = ""
    """The parameter of a row below what it is about."""
    kind: str = ""
    """What that row is."""
    pushed: bool = False
    """Networks and partners find only the children that they made themselves."""
    reported: bool = False
    """What does not exist is told in a report and is no refusal."""
    query: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    body: Body | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


def tenant(
    scope: str, body: Body | None = None, done: tuple[int, ...] = (200,), **more: Any
) -> Row:
    """Something of an organization."""
    return Row(scope=scope, about="organization", body=body, done=done, **more)


ASKED = {
    "": ("none",),
    "organization": RELATIONS,
    "network": ("own", "foreign", "missing"),
    "client": (*RELATIONS, "itself"),
    "token": ("own", "foreign", "missing"),
    "import": ("own", "foreign", "missing"),
}
"""The relations that there are to what a row is about."""

NETWORKS = {"own": "A", "foreign": "B"}
CLIENTS = {"own": "organization", "sibling": "sibling's own", "foreign": "foreign's own"}


def asked(row: Row) -> Iterator[tuple[str, str]]:
    """Who is asked about what."""
    for who in PARTIES:
        yield from ((who, relation) for relation in ASKED[row.about])
    if row.about == "organization":
        for relation, concerned in CONCERNED.items():
            if relation != "unsigned" or not row.filled:
                yield from ((who, relation) for who in concerned)


def expected(row: Row, who: str, relation: str) -> Answer:
    """The one right answer."""
    return (
        _if_unknown(row, who)
        or _if_not_entitled(row, who)
        or _if_absent(row, who, relation)
        or _if_not_agreed(row, who, relation)
        or Answer(row.done)
    )


def _if_unknown(row: Row, who: str) -> Answer | None:
    known = {
        "": True,
        "invitation": who == "respondent",
        "client": party(who).kind != "",
        "key": party(who).kind != "",
    }
    if known[row.scheme]:
        return None
    return Answer((401,)) if row.scheme == "client" else UNKNOWN


def _if_not_entitled(row: Row, who: str) -> Answer | None:
    kind = party(who).kind
    if row.scheme != "key" or kind in row.instead:
        return row.instead.get(kind)
    if kind not in KINDS[row.scope]:
        return lacking(row.scope)
    return refused(403, "insufficient-scope") if row.only and kind not in row.only else None


def _if_absent(row: Row, who: str, relation: str) -> Answer | None:
    if row.scheme != "key" or not row.about or reaches(row.about, who, relation):
        return None
    return Answer(row.done) if row.reported else MISSING


def _if_not_agreed(row: Row, who: str, relation: str) -> Answer | None:
    hospital = HOSPITALS.get(relation)
    if hospital is None:
        return None
    if row.identified and party(who).kind == "network" and not hospital.shares:
        return refused(403, "not-shared")
    if row.agreed and hospital.closing:
        return refused(409, "organization-ending")
    return refused(403, "agreement-needed") if row.agreed and not hospital.signed else None


def reaches(about: str, who: str, relation: str) -> bool:
    """Whether the party deals with what the relation is to."""
    one = party(who)
    if about == "organization":
        return one.reaches(who, relation)
    if relation == "missing":
        return False
    if about == "network":
        return one.kind == "operator" or one.network == NETWORKS[relation]
    if about == "import":
        return relation == "own" and who == "organization"
    own = relation == "own" and one.kind == "organization"
    return relation == "itself" or one.kind == "operator" or own


def must_look_like(row: Row, who: str, relation: str) -> str:
    """Whether the reply must tell nothing more than the others of that name do."""
    one, answer = party(who), expected(row, who, relation)
    if answer == UNKNOWN:
        return "unknown"
    nothing = answer == MISSING or answer in row.instead.values()
    unreached = row.reported and not answer.slug and not reaches(row.about, who, relation)
    others = row.about == "token" and one.kind != "" and (who, relation) != ("organization", "own")
    return f"absent {row.about} for {who}" if nothing or unreached or others else ""
