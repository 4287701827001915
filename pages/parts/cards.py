"""Virtual cards, drawn: what each may spend, and what can be done with it. There is no number to show."""

from collections.abc import Sequence

import streamlit as st

from pages.parts.page import done, errors_shown, house, once
from polidat.core import Money
from polidat.payments import (
    ACTIVE,
    CANCELED,
    FROZEN,
    INTERVALS,
    FinancialAccount,
    Holder,
    StripeRefused,
    VirtualCard,
    issue_card,
    set_card_limit,
    set_card_state,
)
from polidat.people import Person

_STATES = {ACTIVE: ("green", "Active"), FROZEN: ("blue", "Frozen"), CANCELED: ("gray", "Canceled")}
_EACH = {
    "per_authorization": "each payment",
    "daily": "a day",
    "weekly": "a week",
    "monthly": "a month",
    "yearly": "a year",
    "all_time": "in all",
}


def show_cards(cards: Sequence[VirtualCard], me: Person) -> None:
    """Draw every card with its buttons; canceled ones without."""
    if not cards:
        st.info("You have no card yet. A card pays with the cash of your financial account, up to its limit.")
    for each in cards:
        with st.container(border=True, key=f"card_{each.public_id}"):
            colour, state = _STATES.get(each.state, ("orange", "On its way"))
            st.markdown(f"**{each.shown}** :{colour}-badge[{state}]")
            until = f"valid until {each.exp_month:02}/{each.exp_year}" if each.exp_month else "not issued yet"
            st.caption(f"{each.limit} {_EACH.get(each.interval, each.interval)} · {until}")
            if each.state in (ACTIVE, FROZEN):
                _buttons(each, me)


def _buttons(card: VirtualCard, me: Person) -> None:
    ref = card.public_id
    with st.container(horizontal=True, key=f"acts_{ref}"):
        if card.state == ACTIVE and st.button("Freeze", icon=":material/ac_unit:", key=f"freeze_{ref}"):
            _set(ref, FROZEN, me)
        if card.state == FROZEN and st.button("Use again", icon=":material/play_arrow:", key=f"thaw_{ref}"):
            _set(ref, ACTIVE, me)
        with st.popover("Limit"):
            _limit_form(card, me)
        with st.popover("Cancel"):
            st.write("A canceled card never pays again.")
            if st.button("Cancel it for good", key=f"cancel_{ref}"):
                _set(ref, CANCELED, me)


def _set(ref: str, state: str, me: Person) -> None:
    with errors_shown():
        set_card_state(house().database, house().gateway, me, ref, state)
        st.rerun()


def _limit_form(card: VirtualCard, me: Person) -> None:
    ref = card.public_id
    with st.form(f"limit_{ref}", border=False):
        text = st.text_input("At most", key=f"limit_amount_{ref}")
        interval = st.selectbox("For", INTERVALS, index=3, format_func=_EACH.__getitem__, key=f"limit_for_{ref}")
        sent = st.form_submit_button("Change the limit")
    if sent:
        with errors_shown():
            limit = Money.parse(text, card.currency)
            set_card_limit(house().database, house().gateway, me, ref, limit, interval=interval)
            st.rerun()


def card_form(account: FinancialAccount, me: Person) -> None:
    """Draw the form that issues a card; the first one asks whom it is for. That goes to Stripe, and is kept nowhere."""
    here, holder = house(), Holder("-", "-", "-", "-", "-")
    with st.form("issue_card"):
        left, right = st.columns(2)
        text = left.text_input("Limit in USD", key="card_limit")
        interval = right.selectbox("For", INTERVALS, index=3, format_func=_EACH.__getitem__, key="card_interval")
        if account.holder_id is None:
            holder = _holder_fields()
        accepted = st.checkbox("I accept the terms of the bank that issues the card", key="card_terms")
        sent = st.form_submit_button("Issue a virtual card", type="primary")
    if not sent:
        return
    if not accepted:
        st.error("Accept the terms of the bank first.")
        return
    with errors_shown(), st.spinner("Asking Stripe …"):
        limit = Money.parse(text, account.currency)
        try:
            card = issue_card(
                here.database, here.gateway, me, holder, limit, interval=interval, key=once("issue_card"),
                now=here.now(),
            )  # fmt: skip
        except StripeRefused:
            done("issue_card")  # Stripe remembers a refusal under its key; the next try may be a better one
            raise
        done("issue_card")
        st.toast(f"{card.shown} is ready.")
        st.rerun()


def _holder_fields() -> Holder:
    left, right = st.columns(2)
    first, last = left.text_input("First name", key="card_first"), right.text_input("Last name", key="card_last")
    line1 = st.text_input("Street and number", key="card_line1")
    city, code, state = st.columns(3)
    return Holder(
        first,
        last,
        line1,
        city.text_input("City", key="card_city"),
        code.text_input("ZIP code", key="card_zip"),
        state.text_input("State", key="card_state", max_chars=2),
        ip=str(getattr(st.context, "ip_address", None) or ""),
    )
