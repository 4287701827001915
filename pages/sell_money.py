"""A seller's financial account at Stripe: cash and its way out, where payouts go, virtual cards, movements."""

from collections.abc import Sequence

import streamlit as st

from pages.parts.account import as_of, show_money
from pages.parts.cards import card_form, show_cards
from pages.parts.cash_out import cash_out_form, show_cash_outs
from pages.parts.figures import when_columns
from pages.parts.page import errors_shown, house, loading, signed_in
from polidat.payments import (
    FinancialAccount,
    FinancialMovement,
    StripeAway,
    cards_of,
    cash_outs_of,
    financial_account,
    financial_movements,
    open_financial_account,
    seller_account,
    send_payouts_to,
    sync_financial_account,
    takes_payouts,
)
from polidat.people import Person


def offer(me: Person) -> None:
    """Draw what a financial account is, and the button that opens one."""
    here = house()
    st.info(
        "A financial account keeps your earnings at Stripe: payouts into it arrive at once, and virtual cards spend "
        "them. The money is yours; the house neither holds nor books it."
    )
    if st.button("Open a financial account", type="primary", key="open_money"):
        with errors_shown():
            with st.spinner("Asking Stripe …"):
                open_financial_account(here.database, here.gateway, me, now=here.now())
            st.rerun()


def show_destination(me: Person) -> None:
    """Draw where payouts go, and the button that sends them elsewhere."""
    here = house()
    with here.reading() as session:
        here_now = takes_payouts(session, me)
    st.write("Your payouts go into this account, at once." if here_now else "Your payouts go to your bank account.")
    label = "Send payouts to my bank again" if here_now else "Send my payouts here"
    if st.button(label, icon=":material/swap_horiz:", key="switch_payouts"):
        with errors_shown():
            with st.spinner("Asking Stripe …"):
                send_payouts_to(here.database, here.gateway, me, financial=not here_now, now=here.now())
            st.rerun()


def show_movements(moved: Sequence[FinancialMovement]) -> None:
    """Draw the latest movements."""
    if not moved:
        st.info("Nothing has moved yet. Send your payouts here, then pay out.")
        return
    st.dataframe(
        [
            {"when": each.created_at, "what": each.description, "amount": str(each.amount), "state": each.state}
            for each in moved
        ],
        hide_index=True,
        column_config=when_columns(),
        key="money_movements",
    )


def show_account(account: FinancialAccount, me: Person) -> None:
    """Draw everything about a financial account that is open."""
    here = house()
    show_money(account)
    st.caption(f"{account.bank_name} ending in {account.last4} · your own money at Stripe")
    show_destination(me)
    with here.reading() as session:
        cards, moved_out = cards_of(session, me), cash_outs_of(session, me)
    st.subheader("Move cash out", anchor=False)
    cash_out_form(account, me, moves=len(moved_out))
    show_cash_outs(moved_out, me)
    st.subheader("Cards", anchor=False)
    show_cards(cards, me)
    with st.expander("Issue a card", expanded=not cards):
        card_form(account, me)
    st.subheader("Movements", anchor=False)
    with errors_shown():
        try:
            with st.spinner("Asking Stripe …"):
                moved = financial_movements(here.database, here.gateway, me)
        except StripeAway:
            st.warning("Stripe does not answer at the moment. Try again in a moment.")
            return
        show_movements(moved)


me = signed_in("see your financial account")
st.title("Financial account", anchor=False)
if not house().settings.treasury:
    st.info("This marketplace offers no financial accounts.")
    st.stop()
with loading() as session:
    account, stripe = financial_account(session, me), seller_account(session, me)
if stripe is None or not stripe.payouts_enabled:
    st.info("Connect to Stripe first: “Payout account” takes you there.")
    st.stop()
if account is None or account.stripe_id is None:
    offer(me)
    st.stop()
if account.state != "open":
    st.info("This financial account is closed.")
    st.stop()
here = house()
as_of(
    account.checked_at,
    lambda: sync_financial_account(here.database, here.gateway, me, now=here.now()),
    key="refresh_money",
)
show_account(account, me)
