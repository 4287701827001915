"""The projector's decisions, over any numbers."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polidat.core import Money
from polidat.ledger.rules import check_legs
from polidat.payments import AccountState
from polidat.payments.account_facts import AccountFacts
from polidat.payments.facts import ChargeFacts, IntentFacts, Movement, StripeEvent
from polidat.payments.rules import (
    account_state,
    doubt_of,
    fee_legs,
    held_legs,
    is_about_account,
    is_about_payment,
    payment_legs,
    settled_fact,
    transfer_legs,
)

AT = datetime(2026, 11, 20, tzinfo=UTC)
AMOUNTS = st.integers(1, 10**11)


def movement(name: str, amount: int, fee: int = 0, currency: str = "usd") -> Movement:
    return Movement(f"txn_{name}", name, name, f"x_{name}", currency, amount, fee, amount - fee, AT, AT, "pending")


@st.composite
def charges(draw) -> ChargeFacts:
    amount = draw(AMOUNTS)
    charged, settled = draw(st.sampled_from([("usd", "usd"), ("jpy", "jpy"), ("eur", "usd")]))
    came = amount if charged == settled else draw(AMOUNTS)
    sent = draw(st.none() | st.integers(1, came))
    fee = draw(st.none() | st.integers(1, sent)) if sent else None
    return ChargeFacts(
        id="ch_1",
        status="succeeded",
        amount=Money(amount, charged),
        created_at=AT,
        receipt_url=None,
        destination="acct_1" if sent else None,
        payment=movement("charge", came, draw(st.integers(0, came - 1)), settled),
        transfer=movement("transfer", -sent, currency=settled) if sent else None,
        fee=movement("fee", fee, currency=settled) if fee else None,
        expects_fee=fee is not None,
    )


@given(charges())
def test_money_legs_balance_and_mirror_stripes_balance(charge):
    money = [payment_legs(charge, "ord_1"), transfer_legs(charge, "7"), fee_legs(charge, "7")]

    for legs in money:
        if legs:
            check_legs("k", legs)
    stripe_legs = {leg.bt_id: leg.minor for legs in money for leg in legs if leg.account == "A:stripe"}
    assert stripe_legs == {each.id: each.net_minor for each in charge.movements}


@given(charges())
def test_what_a_seller_was_sent_for_nothing_becomes_a_debt_to_the_cent(charge):
    fact = settled_fact(charge, subject="ord_1", payment_id="pay_1", seller="7", doubt="")

    legs = [*transfer_legs(charge, "7"), *fee_legs(charge, "7"), *held_legs(fact)]

    assert sum(leg.minor for leg in legs if leg.account == "L:seller:7") == 0


@given(charges())
def test_a_charge_is_booked_only_with_all_its_movements(charge):
    assert charge.is_paid
    assert charge.is_booked


def intent(link_id="plink_1", order="ord_1", payment="pay_1") -> IntentFacts:
    return IntentFacts("pi_1", "succeeded", link_id, {"order_id": order, "payment_id": payment}, "", None)


@pytest.mark.parametrize(
    ("told", "words"),
    [
        (intent(), ""),
        (intent(link_id=None), "link"),
        (intent(link_id="plink_2"), "link"),
        (intent(order="ord_2"), "tags"),
        (intent(payment="pay_2"), "tags"),
        (IntentFacts("pi_1", "succeeded", "plink_1", {}, "", None), "tags"),
    ],
)
def test_a_payment_is_believed_only_when_link_and_tags_agree(told, words):
    doubt = doubt_of(told, link_id="plink_1", payment_id="pay_1", subject="ord_1", destination="acct_1")

    assert (words in doubt) if words else doubt == ""


STATUSES = st.sampled_from(["active", "pending", "restricted", "rejected", "unsupported", "something new"])


@given(STATUSES, STATUSES, st.sampled_from(AccountState))
def test_an_account_is_active_exactly_when_both_capabilities_are(transfers, payouts, before):
    state = account_state(AccountFacts("acct_1", transfers, payouts, ()), before)

    assert (state == AccountState.ACTIVE) == (transfers == payouts == "active")
    assert (state == AccountState.REJECTED) == ("rejected" in (transfers, payouts))
    if state in (AccountState.RESTRICTED, AccountState.ONBOARDING):
        was_known = before not in (AccountState.INVITED, AccountState.ONBOARDING)
        assert (state == AccountState.RESTRICTED) == was_known


@pytest.mark.parametrize(
    ("kind", "object_type", "intent_id", "payment", "account"),
    [
        ("charge.succeeded", "charge", "pi_1", True, False),
        ("charge.succeeded", "charge", None, False, False),
        ("v1.payment_intent.succeeded", "payment_intent", "pi_1", True, False),
        ("checkout.session.completed", "checkout.session", "pi_1", True, False),
        ("account.updated", "account", None, False, True),
        ("v2.core.account[requirements].updated", "v2.core.account", None, False, True),
        ("product.created", "product", None, False, False),
        ("invoice.paid", "invoice", "pi_1", False, False),
    ],
)
def test_an_event_is_a_reason_to_look_something_up_or_none(kind, object_type, intent_id, payment, account):
    event = StripeEvent("evt_1", kind, object_type, "x_1", AT, livemode=False, intent_id=intent_id)

    assert (is_about_payment(event), is_about_account(event)) == (payment, account)
