"""A seller's account at Stripe: may it receive, what is asked of it, where and when it is paid out."""

from datetime import datetime

import streamlit as st

from pages.parts.account import show_asked, show_banks, show_schedule, show_standing
from pages.parts.page import errors_shown, house, loading, session_token, signed_in
from pages.parts.post import post_button
from polidat.payments import SellerAccount, StripeAway, banks_of, seller_account, sync_account
from polidat.people import Person, csrf_token


def as_of(at: datetime | None, me: Person) -> None:
    """Draw when this was last looked up, and the button that looks again."""
    here = house()
    with st.container(horizontal=True, vertical_alignment="center", key="as_of"):
        st.caption(f"As of {at:%d %B %Y, %H:%M:%S} UTC. Stripe tells us of changes." if at else "Not looked up yet.")
        if st.button("Look again", icon=":material/refresh:", key="refresh_account"):
            with errors_shown():
                try:
                    with st.spinner("Asking Stripe …"):
                        sync_account(here.database, here.gateway, me, now=here.now())
                except StripeAway:
                    st.warning("Stripe does not answer at the moment. Below is what we knew last.")
                    return
                st.rerun()


def to_stripe(label: str, action: str, *, key: str) -> None:
    """Draw the button that leads to a page of Stripe's."""
    post_button(label, action, {"csrf": csrf_token(session_token() or "")}, key=key)


def show_account(account: SellerAccount, me: Person) -> None:
    """Draw everything about an account that exists."""
    show_standing(account)
    if show_asked(account):
        to_stripe("Continue at Stripe", "/payouts/onboarding", key="continue_onboarding")
    st.subheader("Bank account", anchor=False)
    with house().reading() as session:
        banks = banks_of(session, me)
    show_banks(banks, account)
    if account.payouts_enabled:
        to_stripe("Change it at Stripe", "/payouts/dashboard", key="to_dashboard")
    st.subheader("When you are paid out", anchor=False)
    show_schedule(account.schedule)


me = signed_in("see your payout account")
st.title("Payout account", anchor=False)
with loading() as session:
    account = seller_account(session, me)
if account is None or account.stripe_id is None:
    st.info(
        "Sales are paid out through Stripe. Connect once: phone, name, date of birth, address and a bank account. It "
        "takes about two minutes, and until then nobody can pay for your listings."
    )
    to_stripe("Connect to Stripe", "/payouts/onboarding", key="start_onboarding")
    st.stop()
as_of(account.checked_at, me)
show_account(account, me)
