"""What an organization writes about itself and its assessments."""

from datetime import UTC, datetime
from typing import Any

from app.access.models import Kind
from tests.clients.asking import register
from tests.conftest import Service
from tests.inputs import INSTRUMENT
from tests.writes.write import Maker, Write

ANSWERS: dict[str, Any] = {
    "instrument": INSTRUMENT["instrument"],
    "version": INSTRUMENT["version"],
    "period": "2025-H2",
    "role": "nursing",
    "answers": {"A1": 1, "A2": 2, "B1": 3, "B2": 4},
}

THIS_YEAR = str(datetime.now(UTC).year)
"""Too fresh for a release."""


def sign_agreement(service: Service) -> Write:
    organization = service.organization()
    path = f"{organization.path}/agreements"
    [signed, *_] = organization.client.get(path).json()["data"]
    flags = ("benchmark", "research", "partner", "share_with_network")
    fields = ("agreement_version", "text_sha256", "signed_by", "signed_on", *flags)
    body = {one: signed[one] for one in fields} | {"share_with_network": True}
    return Write(organization.client, path, body, {**body, "research": False})


def give_grant(service: Service) -> Write:
    organization = service.organization()
    body = {"partner": register(service, Kind.PARTNER).id, "scopes": ["submissions:write"]}
    return Write(organization.client, f"{organization.path}/grants", body, {**body, "days": 9})


def revoke_grant(service: Service) -> Write:
    given = give_grant(service)
    return Write(given.client, given.send().headers["Location"], method="DELETE")


def submit(service: Service) -> Write:
    organization = service.organization()
    path = f"{organization.path}/submissions"
    return Write(organization.client, path, ANSWERS, {**ANSWERS, "role": "physician"})


def push_many(service: Service) -> Write:
    organization = service.organization()
    lines = [{**ANSWERS, "external_id": f"r-{number}"} for number in range(3)]
    return Write(organization.client, "/v1/imports?mode=commit", lines, lines[:1])


def cancel(service: Service) -> Write:
    pushed = push_many(service)
    made = pushed.keyed("to be cancelled").send().json()["id"]
    with service.superuser() as database:
        database.execute(
            "UPDATE import_run SET status = 'queued', finished_at = NULL WHERE id = %s", [made]
        )
    return Write(pushed.client, f"/v1/imports/{made}/cancel")


def withdraw(service: Service) -> Write:
    organization = service.organization()
    made = organization.submit().json()["id"]
    return Write(organization.client, f"{organization.path}/submissions/{made}/withdrawal")


def lock(service: Service) -> Write:
    organization = service.organization()
    for _ in range(3):
        organization.submit(period=THIS_YEAR)
    return Write(organization.client, f"{organization.path}/assessments/{THIS_YEAR}/lock")


def export(service: Service) -> Write:
    organization = service.organization()
    organization.submit(respondent="p")
    path = f"{organization.path}/exports"
    return Write(organization.client, path, {"respondent": "p"}, {"respondent": "q"})


def erase_respondent(service: Service) -> Write:
    organization = service.organization()
    organization.submit(respondent="p")
    path = f"{organization.path}/erasures"
    return Write(organization.client, path, {"respondent": "p"}, {"respondent": "q"})


def erase_organization(service: Service) -> Write:
    organization = service.organization()
    organization.submit()
    return Write(organization.client, organization.path, method="DELETE")


def call_off(service: Service) -> Write:
    erasure = erase_organization(service)
    return Write(erasure.client, erasure.send().headers["Location"], method="DELETE")


def invite(service: Service) -> Write:
    organization = service.organization()
    body = {
        "instrument": INSTRUMENT["instrument"],
        "version": INSTRUMENT["version"],
        "roles": {"nursing": 2},
    }
    path = f"{organization.path}/assessments/2025-H2/invitations"
    return Write(organization.client, path, body, {**body, "days": 9})


def revoke_invitation(service: Service) -> Write:
    invited = invite(service)
    [one, _] = invited.send().json()["data"]
    return Write(invited.client, f"{invited.path}/{one['id']}", method="DELETE")


def follow_measure(service: Service) -> Write:
    organization = service.organization()
    body = {"code": "falls", "title": "Falls", "unit": "a month", "direction": "lower"}
    return Write(organization.client, f"{organization.path}/measures", body, {**body, "code": "b"})


def observe(service: Service) -> Write:
    measure = follow_measure(service)
    path = f"{measure.send().headers['Location']}/observations"
    body = {"observations": [{"period": "2025-03", "value": 3}]}
    return Write(measure.client, path, body, {"observations": [{"period": "2025-04", "value": 3}]})


def set_aim(service: Service) -> Write:
    measure = follow_measure(service)
    measure.send()
    dates = {"from_on": "2025-01-01", "by": "2026-12-31"}
    body = {"title": "Fewer", "measure": "falls", "baseline": 4, "target": 2, **dates}
    path = measure.path.replace("measures", "aims")
    return Write(measure.client, path, body, {**body, "target": 1})


