"""Ask Stripe about a payment ourselves: for the return page and the sweeper, with the projector's own code."""

from datetime import datetime

from sqlalchemy import select

from polidat.db import Database
from polidat.payments.gateway import Gateway
from polidat.payments.links import payments_of
from polidat.payments.models import Payment, PaymentState
from polidat.payments.settle import settle_intent

SYNC_PAYMENT = "payments.sync_payment"


def sync_payment(database: Database, gateway: Gateway, payment_ref: str, *, now: datetime) -> None:
    """Take over everything that was paid through this payment's link, whether or not a webhook came. Safe to repeat."""
    with database.reading() as session:
        link_id = session.scalar(select(Payment.link_id).where(Payment.public_id == payment_ref))
    if link_id is None:
        return
    for intent_id in gateway.intents_of_link(link_id):
        with database.unit_of_work() as session:
            settle_intent(session, gateway, intent_id, now=now)


def sync_subject(database: Database, gateway: Gateway, subject: str, *, now: datetime) -> None:
    """Do so for every payment of an order that is not settled yet."""
    with database.reading() as session:
        open_refs = [each.public_id for each in payments_of(session, subject) if each.state != PaymentState.SETTLED]
    for payment_ref in open_refs:
        sync_payment(database, gateway, payment_ref, now=now)
