"""What an invoice says before it has a number: one draft for each thing that can be paid."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from polidat.catalog import AttestationState, Store, listings_by_id
from polidat.invoices.details import seller_details
from polidat.invoices.models import InvoiceKind, InvoiceLine
from polidat.orders import (
    HostingMonth,
    Order,
    OrderLine,
    Subscription,
    SubscriptionKind,
    SubscriptionPayment,
    TopUp,
)
from polidat.payments import Charge, Payment

CHARGE, MONTH, REFUND = "charge", "month", "refund"


@dataclass(frozen=True)
class Draft:
    """An invoice to be: to whom, over what, paid when and how. `cause` makes it one."""

    kind: InvoiceKind
    cause: str
    subject: str
    person_id: int
    currency: str
    paid_at: datetime | None
    payment_ref: str
    lines: Sequence[InvoiceLine]


def draft_of_charge(session: Session, charge_id: str) -> Draft | None:
    """Return what a charge paid; None for one that paid nothing an invoice is for, such as a second payment.

    Whatever was paid is locked, so that nothing of it goes back before this unit of work ends.
    """
    charge = session.get(Charge, charge_id)
    if charge is None:
        return None
    order = session.scalar(
        select(Order).where((Order.public_id == charge.subject) & (Order.paid_charge == charge_id)).with_for_update()
    )
    if order is not None:
        return _of_order(session, order, charge)
    paid = session.get(SubscriptionPayment, charge_id)
    if paid is not None:
        return _of_period(session, paid, charge)
    top_up = session.scalar(select(TopUp).where(TopUp.paid_charge == charge_id).with_for_update())
    return None if top_up is None else _of_top_up(session, top_up, charge)


def draft_of_month(session: Session, store_id: int, starts_at: datetime) -> Draft | None:
    """Return a month of hosting that was taken out of earnings; None when none was, or all went back. It is locked."""
    month = session.get(HostingMonth, (store_id, starts_at), with_for_update=True)
    if month is None or not month_kept(month):
        return None
    store = session.get_one(Store, store_id)
    line = _line(1, f"Hosting of {store.name}", month_kept(month), supplied_at=month.starts_at)
    line.period_start, line.period_end = month.starts_at, month.ends_at
    return Draft(
        kind=InvoiceKind.HOSTING,
        cause=month_cause(month.store_id, month.starts_at),
        subject=store.slug,
        person_id=store.owner_id,
        currency=month.currency,
        paid_at=None if month.owed_minor else month.taken_at,
        payment_ref="",
        lines=[line],
    )


def month_cause(store_id: int, starts_at: datetime) -> str:
    """Return what makes the invoice over a month of hosting one."""
    return f"{MONTH}:{store_id}:{starts_at.astimezone(UTC).isoformat()}"


def month_kept(month: HostingMonth) -> int:
    """Return what a month of hosting costs in the end, in minor units: less what went back once a card paid."""
    return month.netted_minor + month.owed_minor - month.returned_minor


def _of_order(session: Session, order: Order, charge: Charge) -> Draft:
    stores = {each.id: each.store.name for each in listings_by_id(session, [line.listing_id for line in order.lines])}
    lines: list[InvoiceLine] = []
    for each in order.lines:
        line = InvoiceLine(
            number=each.number,
            title=each.title,
            quantity=each.quantity,
            unit_minor=each.unit_price.minor,
            discount_minor=each.discount_minor,
            shipping_minor=each.shipping_minor,
            amount_minor=each.price_minor,
            seller_id=each.seller_id,
            sold_by=seller_details(session, each.seller_id, stores[each.listing_id]).kept(),
            supplied_at=supplied(order, each),
        )
        lines.append(line)
    return Draft(
        kind=InvoiceKind.ORDER,
        cause=f"{CHARGE}:{charge.id}",
        subject=order.public_id,
        person_id=order.buyer_id,
        currency=order.currency,
        paid_at=order.paid_at,
        payment_ref=_payment_ref(session, charge),
        lines=lines,
    )


def supplied(order: Order, line: OrderLine) -> datetime | None:
    """Return when data opened, or a parcel was sent; None when that is still to come, or never will."""
    if line.is_declined or not line.may_open:
        return None
    if line.shipment is not None:
        return line.shipment.shipped_at
    asked, paid_at = line.attestation, order.paid_at
    if asked is None or asked.state != AttestationState.APPROVED or asked.decided_at is None or paid_at is None:
        return paid_at
    return max(asked.decided_at, paid_at)


def _of_period(session: Session, paid: SubscriptionPayment, charge: Charge) -> Draft:
    found = session.scalars(select(Subscription).where(Subscription.id == paid.subscription_id).with_for_update()).one()
    of_data = found.kind == SubscriptionKind.DATA
    line = _line(1, found.title, paid.amount_minor, supplied_at=paid.paid_at)
    payment = session.get(Payment, charge.payment_id) if charge.payment_id is not None else None
    if payment is not None:
        line.period_start, line.period_end = payment.period_start, payment.period_end
    if of_data:
        assert found.seller_id is not None  # what is to a dataset has its seller
        assert found.listing_id is not None
        (listing,) = listings_by_id(session, [found.listing_id])
        line.title = f"{found.title}, by the {found.interval}"
        line.seller_id = found.seller_id
        line.sold_by = seller_details(session, found.seller_id, listing.store.name).kept()
    return Draft(
        kind=InvoiceKind.SUBSCRIPTION if of_data else InvoiceKind.HOSTING,
        cause=f"{CHARGE}:{charge.id}",
        subject=found.public_id,
        person_id=found.person_id,
        currency=charge.currency,
        paid_at=paid.paid_at,
        payment_ref=_payment_ref(session, charge),
        lines=[line],
    )


def _of_top_up(session: Session, top_up: TopUp, charge: Charge) -> Draft:
    return Draft(
        kind=InvoiceKind.TOP_UP,
        cause=f"{CHARGE}:{charge.id}",
        subject=top_up.public_id,
        person_id=top_up.person_id,
        currency=top_up.currency,
        paid_at=top_up.paid_at,
        payment_ref=_payment_ref(session, charge),
        lines=[_line(1, "Credit paid ahead into a PoliDat wallet", top_up.amount_minor, supplied_at=None)],
    )


def _line(number: int, title: str, minor: int, *, supplied_at: datetime | None) -> InvoiceLine:
    return InvoiceLine(
        number=number, title=title, quantity=1, unit_minor=minor, discount_minor=0, shipping_minor=0,
        amount_minor=minor, supplied_at=supplied_at,
    )  # fmt: skip


def _payment_ref(session: Session, charge: Charge) -> str:
    payment = session.get(Payment, charge.payment_id) if charge.payment_id is not None else None
    return payment.public_id if payment is not None else charge.id
