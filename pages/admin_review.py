"""What the fraud rules found, and what they may do."""

from collections.abc import Sequence

import streamlit as st

from pages.parts.page import errors_shown, house, loading, signed_in
from polidat.orders import (
    FraudFinding,
    FraudRule,
    RuleMode,
    decide_finding,
    fraud_rules,
    open_findings,
    set_rule_mode,
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


def show_rule(rule: FraudRule, me: Person) -> None:
    """Draw one rule and its switch."""
    name, switch = st.columns([3, 2], vertical_alignment="center")
    name.write(f"**{rule.code}** {rule.title} · from {rule.threshold}, {rule.action}")
    modes = list(RuleMode)
    chosen = switch.segmented_control(
        "Mode", modes, default=RuleMode(rule.mode), format_func=str, key=f"mode_{rule.code}",
        label_visibility="collapsed",
    )  # fmt: skip
    if chosen is not None and chosen != rule.mode:
        with errors_shown():
            with house().unit_of_work() as session:
                set_rule_mode(session, me, rule.code, chosen)
            st.caption(f"{rule.code} is {chosen} from now on.")


me = signed_in("run the marketplace")
if not me.is_operator:
    st.error("This page is for operators.")
    st.stop()
st.title("Fraud review", anchor=False)
findings: Sequence[FraudFinding] = []
rules: Sequence[FraudRule] = []
with errors_shown(), loading() as session:
    findings, rules = open_findings(session, me), fraud_rules(session, me)
if not findings:
    st.info("Nothing waits for a decision.")
titles = {each.code: each.title for each in rules}
for each in findings:
    show_finding(each, titles, me)
st.subheader("Rules", anchor=False)
st.caption("A rule that is in shadow only notes what it finds. Switch it to active when what it finds is right.")
for each in rules:
    show_rule(each, me)
