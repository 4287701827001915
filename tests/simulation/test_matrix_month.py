"""The money matrix: the end of a month. Everything that happened agrees with Stripe, and a changed row is found."""

from datetime import timedelta

from polidat.ledger import open_clearings, seal_ledger, verify_chain
from polidat.orders import usage_unplanned
from polidat.payments import (
    SellerSideChecked,
    check_seller_side,
    payables,
    reconcile,
    refresh_mirror,
    resend_short_transfers,
)
from tests.ledger.test_chain import tamper
from tests.payments.world import World, now
from tests.simulation.storm import persistently
from tests.simulation.test_matrix_wallet import AT_ONCE, top_up
from tests.stripe_sandbox.conftest import eventually


def busy_month(world: World) -> None:
    """Sales of one and of several sellers, a refund, a lost dispute and one that is won."""
    buyer, sellers = world.person("buyer"), [world.seller(name) for name in ("ann", "ben", "cyd")]
    listings = [world.listing(each, 4_000 + 1_111 * at, title=f"Data {at}") for at, each in enumerate(sellers)]
    orders = [world.bought(world.person(f"b{at}"), each, key=f"k{at}") for at, each in enumerate(listings)]
    cart = world.bought(buyer, *listings, key="cart")
    heard(world, "charge.succeeded", 4)
    paid = {each.metadata["order_id"]: each.id for each in world.sandbox.client().v1.charges.list().data}
    world.refund(sellers[0], orders[0])
    world.refund(sellers[1], cart, {2: 2_000})
    world.work()
    for order, outcome in zip(orders[1:], ("won", "lost"), strict=True):
        opened = world.sandbox.control(f"charges/{paid[order.public_id]}/dispute")
        heard(world, "charge.dispute.funds_withdrawn", 1 + (outcome == "lost"))
        world.sandbox.control(f"disputes/{opened['id']}/decide", {"outcome": outcome})
    heard(world, "charge.dispute.closed", 2)
    heard(world, "charge.refunded", 2)
    top_up(world, buyer, 50_000, card=AT_ONCE)  # the platform has money that is available, for what was won
    world.work()
    with world.database.unit_of_work() as session:
        resend_short_transfers(session, now=now())
    world.work()
    heard(world, "charge.succeeded", 5)
    world.work()


def followed(world: World, since, until):
    """Every transfer and fee to its other side."""
    return check_seller_side(world.database, world.gateway, since=since, until=until, now=now() + timedelta(hours=3))


def heard(world: World, kind: str, times: int) -> None:
    """Take what Stripe tells, once so many of a kind have come."""
    eventually(lambda: world.listener.types().count(kind) >= times)
    world.settle()


def test_case_60_the_month_agrees_with_stripe_and_a_tampered_row_is_found(world: World, postgres):
    busy_month(world)
    since, until = now() - timedelta(days=1), now() + timedelta(days=1)
    persistently(lambda: refresh_mirror(world.database, world.gateway, since=since))
    with world.database.unit_of_work() as session:
        found = reconcile(session, since=since, until=until, now=now() + timedelta(hours=3))
    assert set(found.counts) == {"matched"}
    assert found.is_clean
    with world.database.reading() as session:
        assert [each for each in open_clearings(session, before=until) if each.minor] == []
    with world.database.snapshot() as session:
        owed = payables(session, unplanned=usage_unplanned(session))
    assert [each for each in owed if not each.agrees] == []
    arrived: list[SellerSideChecked] = []
    persistently(lambda: arrived.append(followed(world, since, until)))
    assert (arrived[0].wrong, arrived[0].transfers, arrived[0].fees) == (0, 7, 3)
    world.books()
    world.agrees_with_stripe()

    with world.database.unit_of_work() as session:
        sealed = seal_ledger(session, now=now())
    with world.database.reading() as session:
        assert verify_chain(session).holds
    ((victim,),) = world.rows("select max(txn_id) from ledger_entry where bt_id is not null")
    tamper(world.database, postgres, f"update ledger_entry set amount = amount * 2 where txn_id = {victim}")
    with world.database.reading() as session:
        check = verify_chain(session)
    assert not check.holds
    assert sealed > 20
