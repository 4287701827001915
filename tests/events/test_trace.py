"""Whoever changes something that matters leaves a trace: every writing function of every room, walked."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module

import pytest
from sqlalchemy.orm import Session

from polidat import access, catalog, invoices, lake, orders, payments, people
from polidat.catalog import Interval, Listing, PlanOffer, Priced, Store
from polidat.core import Money
from polidat.events import AuditEntry, audit_entries
from polidat.people import Person, register
from tests.conftest import NOON
from tests.factories import ordered
from tests.house.test_doors import ROOMS
from tests.payments.world import World, now

WHO = {"operator", "owner", "by", "seller", "person"}
USD = "usd"


@dataclass
class Scene:
    """A store with one published listing, and who does something to them."""

    session: Session
    seller: Person
    operator: Person
    store: Store
    listing: Listing

    def coupon(self) -> catalog.Coupon:
        return catalog.make_coupon(
            self.session, self.seller, self.store.slug, code="SPRING", percent_bps=1_000, now=NOON
        )

    def difference(self) -> int:
        row = payments.Discrepancy(
            key="amount:txn_1", category="amount", currency=USD, theirs_minor=1, ours_minor=2, moved_at=NOON,
            found_at=NOON, state="open", note="",
        )  # fmt: skip
        self.session.add(row)
        self.session.flush()
        return row.id

    def frozen(self) -> None:
        access.freeze_wallet(self.session, self.seller.id, USD, cause="dispute:dp_1", now=NOON)

    def alerted(self) -> str:
        buyer = register(self.session, "buyer@example.org", now=NOON)
        order = ordered(self.session, buyer, [self.listing.id], key="k", now=NOON)
        order.alert = "It was paid twice."
        return order.public_id

    def rule(self) -> catalog.CommissionRule:
        about = catalog.NewRule(catalog.CommissionKind.SALE, 900, catalog.RuleScope.STORE, self.store.slug)
        return catalog.add_rule(self.session, self.operator, about, now=NOON)

    def seat(self) -> orders.Seat:
        """A licence of two that was given to the operator, whose line is paid."""
        buyer, of = register(self.session, "buyer@example.org", now=NOON), self.listing
        order = ordered(self.session, buyer, [of.id], key="k", quantities={of.id: 2}, now=NOON)
        line, kind = f"{order.public_id}:1", access.GrantKind.PURCHASE
        access.grant(self.session, buyer.id, of.dataset_id, order_line=line, kind=kind, now=NOON)
        return orders.give_seat(self.session, buyer, order.public_id, 1, self.operator.email, library_url="", now=NOON)

    def accepted(self) -> catalog.Agreed:
        return catalog.Agreed([catalog.licence_of(self.session, self.listing.id).id])

    def billed(self, whose: str) -> None:
        """Details of the seller or of the house are kept, or the seller gets an invoice over a wallet's top-up."""
        details = invoices.Party("Ann OG", "Weg 3", city="Graz", country="AT")
        if whose == "house":
            invoices.keep_house_details(self.session, self.operator, details, now=NOON)
            return
        invoices.keep_billing_details(self.session, self.seller, details, now=NOON)
        if whose == "invoice":
            self.session.add_all(
                [
                    payments.Charge(
                        id="ch_1", intent_id="pi_1", subject="top_1", amount_minor=900, currency=USD, fee_minor=0,
                        state="settled", settled_minor=900, settled_currency=USD, charged_at=NOON,
                    ),
                    orders.TopUp(
                        public_id="top_1", person_id=self.seller.id, key="k", amount_minor=900, currency=USD,
                        asked_at=NOON, paid_at=NOON, paid_charge="ch_1",
                    ),
                ]
            )  # fmt: skip
            self.session.flush()
            invoices.issue_invoice(self.session, self.seller, "charge:ch_1", now=NOON)

    def key(self) -> int:
        return people.make_api_key(self.session, self.seller, "mine", now=NOON).row.id


