"""What a bank takes, or gives back, after a dispute over credit or a period was lost: it is shared again."""

import pytest

from polidat.access import drifted_wallets, wallets_of
from polidat.core import MICROS, Money
from polidat.ledger import STRIPE, credit, debit, dispute_clearing, order_clearing, post, trial_balance
from polidat.orders import follow_subscription_dispute, follow_top_up_dispute, take_top_up
from polidat.orders.models import Subscription, SubscriptionPayment
from polidat.orders.wallet import note_top_up
from polidat.payments import Charge, DisputeMoved, PaymentSettled, refunds_of, transfers_of
from tests.conftest import NOON


def balances(session) -> dict[str, int]:
    return {each.code: each.minor for each in trial_balance(session) if each.minor}


def settled(subject: str, minor: int, *, fee: int, seller: str = "") -> PaymentSettled:
    whom = {"subject": subject, "payment_id": "pay_a", "charge_id": "ch_a", "seller": seller, "currency": "usd"}
    told = {"amount_minor": minor, "settled_minor": minor, "settled_currency": "usd", "fee_minor": fee}
    return PaymentSettled(**whom, **told, sent_minor=minor if seller else 0, doubt="", at=NOON)


def bank_moves(session, follow, subject: str, minor: int, *, kept: int) -> None:
    """The bank takes so much, or gives it back (less than nothing), and has kept so much in all; it is told twice."""
    moved = Money(minor, "usd")
    legs = [credit(STRIPE, moved), debit(dispute_clearing("dp_a"), moved)]
    post(session, f"bt:{kept}", "dispute", legs, occurred_at=NOON)
    told = {"amount_minor": 5_000, "currency": "usd", "settled_currency": "usd", "held_minor": 0, "seller": ""}
    fact = DisputeMoved(
        subject=subject, dispute_id="dp_a", charge_id="ch_a", state="lost", withdrawn_minor=kept, at=NOON, **told
    )
    for _ in range(2):
        follow(session, fact)


def test_credit_a_bank_gives_back_after_it_was_lost_is_in_the_wallet_again(session, buyer):
    top_up = note_top_up(session, buyer, Money(5_000, "usd"), key="k", now=NOON)
    whole, ref = Money(5_000, "usd"), top_up.public_id
    post(session, "bt:0", "charge", [debit(STRIPE, whole), credit(order_clearing(ref), whole)], occurred_at=NOON)
    take_top_up(session, settled(ref, 5_000, fee=0))
    bank_moves(session, follow_top_up_dispute, ref, 5_000, kept=5_000)
    bank_moves(session, follow_top_up_dispute, ref, -2_000, kept=3_000)

    (wallet,) = wallets_of(session, buyer)
    assert wallet.balance_micros == 2_000 * MICROS
    assert drifted_wallets(session) == []
    assert balances(session) == {STRIPE: 2_000, f"L:buyer_credit:{buyer.id}": -2_000}


@pytest.fixture
def subscription(session, buyer, seller):
    """A period of 50.00 was paid, of which 40.00 are the seller's."""
    found = Subscription(
        public_id="sbs_a", person_id=buyer.id, kind="data", seller_id=seller.id, title="Polls", price_minor=5_000,
        currency="usd", interval="month", trial_days=0, commission_bps=2_000, commission_version=1, key="k",
        state="active", ends_with_period=False, asked_at=NOON,
    )  # fmt: skip
    paid = {"amount_minor": 5_000, "settled_minor": 5_000}
    told = {"subject": "sbs_a", "intent_id": "pi_a", "currency": "usd", "settled_currency": "usd", "charged_at": NOON}
    session.add_all([found, Charge(id="ch_a", fee_minor=1_000, state="settled", **paid, **told)])
    session.flush()
    split = {"seller_minor": 4_000, "refunded_minor": 0, "recognised_minor": 0}
    session.add(SubscriptionPayment(charge_id="ch_a", subscription_id=found.id, paid_at=NOON, **paid, **split))
    session.flush()
    return found


def test_what_a_bank_gives_back_of_a_lost_period_is_shared_again(session, seller, subscription):
    bank_moves(session, follow_subscription_dispute, "sbs_a", 5_000, kept=5_000)
    debt = f"A:seller_recv:{seller.id}"
    assert balances(session) == {STRIPE: -5_000, debt: 4_000, "R:commission": 1_000}
    bank_moves(session, follow_subscription_dispute, "sbs_a", -2_000, kept=3_000)
    assert balances(session) == {STRIPE: -3_000, debt: 2_400, "R:commission": 600}

    post(session, "netted", "sale", [debit("A:bank", Money(2_400, "usd")), credit(debt, Money(2_400, "usd"))],
         occurred_at=NOON)  # fmt: skip
    bank_moves(session, follow_subscription_dispute, "sbs_a", -3_000, kept=0)
    assert balances(session) == {"A:bank": 2_400, f"L:seller:{seller.id}": -2_400}
    assert [each.amount_minor for each in transfers_of(session, "sbs_a")] == [2_400]


def test_a_doubled_period_goes_back_once_its_dispute_is_won(session, buyer, subscription):
    first = {name: getattr(subscription, name) for name in ("person_id", "kind", "seller_id", "title", "price_minor")}
    terms = {"currency": "usd", "interval": "month", "trial_days": 0, "commission_bps": 2_000, "commission_version": 1}
    stands = {"state": "active", "ends_with_period": False, "asked_at": NOON}
    other = Subscription(public_id="sbs_b", key="b", **first, **terms, **stands)
    session.add(other)
    session.flush()
    subscription.doubles_id, subscription.state = other.id, "canceled"
    told = {"amount_minor": 5_000, "currency": "usd", "settled_currency": "usd", "held_minor": 0, "seller": ""}

    for _ in range(2):
        fact = DisputeMoved(
            subject="sbs_a", dispute_id="dp_a", charge_id="ch_a", state="won", withdrawn_minor=0, at=NOON, **told
        )
        follow_subscription_dispute(session, fact)

    assert [each.amount_minor for each in refunds_of(session, "sbs_a")] == [5_000]
