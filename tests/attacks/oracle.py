"""P6: answer again and again, and look how the own rank moves."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from app.benchmarks.disclosure.cells import Cell
from app.benchmarks.position import place
from tests.attacks.algebra import Floats
from tests.attacks.results import Result
from tests.attacks.world import History

NAMES = ("p10", "p25", "p50", "p75", "p90")


def pure(score: float, cell: Mapping[str, Any]) -> tuple[str, tuple[str, float] | None]:
    """The band and the next mark, from the own score and the published cell alone."""
    marks = [(n, cell["percentiles"][n]) for n in NAMES if cell["percentiles"][n] is not None]
    if not marks:
        return "withheld", None
    below = [name for name, value in marks if value <= score]
    above = [(name, round(value - score, 2)) for name, value in marks if value > score]
    if not below:
        return f"below_{marks[0][0]}", above[0]
    if not above:
        return f"above_{marks[-1][0]}", None
    return f"{below[-1]}_{above[0][0]}", above[0]


def asked(score: float, cell: Cell) -> tuple[str, tuple[str, float] | None]:
    """What the service says."""
    told = place(cell.figure, score, cell)
    ahead = told["next"]
    return told["band"], ahead and (ahead["percentile"], ahead["points"])


def probe(history: History, submissions: int = 500) -> list[Result]:
    """Every cell of the last release, and a live rank to compare with."""
    part = history.outcomes[-1].part
    cells = part.cells.cells if part else ()
    tries = np.linspace(0, 100, submissions).tolist()
    wrong = sum(
        asked(score, cell) != pure(score, cell.to_dict()) for cell in cells for score in tries
    )
    peers = _peers(history)
    recovered, probes = _live(peers, submissions)
    return [
        Result(
            "P6",
            f"{submissions} submissions against each of {len(cells)} cells of the last release:"
            f" is the answer a function of own score and published cell? Naive: live rank among"
            f" {len(peers)} peers",
            f"{recovered} of {len(peers)} peers' scores to 0.1 points in {probes} submissions",
            f"{wrong} answers of {len(cells) * submissions} differ from the pure function: 0 bits"
            if not wrong
            else f"{wrong} answers differ from the pure function",
            "0 bits",
            naive_beaten=recovered == len(peers),
            passed=wrong == 0 and len(cells) > 0,
        )
    ]


def _peers(history: History, number: int = 40) -> Floats:
    rows = history.of("overall")
    smallest = min(rows, key=lambda row: len(row.members))
    return np.array([history.people[i].scores["overall"] for i in smallest.members[:number]])


def _live(peers: Floats, most: int) -> tuple[int, int]:
    """How many scores a live rank gives away by halving, and in how many probes."""
    asked_so_far: dict[float, int] = {}

    def rank(score: float) -> int:
        return asked_so_far.setdefault(score, int((peers < score).sum()))

    open_ = [(0.0, 100.1)]
    found = 0
    while open_ and len(asked_so_far) < most:
        low, high = open_.pop(0)
        between = rank(high) - rank(low)
        if not between:
            continue
        if high - low <= 0.2:
            found += between
        else:
            open_ += [(low, (low + high) / 2), ((low + high) / 2, high)]
    return found, len(asked_so_far)
