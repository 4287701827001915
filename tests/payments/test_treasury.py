"""A seller's financial account and virtual cards: the seller's own money, kept current, and no number anywhere."""

from datetime import timedelta

import pytest

from polidat.core import Conflict, Invalid, Money
from polidat.events import audit_entries
from polidat.payments import (
    CANCELED,
    FROZEN,
    CardCanceled,
    CashOutGone,
    Holder,
    NoFinancialAccount,
    NoSuchCard,
    NoSuchCashOut,
    NotEnoughCash,
    SellerNotReady,
    StripeRefused,
    banks_of,
    call_cash_back,
    cards_of,
    cash_out,
    cash_outs_of,
    financial_account,
    financial_movements,
    issue_card,
    move_cash_out,
    open_financial_account,
    pay_out,
    send_cash_out,
    send_payouts_to,
    set_card_limit,
    set_card_state,
    sync_account,
    sync_financial_account,
    takes_payouts,
)
from polidat.payments.treasury_reading import card_facts
from tests.payments.world import World, now

ADA = Holder("Ada", "Seller", "1 Main St", "Austin", "78701", "TX")
AT_ONCE = "4000 0000 0000 0077"
LIMIT = Money(20_000, "usd")


@pytest.fixture
def seller(world: World):
    """A seller with a bank account and 85.00 at Stripe."""
    found = world.seller()
    ((account,),) = world.rows("select stripe_id from seller_account")
    world.sandbox.control(f"accounts/{account}/approve", {"bank": True})
    sync_account(world.database, world.gateway, found, now=now())
    order = world.order(world.person("buyer"), world.listing(found))
    world.pay(world.open_page(world.link(world.person("buyer"), order)), AT_ONCE)
    world.settle("charge.succeeded")
    return found


@pytest.fixture
def rich(world: World, seller):
    """The same, with a financial account that holds 80.00."""
    open_financial_account(world.database, world.gateway, seller, now=now())
    send_payouts_to(world.database, world.gateway, seller, financial=True, now=now())
    pay_out(world.database, world.gateway, seller, Money(8_000, "usd"), method="standard", key="click")
    sync_financial_account(world.database, world.gateway, seller, now=now())
    return seller


def held(world: World, seller) -> tuple[int, int, int]:
    with world.database.reading() as session:
        row = financial_account(session, seller)
    assert row is not None
    return row.cash.minor, row.inbound.minor, row.outbound.minor


def issue(world: World, seller, key: str = "click", limit: Money = LIMIT, holder: Holder = ADA, interval="monthly"):
    return issue_card(world.database, world.gateway, seller, holder, limit, interval=interval, key=key, now=now())


def on(world: World) -> dict[str, str]:
    ((account,),) = world.rows("select stripe_id from seller_account")
    return {"stripe_account": account}


def test_it_is_opened_once_for_a_seller_who_can_be_paid_out(world: World, seller):
    with pytest.raises(SellerNotReady):
        open_financial_account(world.database, world.gateway, world.person("nobody"), now=now())
    with pytest.raises(NoFinancialAccount):
        issue(world, seller)

    first = open_financial_account(world.database, world.gateway, seller, now=now())
    second = open_financial_account(world.database, world.gateway, seller, now=now())

    assert (first.stripe_id, first.state, len(first.last4)) == (second.stripe_id, "open", 4)
    listed = world.sandbox.client().v1.treasury.financial_accounts.list(options=on(world)).data
    assert [each.id for each in listed] == [first.stripe_id]
    assert held(world, seller) == (0, 0, 0)


def test_one_whose_answer_was_lost_a_day_ago_is_found_again(world: World, seller):
    class Forgetful(type(world.gateway)):
        def open_financial(self, account_id, ref):
            super().open_financial(account_id, ref)
            raise ConnectionError

    forgetful = Forgetful("sk_test_sim", base_url=world.sandbox.url)
    with pytest.raises(ConnectionError):
        open_financial_account(world.database, forgetful, seller, now=now() - timedelta(hours=30))

    found = open_financial_account(world.database, world.gateway, seller, now=now())

    listed = world.sandbox.client().v1.treasury.financial_accounts.list(options=on(world)).data
    assert [each.id for each in listed] == [found.stripe_id]


