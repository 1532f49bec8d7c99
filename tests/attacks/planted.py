"""P13: releases known to be bad, which the gate must refuse, or it proves nothing."""

from app.benchmarks.disclosure.gate import gate
from tests.attacks.results import Result
from tests.attacks.world import RULES
from tests.benchmarks.test_gate_planted import PLANTED
from tests.benchmarks.test_gate_world import World, build


def plant() -> list[Result]:
    """Each planted history, and an honest one that must pass."""
    names = [str(one.id) for one in PLANTED]
    reports = [gate(one.values[0](), RULES) for one in PLANTED]  # type: ignore[operator]
    missed = [
        name
        for name, report in zip(names, reports, strict=True)
        if report.passed or not report.findings
    ]
    honest = World(120, 40, 2)
    sound = gate([build(honest.submit(range(120), 1, ["overall"]), figures=["overall"])], RULES)
    return [
        Result(
            "P13",
            f"{len(names)} histories with a planted fault: {', '.join(names)}",
            f"{len(names)} published (no gate)",
            f"{len(names) - len(missed)} of {len(names)} refused; an honest one"
            f" {'passes' if sound.passed else 'is refused'}",
            "all refused, the honest one not",
            naive_beaten=len(names) >= 10,
            passed=not missed and sound.passed,
        )
    ]
