"""A valid request for every operation that writes, with all that it needs set up before."""

from tests.writes import clients, hospitals, operators, respondents
from tests.writes.write import OPERATIONS, Maker, Write

__all__ = ["KEYED", "OPERATIONS", "WRITES", "Write"]

WRITES: dict[str, Maker] = {
    **operators.WRITES,
    **clients.WRITES,
    **hospitals.WRITES,
    **respondents.WRITES,
}
"""By operation: sets up what is needed, and gives the request."""

KEYED = sorted(
    name
    for name, operation in OPERATIONS.items()
    if any(one["name"].lower() == "idempotency-key" for one in operation.get("parameters", ()))
)
"""Operations that take an idempotency key."""
