"""Every store, and what the house takes of its sales."""

from collections.abc import Sequence

import streamlit as st

from pages.parts.page import errors_shown, house, loading, signed_in
from polidat.catalog import COMMISSION_BPS, Store, all_stores, set_commission
from polidat.core import bps_of

me = signed_in("run the marketplace")
if not me.is_operator:
    st.error("This page is for operators.")
    st.stop()
st.title("Stores and commission", anchor=False)
st.caption(
    f"The default is {COMMISSION_BPS / 100:g} % of each sale. A change counts for orders placed from then on; orders "
    "placed before keep the commission they were placed with."
)
stores: Sequence[Store] = []
with errors_shown(), loading() as session:
    stores = all_stores(session, me)
if not stores:
    st.info("Nobody has opened a store yet.")
for store in stores:
    with st.form(f"store_{store.slug}"):
        kept = store.commission_bps
        st.write(f"**{store.name}** · {'default' if kept is None else f'{kept / 100:g} %'}")
        text = st.text_input(
            "Commission in percent; empty is the default",
            "" if kept is None else f"{kept / 100:g}",
            key=f"commission_{store.slug}",
        )
        if not st.form_submit_button("Keep"):
            continue
    with errors_shown():
        bps = bps_of(text) if text.strip() else None
        with house().unit_of_work() as session:
            set_commission(session, me, store.slug, bps)
        st.success(f"Kept for “{store.name}”.")
