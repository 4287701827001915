"""The books beside Stripe: do they agree, and what to do where they do not."""

from datetime import UTC, datetime, time, timedelta

import streamlit as st

from pages.parts.page import errors_shown, house, loading, signed_in
from pages.parts.reconcile import show_difference, show_outcome
from polidat.payments import differences_csv, open_differences
from polidat.wiring import reconcile_books

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
if not found:
    st.info("Nothing is open.")
    st.stop()
st.download_button(
    "Download CSV", differences_csv(found), "differences.csv", "text/csv", key="differences_csv", on_click="ignore"
)
for one in found:
    show_difference(one, me)
