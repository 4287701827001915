"""What the seller has to send: who gets it, until when, with whom it goes; and what was sent."""

from collections.abc import Callable, Sequence

import streamlit as st
from sqlalchemy.orm import Session

from pages.parts.page import errors_shown, house, loading, signed_in
from pages.parts.shipping import show_tracking
from pages.parts.words import plain
from polidat.catalog import days_text
from polidat.orders import (
    CARRIERS,
    Parcel,
    ShipmentState,
    accept_shipment,
    cancel_shipment,
    parcels_of,
    ship_line,
)
from polidat.people import Person

_TO_DO = (ShipmentState.RECEIVED, ShipmentState.ACCEPTED)
_OVER = (ShipmentState.DELIVERED, ShipmentState.CANCELED)


def show_to_do(each: Parcel, me: Person) -> None:
    """Draw a parcel that is to be sent: the label, what the buyer wrote, and what the seller can do."""
    key = f"{each.order}_{each.line.number}"
    with st.container(border=True, key=f"parcel_{key}"):
        facts, label = st.columns([3, 2], gap="large")
        with facts:
            state = "New" if each.shipment.state == ShipmentState.RECEIVED else "Accepted"
            st.write(f"**{plain(each.line.title)}** · {state}")
            st.caption(f"{each.order} · {each.line.goods}, and {each.line.price - each.line.goods} for delivery")
            if each.shipment.delivery:
                takes = days_text(each.shipment.days)
                st.caption(f":material/local_shipping: {each.shipment.delivery}{f', {takes}' if takes else ''}")
            if each.line.note:
                st.info(plain(each.line.note))
            if each.due_at is not None:
                st.caption(f"Send it until {each.due_at:%d %B %Y}; after that the buyer gets everything back.")
        with label:
            show_label(each)
        if each.waits:
            st.warning(each.waits)
            cancel_form(each, key, me)
            return
        if each.shipment.state == ShipmentState.RECEIVED and st.button("Accept", type="primary", key=f"accept_{key}"):
            do(lambda session: accept_shipment(session, me, each.order, each.line.number, now=house().now()))
        ship_form(each, key, me)
        cancel_form(each, key, me)


def show_label(each: Parcel) -> None:
    """Draw where it goes."""
    address = each.shipment.address
    if address is None:
        st.warning("The buyer has not said where to send it. They were asked by mail.")
    else:
        st.code("\n".join(address.lines), language=None)


def ship_form(each: Parcel, key: str, me: Person) -> None:
    """Draw the form that says with whom it goes."""
    with st.form(f"ship_{key}", border=False):
        left, right = st.columns(2)
        codes = list(CARRIERS)
        at = codes.index(each.shipment.carrier) if each.shipment.carrier else 0
        carrier = left.selectbox(
            "Carrier", codes, at, format_func=lambda code: CARRIERS[code].name, key=f"carrier_{key}"
        )
        tracking = right.text_input("Tracking number", each.shipment.tracking, key=f"tracking_{key}", max_chars=60)
        label = "It is sent" if each.shipment.is_unsent else "Correct it"
        kind = "primary" if each.shipment.state == ShipmentState.ACCEPTED else "secondary"
        sent = st.form_submit_button(label, type=kind, key=f"is_sent_{key}")
    if sent:
        do(lambda session: ship_line(session, me, each.order, each.line.number, carrier, tracking, now=house().now()))


def cancel_form(each: Parcel, key: str, me: Person) -> None:
    """Draw the way not to send it after all."""
    with st.expander("Do not send it"), st.form(f"cancel_{key}", border=False):
        reason = st.text_input("Why, for the buyer", key=f"why_{key}", max_chars=500)
        sent = st.form_submit_button("Cancel and give the money back", key=f"give_up_{key}")
    if sent:
        do(lambda session: cancel_shipment(session, me, each.order, each.line.number, reason, now=house().now()))


def show_sent(each: Parcel, me: Person) -> None:
    """Draw a parcel on its way."""
    key = f"{each.order}_{each.line.number}"
    with st.container(border=True, key=f"sent_{key}"):
        st.write(f"**{plain(each.line.title)}** · {each.order}")
        show_tracking(each.shipment)
        with st.expander("Correct carrier or number, or see the address"):
            show_label(each)
            ship_form(each, key, me)


def show_over(parcels: Sequence[Parcel]) -> None:
    """Draw what is over."""
    rows = [
        {
            "ended": each.shipment.ended_at,
            "what": each.line.title,
            "order": each.order,
            "state": each.shipment.state,
            "carrier": CARRIERS[each.shipment.carrier].name if each.shipment.carrier else "",
            "number": each.shipment.tracking,
            "why": each.shipment.why,
        }
        for each in parcels
    ]
    st.dataframe(rows, hide_index=True, key="parcels_over")


def do(change: Callable[[Session], object]) -> None:
    """Make the change a click asks for, and draw the page again."""
    with errors_shown():
        with house().unit_of_work() as session:
            change(session)
        st.rerun()


me = signed_in("send what you have sold")
st.title("Shipping", anchor=False)
parcels: Sequence[Parcel] = []
with errors_shown(), loading() as session:
    parcels = parcels_of(session, me)
to_do = [each for each in parcels if each.shipment.state in _TO_DO]
sent = [each for each in parcels if each.shipment.state == ShipmentState.SHIPPED]
over = [each for each in parcels if each.shipment.state in _OVER]
if not parcels:
    st.info("Nothing is to be sent. Say on “Publish” that a listing is a good that ships.")
    st.stop()
st.subheader(f"To send ({len(to_do)})", anchor=False)
if not to_do:
    st.caption("Everything is on its way.")
for each in to_do:
    show_to_do(each, me)
if sent:
    st.subheader(f"On its way ({len(sent)})", anchor=False)
for each in sent:
    show_sent(each, me)
if over:
    st.subheader("Done", anchor=False)
    show_over(over)
