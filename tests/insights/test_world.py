"""The figures over money that really moved at the sandbox: they are the books', and Stripe's."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from polidat.core import Money
from polidat.insights import (
    NoSuchPayout,
    Period,
    customers_of,
    not_paid_out,
    payout_statement,
    revenue_report,
    seller_statement,
)
from polidat.payments import mirror_payouts, pay_out, payouts_of, seller_balance
from tests.insights.books import check_against_entries
from tests.payments.world import World, now

AT_ONCE = "4000 0000 0000 0077"


@pytest.fixture
def month(world: World):
    """A sale alone, a cart of two sellers with one line half refunded, a disputed sale that is lost."""
    ann, ben, bea = world.seller("ann"), world.seller("ben"), world.person("bea")
    polls, votes = world.listing(ann), world.listing(ben, 2_500, title="Votes", commission_bps=1_000)
    for key, buyer, listings in (("one", bea, [polls]), ("two", world.person("bob"), [polls, votes]),
                                 ("three", world.person("cyd"), [polls])):  # fmt: skip
        order = world.order(buyer, *listings, key=key)
        world.pay(world.open_page(world.link(buyer, order)), AT_ONCE)
        world.settle("charge.succeeded")
        if key == "two":
            cart = order
    world.refund(ben, cart, {2: 1_250})
    world.work()
    world.settle("charge.refunded")
    paid = {each.metadata["order_id"]: each.id for each in world.sandbox.client().v1.charges.list().data}
    opened = world.sandbox.control(f"charges/{paid[order.public_id]}/dispute")
    world.settle("charge.dispute.funds_withdrawn")
    world.sandbox.control(f"disputes/{opened['id']}/decide", {"outcome": "lost"})
    world.settle("charge.dispute.closed")
    return ann, ben, bea


def test_figures_statements_and_payouts_agree_with_books_and_stripe(world: World, month):
    ann, ben, bea = month
    today = now().date()
    period = Period(today - timedelta(days=1), today + timedelta(days=1))
    with world.database.reading() as session:
        report = revenue_report(session, world.operator(), period, "usd")
        statements = [seller_statement(session, each, period, "usd") for each in (ann, ben, bea)]
        entries = session.execute(
            text(
                "SELECT t.kind, a.code, e.amount FROM ledger_entry e JOIN ledger_txn t ON t.id = e.txn_id "
                "JOIN ledger_account a ON a.id = e.account_id"
            )
        ).all()

    total = report.total
    assert (total.gross_minor, total.refunds_minor, total.disputes_minor) == (32_500, 1_250, 10_000)
    assert (total.payments, total.refunds, total.disputes, report.buyers.new) == (3, 1, 1, 3)
    check_against_entries(total, [(row.kind, row.code, row.amount) for row in entries])
    assert sum(each.figures.gross_minor for each in report.by_seller) == total.gross_minor
    assert [(each.opening_minor, each.adds_up) for each in statements] == [(0, True)] * 3
    assert sum(each.total("gross_minor") for each in statements) == total.net_minor
    assert statements[2].lines == []
    for seller, statement in zip((ann, ben), statements, strict=False):
        assert statement.closing_minor == -sum(
            world.balance(f"{kind}:{seller.id}") for kind in ("L:seller", "L:seller_hold", "A:seller_recv")
        )
        (there,) = seller_balance(world.database, world.gateway, seller)
        assert -statement.total("moved_minor") == there.available.minor + there.pending.minor


def test_payouts_are_mirrored_and_made_of_what_came_before_them(world: World, month):
    ann, ben, _ = month
    paid = [
        pay_out(world.database, world.gateway, ann, Money(minor, "usd"), method=method, key=f"k{minor}")
        for minor, method in ((9_000, "standard"), (3_000, "instant"), (1_000, "standard"))
    ]
    world.sandbox.control(f"payouts/{paid[2].id}/fail")
    assert mirror_payouts(world.database, world.gateway) == 2
    assert mirror_payouts(world.database, world.gateway) == 2
    later = now() + timedelta(hours=1)

    with world.database.reading() as session:
        mine = payouts_of(session, ann)
        first, second, gone = (payout_statement(session, ann, each.id, now=later) for each in paid)
        left = not_paid_out(session, ann, "usd", now=later)
        with pytest.raises(NoSuchPayout):
            payout_statement(session, ben, paid[0].id, now=later)
        report = revenue_report(
            session, world.operator(), Period(later.date() - timedelta(days=1), later.date()), "usd"
        )
        assert [each.email for each in customers_of(session, ben, now=later)] == ["bob@example.org"]

    assert sorted((each.amount_minor, each.fee_minor, each.came_back) for each in mine) == [
        (1_000, 0, True),
        (3_000, 50, False),
        (9_000, 0, False),
    ]
    for each, whole in ((first, 9_000), (second, 3_050)):
        assert (sum(line.paid_minor for line in each.lines), each.other_minor) == (whole, 0)
    assert gone.lines == []
    (there,) = seller_balance(world.database, world.gateway, ann)
    assert sum(line.paid_minor for line in left) == there.available.minor + there.pending.minor
    assert (report.paid_out_minor, report.paid_out_before_minor) == (12_000, 0)