@pytest.fixture
def scene(session):
    seller = register(session, "seller@example.org", now=NOON)
    operator = people.make_operator(session, register(session, "operator@example.org", now=NOON))
    store = catalog.open_store(session, seller, "Ballot Box", now=NOON)
    listing = catalog.draft_listing(session, seller, store, "Polls", now=NOON)
    lake.commit_version(
        session, catalog.dataset_of(session, listing), [], upload=None, kind="generic", rejected_rows=0, profiles={},
        reading={}, validation={}, is_blocked=False, now=NOON,
    )  # fmt: skip
    catalog.set_price(session, seller, listing.id, Money(1_900, USD))
    catalog.publish_listing(session, seller, listing.id, now=NOON)
    return Scene(session, seller, operator, store, listing)


TRACED: dict[str, tuple[str, Callable[[Scene], object]]] = {
    "access.freeze_wallet": ("wallet", lambda s: s.frozen()),
    "access.thaw_wallet": (
        "wallet",
        lambda s: (
            s.frozen(),
            access.thaw_wallet(s.session, s.seller.id, USD, cause="dispute:dp_1", now=NOON),
        ),
    ),
    "access.limit_wallet": (
        "wallet_limits",
        lambda s: access.limit_wallet(s.session, s.seller, USD, cap=Money(5, USD), notice=Money(1, USD), now=NOON),
    ),
    "invoices.keep_billing_details": ("billing_details", lambda s: s.billed("seller")),
    "invoices.keep_house_details": ("billing_details", lambda s: s.billed("house")),
    "invoices.issue_invoice": ("invoice", lambda s: s.billed("invoice")),
    "orders.give_seat": ("give_seat", lambda s: s.seat()),
    "orders.accept_seat": (
        "take_seat",
        lambda s: orders.accept_seat(s.session, s.operator, s.seat().id, s.accepted(), now=NOON),
    ),
    "orders.leave_seat": ("take_back_seat", lambda s: orders.leave_seat(s.session, s.operator, s.seat().id, now=NOON)),
    "orders.take_back_seat": (
        "take_back_seat",
        lambda s: orders.take_back_seat(
            s.session, register(s.session, "buyer@example.org", now=NOON), s.seat().id, now=NOON
        ),
    ),
    "catalog.open_store": ("store", lambda s: catalog.open_store(s.session, s.seller, "Second", now=NOON)),
    "catalog.describe_listing": (
        "terms",
        lambda s: catalog.describe_listing(
            s.session, s.seller, s.listing.id, summary="", description="", attribution="US Census Bureau"
        ),
    ),
    "catalog.set_price": (
        "price",
        lambda s: catalog.set_price(s.session, s.seller, s.listing.id, Money(2_900, USD)),
    ),
    "catalog.set_plans": (
        "plans",
        lambda s: catalog.set_plans(
            s.session, s.seller, s.listing.id, {Interval.MONTH: PlanOffer(Money(900, USD), trial_days=7)}
        ),
    ),
    "catalog.set_usage_prices": (
        "usage_prices",
        lambda s: catalog.set_usage_prices(s.session, s.seller, s.listing.id, {Priced.QUERY: 20_000}),
    ),
    "catalog.publish_listing": (
        "publish",
        lambda s: (
            catalog.withdraw_listing(s.session, s.seller, s.listing.id),
            catalog.publish_listing(s.session, s.seller, s.listing.id, now=NOON),
        ),
    ),
    "catalog.withdraw_listing": (
        "withdraw",
        lambda s: catalog.withdraw_listing(s.session, s.seller, s.listing.id),
    ),
    "catalog.make_coupon": ("coupon", lambda s: s.coupon()),
    "catalog.end_coupon": (
        "coupon",
        lambda s: catalog.end_coupon(s.session, s.seller, s.coupon().id, now=NOON),
    ),
    "catalog.add_rule": ("commission", lambda s: s.rule()),
    "catalog.end_rule": (
        "commission",
        lambda s: catalog.end_rule(s.session, s.operator, s.rule().id, now=NOON),
    ),
    "catalog.ask_buyers": (
        "asking",
        lambda s: catalog.ask_buyers(s.session, s.seller, s.listing.id, countries=["AT"], now=NOON),
    ),
    "catalog.ask_nothing": (
        "asking",
        lambda s: (
            catalog.ask_buyers(s.session, s.seller, s.listing.id, countries=["AT"], now=NOON),
            catalog.ask_nothing(s.session, s.seller, s.listing.id),
        ),
    ),
    "catalog.set_licence": (
        "licence",
        lambda s: catalog.set_licence(s.session, s.seller, s.listing.id, catalog.OWN_TERMS, "Do no harm.", now=NOON),
    ),
    "catalog.set_refund_policy": (
        "refund_policy",
        lambda s: catalog.set_refund_policy(s.session, s.seller, s.store.slug, keeps_fee=True),
    ),
    "catalog.set_hosting_policy": (
        "hosting",
        lambda s: catalog.set_hosting_policy(
            s.session, s.operator, required=True, trial_days=30, price=Money(1_500, USD), now=NOON
        ),
    ),
    "orders.net_hosting": (
        "hosting_way",
        lambda s: orders.net_hosting(s.session, s.seller, s.store.slug, now=NOON),
    ),
    "orders.end_netting": (
        "hosting_way",
        lambda s: (
            orders.net_hosting(s.session, s.seller, s.store.slug, now=NOON),
            orders.end_netting(s.session, s.seller, s.store.slug, now=NOON),
        ),
    ),
    "catalog.set_shipping": (
        "shipping",
        lambda s: catalog.set_shipping(
            s.session, s.seller, s.listing.id, catalog.ShippingOffer.flat(Money(500, USD), ["AT"]), now=NOON
        ),
    ),
    "catalog.hide_store": ("store", lambda s: catalog.hide_store(s.session, s.store.id, now=NOON)),
    "catalog.show_store": (
        "store",
        lambda s: (
            catalog.hide_store(s.session, s.store.id, now=NOON),
            catalog.show_store(s.session, s.store.id),
        ),
    ),
    "lake.keep_suite": (
        "suite",
        lambda s: lake.keep_suite(s.session, s.seller, s.listing.dataset_id, {"expectations": []}),
    ),
    "orders.set_rule_mode": (
        "fraud_rule",
        lambda s: orders.set_rule_mode(s.session, s.operator, "F1", orders.RuleMode.ACTIVE),
    ),
    "orders.change_rule": (
        "fraud_rule",
        lambda s: orders.change_rule(s.session, s.operator, "F1", orders.RuleValues(60, 2, "hold", "shadow", {})),
    ),
    "orders.settle_alert": ("settle_alert", lambda s: orders.settle_alert(s.session, s.operator, s.alerted())),
    "payments.settle_discrepancy": (
        "settle",
        lambda s: payments.settle_discrepancy(s.session, s.difference(), note="A fee", by=s.operator.id, now=NOON),
    ),
    "payments.take_difference": (
        "take",
        lambda s: payments.take_difference(s.session, s.difference(), by=s.operator.id),
    ),
    "people.choose_sale_mails": (
        "mails",
        lambda s: people.choose_sale_mails(s.session, s.seller, people.SaleMails.DAILY),
    ),
    "people.become_seller": (
        "become_seller",
        lambda s: people.become_seller(s.session, register(s.session, "new@example.org", now=NOON)),
    ),
    "people.make_operator": ("make_operator", lambda s: people.make_operator(s.session, s.seller)),
    "people.make_api_key": ("make_api", lambda s: s.key()),
    "people.revoke_api_key": (
        "revoke_api",
        lambda s: people.revoke_api_key(s.session, s.seller, s.key(), now=NOON),
    ),
    "people.sign_out_everywhere": (
        "sign_out",
        lambda s: people.sign_out_everywhere(s.session, s.seller, now=NOON),
    ),
}
TOLD_BY_THE_WORLD = {
    "orders.accept_shipment", "orders.approve_buyer", "orders.ask_for_top_up", "orders.close_top_up_link",
    "orders.cancel_shipment", "orders.refuse_buyer", "orders.ship_line", "orders.answer_for_sale",
    "orders.ask_payout", "orders.decide_finding", "orders.end_subscription", "orders.give_back_unfitting",
    "orders.lift_finding", "orders.ask_payout_once",
    "orders.give_up_sale", "orders.refund_licences", "orders.refund_order", "orders.refund_top_up",
    "payments.accept_dispute", "payments.answer_dispute", "payments.issue_card", "payments.open_financial_account",
    "payments.call_cash_back", "payments.move_cash_out", "payments.pay_out", "payments.send_payouts_to",
    "payments.set_card_limit", "payments.set_card_state", "payments.start_onboarding",
}  # fmt: skip
CHANGES_NOTHING = {
    "catalog.licence_like", "orders.given_to", "orders.rule_versions", "orders.would_have_caught",
    "access.access_kind", "access.charges_to", "access.check_may_read", "access.freezes_of", "access.frozen_wallets",
    "access.grants_of", "access.has_used", "access.may_read", "access.my_datasets", "access.reads_freely",
    "access.uses_of", "access.wallets_of", "access.waits_for", "orders.parcels_of", "orders.questions_for",
    "orders.unsent_count", "catalog.commission_rules", "catalog.rates_of", "catalog.all_stores",
    "catalog.coupons_of", "catalog.listings_of_seller", "catalog.own_listing", "catalog.price_of_run",
    "catalog.stores_of", "insights.customer_of", "insights.customers_of", "insights.earning_currencies",
    "insights.not_paid_out", "insights.operator_alerts", "insights.payout_statement", "insights.revenue_alerts",
    "insights.revenue_report", "insights.seller_statement", "insights.statement_currencies", "lake.own_dataset",
    "lake.upload_of", "lake.uploads_of", "lake.versions_of", "ledger.seller_held", "ledger.seller_hold",
    "ledger.seller_owed", "ledger.seller_owes", "ledger.seller_payable", "ledger.seller_receivable",
    "ledger.deferred_hosting", "orders.flagged_orders", "orders.fraud_rules", "orders.held_from", "orders.hosted",
    "orders.my_subscriptions", "orders.open_findings", "orders.owed_by", "orders.owed_to", "orders.sales_of",
    "orders.subscription_of", "orders.top_up_links_of", "orders.top_ups_of", "payments.open_dashboard",
    "payments.payouts_of", "payments.banks_of", "payments.cards_of", "payments.cash_outs_of",
    "payments.financial_account", "invoices.billables_of", "invoices.billing_details_of", "invoices.find_invoices",
    "invoices.invoices_of", "invoices.invoices_sold", "invoices.numbering", "insights.recurring_revenue",
    "payments.financial_movements", "payments.takes_payouts", "payments.seller_account", "payments.seller_balance",
    "people.key_holds_of", "people.keys_of", "orders.standing_findings",
}  # fmt: skip
LOGGED_ELSEWHERE = {
    "catalog.agree_like",  # each acceptance has its own row
    "catalog.draft_listing",  # nobody sees a draft
    "catalog.metered_run",  # each use has its own row
    "events.record",  # this is the trace
    "lake.new_dataset",  # nobody sees an empty one
    "lake.receive_upload",  # each upload has its own row
    "orders.change_card",  # Stripe's portal: nothing changes here
    "orders.merge_cart",  # nobody owes or has anything by a cart
    "orders.pay_hosting",  # the payment and its entries in the books
    "orders.start_top_up",  # the payment and its entries in the books
    "orders.sync_subscription",  # Stripe's state taken over
    "orders.sync_top_up",  # Stripe's state taken over
    "payments.seller_payouts",  # Stripe's state taken over
    "payments.sync_financial_account",  # Stripe's state taken over
    "payments.sync_account",  # Stripe's state taken over; what changes is recorded below
    "people.open_session",  # each session has its own row
}


