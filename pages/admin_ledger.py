"""The books: are they whole, what moved on an account, and the journal to take away."""

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta

import streamlit as st

from pages.parts.figures import amount_columns, filled, when_columns
from pages.parts.invoices import show_all_invoices
from pages.parts.look import same_tab
from pages.parts.page import errors_shown, house, loading, signed_in
from polidat.core import Money
from polidat.db import ChainCheck
from polidat.ledger import (
    PAGE_SIZE,
    StatementLine,
    find_accounts,
    statement,
    trial_csv,
    trial_lines,
)
from polidat.wiring import check_books, seal_books


def show_chain(found: ChainCheck) -> None:
    """Draw whether anything sealed was changed."""
    if found.holds:
        st.success(f"All {found.sealed:,} sealed transactions are as they were written.")
        st.caption(f"Head of the chain: {found.head}")
    else:
        st.error(f"{found.problem} Stop paying out and call the developers.")


def show_trial_balance() -> None:
    """Draw the balance of every kind of account."""
    with loading() as session:
        lines = trial_lines(session)
    if not lines:
        st.info("Nothing is posted yet.")
        return
    codes = sorted({each.currency for each in lines})
    code = st.segmented_control(
        "Currency", codes, default=codes[0], key="trial_currency", format_func=str.upper, required=True
    )
    mine = [each for each in lines if each.currency == code]
    debit, credit = (sum(getattr(each, name) for each in mine) for name in ("debit_minor", "credit_minor"))
    if debit != credit:
        st.error("The books do not sum to zero. Stop selling and call the developers.")
    rows = [(each.kind, each.code, each.accounts, each.debit_minor, each.credit_minor) for each in mine]
    st.dataframe(
        [
            {
                "kind": kind,
                "account": name,
                "accounts": many,
                "debit": filled(debit, code),
                "credit": filled(credit, code),
            }
            for kind, name, many, debit, credit in [*rows, ("total", "", sum(row[2] for row in rows), debit, credit)]
        ],
        hide_index=True,
        column_config=amount_columns(("debit", "credit"), code),
        placeholder="",
        key="trial_lines",
    )
    st.download_button(
        "Download CSV", trial_csv(lines), "trial-balance.csv", "text/csv", key="trial_csv", on_click="ignore"
    )


def show_statement(since: datetime, until: datetime) -> None:
    """Draw the movements of one account, a page of them."""
    left, right = st.columns(2)
    words = left.text_input(
        "Find an account", key="account_words", placeholder="commission, seller:12, an order's id …"
    )
    with loading() as session:
        found = find_accounts(session, words)
    if not found:
        st.info("No account fits.")
        return
    code, money = right.selectbox("Account", found, format_func=lambda each: f"{each[0]} ({each[1]})", key="account")
    number = st.session_state.get("statement_page", 1)
    with loading() as session:
        page = statement(session, code, money, since=since, until=until, page=number)
    st.caption(
        f"Opens with {Money(page.opening_minor, money)}, closes with {Money(page.closing_minor, money)}; "
        f"{page.count:,} movements. Debit is positive."
    )
    _show_lines(page.lines, money)
    if page.count > PAGE_SIZE:
        st.number_input("Page", 1, -(-page.count // PAGE_SIZE), key="statement_page", width=120)


def _show_lines(lines: Sequence[StatementLine], code: str) -> None:
    st.dataframe(
        [
            {
                "when": each.occurred_at,
                "what": each.kind,
                "amount": str(Money(each.minor, code)),
                "balance": str(Money(each.balance_minor, code)),
                "order": each.order_ref,
                "at Stripe": each.stripe_object,
            }
            for each in lines
        ],
        hide_index=True,
        column_config=when_columns(),
        key="statement",
    )


me = signed_in("see the books")
if not me.is_operator:
    st.error("This page is for operators.")
    st.stop()
st.title("Books", anchor=False)
if st.button("Check that nothing was changed", key="check_chain"):
    with errors_shown(), st.spinner("Computing every link again …"):
        seal_books(house())
        show_chain(check_books(house()))
st.subheader("Trial balance", anchor=False)
show_trial_balance()
st.subheader("Statement and journal", anchor=False)
today = house().now().date()
left, right = st.columns(2)
start = left.date_input("From", today.replace(day=1), key="journal_from")
end = right.date_input("To", today, key="journal_to")
since = datetime.combine(start, time(), UTC)
until = datetime.combine(end, time(), UTC) + timedelta(days=1)
show_statement(since, until)
same_tab("Download the journal as CSV", f"/download/journal.csv?from={start}&to={end}", key="journal")
st.subheader("Invoices", anchor=False)
show_all_invoices(me)
