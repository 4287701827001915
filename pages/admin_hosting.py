"""What the operator asks of storefronts: whether hosting has to be paid, after how many days, and for how much."""

import streamlit as st

from pages.parts.page import errors_shown, house, loading, signed_in
from polidat.catalog import HostingPolicy, all_stores, hosting_policy, set_hosting_policy
from polidat.core import Invalid, Money
from polidat.orders import demand_hosting
from polidat.people import Person

_CURRENCIES = ("usd", "eur", "gbp")


def policy_form(policy: HostingPolicy, me: Person) -> None:
    """Draw the form that changes it."""
    codes = [policy.currency, *(each for each in _CURRENCIES if each != policy.currency)]
    with st.form("hosting_policy"):
        required = st.checkbox("A store sells only while its hosting is paid", policy.required, key="hosting_required")
        days = st.text_input("Free days of a new store", str(policy.trial_days), key="hosting_days")
        left, right = st.columns(2)
        price = left.text_input(
            "Price of a month", str(policy.price).split(" ")[0].replace(",", ""), key="hosting_price"
        )
        code = right.selectbox("Currency", codes, format_func=str.upper, key="hosting_currency")
        sent = st.form_submit_button("Keep", type="primary", key="keep_hosting")
    if not sent:
        return
    with errors_shown():
        if not days.strip().isdecimal():
            raise Invalid("Free days are a whole number, 0 for none.")
        asked = Money.parse(price, code)
        with house().unit_of_work() as session:
            set_hosting_policy(session, me, required=required, trial_days=int(days), price=asked, now=house().now())
            changed = demand_hosting(session, now=house().now())
        st.success(f"Kept. {changed} stores were hidden or shown by it." if changed else "Kept.")


me = signed_in("run the marketplace")
if not me.is_operator:
    st.error("This page is for operators.")
    st.stop()
st.title("Hosting", anchor=False)
st.caption(
    "Sellers pay for their storefronts by card or out of what they earn, and keep the price they began with. While it "
    "is asked for, a store sells in its free days, while it is paid, and for two weeks after a payment has failed; "
    "otherwise it is hidden, and its buyers keep what they have."
)
with loading() as session:
    policy = hosting_policy(session)
    stores = all_stores(session, me)
policy_form(policy, me)
st.subheader("Stores", anchor=False)
if not stores:
    st.info("There is no store yet.")
else:
    st.dataframe(
        [
            {
                "store": each.name,
                "opened": each.opened_at,
                "free until": policy.free_until(each) if policy.required else None,
                "hidden since": each.hidden_at,
            }
            for each in stores
        ],
        hide_index=True,
        column_config={
            name: st.column_config.DateColumn(format="D MMM YYYY") for name in ("opened", "free until", "hidden since")
        },
        placeholder="",
        key="hosting_stores",
    )
