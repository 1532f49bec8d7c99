"""SMART's names for what ours mean: ``system/QuestionnaireResponse.rs`` is to read submissions."""

import re
from collections.abc import Iterable

from app.access.permissions import Permission

_READ, _WRITE = "rs", "cu"
_MEANT: dict[tuple[str, str], frozenset[Permission]] = {
    ("Questionnaire", _READ): frozenset(),  # open to everybody
    ("QuestionnaireResponse", _READ): frozenset({Permission.SUBMISSIONS_READ}),
    ("QuestionnaireResponse", _WRITE): frozenset({Permission.SUBMISSIONS_WRITE}),
    ("Observation", _READ): frozenset({Permission.SUBMISSIONS_READ, Permission.ASSESSMENTS_READ}),
    ("Organization", _READ): frozenset({Permission.ORGANIZATIONS_READ}),
}
_OF_VERSION_1 = {"read": _READ, "write": _WRITE}

OFFERED = (
    "system/Observation.rs",
    "system/Organization.r",
    "system/Questionnaire.rs",
    "system/QuestionnaireResponse.crus",
)
"""Those that we tell of; their parts, and the words of SMART's version 1, are known too."""


def is_smart(scope: str) -> bool:
    """Whether it is one of SMART's names, known or not."""
    return scope.startswith("system/")


def meant(scopes: Iterable[str]) -> frozenset[str]:
    """The same in our names; one of SMART's that means nothing here stays as it is."""
    return frozenset().union(*map(_meant, scopes))


def _meant(scope: str) -> frozenset[str]:
    found = re.fullmatch(r"system/(\w+)\.(read|write|c?r?u?s?)", scope)
    if found is None or not found[2]:
        return frozenset({scope})
    letters = set(_OF_VERSION_1.get(found[2], found[2]))
    uses = [use for use in (_READ, _WRITE) if letters & set(use)]
    if any((found[1], use) not in _MEANT for use in uses):
        return frozenset({scope})
    return frozenset().union(*(_MEANT[found[1], use] for use in uses))
