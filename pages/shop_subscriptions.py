"""My subscriptions: what runs, until when, and how to end it or change the card."""

import streamlit as st

from pages.parts.back import ended
from pages.parts.invoices import show_invoices
from pages.parts.look import same_tab
from pages.parts.page import errors_shown, house, loading, signed_in
from pages.parts.words import plain
from polidat.invoices import InvoiceKind
from polidat.orders import (
    GRACE,
    Subscription,
    change_card,
    end_subscription,
    my_subscriptions,
    sync_subscription,
)
from polidat.payments import ENDED
from polidat.people import Person

_RUNNING = ("active", "trialing", "past_due")


def welcome_back(me: Person) -> None:
    """Say how the subscription stands somebody comes back from."""
    here = house()
    found = ended("subscription", lambda ref: sync_subscription(here.database, here.gateway, me, ref, now=here.now()))
    if found is None:
        return
    if found.state in _RUNNING:
        st.success(f"You are subscribed to {plain(found.title)}.")
    else:
        st.info("This subscription has not begun. If you have just paid, reload the page in a moment.")


def show_subscription(found: Subscription, me: Person) -> None:
    """Draw one subscription with what can be done about it."""
    with st.container(border=True, key=f"sub_{found.public_id}"):
        st.write(f"**{plain(found.title)}** · {found.price} a {found.interval} · {found.state.replace('_', ' ')}")
        if found.doubles_id is not None:
            st.caption("Another subscription of yours pays for this already. This one ended; what you paid goes back.")
            return
        if found.state == "past_due" and found.past_due_since:
            until = found.past_due_since + GRACE
            st.error(f"The last payment failed. Give another card by {until:%d %B %Y}, or access rests.")
        elif found.period_end and found.state not in ENDED:
            ends = "Ends" if found.ends_with_period else "First payment" if found.state == "trialing" else "Renews"
            st.caption(f"{ends} on {found.period_end:%d %B %Y}.")
        if found.state in ENDED:
            return
        with st.container(horizontal=True):
            _actions(found, me)


def _actions(found: Subscription, me: Person) -> None:
    here, ref = house(), found.public_id
    if found.ends_with_period:
        if st.button("Go on after all", key=f"keep_{ref}"):
            with errors_shown():
                end_subscription(here.database, here.gateway, me, ref, with_period=False, now=here.now())
                st.rerun()
    elif st.button("End with this period", key=f"end_{ref}"):
        with errors_shown():
            end_subscription(here.database, here.gateway, me, ref, now=here.now())
            st.rerun()
    if st.button("Change the card", key=f"card_{ref}"):
        with errors_shown():
            back = f"{here.settings.base_url}/subscriptions?subscription={ref}"
            url = change_card(here.database, here.gateway, me, ref, return_url=back)
            same_tab("Go to Stripe", url, key=f"portal_{ref}")


me = signed_in("see your subscriptions")
st.title("My subscriptions", anchor=False)
welcome_back(me)
found: list[Subscription] = []
with errors_shown(), loading() as session:
    found = list(my_subscriptions(session, me))
if not found:
    st.info("You have no subscription. Datasets that are sold by the month or year say so on their page.")
for each in found:
    show_subscription(each, me)
show_invoices(me, InvoiceKind.SUBSCRIPTION, InvoiceKind.HOSTING)
