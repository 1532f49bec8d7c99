"""Hospitals that are probably one and the same, for a person to look at. Pure; merges nothing.

A name alone says little: of the 5,381 hospitals in a register of the United States 210 share
theirs with another one, and one pair of them is in one town. So a name counts together with the
narrowest place that is known; mere namesakes elsewhere are counted and not listed.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

SAME_WORD = {
    "centre": "center",
    "ctr": "center",
    "hosp": "hospital",
    "med": "medical",
    "mount": "mt",
    "saint": "st",
    "and": "",
    "the": "",
}
"""Words that registers write in more than one way."""

APOSTROPHES = "'`\u2019"


class Reason(StrEnum):
    """What makes hospitals look like one."""

    SAME_IDENTIFIER = "same-identifier"
    SAME_NAME_AND_CITY = "same-name-and-city"
    SAME_NAME_AND_STATE = "same-name-and-state"
    SAME_NAME_AND_REGION = "same-name-and-region"
    SAME_NAME = "same-name"
    """And nothing is known of where any of them is."""


@dataclass(frozen=True, slots=True)
class Hospital:
    """What a hospital can be told by; ``line`` is None for one that was there before."""

    line: int | None
    id: UUID | None
    external_id: str
    name: str
    identifiers: frozenset[str] = frozenset()
    """As ``system:number``."""
    city: str | None = None
    state: str | None = None
    region: str | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """Hospitals that share what one hospital would have, at least one of them new."""

    reason: Reason
    shared: str
    members: Sequence[Hospital]


@dataclass(frozen=True, slots=True)
class Found:
    """Groups, and how many lines have a name that is also another's, elsewhere."""

    groups: Sequence[Group]
    namesakes_elsewhere: int


def plain(text: str) -> str:
    """A name without what registers write differently: case, accents, dots, short forms."""
    folded = unicodedata.normalize("NFKD", text.casefold())
    kept = "".join(
        one for one in folded if not unicodedata.combining(one) and one not in APOSTROPHES
    )
    words = (SAME_WORD.get(word, word) for word in re.findall(r"[^\W_]+", kept))
    return " ".join(word for word in words if word)


def find(lines: Sequence[Hospital], there: Sequence[Hospital]) -> Found:
    """All groups with at least one line in them, those that say most first.

    Args:
        lines: what comes in.
        there: what is registered already and none of the lines is about.
    """
    hospitals = [*lines, *there]
    groups = list(_same_identifier(hospitals))
    elsewhere = 0
    for name, namesakes in _by(lambda one: plain(one.name), hospitals).items():
        if not _is_news(namesakes):
            continue
        near = list(_same_place(name, namesakes))
        listed = {id(one) for group in near for one in group.members}
        elsewhere += sum(one.line is not None and id(one) not in listed for one in namesakes)
        groups += near
    return Found(sorted(groups, key=lambda group: list(Reason).index(group.reason)), elsewhere)


def _by(
    key: Callable[[Hospital], str | None], hospitals: Sequence[Hospital]
) -> dict[str, list[Hospital]]:
    groups: dict[str, list[Hospital]] = defaultdict(list)
    for one in hospitals:
        if value := key(one):
            groups[value].append(one)
    return groups


def _same_identifier(hospitals: Sequence[Hospital]) -> Iterator[Group]:
    holders: dict[str, list[Hospital]] = defaultdict(list)
    for one in hospitals:
        for identifier in one.identifiers:
            holders[identifier].append(one)
    for identifier, members in sorted(holders.items()):
        if _is_news(members):
            yield Group(Reason.SAME_IDENTIFIER, identifier, members)


def _city(one: Hospital) -> str | None:
    return one.city and f"{plain(one.city)}, {plain(one.state or '')}"


def _state(one: Hospital) -> str | None:
    return one.state and plain(one.state)


def _nowhere(one: Hospital) -> str | None:
    return None if one.city or one.state or one.region else "nowhere"


PLACES: tuple[tuple[Reason, Callable[[Hospital], str | None]], ...] = (
    (Reason.SAME_NAME_AND_CITY, _city),
    (Reason.SAME_NAME_AND_STATE, _state),
    (Reason.SAME_NAME_AND_REGION, lambda one: one.region),
    (Reason.SAME_NAME, _nowhere),
)


def _same_place(name: str, namesakes: Sequence[Hospital]) -> Iterator[Group]:
    """Groups of one name, from the narrowest place to the widest; each set of hospitals once."""
    told: set[frozenset[int]] = set()
    for reason, place in PLACES:
        for where, members in _by(place, namesakes).items():
            same = frozenset(map(id, members))
            if not _is_news(members) or same in told or not _is_open(reason, members):
                continue
            told.add(same)
            yield Group(reason, name if reason is Reason.SAME_NAME else f"{name}, {where}", members)


def _is_news(members: Sequence[Hospital]) -> bool:
    return len(members) > 1 and any(one.line is not None for one in members)


def _is_open(reason: Reason, members: Sequence[Hospital]) -> bool:
    """A region says nothing more where the states of all are known."""
    return reason is not Reason.SAME_NAME_AND_REGION or any(not one.state for one in members)
