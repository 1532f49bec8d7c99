"""What the gate says: findings about cells, and a report that can be published.

Neither holds a score, a width of a named organization or an organization's id: only counts, and
the smallest width.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any


class Rule(StrEnum):
    """What a finding is against; R and P numbers are those of ``privacy-security.md``."""

    CHANGES = "R3"
    ORGANIZATIONS = "R4"
    NETWORKS = "R5"
    ROUNDING = "R6"
    PERCENTILES = "R7"
    ITEMS = "items"
    DIFFERENCE = "P2"
    WITHHELD = "withheld"
    FORGOTTEN = "forgotten"
    INCONSISTENT = "inconsistent"
    DETERMINED = "determined"
    NARROW = "narrow"


DERIVED = frozenset({Rule.DIFFERENCE, Rule.DETERMINED, Rule.NARROW})
"""What cells tell together, though each by itself is as the rules say."""

RULES: Mapping[Rule, str] = {
    Rule.CHANGES: "a new value after too few changes, or a carried value that is not the last one",
    Rule.ORGANIZATIONS: "too few organizations for what is shown",
    Rule.NETWORKS: "too few networks, or one that dominates",
    Rule.ROUNDING: "a figure not rounded as the rules say, or one that tells of all alike",
    Rule.PERCENTILES: "percentiles not read from the released histogram",
    Rule.ITEMS: "an item's figure of another cohort than that of all",
    Rule.DIFFERENCE: "the difference of two cells, of one figure or several, tells of too few",
    Rule.WITHHELD: "a withheld cell shows a figure",
    Rule.FORGOTTEN: "a figure counts an organization that was, or is to be, erased",
    Rule.INCONSISTENT: "published figures that the scores do not give",
    Rule.DETERMINED: "scores follow exactly from means, were they not rounded",
    Rule.NARROW: "scores can be narrowed to less than the gate's width",
}
"""Each rule in words."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A cell at fault: ``organizations`` are in it, ``affected`` ones have something to fear.

    ``insider`` tells that it takes a network's pooled scores. ``figure`` and ``cohort`` are empty
    where the release as a whole is at fault.
    """

    rule: Rule
    release: int
    cohort: str
    figure: str
    organizations: int
    affected: int
    insider: bool = False

    def to_dict(self) -> dict[str, Any]:
        """The finding as JSON has it, with the rule in words."""
        return asdict(self) | {"rule": str(self.rule), "message": RULES[self.rule]}


@dataclass(frozen=True, slots=True)
class GateReport:
    """What the gate looked at and found.

    ``unknowns`` are (organization, submission, figure) scores; ``checked`` counts them once per
    knowledge of an attacker (none, and each network tried); ``method`` how many of these were
    proved wide by which proof. ``exactly_determined`` uses means as published, ``..._unrounded`` as
    though none had been rounded, both counted like ``checked``. Widths are in points; ``min_width``
    is over means, a lower bound where a proof was enough, ``None`` if the search was not reached.
    ``joint_...`` are about means and histograms together: all scores if ``joint_complete``, else
    those that swaps prove and a seeded sample of the others. ``complete`` is false where a refusal
    was certain before the end.
    """

    passed: bool
    releases: int
    organizations: int
    unknowns: int
    cells: int
    networks_tried: int
    exactly_determined: int
    exactly_determined_unrounded: int
    checked: int
    min_width: float | None
    method: Mapping[str, int]
    joint_checked: int
    joint_min_width: float | None
    joint_complete: bool
    complete: bool
    findings: tuple[Finding, ...] = field(default=())

    def to_dict(self) -> dict[str, Any]:
        """The report as JSON has it."""
        body = {name: getattr(self, name) for name in GateReport.__slots__}
        body["method"] = dict(self.method)
        return body | {"findings": [finding.to_dict() for finding in self.findings]}