def change_aim(service: Service) -> Write:
    aim = set_aim(service)
    path = aim.send().headers["Location"]
    return Write(aim.client, path, {"title": "Fewer falls"}, {"title": "None"}, method="PATCH")


def plan_test(service: Service) -> Write:
    aim = set_aim(service)
    named = aim.send().json()["id"]
    said = {"title": "Rounds", "prediction": "Fewer", "plan": "One", "starts_on": "2025-02-01"}
    body = {"aim": named, **said}
    return Write(aim.client, aim.path.replace("aims", "tests"), body, {**body, "scale": "unit"})


def study_test(service: Service) -> Write:
    planned = plan_test(service)
    path = f"{planned.send().headers['Location']}/study"
    said = {"happened": "Two falls", "study": "As predicted", "decision": "adopt"}
    body = {"ended_on": "2025-02-03", **said}
    return Write(planned.client, path, body, {**body, "decision": "adapt"})


PRACTICE: dict[str, Any] = {
    "title": "Rounds",
    "what": "Somebody looks in every hour",
    "context": "A ward of twenty beds",
    "elements": ["seven-leverage-points:LP6"],
    "cost": "none",
    "effort": "weeks",
    "steps": ["Begin with one night"],
}


def write_practice(service: Service) -> Write:
    organization = service.organization()
    path = f"{organization.path}/practices"
    return Write(organization.client, path, PRACTICE, {**PRACTICE, "cost": "low"})


def rewrite_practice(service: Service) -> Write:
    written = write_practice(service)
    path = written.send().headers["Location"]
    other = {**PRACTICE, "cost": "high"}
    return Write(written.client, path, {**PRACTICE, "cost": "low"}, other, method="PUT")


def hand_in_practice(service: Service) -> Write:
    written = write_practice(service)
    return Write(written.client, f"{written.send().headers['Location']}/submission")


def withdraw_practice(service: Service) -> Write:
    written = write_practice(service)
    return Write(written.client, f"{written.send().headers['Location']}/withdrawal")


def decide_practice(service: Service) -> Write:
    handed_in = hand_in_practice(service)
    handed_in.send()
    path = handed_in.path.replace("/submission", "/decision")
    other = {"decision": "return", "remark": "Say how long it took"}
    return Write(service.operator, path, {"decision": "accept"}, other)


def adopt(service: Service) -> Write:
    accepted = decide_practice(service)
    body = {"practice": accepted.send().json()["published"], "started_on": "2025-03-01"}
    organization = service.organization()
    path = f"{organization.path}/adoptions"
    return Write(organization.client, path, body, {**body, "started_on": "2025-04-01"})


def end_adoption(service: Service) -> Write:
    adopted = adopt(service)
    path = f"{adopted.send().headers['Location']}/ending"
    body = {"ending": "done", "ended_on": "2025-09-01", "outcome": "no_change"}
    return Write(adopted.client, path, body, {**body, "outcome": "worse"})


LIBRARY = "/v1/organizations/{org}/practices"
ROUND = "/v1/organizations/{org}/assessments/{assessment}"

WRITES: dict[str, Maker] = {
    "POST /v1/organizations/{org}/agreements": sign_agreement,
    "POST /v1/organizations/{org}/grants": give_grant,
    "DELETE /v1/organizations/{org}/grants/{grant_id}": revoke_grant,
    "POST /v1/organizations/{org}/submissions": submit,
    "POST /v1/imports": push_many,
    "POST /v1/imports/{import_id}/cancel": cancel,
    "POST /v1/organizations/{org}/submissions/{submission_id}/withdrawal": withdraw,
    f"POST {ROUND}/lock": lock,
    f"POST {ROUND}/invitations": invite,
    f"DELETE {ROUND}/invitations/{{invitation_id}}": revoke_invitation,
    "POST /v1/organizations/{org}/measures": follow_measure,
    "POST /v1/organizations/{org}/measures/{measure}/observations": observe,
    "POST /v1/organizations/{org}/aims": set_aim,
    "PATCH /v1/organizations/{org}/aims/{aim_id}": change_aim,
    "POST /v1/organizations/{org}/tests": plan_test,
    "POST /v1/organizations/{org}/tests/{test_id}/study": study_test,
    f"POST {LIBRARY}": write_practice,
    f"PUT {LIBRARY}/{{practice_id}}": rewrite_practice,
    f"POST {LIBRARY}/{{practice_id}}/submission": hand_in_practice,
    f"POST {LIBRARY}/{{practice_id}}/withdrawal": withdraw_practice,
    f"POST {LIBRARY}/{{practice_id}}/decision": decide_practice,
    "POST /v1/organizations/{org}/adoptions": adopt,
    "POST /v1/organizations/{org}/adoptions/{adoption_id}/ending": end_adoption,
    "POST /v1/organizations/{org}/exports": export,
    "POST /v1/organizations/{org}/erasures": erase_respondent,
    "DELETE /v1/organizations/{org}": erase_organization,
    "DELETE /v1/organizations/{org}/erasures/{erasure_id}": call_off,
}
