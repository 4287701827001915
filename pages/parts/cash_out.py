"""Cash that leaves a financial account for its owner's bank: the form, and what became of it."""

from collections.abc import Sequence

import streamlit as st

from pages.parts.page import done, errors_shown, house, once
from polidat.core import Money
from polidat.payments import PROCESSING, CashOut, FinancialAccount, call_cash_back, move_cash_out
from polidat.people import Person

_STATES = {
    "asked": ("orange", "Asked for", "It leaves within a minute."),
    "processing": ("blue", "On its way", ""),
    "posted": ("green", "Left", ""),
    "returned": ("red", "Came back", "The bank has returned it: it is cash again."),
    "canceled": ("gray", "Called back", "It is cash again."),
    "failed": ("red", "Failed", "It is cash again."),
    "refused": ("red", "Refused", "Nothing has left."),
}


def cash_out_form(account: FinancialAccount, me: Person, *, moves: int) -> None:
    """Draw the form that moves cash out; it is empty again after each of the `moves`."""
    here = house()
    if account.cash_minor <= 0:
        st.info("There is no cash to move out.")
        return
    with st.form("cash_out", border=False), st.container(horizontal=True, vertical_alignment="bottom"):
        label = f"Amount in {account.currency.upper()}, up to {account.cash}"
        text = st.text_input(label, key=f"cash_out_amount_{moves}", placeholder="100.00")
        sent = st.form_submit_button("Move to my bank", type="primary", icon=":material/output:")
    st.caption("It goes to your own bank account and takes one or two working days.")
    if not sent:
        return
    with errors_shown():
        amount = Money.parse(text, account.currency)
        form = f"cash_out_{amount.minor}"
        with st.spinner("Asking Stripe …"):
            move_cash_out(here.database, here.gateway, me, amount, key=once(form), now=here.now())
        done(form)
        st.toast(f"{amount} is on its way.")
        st.rerun()


def show_cash_outs(moved: Sequence[CashOut], me: Person) -> None:
    """Draw what was moved out, the newest first, with a way back for what has not left."""
    for each in moved:
        colour, state, says = _STATES.get(each.state, ("gray", each.state.title(), ""))
        until = f"expected {each.arrives_at:%d %B %Y}" if each.state == PROCESSING and each.arrives_at else ""
        told = [f"to {each.bank}" if each.bank else "", f"asked {each.asked_at:%d %B %Y}", until, each.problem, says]
        with st.container(border=True, key=f"out_{each.public_id}"):
            with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
                st.markdown(f"**{each.amount}** :{colour}-badge[{state}]", width="content")
                back = each.state == PROCESSING and st.button("Call it back", key=f"back_{each.public_id}")
            st.caption(" · ".join(text for text in told if text))
        if back:
            here = house()
            with errors_shown():
                call_cash_back(here.database, here.gateway, me, each.public_id, now=here.now())
                st.rerun()
