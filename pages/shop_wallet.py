"""The wallet: what is in it, paying in, limits, and what uses did cost."""

from collections.abc import Mapping, Sequence

import streamlit as st

from pages.parts.back import ended
from pages.parts.billing import show_billing
from pages.parts.invoices import invoice_buttons
from pages.parts.look import same_tab
from pages.parts.page import done, errors_shown, house, loading, once, signed_in
from polidat.access import UsageCharge, Wallet, WalletState, charges_to, freezes_of, limit_wallet, wallets_of
from polidat.catalog import listings_of_datasets
from polidat.core import Money, micros_text
from polidat.invoices import Billable, InvoiceKind, billables_of
from polidat.orders import (
    TopUp,
    ask_for_top_up,
    close_top_up_link,
    refund_top_up,
    start_top_up,
    sync_top_up,
    top_up_links_of,
    top_ups_of,
)
from polidat.people import Person

_CURRENCIES = ("usd", "eur", "gbp")


def welcome_back(me: Person) -> None:
    """Say how the payment ended somebody comes back from."""
    here = house()
    top_up = ended("top_up", lambda ref: sync_top_up(here.database, here.gateway, me, ref, now=here.now()))
    if top_up is None:
        return
    if top_up.paid_charge:
        st.success(f"{top_up.amount} is in your wallet.")
    else:
        st.info("This payment is not complete. If you have just paid, reload the page in a moment.")


def show_wallet(wallet: Wallet, frozen_by: Sequence[str]) -> None:
    """Draw what is in it, and what freezes it."""
    if wallet.state == WalletState.FROZEN:
        says = ["This wallet is frozen: nothing is paid from it."]
        disputes = sum(1 for each in frozen_by if each.startswith("dispute:"))
        if disputes:
            many = "a payment" if disputes == 1 else f"{disputes} payments"
            says.append(f"A bank disputes {many} into it; it decides within some weeks.")
        if "debt" in frozen_by:
            says.append("A payment was taken back after it was used: pay in what is missing, and it pays again.")
        st.error(" ".join(says))
    free, held, spent = st.columns(3)
    free.metric("Free to use", micros_text(wallet.free_micros, wallet.currency))
    held.metric("Reserved by runs", micros_text(wallet.held_micros, wallet.currency))
    spent.metric("Used this month", micros_text(wallet.spent_micros, wallet.currency))


def top_up_form(me: Person, wallets: Sequence[Wallet]) -> None:
    """Draw the form that pays in."""
    here, codes = house(), [*dict.fromkeys([each.currency for each in wallets] + list(_CURRENCIES))]
    with st.form("top_up"):
        text = st.text_input("Amount", "20.00", key="top_up_amount")
        code = st.selectbox("Currency", codes, format_func=str.upper, key="top_up_currency")
        with st.container(horizontal=True):
            sent = st.form_submit_button("Pay in", type="primary")
            asked = st.form_submit_button("Get a link for somebody else", key="ask_top_up")
    if asked:
        with errors_shown():
            amount = Money.parse(text, code)
            with st.spinner("Opening the link …"):
                ask_for_top_up(here.database, here.gateway, me, amount, key=once(f"ask_{amount}"), now=here.now())
            done(f"ask_{amount}")
    if sent:
        with errors_shown():
            amount = Money.parse(text, code)
            back = f"{here.settings.base_url}/wallet"
            with st.spinner("Opening the payment page …"):
                _, url = start_top_up(
                    here.database, here.gateway, me, amount, key=once(f"top_up_{amount}"), return_url=back,
                    now=here.now(),
                )  # fmt: skip
            done(f"top_up_{amount}")
            st.caption("You pay at Stripe; we never see your card.")
            same_tab(f"Pay {amount}", url, key="top_up_link")


def show_links(me: Person) -> None:
    """Draw the links somebody else may pay, each with its end."""
    with house().reading() as session:
        links = top_up_links_of(session, me, now=house().now())
    for each in links:
        ref = each.top_up.public_id
        with st.container(border=True, key=f"link_{ref}"):
            st.write(
                f"**{each.top_up.amount}** by whoever has this link, once, until {each.top_up.payable_until:%d %B %Y}"
            )
            st.code(each.url, language=None, wrap_lines=True)
            if st.button("Close it", key=f"close_{ref}"):
                with errors_shown():
                    with house().unit_of_work() as session:
                        close_top_up_link(session, me, ref, now=house().now())
                    st.rerun()


