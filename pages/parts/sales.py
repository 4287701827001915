"""What was sold, given back and disputed, as its seller sees it."""

from collections.abc import Sequence

import streamlit as st

from pages.parts.page import errors_shown, house
from polidat.core import Money
from polidat.orders import (
    Sale,
    answer_for_sale,
    give_up_sale,
    refund_licences,
    refund_order,
)
from polidat.payments import Dispute
from polidat.people import Person

_TO_ANSWER = ("needs_response", "warning_needs_response")


def show_sales(sales: Sequence[Sale], me: Person) -> None:
    """Draw the sales with what buyers wrote, and a form that gives one back."""
    if not sales:
        st.info("Nothing is sold yet.")
        return
    st.dataframe(
        [
            {
                "paid": each.sold_at,
                "title": each.title,
                "licences": each.quantity,
                "each": str(each.unit_price),
                "price": str(each.price),
                "commission": str(each.commission),
                "yours": str(each.price - each.commission),
                "note to you": each.note,
                "order": each.order,
            }
            for each in sales
        ],
        hide_index=True,
        key="sales",
    )
    paid = {f"{each.title}, {each.price}, {each.order}": each for each in sales if each.price.minor}
    if paid:
        with st.expander("Give a sale back"):
            _refund_form(paid, me)


def _refund_form(paid: dict[str, Sale], me: Person) -> None:
    st.caption(
        "The buyer gets the money back and loses access; the house returns its commission. Stripe keeps its fee."
    )
    with st.form("refund"):
        chosen = paid[st.selectbox("Sale", list(paid), key="refund_sale")]
        text = st.text_input("Amount; empty is all that is left", key="refund_amount")
        licences = int(st.number_input("Or so many of its licences, at their price", 0, key="refund_licences"))
        sent = st.form_submit_button("Refund")
    if not sent:
        return
    with errors_shown():
        part = {chosen.line: Money.parse(text, chosen.price.currency).minor} if text.strip() else None
        with house().unit_of_work() as session:
            if licences and part is None:
                refund = refund_licences(session, me, chosen.order, chosen.line, licences, now=house().now())
            else:
                refund = refund_order(session, me, chosen.order, part, now=house().now())
        st.success(f"{refund.amount} goes back to the buyer.")


def show_disputes(disputes: Sequence[Dispute], me: Person) -> None:
    """Draw disputes; one that waits for an answer can be answered once, or accepted."""
    if not disputes:
        st.info("No payment is disputed.")
    for each in disputes:
        with st.container(border=True, key=f"dispute_{each.id}"):
            st.write(f"**{each.amount}** of order {each.subject} · {each.state.replace('_', ' ')} · {each.reason}")
            if each.state in _TO_ANSWER:
                if each.respond_by:
                    st.warning(f"Answer by {each.respond_by:%d %B %Y}, or it is lost.")
                _answer_form(each, me)


def _answer_form(dispute: Dispute, me: Person) -> None:
    here = house()
    with st.form(f"answer_{dispute.id}"):
        text = st.text_area("What speaks for the sale", key=f"evidence_{dispute.id}")
        product = st.text_input("What was sold", key=f"product_{dispute.id}")
        send, accept = st.columns(2)
        sent = send.form_submit_button("Send to the bank (only once)", type="primary")
        given_up = accept.form_submit_button("Accept the dispute")
    with errors_shown():
        if sent:
            evidence = {"uncategorized_text": text, "product_description": product}
            kept = {name: words for name, words in evidence.items() if words.strip()}
            answer_for_sale(here.database, here.gateway, me, dispute.id, kept, now=here.now())
            st.success("Sent. The bank takes some weeks to decide.")
        elif given_up:
            give_up_sale(here.database, here.gateway, me, dispute.id, now=here.now())
            st.success("Accepted: the buyer keeps the money.")
