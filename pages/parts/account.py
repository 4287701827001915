"""A seller's account at Stripe, drawn."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import streamlit as st

from pages.parts.figures import tile
from pages.parts.page import errors_shown
from polidat.payments import (
    WHEN,
    AccountState,
    FinancialAccount,
    SellerAccount,
    SellerBank,
    StripeAway,
    asked_for,
    said_reason,
)

_STATES = {
    AccountState.INVITED: "Not at Stripe yet",
    AccountState.ONBOARDING: "Onboarding",
    AccountState.ACTIVE: "Active",
    AccountState.RESTRICTED: "Restricted",
    AccountState.REJECTED: "Rejected",
}
_INTERVALS = {
    "daily": "Every working day",
    "manual": "Only when you ask for it under “Payouts”",
    "weekly": "Every week",
    "monthly": "Every month",
}


def as_of(at: datetime | None, look: Callable[[], object], *, key: str) -> None:
    """Draw when this was last looked up, and the button that looks again."""
    with st.container(horizontal=True, vertical_alignment="center", key="as_of"):
        st.caption(f"As of {at:%d %B %Y, %H:%M:%S} UTC. Stripe tells us of changes." if at else "Not looked up yet.")
        pressed = st.button("Look again", icon=":material/refresh:", key=key)
    if not pressed:
        return
    with errors_shown():
        try:
            with st.spinner("Asking Stripe …"):
                look()
        except StripeAway:
            st.warning("Stripe does not answer at the moment. Below is what we knew last.")
            return
        st.rerun()


def show_money(account: FinancialAccount) -> None:
    """Draw what is in a financial account."""
    with st.container(horizontal=True, key="money_tiles"):
        tile("Cash", str(account.cash), says="Can be spent now.")
        tile("Inbound pending", str(account.inbound), says="On its way in.")
        tile("Outbound pending", str(account.outbound), says="On its way out; cash no more.")


def show_standing(account: SellerAccount) -> None:
    """Draw whether the account may receive and be paid out, and why not."""
    if account.charges_enabled and account.payouts_enabled:
        st.success("Stripe pays you. Buyers can pay for your listings.")
    elif account.state == AccountState.REJECTED:
        st.error(said_reason(account.reason) or "Stripe has rejected this account. Contact Stripe's support.")
    else:
        why = said_reason(account.reason) or "Stripe has not finished with your account."
        st.warning(f"{why} Until then nobody can pay for your listings.")
    with st.container(horizontal=True, key="account_tiles"):
        tile("State", _STATES[AccountState(account.state)])
        tile("Receives payments", "Yes" if account.charges_enabled else "No", says="Stripe: charges enabled")
        tile("Is paid out", "Yes" if account.payouts_enabled else "No", says="Stripe: payouts enabled")
        tile("Country", account.country.upper())
    st.caption(f"Account at Stripe: `{account.stripe_id}`")


def show_asked(account: SellerAccount) -> bool:
    """Draw what Stripe asks, by when; return whether there is anything to answer now or later."""
    st.subheader("What Stripe asks of you", anchor=False)
    if not account.asked:
        st.caption("Nothing at the moment.")
        return False
    for when, said in WHEN.items():
        fields = [each for each in account.asked if each["when"] == when]
        if fields:
            until = f", by {account.deadline_at:%d %B %Y}" if account.deadline_at and when == "currently_due" else ""
            colour = {"past_due": "red", "currently_due": "orange"}.get(when, "gray")
            st.markdown(f":{colour}-badge[{said}{until}]")
            st.markdown("\n".join(f"- {_told(each)}" for each in fields))
    return True


def _told(asked: Mapping[str, str]) -> str:
    what = asked_for(asked["field"])
    return f"{what}: {asked['problem']}" if asked["problem"] else what


def bank_name(bank: SellerBank, money: FinancialAccount | None) -> str:
    """Return a bank account for people: the one that stands for the financial account by what it is."""
    return f"Your financial account, {bank.shown}" if money is not None and money.bank_id == bank.id else bank.shown


def show_banks(banks: Sequence[SellerBank], account: SellerAccount, money: FinancialAccount | None) -> None:
    """Draw where payouts go. Of the numbers we have the last digits only."""
    if not banks:
        st.info("Stripe has told us of no bank account yet. It asks for one when you connect.")
    for each in banks:
        with st.container(border=True, key=f"bank_{each.id}"):
            role = f"payouts in {each.currency.upper()}" if each.is_default else f"{each.currency.upper()}, not used"
            st.markdown(f"**{bank_name(each, money)}** · {role}")
            how = "standard and instant payouts" if each.takes_instant else "standard payouts only"
            trouble = {"errored": " · the last payout came back", "verification_failed": " · could not be verified"}
            st.caption(f"{each.country} · {how}{trouble.get(each.state, '')}")
    if account.bank_changed_at:
        st.caption(f"Changed on {account.bank_changed_at:%d %B %Y, %H:%M} UTC.")


def show_schedule(schedule: Mapping[str, Any], *, waits: bool) -> None:
    """Draw when Stripe pays out by itself, and whether that `waits`."""
    if waits:
        st.warning(
            "Automatic payouts wait, because where your payouts go was changed a short time ago. They go on by "
            "themselves; if it was not you, write to the operator at once."
        )
    if not schedule:
        st.caption("Not looked up yet.")
        return
    days = [str(each).capitalize() for each in schedule["days"]]
    on = f", on {'day ' if schedule['interval'] == 'monthly' else ''}{', '.join(days)}" if days else ""
    st.write(f"{_INTERVALS.get(schedule['interval'], schedule['interval'])}{on}.")
    if schedule["delay_days"]:
        st.caption(f"What a card brings is available {schedule['delay_days']} days after the sale.")
