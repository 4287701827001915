"""How the hosting of a seller's stores stands, and the two ways to pay it."""

from collections.abc import Sequence

import streamlit as st

from pages.parts.look import same_tab
from pages.parts.page import done, errors_shown, house, once
from polidat.catalog import HostingPolicy, Store
from polidat.orders import Hosted, Subscription, end_netting, net_hosting, pay_hosting
from polidat.payments import ENDED
from polidat.people import Person


def show_hosting(stores: Sequence[Hosted], paid: Sequence[Subscription], policy: HostingPolicy, me: Person) -> None:
    """Draw how the hosting of each store is paid, and the ways to pay it."""
    for each in stores:
        store = each.store
        running = [sub for sub in paid if sub.store_id == store.id and sub.state not in ENDED]
        if store.hidden_at is not None:
            st.error(f"{store.name} is hidden and sells nothing. {each.why_hidden} Buyers keep what they have.")
        if each.free_until is not None and not running and each.netted is None:
            st.info(
                f"{store.name} is hosted for free until {each.free_until:%d %B %Y}; then it is {policy.price} a month."
            )
        if running:
            st.caption(
                f"Hosting of {store.name}: {running[0].price} a month, {running[0].state.replace('_', ' ')}. "
                "Change the card or end it under “My subscriptions”."
            )
        if each.netted is not None:
            _netted(each, me)
        if not running and (each.netted is None or each.netted.behind_since is not None):
            _ways(store, policy, me, may_net=each.netted is None)


def _netted(each: Hosted, me: Person) -> None:
    netted, store = each.netted, each.store
    assert netted is not None  # as asked
    st.caption(
        f"Hosting of {store.name}: {netted.price} a month out of what you earn, the next on {netted.next_at:%d %B %Y}."
    )
    if netted.behind_since is not None:
        st.warning("You have not earned all of it yet: your next sales pay it first.")
    if st.button("Take no further month", key=f"end_netting_{store.slug}"):
        with errors_shown():
            with house().unit_of_work() as session:
                end_netting(session, me, store.slug, now=house().now())
            st.rerun()


def _ways(store: Store, policy: HostingPolicy, me: Person, *, may_net: bool) -> None:
    with st.container(horizontal=True, key=f"hosting_{store.slug}"):
        by_card = st.button(f"Pay hosting of {store.name} ({policy.price} a month)", key=f"host_{store.slug}")
        netted = may_net and st.button("Take it out of what I earn", key=f"net_{store.slug}")
    if by_card:
        _pay_by_card(store, policy, me)
    if netted:
        with errors_shown():
            with house().unit_of_work() as session:
                net_hosting(session, me, store.slug, now=house().now())
            st.rerun()


def _pay_by_card(store: Store, policy: HostingPolicy, me: Person) -> None:
    here, form = house(), f"host_{store.slug}"
    with errors_shown():
        back = f"{here.settings.base_url}/subscriptions"
        with st.spinner("Opening the payment page …"):
            _, url = pay_hosting(
                here.database, here.gateway, me, store.slug, key=once(form), return_url=back, now=here.now()
            )
        done(form)
        same_tab(f"Pay {policy.price} a month", url, key="hosting_link")
