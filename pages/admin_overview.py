"""What the operator must look at."""

from collections.abc import Sequence

import streamlit as st

from pages.parts.page import errors_shown, house, loading, signed_in
from polidat.core import Money
from polidat.insights import OperatorAlert, operator_alerts, title_of
from polidat.jobs import Run, failed_runs
from polidat.ledger import AccountSum, trial_balance
from polidat.orders import Order, flagged_orders, give_back_unfitting, settle_alert
from polidat.payments import InboxEvent, failed_events
from polidat.people import Person


def show_alerts(alerts: Sequence[OperatorAlert]) -> None:
    """Draw what is wrong now, and what was lately."""
    over = [each for each in alerts if each.cleared_at is not None]
    for each in alerts:
        if each.cleared_at is None:
            since = f"since {each.raised_at:%d %B, %H:%M} UTC"
            st.error(f"**{title_of(each)}** ({each.kind}, {since}): {each.says}", icon=":material/notifications:")
    if len(over) == len(alerts):
        st.success("Nothing is out of the ordinary.", icon=":material/check_circle:")
    if over:
        with st.expander(f"Over within the last week: {len(over)}"):
            rows = [
                {"what": f"{title_of(each)} ({each.kind})", "from": each.raised_at, "to": each.cleared_at,
                 "said at last": each.says}
                for each in over
            ]  # fmt: skip
            st.dataframe(rows, hide_index=True, key="alerts_over")


def show_flagged(me: Person, flagged: Sequence[Order]) -> None:
    """Draw the orders whose money does not fit, with what can be done about each."""
    st.subheader("Orders to look at", anchor=False)
    if not flagged:
        st.info("Nothing needs you.")
    for order in flagged:
        with st.container(border=True, key=f"alert_{order.public_id}"):
            st.write(f"**{order.public_id}** over {order.total}, {order.state.replace('_', ' ')}")
            st.warning(order.alert)
            with st.container(horizontal=True):
                if st.button("Give back what does not fit", key=f"give_{order.public_id}"):
                    with errors_shown():
                        with house().unit_of_work() as session:
                            refunds = give_back_unfitting(session, me, order.public_id, now=house().now())
                        st.success(", ".join(str(each.amount) for each in refunds) + " goes back.")
                if st.button("I have looked at it", key=f"seen_{order.public_id}"):
                    with errors_shown():
                        with house().unit_of_work() as session:
                            settle_alert(session, me, order.public_id)
                        st.rerun()


def show_failures(runs: Sequence[Run], events: Sequence[InboxEvent]) -> None:
    """Draw work that failed, with the reason."""
    st.subheader("Work that failed", anchor=False)
    if not runs and not events:
        st.info("No job has failed.")
    if runs:
        rows = [{"when": each.updated_at, "what": each.kind, "of": each.subject, "why": each.problem} for each in runs]
        st.dataframe(rows, hide_index=True, key="failed_runs")
    if events:
        st.caption("Stripe events that could not be taken over. The sweep tries each again every ten minutes.")
        told = [
            {"when": each.received_at, "event": each.type, "tries": each.attempts, "why": each.last_problem}
            for each in events
        ]
        st.dataframe(told, hide_index=True, key="failed_events")


def show_balance(sums: Sequence[AccountSum]) -> None:
    """Draw the trial balance and whether it is one."""
    st.subheader("Trial balance", anchor=False)
    if not sums:
        st.info("Nothing is posted yet.")
        return
    totals = {code: sum(each.minor for each in sums if each.currency == code) for code in {s.currency for s in sums}}
    wrong = [code.upper() for code, minor in totals.items() if minor]
    if wrong:
        st.error(f"The books do not sum to zero in {', '.join(wrong)}. Stop selling and call the developers.")
    else:
        st.success(f"Every currency sums to zero: {', '.join(sorted(code.upper() for code in totals))}.")
    rows = [{"account": each.code, "debit or credit": str(Money(each.minor, each.currency))} for each in sums]
    st.dataframe(rows, hide_index=True, key="trial_balance")


me = signed_in("run the marketplace")
if not me.is_operator:
    st.error("This page is for operators.")
    st.stop()
st.title("Operator", anchor=False)
with errors_shown(), loading() as session:
    alerts = operator_alerts(session, me, now=house().now())
    flagged = flagged_orders(session, me)
    events = failed_events(session)
    runs = failed_runs(session)
    balance = trial_balance(session)
show_alerts(alerts)
left, middle, right = st.columns(3)
left.metric("Orders to look at", len(flagged))
middle.metric("Jobs that failed", len(runs))
right.metric("Stripe events that failed", len(events))
show_flagged(me, flagged)
show_failures(runs, events)
show_balance(balance)