def test_payouts_go_in_and_back_to_the_bank_and_both_are_told(world: World, rich):
    assert held(world, rich) == (8_000, 0, 0)
    (moved,) = financial_movements(world.database, world.gateway, rich)
    assert (moved.amount, moved.state) == (Money(8_000, "usd"), "posted")
    with world.database.reading() as session:
        assert takes_payouts(session, rich)
        assert banks_of(session, rich)[0].is_default

    send_payouts_to(world.database, world.gateway, rich, financial=False, now=now())

    with world.database.reading() as session:
        assert not takes_payouts(session, rich)
        assert [each.last4 for each in banks_of(session, rich) if each.is_default] == ["6789"]
    send_payouts_to(world.database, world.gateway, rich, financial=True, now=now())
    told = world.rows("select count(*) from mail where subject = 'Your payouts go to another bank account'")
    assert told == [(3,)]


def test_the_books_of_the_house_know_nothing_of_it(world: World, seller):
    before = world.books()
    open_financial_account(world.database, world.gateway, seller, now=now())
    send_payouts_to(world.database, world.gateway, seller, financial=True, now=now())
    pay_out(world.database, world.gateway, seller, Money(8_000, "usd"), method="standard", key="click")

    world.settle("treasury.received_credit.succeeded", "payout.paid")

    assert held(world, seller) == (8_000, 0, 0)
    assert world.books() == before
    world.agrees_with_stripe()


def test_events_keep_its_three_balances_current(world: World, rich):
    api, ((stripe_id,),) = world.sandbox.client().v1, world.rows("select stripe_id from financial_account")
    wish = {"currency": "usd", "financial_account": stripe_id}
    api.treasury.inbound_transfers.create(
        {**wish, "amount": 700, "origin_payment_method": "pm_usBankAccount"}, on(world)
    )
    sent = api.treasury.outbound_transfers.create(
        {**wish, "amount": 3_000, "destination_payment_method": "pm_usBankAccount"}, on(world)
    )
    world.settle("treasury.outbound_transfer.created")
    assert held(world, rich) == (5_000, 700, 3_000)

    api.test_helpers.treasury.outbound_transfers.post(sent.id, options=on(world))
    world.settle("treasury.outbound_transfer.posted")

    assert held(world, rich) == (5_000, 700, 0)


def test_a_card_is_issued_once_for_a_click_and_to_one_holder(world: World, rich):
    card = issue(world, rich)
    assert issue(world, rich).id == card.id
    other = issue(world, rich, "another click", Money(500, "usd"), interval="per_authorization")

    assert (card.state, card.brand, len(card.last4), card.limit, card.interval) == (
        "active", "Visa", 4, LIMIT, "monthly",
    )  # fmt: skip
    listed = world.sandbox.client().v1.issuing.cards.list(options=on(world)).data
    assert {each.id for each in listed} == {card.stripe_id, other.stripe_id}
    assert len({each.cardholder.id for each in listed}) == 1
    with world.database.reading() as session:
        assert [each.public_id for each in cards_of(session, rich)] == [other.public_id, card.public_id]


def test_a_card_is_frozen_used_again_limited_and_canceled_for_good(world: World, rich):
    ref = issue(world, rich).public_id
    act = {"database": world.database, "gateway": world.gateway, "seller": rich, "ref": ref}

    assert set_card_state(**act, state=FROZEN).state == "inactive"
    assert set_card_state(**act, state="active").state == "active"
    assert set_card_limit(**act, limit=Money(900, "usd"), interval="daily").limit == Money(900, "usd")
    assert set_card_state(**act, state=CANCELED).state == "canceled"

    with pytest.raises(CardCanceled):
        set_card_state(**act, state="active")
    with pytest.raises(NoSuchCard):
        set_card_state(**{**act, "ref": "vcd_x"}, state=FROZEN)
    with world.database.reading() as session:
        traces = [each.after for each in audit_entries(session, limit=100) if each.action == "virtual_card"]
    assert [each.get("state") or each["limit"] for each in reversed(traces)] == [
        "asked", "inactive", "active", "9.00 USD", "canceled",
    ]  # fmt: skip