def acting_functions() -> set[str]:
    """Every function at a door that is told who does it."""
    found: set[str] = set()
    for room in sorted(ROOMS - {"wiring", "core", "db"}):
        door = import_module(f"polidat.{room}")
        for name in door.__all__:
            each = getattr(door, name)
            if inspect.isfunction(each) and WHO & set(inspect.signature(each).parameters):
                found.add(f"{room}.{name}")
    return found


def test_every_function_somebody_acts_by_is_traced_or_says_why_not():
    told = set(TRACED) | TOLD_BY_THE_WORLD | CHANGES_NOTHING | LOGGED_ELSEWHERE

    assert acting_functions() - told == set()


def of_action(session: Session, action: str) -> list[AuditEntry]:
    """The entries of this action, newest first."""
    return [each for each in audit_entries(session, limit=1_000) if each.action == action]


@pytest.mark.parametrize("name", sorted(TRACED))
def test_it_leaves_a_trace_with_what_changed(scene: Scene, name: str):
    action, do = TRACED[name]
    before = len(of_action(scene.session, action))

    do(scene)

    newest, *older = of_action(scene.session, action)
    assert len(older) >= before
    assert ":" in newest.object
    assert newest.after
    assert newest.after_hash


def trace(world: World, action: str) -> list[tuple[int | None, dict[str, str]]]:
    """Who left which traces of this action, oldest first."""
    with world.database.reading() as session:
        return [(each.actor_id, each.after) for each in reversed(of_action(session, action))]


