"""One order: what was paid, when, what went back, and its receipt."""

import streamlit as st

from pages.parts.agree import agreement
from pages.parts.billing import show_billing
from pages.parts.invoices import invoice_buttons
from pages.parts.look import same_tab
from pages.parts.page import errors_shown, house, loading, signed_in
from pages.parts.seats import show_seats
from pages.parts.shipping import show_parcel
from pages.parts.words import plain
from polidat.catalog import Attestation, AttestationState, listings_by_id
from polidat.invoices import Billable, InvoiceKind, Party, billables_of
from polidat.orders import Order, OrderState, accept_for_order, order_of, receipt_pdf, start_payment, sync_order
from polidat.payments import Refund, RefundState, StripeAway, refunds_of
from polidat.people import Person

_SAYS = {
    RefundState.REQUESTED: "is on its way to Stripe",
    RefundState.PENDING: "is with your bank",
    RefundState.SUCCEEDED: "was given back; banks take up to ten days to show it",
    RefundState.REFUSED: "could not be given back; we have been told and will look after it",
    RefundState.FAILED: "was sent back by your bank; we will reach you about another way",
}

_STATE = {
    OrderState.AWAITING_PAYMENT: "This order awaits your payment.",
    OrderState.PROCESSING: "A payment has arrived and is being looked at. Do not pay again.",
    OrderState.PAID: "This order is paid, and not all of it is open, or with you, yet.",
    OrderState.DECLINED: "This order was not given to you. Its lines say why; what goes back is listed here.",
    OrderState.BIDDING: "This order stands behind your bid. Your card is charged only if it wins.",
    OrderState.CANCELED: "Your bid did not win. Nothing was charged.",
}


def latest(me: Person, ref: str) -> Order:
    """Return the order as Stripe has it now, or as we knew it last while Stripe does not answer."""
    here = house()
    try:
        with st.spinner("Asking Stripe …"):
            return sync_order(here.database, here.gateway, me, ref, now=here.now())
    except StripeAway:
        st.warning("Stripe does not answer at the moment. This is how the order stood last; nothing is lost.")
        with here.reading() as session:
            return order_of(session, me, ref)


def _decided(asked: Attestation) -> str:
    """How the seller stands to a buyer, as a sentence."""
    until = f" until {asked.due_at:%d %B %Y, %H:%M} UTC" if asked.due_at else " once it is paid"
    return {
        AttestationState.WAITING: f"The seller decides{until}.",
        AttestationState.APPROVED: "Approved.",
    }.get(AttestationState(asked.state), f"Not given: {plain(asked.reason)} What you paid for it goes back.")


def show_refunds(refunds: list[Refund]) -> None:
    """Draw what went back."""
    for each in refunds:
        if each.state in _SAYS:
            st.info(f"{each.amount} {_SAYS[RefundState(each.state)]} ({each.requested_at:%d %B %Y}).")


me = signed_in("see your order")
ref = st.query_params.get("order", "")
if not ref:
    st.info("Choose an order in “My orders”.")
    st.stop()

order = None
with errors_shown():
    order = latest(me, ref)
if order is None:
    st.stop()

if order.state == OrderState.FULFILLED:
    st.title("Thank you", anchor=False)
    has_data = any(line.opens_data and not line.for_others for line in order.lines)
    where = "The data is in your library." if has_data else "You have received it."
    if any(line.for_others for line in order.lines) and not has_data:
        where = "Give the licences away below."
    st.success(f"Paid {order.total}. {where}" if order.total.minor else where)
else:
    st.title("Your order", anchor=False)
    st.info(f"{_STATE.get(order.state, f'This order is {order.state}.')} {plain(order.problem)}")
with loading() as session:
    refunds = list(refunds_of(session, order.public_id))
    billable: Billable | None = next(iter(billables_of(session, me, InvoiceKind.ORDER, subject=ref)), None)
show_refunds(refunds)
with st.container(border=True, key="order_lines"):
    for line in order.lines:
        many = f"{line.quantity} × {line.unit_price} · " if line.quantity > 1 else ""
        off = f" · {line.discount} off" if line.discount_minor else ""
        st.write(f"{plain(line.title)}: {many}**{line.price}**{off}")
        if line.shipping_minor:
            st.caption(f"{line.goods}, and {line.price - line.goods} for delivery")
        if line.for_others:
            st.caption("For others: none of these licences is yours.")
        if line.note:
            st.caption(f"Your note to the seller: {plain(line.note)}")
        if line.attestation is not None:
            st.caption(_decided(line.attestation))
        show_parcel(order, line, me)
    st.metric("Total", str(order.total))
if order.state in (OrderState.FULFILLED, OrderState.PAID):
    with errors_shown():
        show_seats(order, me)
unread = [each.listing_id for each in order.lines if each.acceptance_id is None]
if order.state == OrderState.PAID and unread:
    st.warning("Accept the licence, and it opens.")
    with house().reading() as session:
        listings = listings_by_id(session, unread)
    agreed = agreement(listings, me)
    if st.button("Accept", key="accept_later"):
        with errors_shown():
            with house().unit_of_work() as session:
                accept_for_order(session, me, ref, agreed, now=house().now())
            st.rerun()
st.caption(f"Order {order.public_id}, placed {order.placed_at:%d %B %Y, %H:%M} UTC")
if order.paid_at:
    st.caption(f"Paid {order.paid_at:%d %B %Y, %H:%M} UTC")
details: Party | None = None
if billable is not None:
    details = show_billing(me)
    if details is None:
        st.caption("Give your billing details, and there is an invoice beside the receipt.")
with st.container(horizontal=True):
    if order.has_receipt:
        st.download_button(
            "Receipt (PDF)", lambda: receipt_pdf(order, me, refunds), f"{order.public_id}.pdf", "application/pdf",
            key="receipt", on_click="ignore",
        )  # fmt: skip
        if billable is not None:
            invoice_buttons(billable, me, details)
        opened = any(line.may_open and line.opens_data and not line.for_others for line in order.lines)
        if opened and st.button("Open my library", type="primary", key="to_library"):
            st.switch_page("shop_library.py")
    elif order.state == OrderState.AWAITING_PAYMENT and st.button("Pay now", key="pay_again"):
        back = f"{house().settings.base_url}/pay/return/{order.public_id}"
        with errors_shown():
            url = start_payment(house().database, house().gateway, me, ref, return_url=back, now=house().now())
            same_tab(f"Pay {order.total}", url, key="pay_link")
