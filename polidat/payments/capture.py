"""Tell Stripe what becomes of a hold, and take over what came of that."""

from datetime import datetime

from sqlalchemy import select

from polidat.db import Database
from polidat.payments.errors import PaymentDeclined, StripeRefused, StripeSaysNo
from polidat.payments.gateway import Gateway
from polidat.payments.models import Payment, PaymentState
from polidat.payments.settle import settle_intent


def end_hold(database: Database, gateway: Gateway, payment_ref: str, *, now: datetime) -> None:
    """Capture a hold, or let it go, as was decided. Safe to repeat: one that is over already is only looked at.

    Raises StripeAway, to be tried again.
    """
    with database.reading() as session:
        payment = session.scalars(select(Payment).where(Payment.public_id == payment_ref)).one()
    if payment.state != PaymentState.HELD or payment.intent_id is None or payment.capture_minor is None:
        return
    try:
        if payment.capture_minor:
            gateway.capture(payment.intent_id, payment.capture_minor, ref=payment_ref)
        else:
            gateway.let_go(payment.intent_id)
    except (StripeRefused, StripeSaysNo, PaymentDeclined):
        pass  # its time was over, or it is done already: what it is now says which
    with database.unit_of_work() as session:
        settle_intent(session, gateway, payment.intent_id, now=now)
