"""Licences for several people: given away on the order's page, accepted in the library."""

from collections.abc import Sequence

import streamlit as st

from pages.parts.agree import agreement_like
from pages.parts.page import errors_shown, house
from pages.parts.words import plain
from polidat.orders import (
    GivenSeat,
    LineSeats,
    Order,
    Seat,
    accept_seat,
    give_own_seat,
    give_seat,
    leave_seat,
    seats_of,
    take_back_seat,
    take_own_seat,
)
from polidat.people import Person


def show_seats(order: Order, me: Person) -> None:
    """Draw who has the licences of an order, for its buyer; nothing where none can be somebody else's."""
    with house().reading() as session:
        lines = seats_of(session, me, order.public_id)
    if not lines or order.buyer_id != me.id:
        return
    st.subheader("Who has the licences", anchor=False)
    for each in lines:
        with st.container(border=True, key=f"seats_{each.line.number}"):
            many = f"{each.used} of {each.quantity} licences" if each.quantity > 1 else f"{each.used} of 1 licence"
            st.markdown(f"**{plain(each.line.title)}** · {many} taken")
            if not each.opens:
                st.warning("These licences do not open the data any more, or not yet.")
                continue
            if each.yours:
                st.caption(f"1 · {me.email} · yours")
            for seat in each.given:
                _show_seat(seat, me)
            if each.free:
                _give_form(order, each, me)
            _own(order, each, me)


def show_given(given: Sequence[GivenSeat], me: Person) -> None:
    """Draw the licences somebody was given: those that wait to be accepted first."""
    for each in sorted(given, key=lambda each: not each.waits):
        number, title = each.seat.id, each.listing.title
        with st.container(border=True, key=f"given_{number}"):
            if not each.waits:
                with st.container(horizontal=True, vertical_alignment="center"):
                    st.text(f"Your licence of “{title}” is from {each.giver.shown_name} ({each.giver.email}).")
                    gone = st.button("Give it back", key=f"leave_{number}", type="tertiary")
                if gone:
                    _leave(each, me)
                continue
            st.text(f"{each.giver.shown_name} ({each.giver.email}) gives you a licence of “{title}”.")
            agreed = agreement_like(each.listing, each.acceptance_id, me)
            with st.container(horizontal=True):
                accepted = st.button("Accept", type="primary", key=f"take_{number}")
                gone = st.button("Decline", key=f"leave_{number}")
            if accepted:
                with errors_shown():
                    with house().unit_of_work() as session:
                        accept_seat(session, me, number, agreed, now=house().now())
                    st.rerun()
            if gone:
                _leave(each, me)


def _show_seat(seat: Seat, me: Person) -> None:
    state = "uses it" if seat.taken_at else "has not accepted it yet"
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.caption(f"{seat.place} · {seat.email} · {state}", width="content")
        back = st.button("Take back", key=f"take_back_{seat.id}", type="tertiary", icon=":material/undo:")
    if back:
        with errors_shown():
            with house().unit_of_work() as session:
                take_back_seat(session, me, seat.id, now=house().now())
            st.rerun()


def _give_form(order: Order, seats: LineSeats, me: Person) -> None:
    number, here = seats.line.number, house()
    left = "one licence" if seats.free == 1 else f"{seats.free} licences"
    form = st.form(f"give_{number}", clear_on_submit=True, border=False)
    with form.container(horizontal=True, vertical_alignment="bottom"):
        label = f"Give {left} away, one at a time"
        email = st.text_input(label, placeholder="name@example.org", key=f"give_to_{number}")
        sent = st.form_submit_button("Invite")
    if sent:
        with errors_shown():
            library = f"{here.settings.base_url}/library"
            with here.unit_of_work() as session:
                give_seat(session, me, order.public_id, number, email, library_url=library, now=here.now())
            st.rerun()


def _own(order: Order, seats: LineSeats, me: Person) -> None:
    """The buyer's own licence: to give away as long as it is not used, or to take again."""
    number, here = seats.line.number, house()
    if not seats.yours:
        if seats.free and seats.may_take and st.button("Use one yourself", key=f"take_own_{number}", type="tertiary"):
            with errors_shown():
                with here.unit_of_work() as session:
                    take_own_seat(session, me, order.public_id, number, now=here.now())
                st.rerun()
        return
    if seats.stays:
        return
    with st.expander("Give your own licence to somebody else"):
        st.caption("You have not used it yet, so it can be theirs. You do not read the data from then on.")
        with st.form(f"give_own_{number}", border=False), st.container(horizontal=True, vertical_alignment="bottom"):
            email = st.text_input("Their address", placeholder="name@example.org", key=f"give_own_to_{number}")
            sent = st.form_submit_button("Give it away")
    if sent:
        with errors_shown():
            library = f"{here.settings.base_url}/library"
            with here.unit_of_work() as session:
                give_own_seat(session, me, order.public_id, number, email, library_url=library, now=here.now())
            st.rerun()


def _leave(given: GivenSeat, me: Person) -> None:
    with errors_shown():
        with house().unit_of_work() as session:
            leave_seat(session, me, given.seat.id, now=house().now())
        st.rerun()
