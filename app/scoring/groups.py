"""Comparing the roles of one team without showing fewer than a minimum of people.

Per figure, respondents fall into *voting groups*, each at least the minimum: a role that is large
enough stands alone; the others are pooled; a pool that is too small takes in the smallest standing
role, which then is not shown by itself. All that is shown of a figure (mean, role-balanced mean,
role means, counts) is made of whole groups' sums. So no subtraction can reach fewer people.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from app.scoring.figure import Figure, Withheld

MIN_GROUP = 3
"""The floor under any setting: with two, each member reads the other's answer from the mean."""

Number = int | Fraction


@dataclass(frozen=True, slots=True)
class GroupFigure:
    """A role's mean, or, with `role` ``None``, that of all others together.

    `n` is ``None`` where the role is not shown by itself. Not even its size is, nor whether it is
    one of the small ones or the one that covers them: either would give the other away.
    """

    role: str | None
    n: int | None
    mean: Figure


@dataclass(frozen=True, slots=True)
class Gap:
    """The distance between the highest and the lowest role shown by itself, and which they are."""

    figure: Figure
    highest: str | None = None
    lowest: str | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """A figure over a team: all respondents, each group one vote, and role by role.

    `groups` has every role of the team by name, then the others together if there are any.
    """

    n: int
    mean: Figure
    role_balanced: Figure
    groups: tuple[GroupFigure, ...]
    gap: Gap

    def to_dict(self, min_group: int, name: str = "score") -> dict[str, object]:
        """For JSON; `name` is the key of the rounded numbers."""
        return {
            **count(self.n, min_group),
            "mean": self.mean.to_dict(name),
            "role_balanced": self.role_balanced.to_dict(name),
            "roles": [
                {"role": group.role, "n": group.n, **group.mean.to_dict(name)}
                for group in self.groups
            ],
            "gap": {
                **self.gap.figure.to_dict(name),
                "highest": self.gap.highest,
                "lowest": self.gap.lowest,
            },
        }


def count(n: int, min_group: int) -> dict[str, object]:
    """A number of people for JSON: exact from `min_group` on, else only "fewer than" it."""
    few = n < min_group
    return {"n": None if few else n, "fewer_than": min_group if few else None}


def voting_groups(counts: Mapping[str, int], *, min_group: int) -> tuple[tuple[str, ...], ...]:
    """The roles of each voting group, from the number of respondents per role.

    Every group has `min_group` people or more; none at all if the team has fewer. A group of one
    role may be shown by itself. Ties for the smallest role go by name.
    """
    if sum(counts.values()) < min_group:
        return ()
    standing = sorted((n, role) for role, n in counts.items() if n >= min_group)
    pool = [role for role, n in counts.items() if 0 < n < min_group]
    if 0 < sum(counts[role] for role in pool) < min_group:
        pool.append(standing.pop(0)[1])
    alone = sorted((role,) for _, role in standing)
    return (*alone, tuple(sorted(pool))) if pool else tuple(alone)


def compare(values: Mapping[str, Sequence[Number]], *, min_group: int) -> Comparison:
    """The comparison of one figure; `values` are respondents' values by role.

    Name every role of the team, those without a value too.
    """
    counts = {role: len(found) for role, found in values.items()}
    groups = voting_groups(counts, min_group=min_group)
    n = sum(counts.values())
    if not groups:
        few = Figure(None, Withheld.TOO_FEW_RESPONDENTS)
        return assemble(n, few, few, {}, sorted(values))
    sums = [sum(sum(values[role], Fraction(0)) for role in group) for group in groups]
    sizes = [sum(counts[role] for role in group) for group in groups]
    means = [Fraction(total) / size for total, size in zip(sums, sizes, strict=True)]
    shown = {
        group[0] if len(group) == 1 else None: (size, mean)
        for group, size, mean in zip(groups, sizes, means, strict=True)
    }
    everyone = Figure(Fraction(sum(sums)) / n)
    balanced = Figure(sum(means, Fraction(0)) / len(means))
    return assemble(n, everyone, balanced, shown, sorted(values))


def assemble(
    n: int,
    mean: Figure,
    role_balanced: Figure,
    shown: Mapping[str | None, tuple[int, Fraction]],
    roles: Sequence[str],
) -> Comparison:
    """A comparison of what is shown (role, or ``None`` for the others: size, mean) of `roles`."""
    few = Figure(None, Withheld.NOT_ALONE)
    named: list[str | None] = [*roles, *([None] if None in shown else [])]
    groups = tuple(
        GroupFigure(role, shown[role][0], Figure(shown[role][1]))
        if role in shown
        else GroupFigure(role, None, few)
        for role in named
    )
    return Comparison(n, mean, role_balanced, groups, _gap(groups))


def _gap(groups: Sequence[GroupFigure]) -> Gap:
    means = sorted(
        (group.mean.fraction, group.role)
        for group in groups
        if group.role is not None and group.mean.fraction is not None
    )
    if len(means) <= 1:
        return Gap(Figure(None, Withheld.TOO_FEW_ROLES))
    (lowest, low), (highest, high) = means[0], means[-1]
    return Gap(Figure(highest - lowest), highest=high, lowest=low)
