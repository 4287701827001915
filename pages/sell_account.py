"""A seller's account at Stripe: may it receive, what is asked of it, where and when it is paid out."""

import streamlit as st

from pages.parts.account import as_of, show_asked, show_banks, show_money, show_schedule, show_standing
from pages.parts.billing import show_billing
from pages.parts.page import house, loading, session_token, signed_in
from pages.parts.post import post_button
from polidat.payments import (
    SellerAccount,
    banks_of,
    financial_account,
    seller_account,
    sync_account,
    sync_financial_account,
)
from polidat.people import Person, csrf_token


def to_stripe(label: str, action: str, *, key: str) -> None:
    """Draw the button that leads to a page of Stripe's."""
    post_button(label, action, {"csrf": csrf_token(session_token() or "")}, key=key)


def look() -> None:
    """Ask Stripe how the account, and the financial account, are now."""
    here = house()
    sync_account(here.database, here.gateway, me, now=here.now())
    if here.settings.treasury:
        sync_financial_account(here.database, here.gateway, me, now=here.now())


def show_account(account: SellerAccount, me: Person) -> None:
    """Draw everything about an account that exists."""
    show_standing(account)
    if show_asked(account):
        to_stripe("Continue at Stripe", "/payouts/onboarding", key="continue_onboarding")
    st.subheader("Bank account", anchor=False)
    with house().reading() as session:
        banks, money = banks_of(session, me), financial_account(session, me)
    show_banks(banks, account, money)
    if account.payouts_enabled:
        to_stripe("Change it at Stripe", "/payouts/dashboard", key="to_dashboard")
    st.subheader("When you are paid out", anchor=False)
    show_schedule(account.schedule, waits=account.schedule_before is not None)
    if house().settings.treasury:
        st.subheader("Financial account", anchor=False)
        if money is not None and money.stripe_id is not None:
            show_money(money)
        if st.button("Cash and cards" if money else "Open one", key="to_money"):
            st.switch_page("sell_money.py")


me = signed_in("see your payout account")
st.title("Payout account", anchor=False)
show_billing(me)
with loading() as session:
    account = seller_account(session, me)
if account is None or account.stripe_id is None:
    st.info(
        "Sales are paid out through Stripe. Connect once: phone, name, date of birth, address and a bank account. It "
        "takes about two minutes, and until then nobody can pay for your listings."
    )
    to_stripe("Connect to Stripe", "/payouts/onboarding", key="start_onboarding")
    st.stop()
as_of(account.checked_at, look, key="refresh_account")
show_account(account, me)
