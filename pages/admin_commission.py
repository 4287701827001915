"""What the house takes: the rules, a new one, the end of one, and what a sale would bring."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time

import streamlit as st

from pages.parts.page import errors_shown, house, loading, signed_in
from polidat.catalog import (
    CommissionKind,
    CommissionRule,
    NewRule,
    RuleScope,
    Store,
    add_rule,
    all_stores,
    commission,
    commission_rules,
    end_rule,
    listing_by_slug,
    terms_for,
    terms_of,
)
from polidat.core import Money, bps_of, currency
from polidat.people import Person

_ANY = "any"


def show_rules(rules: Sequence[CommissionRule]) -> None:
    """Draw every rule there is or was."""
    st.dataframe(
        [
            {
                "rule": each.id,
                "of a": each.kind,
                "about": each.about,
                "version": each.version,
                "takes": terms_of(each).shown(each.currency or "usd"),
                "currency": each.currency.upper() or _ANY,
                "from": each.valid_from,
                "to": each.valid_to,
            }
            for each in rules
        ],
        hide_index=True,
        placeholder="",
        key="commission_rules",
    )


def rule_form(stores: Sequence[Store], me: Person) -> None:
    """Draw the form for a rule; nothing is changed, it follows the one before."""
    scope = st.selectbox("About", list(RuleScope), format_func=_about, key="rule_scope")
    with st.form("new_rule"):
        target = ""
        if scope == RuleScope.STORE:
            names = {each.slug: each.name for each in stores}
            target = st.selectbox("Store", list(names), format_func=names.__getitem__, key="rule_target") or ""
        elif scope != RuleScope.DEFAULT:
            what = "Category" if scope == RuleScope.CATEGORY else "Listing, as in its address"
            target = st.text_input(what, key="rule_target")
        kind = st.selectbox("Of a", list(CommissionKind), key="rule_kind")
        percent = st.text_input("Percent", key="rule_percent")
        code = st.text_input("Currency of the amounts (empty without amounts)", key="rule_currency", max_chars=3)
        amounts = [
            st.text_input(label, key=f"rule_{name}")
            for name, label in (("fixed", "Plus, fixed"), ("min", "At least"), ("max", "At most"))
        ]
        first = st.date_input("First day (empty: at once)", None, key="rule_from")
        last = st.date_input("Day it ends (empty: until another follows)", None, key="rule_to")
        if not st.form_submit_button("Add the rule", type="primary", key="add_rule"):
            return
    with errors_shown():
        fixed, least, most = (Money.parse(each, code).minor if each.strip() else None for each in amounts)
        wanted = NewRule(
            kind, bps_of(percent), scope, target.strip(), code.strip().lower(), fixed or 0, least or 0, most,
            _midnight(first), _midnight(last),
        )  # fmt: skip
        with house().unit_of_work() as session:
            added = add_rule(session, me, wanted, now=house().now())
        st.success(f"Rule {added.id} is added. What was sold before keeps the terms it was sold with.")


def end_form(rules: Sequence[CommissionRule], me: Person) -> None:
    """Draw the end of a rule."""
    now = house().now()
    open_ones = {
        each.id: f"{each.id}: {each.kind}, {each.about}"
        for each in rules
        if (each.valid_to is None or each.valid_to > now) and (each.scope != RuleScope.DEFAULT or each.currency)
    }
    if not open_ones:
        st.caption("Only defaults hold: they are followed by another, not ended.")
        return
    chosen = st.selectbox("Rule", list(open_ones), format_func=open_ones.__getitem__, key="rule_to_end")
    if st.button("End it now", key="end_rule"):
        with errors_shown():
            with house().unit_of_work() as session:
                end_rule(session, me, chosen, now=house().now())
            st.rerun()


def preview(me: Person) -> None:
    """Draw what the house would take of a sale now."""
    slug = st.text_input("Listing, as in its address", key="preview_listing")
    paid = st.text_input("Paid (empty: its price)", key="preview_amount")
    if not slug.strip():
        return
    with errors_shown():
        with house().reading() as session:
            listing = listing_by_slug(session, me, slug.strip())
            price = Money.parse(paid, listing.currency) if paid.strip() else listing.price
            found = {
                kind: terms_for(session, listing, kind, currency(listing.currency).code, now=house().now())
                for kind in CommissionKind
            }
        for kind, terms in found.items():
            taken = f"{commission(price, terms)} of {price}" if price is not None else "no price"
            st.write(f"A {kind}: **{taken}** · {terms.shown(listing.currency)} · rule {terms.rule_id}")


def _about(scope: RuleScope) -> str:
    return "everything else" if scope == RuleScope.DEFAULT else f"a {scope}"


def _midnight(day: date | None) -> datetime | None:
    return datetime.combine(day, time(), UTC) if day else None


me = signed_in("run the marketplace")
if not me.is_operator:
    st.error("This page is for operators.")
    st.stop()
st.title("Commission", anchor=False)
st.caption(
    "What the house takes of a sale. The narrowest rule holds: listing, store, category, everything else; one for the "
    "currency of the sale goes before one for any. A rule is never changed: another version follows it."
)
rules: Sequence[CommissionRule] = []
stores: Sequence[Store] = []
with errors_shown(), loading() as session:
    rules, stores = commission_rules(session, me), all_stores(session, me)
show_rules(rules)
with st.expander("What would a sale bring?"):
    preview(me)
with st.expander("Add a rule"):
    rule_form(stores, me)
with st.expander("End a rule"):
    end_form(rules, me)