def test_another_seller_s_card_is_not_there(world: World, rich):
    ref = issue(world, rich).public_id
    thief = world.seller("thief")
    open_financial_account(world.database, world.gateway, thief, now=now())

    with pytest.raises(NoSuchCard):
        set_card_state(world.database, world.gateway, thief, ref, CANCELED)


def test_what_stripe_changes_on_a_card_arrives_by_itself(world: World, rich):
    card = issue(world, rich)
    world.sandbox.client().v1.issuing.cards.update(card.stripe_id, {"status": "canceled"}, on(world))

    world.settle("issuing_card.updated")

    with world.database.reading() as session:
        assert [each.state for each in cards_of(session, rich)] == ["canceled"]


@pytest.mark.parametrize(
    ("limit", "interval", "holder"),
    [
        (Money(0, "usd"), "monthly", ADA),
        (Money(100, "eur"), "monthly", ADA),
        (Money(1_000_001, "usd"), "monthly", ADA),
        (LIMIT, "hourly", ADA),
        (LIMIT, "monthly", Holder("Ada", " ", "1 Main St", "Austin", "78701")),
    ],
)
def test_what_cannot_be_issued(world: World, rich, limit, interval, holder):
    with pytest.raises(Invalid):
        issue(world, rich, limit=limit, interval=interval, holder=holder)


def test_a_sixth_card_is_one_too_many_until_one_is_canceled(world: World, rich):
    cards = [issue(world, rich, f"click-{number}") for number in range(5)]
    with pytest.raises(Conflict, match="5 cards"):
        issue(world, rich, "click-6")

    set_card_state(world.database, world.gateway, rich, cards[0].public_id, CANCELED)

    assert issue(world, rich, "click-7").state == "active"


def test_a_number_that_stripe_would_send_is_never_looked_at():
    told = {
        "id": "ic_1", "status": "active", "brand": "Visa", "last4": "4242", "exp_month": 1, "exp_year": 2030,
        "number": "4242424242424242", "cvc": "123", "currency": "usd", "spending_controls": {},
    }  # fmt: skip

    facts = card_facts(told)

    assert "4242424242424242" not in repr(facts)
    assert "123" not in repr(facts)


def test_no_number_of_an_account_is_kept(world: World, rich):
    issue(world, rich)
    wanted = {"expand": ["financial_addresses.aba.account_number"]}
    ((stripe_id,),) = world.rows("select stripe_id from financial_account")
    shown = world.sandbox.client().v1.treasury.financial_accounts.retrieve(stripe_id, wanted, on(world))
    number = shown.financial_addresses[0].aba.account_number
    tables = [name for (name,) in world.rows("select tablename from pg_tables where schemaname = 'public'")]

    for name in tables:
        assert number not in str(world.rows(f'select t::text from "{name}" t')), name


def test_a_refusal_of_stripe_s_is_told_and_a_better_try_works(world: World, rich):
    api = world.sandbox.client().v1
    ((stripe_id,),) = world.rows("select stripe_id from financial_account")
    api.treasury.financial_accounts.features.update(stripe_id, {"card_issuing": {"requested": False}}, on(world))
    with pytest.raises(StripeRefused):
        issue(world, rich)
    api.treasury.financial_accounts.features.update(stripe_id, {"card_issuing": {"requested": True}}, on(world))

    assert issue(world, rich, "another click").state == "active"


def out(world: World, seller, minor: int, key: str = "out"):
    amount = Money(minor, "usd")
    return move_cash_out(world.database, world.gateway, seller, amount, key=key, now=now())


