"""The books: are they whole, what moved on an account, and the journal to take away."""

from datetime import UTC, datetime, time, timedelta

import streamlit as st

from pages.parts.page import errors_shown, house, loading, signed_in
from polidat.core import Money
from polidat.db import ChainCheck
from polidat.ledger import journal_csv, statement, trial_balance
from polidat.wiring import check_books, seal_books


def show_chain(found: ChainCheck) -> None:
    """Draw whether anything sealed was changed."""
    if found.holds:
        st.success(f"All {found.sealed:,} sealed transactions are as they were written.")
        st.caption(f"Head of the chain: {found.head}")
    else:
        st.error(f"{found.problem} Stop paying out and call the developers.")


def show_statement() -> None:
    """Draw the movements of one account."""
    with loading() as session:
        codes = sorted({(each.code, each.currency) for each in trial_balance(session)})
    if not codes:
        st.info("Nothing is posted yet.")
        return
    code, currency = st.selectbox("Account", codes, format_func=lambda each: f"{each[0]} ({each[1]})", key="account")
    with loading() as session:
        lines = statement(session, code, currency)
    st.dataframe(
        [
            {
                "when": each.occurred_at,
                "what": each.kind,
                "amount": str(Money(each.minor, currency)),
                "balance": str(Money(each.balance_minor, currency)),
                "order": each.order_ref,
                "at Stripe": each.stripe_object,
            }
            for each in lines
        ],
        hide_index=True,
        key="statement",
    )


def journal(first: datetime, last: datetime) -> bytes:
    """Return the journal of these days."""
    with house().reading() as session:
        return "".join(journal_csv(session, since=first, until=last)).encode()


me = signed_in("see the books")
if not me.is_operator:
    st.error("This page is for operators.")
    st.stop()
st.title("Books", anchor=False)
if st.button("Check that nothing was changed", key="check_chain"):
    with errors_shown(), st.spinner("Computing every link again …"):
        seal_books(house())
        show_chain(check_books(house()))
st.subheader("Statement of an account", anchor=False)
show_statement()
st.subheader("Journal", anchor=False)
today = house().now().date()
left, right = st.columns(2)
start = left.date_input("From", today.replace(day=1), key="journal_from")
end = right.date_input("To", today, key="journal_to")
since = datetime.combine(start, time(), UTC)
until = datetime.combine(end, time(), UTC) + timedelta(days=1)
st.download_button(
    "Download CSV", lambda: journal(since, until), f"journal-{start}-{end}.csv", "text/csv", key="journal",
    on_click="ignore",
)  # fmt: skip
