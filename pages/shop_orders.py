"""What I have ordered."""

import streamlit as st

from pages.parts.billing import show_billing
from pages.parts.page import errors_shown, loading, signed_in
from pages.parts.words import plain
from polidat.orders import Order, my_orders

me = signed_in("see your orders")
st.title("My orders", anchor=False)
orders: list[Order] = []
with errors_shown(), loading() as session:
    orders = list(my_orders(session, me))

if not orders:
    st.info("You have not ordered anything yet.")
    if st.button("Browse datasets", key="browse"):
        st.switch_page("shop_browse.py")
else:
    show_billing(me)
for order in orders:
    with st.container(border=True, key=f"order_{order.public_id}"):
        st.write(plain(", ".join(each.title for each in order.lines)))
        st.caption(f"{order.public_id} · {order.placed_at:%d %B %Y, %H:%M} UTC · {order.state.replace('_', ' ')}")
        for line in order.lines:
            if line.shipment is not None and order.paid_at is not None:
                st.caption(f":material/local_shipping: {plain(line.title)}: {line.shipment.state}")
        st.write(f"**{order.total}**")
        if st.button("Show", key=f"show_{order.public_id}"):
            st.switch_page("shop_order.py", query_params={"order": order.public_id})
