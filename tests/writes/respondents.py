"""What a respondent writes, with an invitation's token."""

from tests.conftest import Service
from tests.writes import hospitals
from tests.writes.write import Maker, Write


def answer(service: Service) -> Write:
    invited = hospitals.invite(service).send().json()["data"]
    body = {"answers": {"A1": 1, "A2": 2, "B1": 3, "B2": 4}}
    other = {"answers": {"A1": 4, "A2": 2, "B1": 3, "B2": 4}}
    client = service.as_(invited[0]["token"])
    return Write(client, "/v1/invitation/submission", body, other)


WRITES: dict[str, Maker] = {"POST /v1/invitation/submission": answer}