def limits_form(me: Person, wallet: Wallet) -> None:
    """Draw the limits of a wallet."""
    code = wallet.currency
    with st.form(f"limits_{code}"):
        cap = st.text_input("At most in a month (empty for no limit)", _text(wallet.cap_minor, code), key=f"cap_{code}")
        notice = st.text_input("Write to me below", _text(wallet.notice_minor, code), key=f"notice_{code}")
        sent = st.form_submit_button("Keep")
    if sent:
        with errors_shown():
            most = Money.parse(cap, code) if cap.strip() else None
            low = Money.parse(notice, code)
            with house().unit_of_work() as session:
                limit_wallet(session, me, code, cap=most, notice=low, now=house().now())
            st.success("Kept.")


def show_charges(charges: Sequence[UsageCharge], codes: dict[int, str], titles: dict[int, str]) -> None:
    """Draw what uses did cost."""
    if not charges:
        st.info("Nothing was used yet. Datasets sold by use say what a query or an answer costs before it runs.")
        return
    rows = [
        {
            "when": each.charged_at,
            "dataset": titles.get(each.dataset_id, ""),
            "what": each.kind,
            "cost": micros_text(each.micros, codes[each.wallet_id]),
        }
        for each in charges
    ]
    st.dataframe(rows, hide_index=True, key="charges")


def show_top_ups(me: Person, top_ups: Sequence[TopUp], billed: Mapping[str, Billable]) -> None:
    """Draw what was paid in, each with its invoice and its way back."""
    if not top_ups:
        st.info("Nothing was paid in yet.")
        return
    details = show_billing(me)
    if details is None:
        st.caption("Give your billing details, and every payment has its invoice.")
    for each in top_ups:
        with st.container(horizontal=True, vertical_alignment="center", key=f"paid_{each.public_id}"):
            st.write(f"{each.paid_at:%d %B %Y}: **{each.amount}**")
            if each.public_id in billed:
                invoice_buttons(billed[each.public_id], me, details)
            if st.button("Give back what is unused", key=f"back_{each.public_id}"):
                with errors_shown():
                    with house().unit_of_work() as session:
                        refund = refund_top_up(session, me, each.public_id, now=house().now())
                    st.success(f"{refund.amount} goes back to the card that paid.")


def _text(minor: int | None, code: str) -> str:
    return "" if minor is None else str(Money(minor, code)).split(" ")[0].replace(",", "")


me = signed_in("see your wallet")
st.title("My wallet", anchor=False)
st.caption("Paid ahead, used by the query and by the answer. What is unused goes back when you ask for it; "
           "credit nobody touches for two years expires.")  # fmt: skip
welcome_back(me)
wallets: list[Wallet] = []
charges: list[UsageCharge] = []
top_ups: list[TopUp] = []
titles: dict[int, str] = {}
frozen_by: Mapping[str, Sequence[str]] = {}
billed: Mapping[str, Billable] = {}
with errors_shown(), loading() as session:
    wallets, charges, top_ups = (
        list(wallets_of(session, me)),
        list(charges_to(session, me)),
        list(top_ups_of(session, me)),
    )
    frozen_by = freezes_of(session, me)
    billed = {each.subject: each for each in billables_of(session, me, InvoiceKind.TOP_UP)}
    used = listings_of_datasets(session, [each.dataset_id for each in charges])
    titles = {each.dataset_id: each.title for each in used}
if not wallets:
    st.info("Your wallet is empty. Pay in any amount to use datasets that are sold by use.")
for wallet in wallets:
    show_wallet(wallet, frozen_by.get(wallet.currency, ()))
left, right = st.columns(2, gap="large")
with left:
    st.subheader("Pay in", anchor=False)
    top_up_form(me, wallets)
    show_links(me)
with right:
    st.subheader("Limits", anchor=False)
    for wallet in wallets:
        limits_form(me, wallet)
    if not wallets:
        st.caption("Limits appear with the first payment.")
st.subheader("Uses", anchor=False)
show_charges(charges, {each.id: each.currency for each in wallets}, titles)
st.subheader("Paid in", anchor=False)
show_top_ups(me, top_ups, billed)
