"""What a write does when nothing befalls it, to compare with when something does."""

import uuid

from app.audit import inspection
from app.audit.chain import Signer
from app.migrate import owner_connection
from tests.conftest import PEPPER, Service
from tests.effects import Effect, effect, rows
from tests.writes import KEYED, WRITES, Write

EXPORT = "POST /v1/organizations/{org}/exports"
"""It changes nothing: asked for again it is another look, and on the trail as such."""

WITHDRAWAL = "POST /v1/organizations/{org}/submissions/{submission_id}/withdrawal"
"""Carried out again it comes to the same; its answer is not kept."""

UNDISTURBED: dict[tuple[str, str], tuple[int, Effect]] = {}
"""By database and operation: status and effect."""


def make(operation: str, service: Service) -> Write:
    """A request, with an idempotency key where one is taken."""
    write = WRITES[operation](service)
    return write.keyed(str(uuid.uuid4())) if operation in KEYED else write


def undisturbed(operation: str, service: Service) -> tuple[int, Effect]:
    """Status and effect of such a request, as often as it is asked for carried out once."""
    asked = service.database, operation
    if asked not in UNDISTURBED:
        write = make(operation, service)
        before = rows(service)
        reply = write.send()
        assert reply.is_success, reply.text
        UNDISTURBED[asked] = reply.status_code, effect(before, rows(service))
    return UNDISTURBED[asked]


def broken_chains(service: Service) -> list[str]:
    """What `palanca audit verify` would say."""
    with owner_connection(service.settings) as connection:
        found = inspection.check_all(connection, Signer(PEPPER.encode()))
    assert found.events
    return [str(one) for one in found.broken]
