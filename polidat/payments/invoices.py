"""Which of our subscriptions a payment was for: renewals are begun by Stripe, and known by their invoices."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from polidat.core import new_public_id
from polidat.payments.facts import IntentFacts
from polidat.payments.gateway import Gateway
from polidat.payments.models import Billing, Payment, PaymentState

_INVOICE = "in_"


def payment_of_invoice(session: Session, gateway: Gateway, intent: IntentFacts, *, now: datetime) -> Payment | None:
    """Return the payment of the invoice this money was for, noted at first sight; None when it is not ours."""
    invoice = gateway.invoice_of(intent.id)
    if invoice is None or invoice.subscription_id is None:
        return None
    known = session.scalar(select(Payment).where(Payment.link_id == invoice.id))
    if known is not None:
        return known
    billing = session.scalar(select(Billing).where(Billing.stripe_id == invoice.subscription_id))
    if billing is None:  # its first payment may be heard of before the subscription itself
        billing = session.get(Billing, gateway.billing(invoice.subscription_id).subject)
    if billing is None:
        return None
    payment = Payment(
        public_id=new_public_id("pay"),
        subject=billing.subject,
        seller_id=billing.seller_id,
        destination=billing.destination,
        items=[{"title": billing.title, "price_minor": invoice.total.minor}],
        amount_minor=invoice.total.minor,
        currency=invoice.total.currency,
        fee_minor=0,
        return_url=billing.return_url,
        state=PaymentState.CLOSED,
        period_start=invoice.period and invoice.period[0],
        period_end=invoice.period and invoice.period[1],
        link_id=invoice.id,
        created_at=now,
    )
    session.add(payment)
    session.flush()
    return payment


def is_of_invoice(payment: Payment) -> bool:
    """Return whether a payment was made for an invoice, and not through a link of ours."""
    return payment.link_id is not None and payment.link_id.startswith(_INVOICE)