def disputed(world: World, seller: Person) -> str:
    world.bought(world.person("buyer"), world.listing(seller))
    world.settle("charge.succeeded")
    (charge,) = world.sandbox.client().v1.charges.list().data
    found = world.sandbox.control(f"charges/{charge.id}/dispute")["id"]
    world.settle("charge.dispute.created")
    return found


def test_payouts_accounts_and_answers_to_disputes_leave_a_trace(world: World):
    seller = world.seller()
    assert trace(world, "payout_account")[0] == (seller.id, {"state": "invited", "country": "us"})
    assert trace(world, "payout_account")[-1] == (None, {"state": "active"})
    found = disputed(world, seller)
    with pytest.raises(payments.NotEnoughToPayOut):
        payments.pay_out(world.database, world.gateway, seller, Money(10**7, USD), method="instant", key="click")
    assert trace(world, "payout") == [(seller.id, {"amount": "100,000.00 USD", "method": "instant", "state": "asked"})]

    evidence = {"uncategorized_text": "They downloaded it."}
    orders.answer_for_sale(world.database, world.gateway, seller, found, evidence, now=now())
    assert trace(world, "dispute") == [(seller.id, {"state": "answered", "fields": "uncategorized_text"})]


def test_a_dispute_that_is_given_up_leaves_a_trace(world: World):
    seller = world.seller()
    found = disputed(world, seller)
    orders.give_up_sale(world.database, world.gateway, seller, found, now=now())
    assert trace(world, "dispute") == [(seller.id, {"state": "accepted"})]


