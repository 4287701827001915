"""The books beside Stripe: do they agree, and what to do where they do not."""

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta

import streamlit as st

from pages.parts.page import errors_shown, house, loading, signed_in
from polidat.core import Money
from polidat.payments import (
    OpenDifference,
    Reconciled,
    differences_csv,
    open_differences,
    settle_discrepancy,
    take_difference,
)
from polidat.people import Person
from polidat.wiring import reconcile_books

_SAYS = {
    "amount_mismatch": "The amounts differ.",
    "fee_mismatch": "Stripe's fee differs.",
    "currency_mismatch": "The currencies differ.",
    "missing_here": "Stripe has moved money that is not in the books. Settling books it against suspense.",
    "missing_there": "The books have a movement that Stripe does not know.",
    "unknown_type": "A kind of movement that no rule knows. Settling books it against suspense.",
}


def show_outcome(found: Reconciled) -> None:
    """Draw what a comparison found."""
    if found.is_clean:
        st.success(f"All {sum(found.counts.values()):,} movements agree, or are younger than two hours.")
    elif found.explained:
        st.warning("Some movements do not agree. They explain the whole difference; see below.")
    else:
        st.error("The categories do not add up to the difference: this report itself is wrong. Call the developers.")
    st.dataframe(
        [{"category": name.replace("_", " "), "movements": many} for name, many in sorted(found.counts.items())],
        hide_index=True,
        key="categories",
    )
    for code in sorted({*found.theirs, *found.ours}):
        st.caption(
            f"{code.upper()}: Stripe {Money(found.theirs.get(code, 0), code)}, books "
            f"{Money(found.ours.get(code, 0), code)}, difference {found.difference(code)}"
        )


def show_open(found: Sequence[OpenDifference], me: Person) -> None:
    """Draw what is open, each with how old it is, who looks after it, and a form that settles it."""
    if not found:
        st.info("Nothing is open.")
        return
    st.download_button(
        "Download CSV", differences_csv(found), "differences.csv", "text/csv", key="differences_csv", on_click="ignore"
    )
    for one in found:
        each, age = one.row, f"{one.age_days} days old" if one.age_days != 1 else "1 day old"
        with st.form(f"discrepancy_{each.id}"):
            st.write(f"**{each.category.replace('_', ' ')}** · {each.bt_id or f'transaction {each.txn_id}'}")
            st.caption(
                f"{_SAYS.get(each.category, '')} Moved {each.moved_at:%d %B %Y}, found {each.found_at:%d %B %Y}, "
                f"{age}. {f'{one.owner} looks after it.' if one.owner else 'Nobody looks after it yet.'}"
            )
            amounts = (("Stripe", each.theirs_minor), ("books", each.ours_minor))
            st.write(", ".join(f"{who} {'–' if m is None else Money(m, each.currency)}" for who, m in amounts))
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
                    settle_discrepancy(session, each.id, note=note, by=me.id, now=house().now())
                st.rerun()


me = signed_in("reconcile the books")
if not me.is_operator:
    st.error("This page is for operators.")
    st.stop()
st.title("Reconciliation", anchor=False)
st.caption("It runs each night over the last 35 days. A difference stays open until both sides agree or you settle it.")
today = house().now().date()
left, right = st.columns(2)
first = left.date_input("From", today - timedelta(days=35), key="reconcile_from")
last = right.date_input("To", today, key="reconcile_to")
if st.button("Compare now", type="primary", key="compare"):
    with errors_shown(), st.spinner("Asking Stripe for every movement …"):
        since = datetime.combine(first, time(), UTC)
        until = datetime.combine(last, time(), UTC) + timedelta(days=1)
        show_outcome(reconcile_books(house(), since=since, until=until))
st.subheader("Open differences", anchor=False)
with loading() as session:
    found = open_differences(session, now=house().now())
show_open(found, me)
