"""A seller's month: what was sold, what it cost, what was sent, and what is owed."""

from collections.abc import Sequence

import streamlit as st

from pages.parts.figures import amount_columns, chosen_month, filled, tile
from pages.parts.invoices import show_sold
from pages.parts.page import errors_shown, house, loading, signed_in
from polidat.catalog import Rate, rates_of
from polidat.core import Money
from polidat.insights import (
    MOVED,
    SAYS,
    SellerStatement,
    seller_statement,
    statement_csv,
    statement_currencies,
    statement_pdf,
)

_SOLD, _BACK = ("sale", "period", "use"), ("refund", "dispute")


def show_sums(found: SellerStatement) -> None:
    """Draw the balances and what lies between them."""
    hosting = found.total("moved_minor", "hosting")
    sums = (
        ("Owed before", found.opening_minor, "To you when the month began, held parts and debts counted."),
        ("Sold", found.total("gross_minor", *_SOLD), "What buyers paid for what is yours."),
        ("Given back", found.total("gross_minor", *_BACK), "Refunds, and what was lost to disputes."),
        ("Commission", found.total("commission_minor"), "The house's part, less what it returned with refunds."),
        ("Card fees", found.total("card_fee_minor"), "Your part of Stripe's fee, for carts that sellers share."),
        ("Sent to Stripe", -found.total("moved_minor", *MOVED), "To your Stripe account, less what was taken back."),
        *([("Hosting", hosting, "Taken out of what you earned.")] if hosting else []),
        ("Owed now", found.closing_minor, "To you when the month ended, or today."),
    )
    with st.container(horizontal=True, key="statement_tiles"):
        for label, minor, says in sums:
            tile(label, str(Money(minor, found.currency)), says=says)


def show_lines(found: SellerStatement) -> None:
    """Draw every line."""
    if not found.lines:
        st.info("Nothing was sold, given back or sent in this month.")
        return
    code = found.currency
    heads = {"sold for": "gross", "commission": "commission", "card fee": "card_fee", "yours": "yours",
             "moved at Stripe": "moved"}  # fmt: skip
    st.dataframe(
        [
            {"when": each.at, "what": SAYS[each.what], "title": f"{each.many(code)} {each.title}".strip()}
            | {head: filled(getattr(each, f"{name}_minor"), code) for head, name in heads.items()}
            | {"rate": each.rate, "rule": each.rule, "order": each.order_ref}
            for each in found.lines
        ],
        hide_index=True,
        column_config=amount_columns(heads, code),
        placeholder="",
        key="statement_lines",
    )


def show_rates(rates: Sequence[Rate]) -> None:
    """Draw what the house takes now; the lines above keep what held when they were sold."""
    with st.expander("What the house takes of your sales now"):
        st.dataframe(
            [{"listing": each.listing.title, "of a": each.kind, "takes": each.shown} for each in rates],
            hide_index=True,
            placeholder="",
            key="statement_rates",
        )


me = signed_in("see your statements")
st.title("Statement", anchor=False)
with loading() as session:
    codes, rates = statement_currencies(session, me), rates_of(session, me, now=house().now())
if not codes:
    st.info("There is nothing to state yet. Your first sale shows up here.")
    st.stop()
with st.container(horizontal=True, vertical_alignment="bottom"):
    period = chosen_month(house().now().date())
    code = st.selectbox("Currency", codes, format_func=str.upper, key="statement_currency", width=120)
with errors_shown():
    with loading("Adding up …") as session:
        found = seller_statement(session, me, period, code)
    show_sums(found)
    show_lines(found)
    show_rates(rates)
    show_sold(me, period)
    name = f"polidat-statement-{period.first:%Y-%m}-{code}"
    with st.container(horizontal=True):
        st.download_button(
            "Download PDF", lambda: statement_pdf(found), f"{name}.pdf", "application/pdf", key="statement_pdf",
            on_click="ignore", icon=":material/picture_as_pdf:",
        )  # fmt: skip
        st.download_button(
            "Download CSV", lambda: statement_csv(found), f"{name}.csv", "text/csv", key="statement_csv",
            on_click="ignore", icon=":material/table:",
        )  # fmt: skip