def test_deciding_and_refunding_leave_a_trace(world: World):
    seller, operator = world.seller(), world.operator()
    order = world.bought(world.person("buyer"), world.listing(seller))
    world.settle("charge.succeeded")
    world.refund(seller, order, {1: 1_000})
    with world.database.unit_of_work() as session:
        orders.refund_licences(session, seller, order.public_id, 1, 1, now=now())
    first, second = trace(world, "refund")
    assert [(by, after["amount"]) for by, after in (first, second)] == [
        (seller.id, "10.00 USD"),
        (seller.id, "90.00 USD"),
    ]
    assert (second[1]["licences"], "licences" in first[1]) == ("1", False)
    with world.database.unit_of_work() as session:
        orders.set_rule_mode(session, operator, "F1", orders.RuleMode.ACTIVE).threshold = 1
    second = world.bought(world.person("buyer"), world.listing(seller, title="Other"), key="click-2")
    payments.sync_subject(world.database, world.gateway, second.public_id, now=now())
    with world.database.unit_of_work() as session:
        (finding,) = [each for each in orders.open_findings(session, operator) if each.rule_code == "F1"]
        orders.decide_finding(session, operator, finding.id, fraud=False, now=now())
    assert trace(world, "decide") == [(operator.id, {"state": "released", "subject": second.public_id})]
