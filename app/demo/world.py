"""Invented networks, hospitals and answers, the same for the same seed. Pure.

Answers come from a latent level: the hospital's own, its network's, the section's and the item's
difficulty, the respondent's role and person, and a slow rise from period to period.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

NETWORK_SIZES = (
    (9, 9, 8, 8, 7, 7) + (6,) * 3 + (5,) * 4 + (4,) * 5 + (3,) * 6 + (2,) * 10 + (1,) * 6
)
"""150 hospitals in 40 networks. The first hospital is the one that the demo's keys belong to."""
TAKES_PART = 0.86
"""Share of hospitals with an assessment in a period."""
REACHES_CONSENSUS = 0.2
TEACHES = 0.4
SHARES = 0.8
"""Share of hospitals whose network may see their figures."""

REGIONS = {
    "us_northeast": ("US", 25),
    "us_midwest": ("US", 30),
    "us_south": ("US", 40),
    "us_west": ("US", 30),
    "americas_other": ("MX", 25),
}
TYPES = {"acute": 72, "critical_access": 18, "childrens": 10}
OWNERS = {"nonprofit": 55, "public": 28, "for_profit": 17}
SIZES = {"under_100": 30, "100_299": 40, "300_plus": 30}
ROLES = {
    "administrative": (2, 0.25),
    "physician": (3, -0.30),
    "nursing": (3, -0.22),
    "board": (1, 0.32),
}
"""Usual number of respondents, and how much higher or lower they see things, in levels."""
SECTIONS = {
    "LP1": 0.25,
    "LP2": 0.0,
    "LP3": 0.1,
    "LP4": -0.45,
    "LP5": -0.35,
    "LP6": -0.1,
    "LP7": 0.05,
}
"""Boards set aims more readily than they bring in patients or the CFO."""
RISE = 0.14
"""Levels gained from one half-year to the next, on average."""


@dataclass(frozen=True, slots=True)
class Hospital:
    """An invented hospital; ``level`` is where it truly stands, 0..4."""

    external_id: str
    name: str
    network: int
    attributes: Mapping[str, str]
    level: float
    shares: bool


@dataclass(frozen=True, slots=True)
class World:
    """Networks by name, and the hospitals in them."""

    networks: Sequence[str]
    hospitals: Sequence[Hospital]


def make_world(material: Mapping[str, Any], seed: int) -> World:
    """The world of a seed, from the names in ``seed/demo.yaml``."""
    dice = random.Random(seed)  # noqa: S311 - a demo, not a secret
    networks = list(material["networks"])
    leaning = [dice.gauss(0, 0.25) for _ in networks]
    owners = [network for network, size in enumerate(NETWORK_SIZES) for _ in range(size)]
    hospitals = [
        _hospital(dice, material, number, network, leaning[network])
        for number, network in enumerate(owners)
    ]
    return World(networks, hospitals)


def _hospital(
    dice: random.Random, material: Mapping[str, Any], number: int, network: int, leaning: float
) -> Hospital:
    region = _weighted(dice, {name: weight for name, (_, weight) in REGIONS.items()})
    country = REGIONS[region][0]
    size, teaching = _weighted(dice, SIZES), "yes" if dice.random() < TEACHES else "no"
    language = "en" if country == "US" else "es"
    stem = material["hospital_stems"][number % len(material["hospital_stems"])]
    kind = dice.choice(material["hospital_kinds"][language])
    level = dice.gauss(1.75, 0.45) + leaning
    level += {"under_100": -0.12, "100_299": 0.0, "300_plus": 0.12}[size]
    return Hospital(
        external_id=f"H{number + 1:03d}",
        name=f"{stem} {kind}" if language == "en" else f"{kind} {stem}",
        network=network,
        attributes={
            "country": country,
            "region": region,
            "type": _weighted(dice, TYPES),
            "ownership": _weighted(dice, OWNERS),
            "size_band": size,
            "teaching": teaching,
        },
        level=level + (0.12 if teaching == "yes" else 0.0),
        shares=number == 0 or dice.random() < SHARES,
    )


def submissions(
    world: World,
    hospital: Hospital,
    period: int,
    items: Mapping[str, bool],
    material: Mapping[str, Any],
    seed: int,
) -> Iterator[dict[str, Any]]:
    """Bodies of the submissions of a hospital's team in a period, none if it takes no part.

    Args:
        world: of ``make_world``.
        hospital: one of the world's.
        period: 0, 1, 2 ...
        items: item code to whether it may be answered *not applicable*.
        material: of ``seed/demo.yaml``.
        seed: the world's.
    """
    dice = random.Random(f"{seed}:{hospital.external_id}:{period}")  # noqa: S311 - a demo
    if hospital is not world.hospitals[0] and dice.random() > TAKES_PART:
        return
    easy = random.Random(seed)  # noqa: S311 - a demo
    difficulty = {code: easy.gauss(0, 0.3) for code in items}
    now = hospital.level + RISE * period + dice.gauss(0, 0.12)
    seen = {code: now + SECTIONS[code.split(".")[0]] - difficulty[code] for code in items}
    for role, (usual, offset) in ROLES.items():
        for one in range(usual - (dice.random() < 0.25)):  # noqa: PLR2004 - now and then
            person = offset + dice.gauss(0, 0.35)
            yield {
                "mode": "individual",
                "role": role,
                "respondent": f"{role}-{one + 1}",
                "answers": _answers(
                    dice, seen, items, person, unsure=0.05 if role == "board" else 0.01
                ),
                **_remarks(dice, material),
            }
    if dice.random() < REACHES_CONSENSUS:
        yield {
            "mode": "consensus",
            "answers": _answers(dice, seen, items, 0.0, unsure=0.0),
            "focus": [_focus(dice, material, period)],
            **_remarks(dice, material),
        }


def _answers(
    dice: random.Random,
    seen: Mapping[str, float],
    items: Mapping[str, bool],
    person: float,
    *,
    unsure: float,
) -> dict[str, int | str]:
    answers: dict[str, int | str] = {}
    for code, level in seen.items():
        if items[code] and dice.random() < 0.06:  # noqa: PLR2004 - now and then
            answers[code] = "not_applicable"
        elif dice.random() < unsure:
            answers[code] = "dont_know"
        else:
            answers[code] = min(4, max(0, round(level + person + dice.gauss(0, 0.55))))
    return answers


def _remarks(dice: random.Random, material: Mapping[str, Any]) -> dict[str, Any]:
    """Evidence and next steps for a few items, as busy people write them."""
    notes = {}
    for code in dice.sample(sorted(material["evidence"]), 3):
        notes[code] = {
            "evidence": dice.choice(material["evidence"][code]),
            "next_step": dice.choice(material["next_steps"][code]),
        }
    return {"notes": notes}


def _focus(dice: random.Random, material: Mapping[str, Any], period: int) -> dict[str, Any]:
    chosen = dice.choice(material["focuses"])
    baseline = round(dice.uniform(*chosen["baseline"]), 1)
    change = dice.uniform(*chosen["change_percent"]) / 100
    sign = -1 if chosen["direction"] == "down" else 1
    return {
        "measure": chosen["measure"],
        "title": chosen["title"],
        "unit": chosen["unit"],
        "baseline": baseline,
        "aim": round(baseline * (1 + sign * change), 1),
        "by": f"{2027 + period // 2}-06-30",
    }


def _weighted(dice: random.Random, weights: Mapping[str, int]) -> str:
    return dice.choices(list(weights), list(weights.values()))[0]
