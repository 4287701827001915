"""The fraud rules: what each asks, its numbers, what others would have caught, and every version."""

from collections.abc import Sequence

import streamlit as st

from pages.parts.page import errors_shown, loading, signed_in
from pages.parts.rules import numbers_in_words, rule_form, show_versions
from polidat.orders import FraudRule, RuleVersion, fraud_rules, numbers_of, rule_versions, values_of

me = signed_in("run the marketplace")
if not me.is_operator:
    st.error("This page is for operators.")
    st.stop()
st.title("Fraud rules", anchor=False)
st.caption(
    "A rule in shadow only notes what it finds; look at it under Fraud review, and switch the rule to active when what "
    "it finds is right. Each change is a version that is kept, and a finding names the version it was found by."
)
rules: Sequence[FraudRule] = []
with errors_shown(), loading() as session:
    rules = fraud_rules(session, me)
if not rules:
    st.info("There are no rules.")
    st.stop()
code = st.selectbox(
    "Rule", [each.code for each in rules], key="rule",
    format_func={each.code: f"{each.code} · {each.title}" for each in rules}.__getitem__,
)  # fmt: skip
left, right = st.columns([2, 3], gap="large")
with left:
    rule_form(next(each for each in rules if each.code == code), me)
versions: Sequence[RuleVersion] = []
with errors_shown(), loading() as session:
    rules, versions = fraud_rules(session, me), rule_versions(session, me, code)
with right:
    rule = next(each for each in rules if each.code == code)
    st.subheader(f"{rule.code} · {rule.title}", anchor=False)
    st.write(numbers_in_words(values_of(rule), numbers_of(code)) or "It asks about no numbers.")
    st.caption(f"Version {rule.version}, {rule.mode}.")
    st.subheader("Versions", anchor=False)
    show_versions(versions, numbers_of(code))
st.subheader("All rules", anchor=False)
st.dataframe(
    [
        {
            "rule": each.code,
            "about": each.title,
            "mode": each.mode,
            "action": each.action,
            "version": each.version,
            "asks": numbers_in_words(values_of(each), numbers_of(each.code)),
        }
        for each in rules
    ],
    hide_index=True,
    key="rules",
)
