"""Money that was exchanged and bought nothing leaves no account open when it goes back."""

from polidat.core import Money
from polidat.ledger import STRIPE, credit, debit, fx_clearing, order_clearing, post, refund_clearing, trial_balance
from polidat.orders.exchange import exchange_for_seller, return_unfitting
from polidat.payments import PaymentRefunded
from tests.conftest import NOON

PAID, GOT, OUT = Money(9_000, "eur"), Money(9_720, "usd"), Money(9_900, "usd")


def test_a_payment_that_bought_nothing_goes_back_through_its_exchange(session):
    passes, subject = fx_clearing("eur", "usd"), "ord_a"
    came = [debit(STRIPE, GOT), credit(passes, GOT), debit(passes, PAID), credit(order_clearing(subject), PAID)]
    post(session, "bt:1", "charge", came, occurred_at=NOON)
    post(session, "bt:2", "refund", [credit(STRIPE, OUT), debit(refund_clearing(subject), OUT)], occurred_at=NOON)
    told = {"subject": subject, "refund_ref": "ref_a", "charge_id": "ch_a", "seller": "", "from_seller": False}
    amounts = {"amount_minor": PAID.minor, "currency": "eur", "settled_minor": OUT.minor, "settled_currency": "usd"}

    return_unfitting(session, PaymentRefunded(**told, **amounts, seller_minor=0, at=NOON))

    left = {(each.code, each.currency): each.minor for each in trial_balance(session) if each.minor}
    assert left == {("A:stripe", "usd"): -180, ("X:fx_loss", "usd"): 180}


def test_what_was_never_exchanged_is_sent_as_it_is(session):
    assert exchange_for_seller(session, 1, PAID, subject="usage_1", now=NOON) is None
    assert trial_balance(session) == []
