"""Billing details: a form, folded up, that says whom invoices are made out to, or who sells."""

from collections.abc import Callable

import streamlit as st

from pages.parts.page import errors_shown, house
from polidat.core import COUNTRIES
from polidat.invoices import CHARS_MAX, Party, billing_details_of, keep_billing_details
from polidat.people import Person


def show_billing(me: Person) -> Party | None:
    """Draw the person's billing details, folded up, and return them."""
    with house().reading() as session:
        known = billing_details_of(session, me)
    label = f"Billing details: {known.in_one_line}" if known else "Billing details"
    with st.expander(label, key="billing"):
        st.caption(
            "Your invoices are made out to this, and whoever sells to you sees it there. If you sell, your buyers' "
            "invoices name you by it. Invoices that are issued already do not change."
        )

        def keep(details: Party) -> None:
            with house().unit_of_work() as session:
                keep_billing_details(session, me, details, now=house().now())

        details_form(known, keep, key="billing", has_reference=True)
    return known


def details_form(known: Party | None, keep: Callable[[Party], None], *, key: str, has_reference: bool = False) -> None:
    """Draw the form of somebody's details; `keep` takes what was filled in."""
    was = known or Party("")
    with st.form(f"{key}_form", border=False):
        name = _field("Name or company", was.name, "name", key)
        line1 = _field("Address", was.line1, "line1", key)
        line2 = _field("Second line (if any)", was.line2, "line2", key)
        left, right = st.columns([1, 2])
        with left:
            postal_code = _field("Postal code", was.postal_code, "postal_code", key)
        with right:
            city = _field("City", was.city, "city", key)
        left, right = st.columns([1, 2])
        chosen = COUNTRIES.index(was.country) if was.country in COUNTRIES else None
        country = left.selectbox("Country", COUNTRIES, index=chosen, placeholder="AT", key=f"{key}_country")
        with right:
            tax_id = _field("Tax id (if any), such as ATU12345678", was.tax_id, "tax_id", key)
        reference = was.order_reference
        if has_reference:
            reference = _field(
                "Your own reference, such as a purchase order (if any)", reference, "order_reference", key
            )
        sent = st.form_submit_button("Keep", type="primary", key=f"{key}_keep")
    if sent:
        with errors_shown():
            keep(Party(name, line1, line2, postal_code, city, country or "", tax_id, reference))
            st.rerun()


def _field(label: str, value: str, name: str, key: str) -> str:
    return st.text_input(label, value, max_chars=CHARS_MAX[name], key=f"{key}_{name}")
