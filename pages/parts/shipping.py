"""A good that ships: as part of the offer, on its page, and as a parcel."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st
from sqlalchemy.orm import Session

from pages.parts.page import errors_shown, house
from pages.parts.words import plain
from polidat.catalog import (
    STANDARD_DELIVERY,
    WAYS_MAX,
    Delivery,
    Listing,
    Shipping,
    ShippingOffer,
    days_text,
    shipping_of,
)
from polidat.core import COUNTRIES, Invalid, Money
from polidat.lake import current_version
from polidat.orders import (
    CARRIERS,
    RECEIVED_AFTER,
    SENT_WITHIN,
    Order,
    OrderLine,
    Shipment,
    ShipmentState,
    cancel_shipment,
    confirm_receipt,
    give_address,
    tracking_page,
)
from polidat.payments import Address
from polidat.people import Person

_SAYS = {
    ShipmentState.ORDERED: "It is sent once it is paid.",
    ShipmentState.RECEIVED: "The seller has your order and has not accepted it yet.",
    ShipmentState.ACCEPTED: "The seller has accepted your order and prepares it.",
    ShipmentState.SHIPPED: "It is on its way.",
    ShipmentState.DELIVERED: "You have received it.",
    ShipmentState.CANCELED: "It is not sent.",
}
_STEPS = (ShipmentState.RECEIVED, ShipmentState.ACCEPTED, ShipmentState.SHIPPED, ShipmentState.DELIVERED)


@dataclass(frozen=True)
class WayInput:
    """One way of delivery as the seller filled it in; without a name it is not offered."""

    name: str
    price: str
    days: str
    countries: list[str]

    def way(self, code: str) -> Delivery:
        """Return it as the catalog takes it. Raises Invalid for what is no amount, or no days."""
        price = Money.parse(self.price.strip() or "0", code)
        return Delivery(self.name, price, self.countries, _days(self.days))


@dataclass(frozen=True)
class ShippingInput:
    """What the seller filled in; without `ships` it is data only."""

    ships: bool
    ways: list[WayInput]
    with_data: bool

    def offer(self, code: str) -> ShippingOffer | None:
        """Return it as the catalog takes it. Raises Invalid for what is no amount, or no days."""
        if not self.ships:
            return None
        return ShippingOffer([each.way(code) for each in self.ways if each.name.strip()], self.with_data)


def shipping_inputs(listing: Listing) -> ShippingInput:
    """Draw whether a listing ships, in which ways, for how much, and where to."""
    with house().reading() as session:
        kept = shipping_of(session, listing.id)
        has_data = current_version(session, listing.dataset_id) is not None
    ways = kept.ways if kept else (Delivery(STANDARD_DELIVERY, Money(0, listing.currency)),)
    offered = kept is not None or not has_data
    with st.expander("Send a good", expanded=offered):
        ships = st.checkbox("This is a good that ships: a print, a drive …", offered, key=f"ships_{listing.slug}")
        st.caption(
            f"Up to {WAYS_MAX} ways of delivery, each with its price (without commission), the working days it takes "
            "once it is sent, and the countries it goes to (empty for any). Buyers choose; the first is taken if not."
        )
        filled = [
            _way_inputs(listing.slug, number, ways[number] if number < len(ways) else None)
            for number in range(WAYS_MAX)
        ]
        comes = kept.with_data if kept else has_data
        with_data = st.checkbox("Buyers get the data at once, too", comes, key=f"with_data_{listing.slug}")
        st.caption(
            f"Send it within {SENT_WITHIN.days} days of the payment, or the buyer gets everything back. It is sold as "
            "a whole only: not by subscription, by use or at auction."
        )
    return ShippingInput(ships, filled, with_data)


def _way_inputs(slug: str, number: int, kept: Delivery | None) -> WayInput:
    """Draw one way of delivery; a name makes it one."""
    at, first = f"{slug}_{number}" if number else slug, "visible" if number == 0 else "collapsed"
    name, price, days, to = st.columns([3, 2, 2, 4])
    cost = str(kept.price).split(" ")[0].replace(",", "") if kept else "0.00" if number == 0 else ""
    takes = f"{kept.days[0]}-{kept.days[1]}" if kept and kept.days else ""
    return WayInput(
        name.text_input(
            "Name", kept.name if kept else "", key=f"way_{at}", max_chars=60, placeholder="another way",
            label_visibility=first,
        ),
        price.text_input("Price", cost, key=f"shipping_{at}", placeholder="0.00", label_visibility=first),
        days.text_input("Days", takes, key=f"days_{at}", placeholder="2-4", label_visibility=first),
        to.multiselect(
            "Only to", COUNTRIES, list(kept.countries) if kept else [], key=f"to_{at}", placeholder="any country",
            label_visibility=first,
        ),
    )  # fmt: skip


def _days(text: str) -> tuple[int, int] | None:
    """The days a seller wrote, such as "2-4" or "3". Raises Invalid."""
    if not text.strip():
        return None
    first, _, last = (each.strip() for each in text.replace("–", "-").partition("-"))
    if not first.isdecimal() or not (last or first).isdecimal():
        raise Invalid(f"“{text.strip()[:20]}” are no days. Write them like 2-4, or leave them out.")
    return int(first), int(last or first)


def _cost(way: Delivery) -> str:
    return str(way.price) if way.price.minor else "free"


def show_ways(ships: Shipping) -> None:
    """Draw in which ways a listing is sent, and whether data comes with it."""
    several = len(ships.ways) > 1
    for each in ships.ways:
        st.caption(f":material/local_shipping: {plain(each.name) if several else 'Delivery'}: {each.shown}")
    st.caption("The data is yours at once, too." if ships.with_data else "It is sent to you; there is no data.")


def way_chosen(ways: Sequence[Delivery], kept: str, key: str, *, briefly: bool = False, **changed: Any) -> Delivery:
    """Draw the choice of a way of delivery where there is one, and return what is chosen."""
    if len(ways) == 1:
        return ways[0]
    names = [each.name for each in ways]
    said = {each.name: f"{each.name}: {_cost(each) if briefly else each.shown}" for each in ways}
    at = names.index(kept) if kept in names else 0
    chosen = st.selectbox("Delivery", names, at, format_func=lambda each: said[each], key=key, **changed)
    return ways[names.index(chosen)]


def show_parcel(order: Order, line: OrderLine, me: Person) -> None:
    """Draw where the parcel of a line is, for its buyer, with what the buyer can do about it."""
    parcel, key = line.shipment, f"{order.public_id}_{line.number}"
    if parcel is None:
        return
    state = ShipmentState(parcel.state)
    if state in _STEPS:
        done = _STEPS.index(state)
        st.markdown(f":material/local_shipping: {_SAYS[state]}")
        st.progress((done + 1) / len(_STEPS))
    else:
        st.caption(f"{_SAYS[state]} {plain(parcel.why)}")
    if parcel.delivery:
        st.caption(", ".join(each for each in (parcel.delivery, days_text(parcel.days)) if each))
    _say_more(parcel, state)
    if order.buyer_id != me.id:
        if me.is_operator and parcel.is_unsent:
            _operator_cancel(order, line, me)
        return
    if parcel.address is not None:
        with st.expander("Where it goes"):
            st.text("\n".join(parcel.address.lines))
    elif parcel.is_unsent:
        _address_form(order, line, parcel, me)
    if state == ShipmentState.SHIPPED and st.button("I have it", type="primary", key=f"received_{key}"):
        _do(lambda session: confirm_receipt(session, me, order.public_id, line.number, now=house().now()))
    if state != ShipmentState.RECEIVED:
        return
    if line.opens_data:
        st.caption("The data comes at once, so only the seller can cancel it: write to them if you do not want it.")
    elif st.button("Cancel it", key=f"cancel_{key}"):
        _do(lambda session: cancel_shipment(session, me, order.public_id, line.number, now=house().now()))


def _operator_cancel(order: Order, line: OrderLine, me: Person) -> None:
    key = f"{order.public_id}_{line.number}"
    with st.form(f"operator_cancel_{key}", border=False):
        why = st.text_input("Why it is not sent, for the buyer", key=f"why_{key}", max_chars=500)
        sent = st.form_submit_button("Cancel it and give the money back", key=f"give_up_{key}")
    if sent:
        _do(lambda session: cancel_shipment(session, me, order.public_id, line.number, why, now=house().now()))


def _say_more(parcel: Shipment, state: ShipmentState) -> None:
    if parcel.is_unsent and parcel.paid_at is not None:
        st.caption(f"To be sent until {parcel.paid_at + SENT_WITHIN:%d %B %Y}; else you get everything back.")
    if not parcel.carrier:
        return
    show_tracking(parcel)
    if state == ShipmentState.SHIPPED and parcel.shipped_at is not None:
        until = parcel.shipped_at + RECEIVED_AFTER
        st.caption(f"Write to the seller if it does not arrive; on {until:%d %B %Y} it counts as received.")


def show_tracking(parcel: Shipment) -> None:
    """Draw the carrier and the number, with the carrier's page where there is one."""
    name, page = CARRIERS[parcel.carrier].name, tracking_page(parcel.carrier, parcel.tracking)
    when = f", {parcel.shipped_at:%d %B %Y}" if parcel.shipped_at else ""
    number = f"[{parcel.tracking}]({page})" if page else parcel.tracking
    st.markdown(f"{name} {number}{when}")


