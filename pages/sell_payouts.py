"""A seller's money at Stripe, and its way to the bank."""

from collections.abc import Sequence

import streamlit as st

from pages.parts.account import bank_name
from pages.parts.figures import tile, when_columns
from pages.parts.look import same_tab
from pages.parts.page import done, errors_shown, house, loading, once, signed_in
from pages.parts.payouts import show_statement, show_waiting
from polidat.core import Conflict, Money
from polidat.insights import payout_statement
from polidat.orders import ask_payout
from polidat.payments import (
    FinancialAccount,
    Payout,
    SellerBalance,
    SellerBank,
    banks_of,
    financial_account,
    open_dashboard,
    payouts_of,
    seller_account,
    seller_balance,
    seller_payouts,
)
from polidat.people import Person

_FAILED_SHOWN = 5  # the latest: older ones are in the table


def show_balances(balances: Sequence[SellerBalance]) -> None:
    """Draw what there is, by currency."""
    if not any(each.available.minor or each.pending.minor for each in balances):
        st.info("There is no money at Stripe yet. Sales arrive here and become available after some days.")
    for each in balances:
        with st.container(horizontal=True, key=f"balance_{each.available.currency}_tiles"):
            tile("Available", str(each.available), says="Standard payouts take it.")
            tile("Available at once", str(each.instant), says="Instant payouts take it, for a fee of Stripe's.")
            tile("On its way", str(each.pending), says="Of card payments; available in some days.")


def payout_form(
    balances: Sequence[SellerBalance], banks: Sequence[SellerBank], money: FinancialAccount | None, me: Person
) -> None:
    """Draw the form that pays out."""
    here, codes = house(), [each.available.currency for each in balances]
    ways = ["standard", "instant"] if not banks or any(each.takes_instant for each in banks) else ["standard"]
    with st.form("payout"):
        if banks:
            st.caption(f"To: {', '.join(bank_name(each, money) for each in banks if each.is_default)}")
        text = st.text_input("Amount", key="payout_amount")
        code = st.selectbox("Currency", codes, format_func=str.upper, key="payout_currency")
        method = st.radio(
            "How",
            ways,
            format_func={"standard": "Standard, in some days", "instant": "Instant, for a fee of Stripe"}.get,
            captions=None if len(ways) > 1 else ["Your bank account takes no instant payouts."],
            key="payout_method",
        )
        sent = st.form_submit_button("Pay out", type="primary")
    if not sent:
        return
    with errors_shown(), st.spinner("Asking Stripe …"):
        amount = Money.parse(text, code)
        try:
            payout = ask_payout(
                here.database, here.gateway, me, amount, method=method, key=once("payout"), now=here.now()
            )
        except Conflict:
            done("payout")  # Stripe remembers a refusal under its key; there may be enough the next time
            raise
        done("payout")
        st.success(f"{payout.amount} is on its way and should arrive by {payout.arrives_at:%d %B %Y}.")


def show_payouts(payouts: Sequence[Payout], me: Person) -> None:
    """Draw the history; a failed one says what to do, a chosen one what it is made of."""
    if not payouts:
        st.info("Nothing was paid out yet.")
        return
    for each in payouts[:_FAILED_SHOWN]:
        if each.came_back:
            st.error(f"{each.amount} came back: {each.problem} “Payout account” leads to where you change your bank.")
    picked = st.dataframe(
        [
            {"when": each.created_at, "amount": str(each.amount), "fee": str(Money(each.fee_minor, each.currency)),
             "how": each.method, "state": each.state.replace("_", " "), "arrives": each.arrives_at,
             "problem": each.problem}
            for each in payouts
        ],
        hide_index=True,
        column_config=when_columns(),
        on_select="rerun",
        selection_mode="single-row",
        key="payouts",
    )  # fmt: skip
    st.caption("Choose a payout to see the sales, refunds and fees in it.")
    rows = picked["selection"]["rows"]
    if rows:
        with errors_shown():
            with loading() as session:
                found = payout_statement(session, me, payouts[rows[0]].id, now=house().now())
            show_statement(found)


me = signed_in("see your payouts")
here = house()
st.title("Payouts", anchor=False)
with here.reading() as session:
    account, banks, money = seller_account(session, me), banks_of(session, me), financial_account(session, me)
if account is None or account.stripe_id is None:
    st.info("Connect to Stripe first: “Payout account” takes you there.")
    st.stop()
balances: Sequence[SellerBalance] = []
with here.reading() as session:
    payouts = payouts_of(session, me)
with errors_shown(), st.spinner("Asking Stripe …"):
    balances = seller_balance(here.database, here.gateway, me)
    payouts = seller_payouts(here.database, here.gateway, me)
show_balances(balances)
if account.payouts_enabled and balances:
    payout_form(balances, banks, money, me)
elif not account.payouts_enabled:
    st.warning("Stripe does not pay you out at the moment. Your payout account says why.")
    if st.button("Payout account", key="to_account"):
        st.switch_page("sell_account.py")
show_waiting(balances, me)
st.subheader("History", anchor=False)
show_payouts(payouts, me)
if st.button("Open Stripe's dashboard", key="dashboard"):
    with errors_shown():
        same_tab("Go to Stripe", open_dashboard(here.database, here.gateway, me), key="dashboard_link")
