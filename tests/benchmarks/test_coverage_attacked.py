"""What members are told of a sample, over HTTP, where it would be about few."""

from tests.benchmarks.test_consent import sign
from tests.benchmarks.test_coverage import (
    BLINDED,
    FLAGGED,
    NO,
    SIZE,
    YES,
    bands,
    begun,
    built,
    cells,
    told,
)
from tests.conftest import Service


def test_nine_that_do_not_take_part_are_few(fresh_service: Service) -> None:
    world = begun(fresh_service, FLAGGED, SIZE + 9)
    for number in BLINDED[:9]:
        sign(world, number, benchmark=False)
    built(world)

    # Nine of 69, of eight networks: who knows a network of these knows nearly all.
    assert told(world)["not_taking_part"] == {"band": "under_5_or_few", "as_of_release": 1}


def test_two_cohorts_that_are_nearly_the_same_do_not_name_one(fresh_service: Service) -> None:
    public = {*NO[1:], YES[0]}  # teaching:no has H0 in the place of H1
    world = begun(fresh_service, {YES[0], *NO[1:4]})
    with fresh_service.superuser() as database:
        database.execute(
            'UPDATE organization SET attributes = attributes || \'{"ownership": "public"}\''
            " WHERE id = ANY (%s)",
            [[world.organizations[number].id for number in public]],
        )
        # Of the others in its network, who knows one of the two would tell the other's score.
        database.execute(
            "UPDATE organization SET network_id = NULL WHERE external_id IN ('H0', 'H1')"
        )
    built(world)

    # Half of the answers of four in twenty, and of three: the difference is H1.
    assert cells(world)["teaching:no"]["status"] == "published"
    assert bands(world)["ownership:public"] == ("10_to_20", 1)
    assert bands(world)["teaching:no"] == (None, None)