def _address_form(order: Order, line: OrderLine, parcel: Shipment, me: Person) -> None:
    key = f"{order.public_id}_{line.number}"
    st.warning("The seller needs to know where to send it.")
    with st.form(f"address_{key}"):
        name = st.text_input("Full name", key=f"name_{key}", max_chars=200)
        line1 = st.text_input("Street and number", key=f"line1_{key}", max_chars=200)
        line2 = st.text_input("Apartment, floor (optional)", key=f"line2_{key}", max_chars=200)
        postal, city = st.columns(2)
        postal_code = postal.text_input("Postal code", key=f"postal_{key}", max_chars=20)
        town = city.text_input("City", key=f"city_{key}", max_chars=200)
        state = st.text_input("State or region (if there is one)", key=f"state_{key}", max_chars=200)
        codes: Sequence[str] = parcel.countries or COUNTRIES
        country = st.selectbox("Country", codes, key=f"country_{key}")
        sent = st.form_submit_button("Send it there", type="primary", key=f"give_{key}")
    if sent:
        address = Address(name, line1, line2, town, state, postal_code, country or "")
        _do(lambda session: give_address(session, me, order.public_id, line.number, address, now=house().now()))


def _do(change: Callable[[Session], object]) -> None:
    with errors_shown():
        with house().unit_of_work() as session:
            change(session)
        st.rerun()
