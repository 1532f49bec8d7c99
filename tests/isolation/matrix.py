"""What each operation answers to whom, judged by the facts in ``parties``."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from tests.isolation.parties import CONCERNED, HOSPITALS, KINDS, PARTIES, RELATIONS, party
from tests.isolation.world import World

Body = Callable[[World, str], Any]


class Answer(NamedTuple):
    """What has to come back: one of these statuses, and the problem if it is a refusal."""

    statuses: Collection[int]
    slug: str = ""


def refused(status: int, slug: str) -> Answer:
    """A refusal."""
    return Answer((status,), slug)


UNKNOWN = refused(401, "unauthenticated")
FORBIDDEN = refused(403, "insufficient-scope")
MISSING = refused(404, "not-found")
INVALID = refused(422, "invalid")


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


ASKED = {
    "": ("none",),
    "organization": RELATIONS,
    "network": ("own", "foreign", "missing"),
    "client": (*RELATIONS, "itself"),
    "token": ("own", "foreign", "missing"),
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
    one = party(who)
    if row.scheme == "":
        return Answer(row.done)
    if row.scheme == "invitation":
        return Answer(row.done) if who == "respondent" else UNKNOWN
    if row.scheme == "client":
        return Answer(row.done) if one.kind else Answer((401,))
    if not one.kind:
        return UNKNOWN
    if one.kind not in KINDS[row.scope] or (row.only and one.kind not in row.only):
        return FORBIDDEN
    if one.kind in row.instead:
        return row.instead[one.kind]
    if row.about and not reaches(row.about, who, relation):
        return Answer(row.done) if row.reported else MISSING
    return _allowed(row, who, relation) if row.about == "organization" else Answer(row.done)


def reaches(about: str, who: str, relation: str) -> bool:
    """Whether the party deals with what the relation is to."""
    one = party(who)
    if about == "organization":
        return one.reaches(who, relation)
    if relation == "missing":
        return False
    if about == "network":
        return one.kind == "operator" or one.network == NETWORKS[relation]
    own = relation == "own" and one.kind == "organization"
    return relation == "itself" or one.kind == "operator" or own


def _allowed(row: Row, who: str, relation: str) -> Answer:
    hospital = HOSPITALS[relation]
    if row.identified and party(who).kind == "network" and not hospital.shares:
        return refused(403, "not-shared")
    if row.agreed and hospital.closing:
        return refused(409, "organization-ending")
    if row.agreed and not hospital.signed:
        return refused(403, "agreement-needed")
    return Answer(row.done)


def is_absent(row: Row, who: str, relation: str) -> bool:
    """Whether what is asked about must look like nothing at all."""
    if row.about == "token":
        return party(who).kind != "" and (who, relation) != ("organization", "own")
    answer = expected(row, who, relation)
    if row.reported and not answer.slug:
        return not reaches(row.about, who, relation)
    return answer == MISSING or answer in row.instead.values()
