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
    open_findings,
)
from polidat.people import Person


def show_finding(found: FraudFinding, titles: dict[str, str], me: Person) -> None:
    """Draw one finding with the numbers it saw, and the two ways to decide it."""
    with st.container(border=True, key=f"finding_{found.id}"):
        st.write(f"**{found.rule_code} · {titles.get(found.rule_code, '')}** · {found.subject}")
        seen = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in found.inputs.items())
        shadow = " Only watched: nothing was stopped." if found.mode == RuleMode.SHADOW else ""
        st.caption(f"{found.found_at:%d %B %Y, %H:%M} UTC · {seen}.{shadow}")
        with st.container(horizontal=True):
            for label, fraud in (("It was nothing", False), ("It was fraud", True)):
                if st.button(label, key=f"decide_{found.id}_{fraud}"):
                    with errors_shown():
                        with house().unit_of_work() as session:
                            decide_finding(session, me, found.id, fraud=fraud, now=house().now())
                        st.rerun()


me = signed_in("run the marketplace")
if not me.is_operator:
    st.error("This page is for operators.")
    st.stop()
st.title("Fraud review", anchor=False)
findings: Sequence[FraudFinding] = []
titles: dict[str, str] = {}
with errors_shown(), loading() as session:
    findings = open_findings(session, me)
    titles = {each.code: each.title for each in fraud_rules(session, me)}
if not findings:
    st.info("Nothing waits for a decision.")
for each in findings:
    show_finding(each, titles, me)
same_tab("Fraud rules: what they ask, and what they may do", "/fraud-rules", key="to_rules")
