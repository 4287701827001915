"""What a payout is made of, and what waits for the next, line by line."""

from collections.abc import Sequence

import streamlit as st

from pages.parts.figures import amount_columns, filled
from pages.parts.page import house, loading
from polidat.core import Money
from polidat.insights import PayoutLine, PayoutStatement, not_paid_out, payout_csv
from polidat.payments import SellerBalance
from polidat.people import Person

_SAYS = {
    "sale": "Sale",
    "use": "Single uses",
    "refund": "Refund",
    "dispute": "Held for a dispute",
    "returned": "Dispute won",
}


def show_statement(found: PayoutStatement) -> None:
    """Draw one payout with its lines and its CSV."""
    payout, code = found.payout, found.payout.currency
    with st.container(border=True, key=f"payout_{payout.id}"):
        st.markdown(f"**{payout.amount}** of {payout.created_at:%d %B %Y}")
        if payout.came_back:
            st.info("It came back: its money waits for the next payout.")
            return
        _lines(found.lines, code, key=f"lines_{payout.id}")
        if found.other_minor:
            st.caption(f"{Money(found.other_minor, code)} of it did not come from sales here.")
        if payout.fee_minor:
            st.caption(f"Stripe took {Money(payout.fee_minor, code)} for paying out at once.")
        st.caption("Refunds lower the next payout; then the oldest sales go first. The last sale may be split.")
        st.download_button(
            "Download CSV", payout_csv(found), f"{payout.id}.csv", "text/csv", key=f"csv_{payout.id}", on_click="ignore"
        )


def show_waiting(balances: Sequence[SellerBalance], me: Person) -> None:
    """Draw what is at Stripe and in no payout yet."""
    for code in (each.available.currency for each in balances):
        with loading() as session:
            lines = not_paid_out(session, me, code, now=house().now())
        if lines:
            whole = Money(sum(each.paid_minor for each in lines), code)
            with st.expander(f"Not paid out yet: {whole}", key=f"waiting_{code}"):
                _lines(lines, code, key=f"waiting_lines_{code}")


def _lines(lines: Sequence[PayoutLine], code: str, *, key: str) -> None:
    heads = {"sold for": "gross", "commission": "commission", "card fee": "card_fee", "kept for debt": "kept",
             "came to Stripe": "moved", "in this payout": "paid"}  # fmt: skip
    st.dataframe(
        [
            {"when": each.at, "what": _SAYS[each.what], "title": each.title}
            | {head: filled(getattr(each, f"{name}_minor"), code) for head, name in heads.items()}
            | {"order": each.order_ref}
            for each in lines
        ],
        hide_index=True,
        column_config=amount_columns(heads, code),
        placeholder="",
        key=key,
    )
