"""What the operator must look at."""

import streamlit as st

from pages.parts.page import house, signed_in
from polidat.ledger import trial_balance
from polidat.orders import flagged_orders
from polidat.payments import failed_events

me = signed_in("run the marketplace")
if not me.is_operator:
    st.error("This page is for operators.")
    st.stop()
st.title("Operator")
with house().reading() as session:
    flagged = list(flagged_orders(session, me))
    events = list(failed_events(session))
    balance = trial_balance(session)
left, right = st.columns(2)
left.metric("Orders to look at", len(flagged))
right.metric("Stripe events that failed", len(events))
st.subheader("Orders to look at")
if not flagged:
    st.info("Nothing needs you.")
for order in flagged:
    st.warning(f"{order.public_id}: {order.alert}")
st.subheader("Trial balance")
if balance:
    st.dataframe([vars(each) for each in balance], hide_index=True, key="trial_balance")
else:
    st.info("Nothing is posted yet.")
st.caption("Each currency must sum to zero.")
