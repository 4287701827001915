"""Who bought from a seller: the list, and one customer with every line."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from pages.parts.figures import tile, when_columns
from pages.parts.page import errors_shown, house, loading, signed_in
from pages.parts.words import plain
from polidat.core import Money
from polidat.insights import SAYS, Customer, CustomerLine, customer_of, customers_csv, customers_of
from polidat.people import Person

_PAGE = 100
_ALL = 1_000


def amounts(each: Sequence[Money]) -> str:
    """Return amounts of several currencies in one line."""
    return ", ".join(str(money) for money in each if money.minor) or "–"


def show_list(me: Person) -> None:
    """Draw the customers, the latest first; a click on one opens it."""
    now = house().now()
    words = st.text_input("Find by e-mail or name", key="customer_words", width=320)
    number = st.session_state.get("customer_page", 1)
    with loading() as session:
        found = customers_of(session, me, words=words, limit=_PAGE + 1, offset=(number - 1) * _PAGE, now=now)
    if not found:
        st.info(
            "Nobody fits."
            if words.strip()
            else "Nobody has bought from you yet. Buyers show up here with what they spent."
        )
        return
    picked = st.dataframe(
        [row_of(each) for each in found[:_PAGE]],
        hide_index=True,
        column_config=when_columns(),
        on_select="rerun",
        selection_mode="single-row",
        key="customers",
    )
    if picked["selection"]["rows"]:
        st.query_params["customer"] = str(found[picked["selection"]["rows"][0]].person_id)
        st.rerun()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if len(found) > _PAGE or number > 1:
            st.number_input("Page", 1, key="customer_page", width=120)
        st.download_button(
            "Download CSV", lambda: all_of(me), "customers.csv", "text/csv", key="customers_csv", on_click="ignore"
        )
    st.caption("Choose a row to see what they bought. Use addresses only for what they bought from you.")


def row_of(customer: Customer) -> dict[str, Any]:
    """Return a customer as a row of the list."""
    return {
        "e-mail": customer.email,
        "name": customer.name,
        "orders": customer.orders,
        "subscriptions": customer.subscriptions,
        "spent": amounts([each.paid for each in customer.spent]),
        "refunded": amounts([each.refunded for each in customer.spent]),
        "first": customer.first_at,
        "latest": customer.last_at,
        "at Stripe": ", ".join(customer.stripe_ids),
    }


def all_of(me: Person) -> str:
    """Return every customer as CSV."""
    found: list[Customer] = []
    with house().reading() as session:
        while len(found) % _ALL == 0:
            more = customers_of(session, me, limit=_ALL, offset=len(found), now=house().now())
            found += more
            if not more:
                break
    return customers_csv(found)


def show_one(customer: Customer, told: Sequence[CustomerLine]) -> None:
    """Draw one customer: who, how much, and every line."""
    st.subheader(plain(customer.name or customer.email), anchor=False)
    stripe = f" · Stripe {', '.join(customer.stripe_ids)}" if customer.stripe_ids else ""
    since = f" · customer since {customer.first_at:%d %B %Y}" if customer.first_at else ""
    st.caption(f"{customer.email}{stripe}{since}")
    with st.container(horizontal=True, key="customer_tiles"):
        tile("Orders", str(customer.orders))
        tile("Subscriptions", str(customer.subscriptions))
        for each in customer.spent:
            code = each.paid.currency.upper()
            tile(f"Paid, {code}", str(each.paid), says="For what is yours, before commission.")
            tile(f"Refunded or lost, {code}", str(each.refunded + each.disputed))
    st.dataframe(
        [
            {
                "when": each.line.at,
                "what": SAYS[each.line.what],
                "title": f"{each.line.many(each.currency)} {each.line.title or 'Queries and answers'}".strip(),
                "order": each.line.order_ref,
                "amount": str(Money(each.line.gross_minor, each.currency)),
                "yours": str(Money(each.line.yours_minor, each.currency)),
            }
            for each in told
        ],
        hide_index=True,
        column_config=when_columns(),
        key="customer_lines",
    )


me = signed_in("see your customers")
st.title("Customers", anchor=False)
wanted = st.query_params.get("customer", "")
if not wanted:
    show_list(me)
    st.stop()
if st.button("All customers", icon=":material/arrow_back:", key="all_customers"):
    del st.query_params["customer"]
    st.rerun()
with errors_shown():
    with loading() as session:
        customer, told = customer_of(session, me, int(wanted) if wanted.isdigit() else 0, now=house().now())
    show_one(customer, told)
