"""A partner app pushes for those that let it, and by their ids."""

from tests.assessments.asking import standing
from tests.conftest import Service
from tests.imports.asking import codes, line, push, report
from tests.organizations.test_grants import give, partner_of


def test_a_partner_pushes_for_whom_it_may(service: Service) -> None:
    writes, reads, stranger = (service.organization() for _ in range(3))
    partner, client = partner_of(service)
    give(writes, partner, scopes=["submissions:write"])
    give(reads, partner, scopes=["submissions:read"])
    about = [writes.id, reads.id, stranger.id, writes.row["external_id"]]

    told = report(push(client, [line(f"x{n}", organization=one) for n, one in enumerate(about)]))

    assert [one["status"] for one in told] == ["accepted", *["rejected"] * 3]
    assert [codes(one) for one in told[1:]] == [
        {("/organization", "insufficient-scope")},
        {("/organization", "not-found")},
        {("/organization", "ambiguous-reference")},
    ]
    assert (standing(service, writes.id), standing(service, reads.id)) == (1, 0)
