"""A seller's money at Stripe, and its way to the bank."""

from collections.abc import Sequence

import streamlit as st

from pages.parts.look import same_tab
from pages.parts.page import done, errors_shown, house, once, signed_in
from polidat.core import Money
from polidat.payments import (
    NotEnoughToPayOut,
    PayoutFacts,
    SellerBalance,
    open_dashboard,
    pay_out,
    seller_account,
    seller_balance,
    seller_payouts,
)
from polidat.people import Person


def show_balances(balances: Sequence[SellerBalance]) -> None:
    """Draw what there is, by currency."""
    if not any(each.available.minor or each.pending.minor for each in balances):
        st.info("There is no money at Stripe yet. Sales arrive here and become available after some days.")
    for each in balances:
        available, instant, pending = st.columns(3)
        available.metric("Available", str(each.available))
        instant.metric("Available at once, for a fee", str(each.instant))
        pending.metric("On its way", str(each.pending))


def payout_form(balances: Sequence[SellerBalance], me: Person) -> None:
    """Draw the form that pays out."""
    here, codes = house(), [each.available.currency for each in balances]
    with st.form("payout"):
        text = st.text_input("Amount", key="payout_amount")
        code = st.selectbox("Currency", codes, format_func=str.upper, key="payout_currency")
        method = st.radio(
            "How",
            ["standard", "instant"],
            format_func={"standard": "Standard, in some days", "instant": "Instant, for a fee of Stripe"}.get,
            key="payout_method",
        )
        sent = st.form_submit_button("Pay out", type="primary")
    if not sent:
        return
    with errors_shown(), st.spinner("Asking Stripe …"):
        amount = Money.parse(text, code)
        try:
            payout = pay_out(here.database, here.gateway, me, amount, method=method, key=once("payout"))
        except NotEnoughToPayOut:
            done("payout")  # Stripe remembers a refusal under its key; there may be enough the next time
            raise
        done("payout")
        st.success(f"{payout.amount} is on its way and should arrive by {payout.arrives_at:%d %B %Y}.")


def show_payouts(payouts: Sequence[PayoutFacts]) -> None:
    """Draw the history; a failed one says what to do."""
    if not payouts:
        st.info("Nothing was paid out yet.")
        return
    for each in payouts:
        if each.status == "failed":
            st.error(f"{each.amount} came back: {each.problem} Change your bank account in Stripe's dashboard.")
    st.dataframe(
        [
            {"when": each.created_at, "amount": str(each.amount), "how": each.method, "state": each.status,
             "arrives": each.arrives_at, "problem": each.problem}
            for each in payouts
        ],
        hide_index=True,
        key="payouts",
    )  # fmt: skip


me = signed_in("see your payouts")
here = house()
st.title("Payouts", anchor=False)
with here.reading() as session:
    account = seller_account(session, me)
if account is None or account.stripe_id is None:
    st.info("Connect to Stripe first: “My sales” takes you there.")
    st.stop()
balances: Sequence[SellerBalance] = []
payouts: Sequence[PayoutFacts] = []
with errors_shown(), st.spinner("Asking Stripe …"):
    balances = seller_balance(here.database, here.gateway, me)
    payouts = seller_payouts(here.database, here.gateway, me)
show_balances(balances)
if account.payouts_enabled and balances:
    payout_form(balances, me)
elif not account.payouts_enabled:
    st.warning("Stripe does not pay you out at the moment. It asks for: " + (", ".join(account.due) or "a review"))
st.subheader("History", anchor=False)
show_payouts(payouts)
if st.button("Open Stripe's dashboard", key="dashboard"):
    with errors_shown():
        same_tab("Go to Stripe", open_dashboard(here.database, here.gateway, me), key="dashboard_link")
