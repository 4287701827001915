"""What the fraud rules found, and what becomes of it."""

from collections.abc import Sequence

import streamlit as st

from pages.parts.look import same_tab
from pages.parts.page import errors_shown, house, loading, signed_in
from polidat.orders import (
    FraudFinding,
    RuleMode,
    decide_finding,
    fraud_rules,
    lift_finding,
    open_findings,
    standing_findings,
)
from polidat.people import Person


def show_finding(found: FraudFinding, titles: dict[str, str], me: Person) -> None:
    """Draw one finding with the numbers it saw, and the two ways to decide it."""
    with st.container(border=True, key=f"finding_{found.id}"):
        st.write(f"**{found.rule_code} · {titles.get(found.rule_code, '')}** · {found.subject}")
        seen = numbers(found)
        shadow = " Only watched: nothing was stopped." if found.mode == RuleMode.SHADOW else ""
        st.caption(f"{found.found_at:%d %B %Y, %H:%M} UTC · {seen}.{shadow}")
        with st.container(horizontal=True):
            for label, fraud in (("It was nothing", False), ("It was fraud", True)):
                if st.button(label, key=f"decide_{found.id}_{fraud}"):
                    with errors_shown():
                        with house().unit_of_work() as session:
                            decide_finding(session, me, found.id, fraud=fraud, now=house().now())
                        st.rerun()


def numbers(found: FraudFinding) -> str:
    """Return what the rule saw, for people."""
    return ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in found.inputs.items())


def show_standing(found: FraudFinding, me: Person) -> None:
    """Draw what was fraud and lets payouts wait, with the way to lift it."""
    with st.container(border=True, key=f"standing_{found.id}"):
        st.write(f"**{found.rule_code}** · {found.subject}")
        decided = f"{found.decided_at:%d %B %Y}" if found.decided_at else ""
        st.caption(f"Found to be fraud on {decided}: {numbers(found)}.")
        st.write("No payout of this seller leaves, by hand or by itself.")
        if st.button("Lift it", key=f"lift_{found.id}"):
            with errors_shown():
                with house().unit_of_work() as session:
                    lift_finding(session, me, found.id, now=house().now())
                st.rerun()


me = signed_in("run the marketplace")
if not me.is_operator:
    st.error("This page is for operators.")
    st.stop()
st.title("Fraud review", anchor=False)
findings: Sequence[FraudFinding] = []
standing: Sequence[FraudFinding] = []
titles: dict[str, str] = {}
with errors_shown(), loading() as session:
    findings, standing = open_findings(session, me), standing_findings(session, me)
    titles = {each.code: each.title for each in fraud_rules(session, me)}
if not findings:
    st.info("Nothing waits for a decision.")
for each in findings:
    show_finding(each, titles, me)
if standing:
    st.subheader("Payouts that wait", anchor=False)
for each in standing:
    show_standing(each, me)
same_tab("Fraud rules", "/fraud-rules", key="to_rules")
