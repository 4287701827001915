"""What a comparison of the books with Stripe found, and a form for each difference."""

from collections.abc import Sequence

import streamlit as st

from pages.parts.page import errors_shown, house
from polidat.core import Money
from polidat.payments import (
    AGAINST,
    BalanceLine,
    OpenDifference,
    PayoutsChecked,
    Reconciled,
    settle_discrepancy,
    take_difference,
)
from polidat.people import Person
from polidat.wiring import BooksReport

SAYS = {
    "amount_mismatch": "The amounts differ. Settling books the difference against suspense.",
    "fee_mismatch": "Stripe's fee differs. Settling books the difference against suspense.",
    "currency_mismatch": "The currencies differ. Settling books it over, against suspense.",
    "missing_here": "Stripe has moved money that is not in the books. Settling books it against suspense.",
    "missing_there": "The books have a movement that Stripe does not know. Settling takes it back, against suspense.",
    "unknown_type": "A kind of movement that no rule knows. Settling books it against suspense.",
    "payout_sum": "The movements Stripe names for this automatic payout are not its amount. Ask Stripe; it is theirs.",
    "payout_uncovered": "More was paid out than the movements before it come to. Ask Stripe; it is theirs.",
    "payable_mismatch": "The books owe this seller something else than what waits to be sent. First: what waits.",
    "clearing_open": "This account has not been at zero for a day: find what it waits for, or move the rest.",
    "transfer_not_arrived": "This transfer left the platform and is no movement of the seller's account.",
    "transfer_amount": "Another amount arrived at the seller's account than was sent.",
    "fee_not_arrived": "This application fee is no movement of the platform's balance.",
    "fee_amount": "The fee differs between the seller's account, the platform and Stripe's own record.",
    "balance_mismatch": "Stripe's balance is not what the books say. Look for the movement; nothing is booked here.",
}


def show_outcome(found: BooksReport) -> None:
    """Draw what a comparison found; a report that does not add up says so before anything else."""
    moved = found.movements
    many = sum(moved.counts.values())
    if moved.faults:
        st.error("This report itself is wrong: it does not add up. Call the developers, and believe none of it.")
        for each in moved.faults:
            st.write(each)
    elif found.is_clean:
        st.success(f"All {many:,} movements agree, or are younger than two hours.")
    else:
        st.warning("Some of it does not agree. What was found explains the whole difference; see below.")
    _show_categories(moved)
    _show_sides(moved)
    _show_balances(found.balances, found.why_no_balance)
    _show_payouts(found.payouts)
    _show_sellers(found)


def _show_payouts(found: PayoutsChecked) -> None:
    st.caption(
        f"Payouts of sellers: {found.automatic} automatic and {found.manual} manual ones looked at, {found.wrong} do "
        f"not fit, {found.waiting} wait for Stripe to say what they are made of."
    )
    if found.unread:
        st.warning("Stripe lets us not look into these accounts: " + ", ".join(found.unread))


def _show_sellers(found: BooksReport) -> None:
    side, wrong = found.seller_side, [each for each in found.payables if not each.agrees]
    st.caption(
        f"{side.transfers} transfers and {side.fees} fees followed to the other side, {side.wrong} do not fit. "
        f"{len(found.payables)} sellers are owed money, {len(wrong)} of them something else than what waits for them. "
        f"{found.open_clearings} clearing accounts have not been at zero for a day."
    )


def _show_categories(found: Reconciled) -> None:
    apart: dict[str, list[str]] = {}
    for (name, code), minor in found.categories.items():
        if minor:
            apart.setdefault(name, []).append(str(Money(minor, code)))
    st.dataframe(
        [
            {"category": name.replace("_", " "), "movements": many, "difference": ", ".join(apart.get(name, []))}
            for name, many in sorted(found.counts.items())
        ],
        hide_index=True,
        key="categories",
    )


def _show_sides(found: Reconciled) -> None:
    st.dataframe(
        [
            {"currency": each.currency.upper(), "side": each.side}
            | {
                name: str(Money(getattr(each, f"{name}_minor"), each.currency))
                for name in ("opening", "moved", "closing")
            }
            | {"adds up": "yes" if each.holds else "NO"}
            for each in found.identities
        ],
        hide_index=True,
        key="identities",
    )
    for code in found.currencies:
        st.caption(f"{code.upper()}: in these days Stripe moved {found.difference(code)} more than the books.")


def _show_balances(lines: Sequence[BalanceLine], why_none: str) -> None:
    if why_none:
        st.caption(f"The balance was not compared. {why_none}")
    for each in lines:
        says = "the same as the books" if each.agrees else f"NOT the books' {each.books}"
        st.caption(
            f"{each.currency.upper()}: Stripe's balance is {each.stripe}, its movements {each.mirrored}: {says}."
        )


def show_difference(one: OpenDifference, me: Person) -> None:
    """Draw one difference with how old it is, who looks after it, and a form that settles it."""
    each, age = one.row, f"{one.age_days} days old" if one.age_days != 1 else "1 day old"
    with st.form(f"discrepancy_{each.id}"):
        what = each.bt_id or each.about or f"transaction {each.txn_id}"
        st.write(f"**{each.category.replace('_', ' ')}** · {what}")
        st.caption(
            f"{SAYS.get(each.category, '')} Moved {each.moved_at:%d %B %Y}, found {each.found_at:%d %B %Y}, "
            f"{age}. {f'{one.owner} looks after it.' if one.owner else 'Nobody looks after it yet.'}"
        )
        amounts = (("Stripe", each.theirs_minor), ("books", each.ours_minor))
        st.write(", ".join(f"{who} {'–' if m is None else Money(m, each.currency)}" for who, m in amounts))
        against = ""
        if each.about.startswith(("C:", "L:")):
            choices = ["", *(code for code in AGAINST if code != each.about)]
            shown = {"": "nothing is booked"}
            against = st.selectbox("Move it to", choices, format_func=lambda c: shown.get(c, c), key=f"to_{each.id}")
        note = st.text_input("What you found and did", key=f"note_{each.id}")
        settle, take = st.columns(2)
        sent = settle.form_submit_button("Settle")
        taken = take.form_submit_button("I look after it", disabled=one.owner == me.email)
    if taken:
        with errors_shown():
            with house().unit_of_work() as session:
                take_difference(session, each.id, by=me.id)
            st.rerun()
    if sent:
        with errors_shown():
            with house().unit_of_work() as session:
                settle_discrepancy(session, each.id, note=note, by=me.id, now=house().now(), against=against)
            st.rerun()