def sent_out(world: World, seller, minor: int, key: str = "out"):
    ref = out(world, seller, minor, key).public_id
    for _ in range(2):  # a job that dies after Stripe has answered is run again
        send_cash_out(world.database, world.gateway, cash_out_ref=ref, now=now())
    return ref


def outs(world: World, seller) -> list[tuple[int, str]]:
    with world.database.reading() as session:
        return [(each.amount_minor, each.state) for each in cash_outs_of(session, seller)]


def test_cash_leaves_for_the_seller_s_bank_once_for_a_click(world: World, rich):
    first, second = out(world, rich, 3_000), out(world, rich, 3_000)
    assert (first.id, first.state) == (second.id, "asked")
    sent_out(world, rich, 3_000)

    (listed,) = (
        world.sandbox.client()
        .v1.treasury.outbound_transfers.list(
            {"financial_account": world.rows("select stripe_id from financial_account")[0][0]}, on(world)
        )
        .data
    )
    assert (listed.amount, listed.metadata["ref"]) == (3_000, first.public_id)
    assert outs(world, rich) == [(3_000, "processing")]
    assert held(world, rich) == (5_000, 0, 3_000)

    world.sandbox.client().v1.test_helpers.treasury.outbound_transfers.post(listed.id, options=on(world))
    world.settle("treasury.outbound_transfer.posted")

    assert outs(world, rich) == [(3_000, "posted")]
    assert held(world, rich) == (5_000, 0, 0)
    assert world.rows("select bank from cash_out") == [("STRIPE TEST BANK ending in 6789",)]


def test_no_more_leaves_than_there_is_less_what_is_asked_for(world: World, rich):
    out(world, rich, 5_000)

    with pytest.raises(NotEnoughCash, match=r"50.00 USD is more than the 30.00 USD"):
        out(world, rich, 5_000, "another click")
    for minor, code in ((0, "usd"), (-1, "usd"), (100, "eur")):
        with pytest.raises(Invalid):
            move_cash_out(world.database, world.gateway, rich, Money(minor, code), key="k", now=now())
    with pytest.raises(NoFinancialAccount):
        out(world, world.seller("poor"), 100)
    assert outs(world, rich) == [(5_000, "asked")]


def test_two_clicks_at_once_are_one_even_for_more_than_half_of_it(world: World, rich, monkeypatch):
    """The other click is through when this one has waited for its turn."""

    def late(*args):
        monkeypatch.setattr(cash_out, "lock_object", lock)
        out(world, rich, 5_000)
        lock(*args)

    lock = cash_out.lock_object
    monkeypatch.setattr(cash_out, "lock_object", late)

    out(world, rich, 5_000)

    assert outs(world, rich) == [(5_000, "asked")]
    assert world.rows("select count(*) from audit_entry where action = 'cash_out'") == [(1,)]


def test_what_has_not_left_is_called_back_and_what_has_is_not(world: World, rich):
    ref = sent_out(world, rich, 3_000)
    thief = world.seller("thief")
    open_financial_account(world.database, world.gateway, thief, now=now())
    with pytest.raises(NoSuchCashOut):
        call_cash_back(world.database, world.gateway, thief, ref, now=now())

    assert call_cash_back(world.database, world.gateway, rich, ref, now=now()).state == "canceled"

    assert held(world, rich) == (8_000, 0, 0)
    with pytest.raises(CashOutGone):
        call_cash_back(world.database, world.gateway, rich, ref, now=now())


def test_cash_that_was_spent_meanwhile_is_refused_in_words(world: World, rich):
    ref = out(world, rich, 8_000).public_id
    ((stripe_id,),) = world.rows("select stripe_id from financial_account")
    wish = {"currency": "usd", "financial_account": stripe_id, "amount": 100}
    world.sandbox.client().v1.treasury.outbound_transfers.create(
        {**wish, "destination_payment_method": "pm_usBankAccount"}, on(world)
    )

    send_cash_out(world.database, world.gateway, cash_out_ref=ref, now=now())

    with world.database.reading() as session:
        (row,) = cash_outs_of(session, rich)
    assert (row.state, bool(row.problem)) == ("refused", True)
