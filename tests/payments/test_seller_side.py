"""What left the platform arrives at sellers' accounts, and what was taken there arrives here."""

from datetime import timedelta

import pytest

from polidat.payments import check_seller_side, refresh_mirror
from tests.payments.world import World, now

DAY, LATER = timedelta(days=1), timedelta(hours=3)


@pytest.fixture
def sold(world: World) -> World:
    """A sale of one seller, and a cart of two."""
    buyer, sellers = world.person("buyer"), [world.seller(name) for name in ("ann", "ben")]
    listings = [world.listing(each, 5_000, title=f"Data {at}") for at, each in enumerate(sellers)]
    world.bought(buyer, listings[0])
    world.bought(world.person("other"), *listings, key="cart")
    world.settle("charge.succeeded")
    world.receive(world.deliveries())
    world.work()
    refresh_mirror(world.database, world.gateway, since=now() - DAY)
    return world


def check(world: World, at=LATER):
    return check_seller_side(world.database, world.gateway, since=now() - DAY, until=now() + DAY, now=now() + at)


def told(world: World):
    return sorted(world.rows("select category, theirs_minor, ours_minor from discrepancy where state = 'open'"))


def test_every_transfer_and_fee_has_its_other_side(sold: World):
    found = check(sold)

    assert (found.transfers, found.fees, found.wrong, found.unread) == (3, 1, 0, [])
    assert check(sold, at=timedelta(0)).transfers == 0, "younger than two hours is not judged"


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("delete from stripe_bt where category = 'platform_earning'", [("fee_not_arrived", None, 750)]),
        ("update stripe_bt set amount_minor = 7 where category = 'platform_earning'", [("fee_amount", 7, 750)]),
        ("update seller_bt set fee_minor = 7 where fee_minor = 750", [("fee_amount", 7, 750)]),
        ("update seller_bt set amount_minor = 7 where fee_minor = 750", [("transfer_amount", 7, 5_000)]),
    ],
)
def test_what_differs_on_the_other_side_is_told_and_gone_when_it_agrees(sold: World, statement, expected):
    check(sold)
    with sold.database.unit_of_work() as session:
        session.connection().exec_driver_sql(statement)

    assert check(sold).wrong == 1
    assert told(sold) == expected


def test_a_transfer_that_never_arrived_is_told(sold: World):
    class Forgetful(type(sold.gateway)):
        def movements_of(self, account_id, *, since=None, payout_id=None):
            found = super().movements_of(account_id, since=since, payout_id=payout_id)
            return [each for each in found if not each.fee_minor]

    whole = sold.gateway
    sold.gateway = Forgetful("sk_test_sim", base_url=sold.sandbox.url)
    assert check(sold).wrong == 2
    assert told(sold) == [("fee_amount", 0, 750), ("transfer_not_arrived", None, 5_000)]

    sold.gateway = whole
    assert check(sold).wrong == 0
    assert told(sold) == []
