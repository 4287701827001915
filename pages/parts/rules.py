"""A fraud rule drawn: its numbers in words, the form that changes them, what they would have caught, its versions."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import streamlit as st

from pages.parts.figures import when_columns
from pages.parts.page import errors_shown, house
from polidat.orders import (
    CAUGHT_OVER_DAYS,
    Caught,
    FraudRule,
    Number,
    RuleMode,
    RuleValues,
    RuleVersion,
    actions_of,
    change_rule,
    in_words,
    numbers_of,
    values_of,
    would_have_caught,
)
from polidat.people import Person

MODES = {
    RuleMode.OFF: "off: it is not asked",
    RuleMode.SHADOW: "in shadow: what it finds is only noted",
    RuleMode.ACTIVE: "active: it acts",
}
ACTIONS = {
    "refuse": "refuse it",
    "hold": "let it rest until somebody has looked",
    "review": "list it for review, stop nothing",
}
_CAUGHT_SHOWN = 200


def numbers_in_words(values: RuleValues, numbers: Sequence[Number]) -> str:
    """Return what a rule with these values asks, in one line."""
    return " · ".join(f"{each.says} {in_words(_value(values, each.name), each.unit)}" for each in numbers)


def rule_form(rule: FraudRule, me: Person) -> None:
    """Draw every number of a rule; it can be tried on what has happened before it is kept as the next version."""
    was, code = values_of(rule), rule.code
    with st.form(f"rule_{code}"):
        chosen: dict[str, int] = {}
        for each in numbers_of(code):
            now = _value(was, each.name)
            chosen[each.name] = int(
                st.number_input(
                    f"{each.says} … ({each.unit})", value=now, step=1, format="%d", key=f"{code}_{each.name}",
                    help=f"Now {in_words(now, each.unit)}.",
                )
            )  # fmt: skip
        if not chosen:
            st.caption("This rule asks about no numbers.")
        action = st.selectbox(
            "When it speaks and is active", actions_of(code), actions_of(code).index(was.action),
            format_func=lambda each: ACTIONS[each], key=f"{code}_action",
        )  # fmt: skip
        mode = st.radio(
            "Mode", list(RuleMode), list(RuleMode).index(RuleMode(was.mode)), format_func=lambda each: MODES[each],
            key=f"{code}_mode",
        )  # fmt: skip
        days = int(st.number_input("Try it on the last … days", value=CAUGHT_OVER_DAYS, step=1, key=f"{code}_days"))
        with st.container(horizontal=True):
            tries = st.form_submit_button("What would it have caught?", key=f"try_{code}")
            keeps = st.form_submit_button("Keep as the next version", type="primary", key=f"keep_{code}")
    limits = {name: chosen.get(name, now) for name, now in was.limits.items()}
    picked = ("window_s", "threshold")
    wanted = replace(was, limits=limits, action=action, mode=mode, **{n: chosen[n] for n in picked if n in chosen})
    if tries:
        _try(code, wanted, days, me)
    if keeps:
        _keep(code, wanted, was, me)


def show_versions(versions: Sequence[RuleVersion], numbers: Sequence[Number]) -> None:
    """Draw every version of a rule, newest first."""
    st.dataframe(
        [
            {
                "version": each.number,
                "when": each.since,
                "by": each.by or "as delivered",
                "mode": each.values.mode,
                "action": each.values.action,
                "asks": numbers_in_words(each.values, numbers),
            }
            for each in versions
        ],
        hide_index=True,
        column_config=when_columns(),
        key="rule_versions",
    )


def _try(code: str, wanted: RuleValues, days: int, me: Person) -> None:
    caught: Sequence[Caught] | None = None
    with errors_shown(), st.spinner("Asking what has happened …"), house().reading() as session:
        caught = would_have_caught(session, me, code, wanted, days=days, now=house().now())
    if caught is None:
        return
    if not caught:
        st.info(f"With these numbers {code} would have caught nothing in the last {days} days.")
        return
    st.success(f"With these numbers {code} would have spoken {len(caught):,} times in the last {days} days.")
    rows = [{"when": each.at, "about": each.subject} for each in caught[:_CAUGHT_SHOWN]]
    st.dataframe(rows, hide_index=True, column_config=when_columns(), key="rule_caught")


def _keep(code: str, wanted: RuleValues, was: RuleValues, me: Person) -> None:
    with errors_shown():
        with house().unit_of_work() as session:
            kept = change_rule(session, me, code, wanted).version
        if wanted == was:
            st.info(f"{code} asks this already: nothing was changed.")
        else:
            st.success(f"{code} asks this from now on, as version {kept}. What it found before stays as it was found.")


def _value(values: RuleValues, name: str) -> int:
    own: Mapping[str, int] = {"window_s": values.window_s, "threshold": values.threshold}
    return own.get(name, values.limits.get(name, 0))
