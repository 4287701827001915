"""One order: what was paid, when, and its receipt."""

import streamlit as st

from pages.parts.page import errors_shown, house, same_tab, signed_in
from pages.parts.receipt import receipt_text
from polidat.core import Money
from polidat.orders import OrderState, start_payment, sync_order

me = signed_in("see your order")
ref = st.query_params.get("order", "")
if not ref:
    st.info("Choose an order in “My orders”.")
    st.stop()

order = None
with errors_shown(), st.spinner("Asking Stripe …"):
    order = sync_order(house().database, house().gateway, me, ref, now=house().now())
if order is None:
    st.stop()

if order.state == OrderState.FULFILLED:
    st.title("Thank you")
    st.success(f"Paid {order.total}. The data is in your library." if order.total.minor else "It is in your library.")
else:
    st.title("Your order")
    st.info(f"This order is {order.state.replace('_', ' ')}. {order.problem}")
for line in order.lines:
    st.write(f"{line.title}: **{Money(line.price_minor, order.currency)}**")
st.metric("Total", str(order.total))
st.caption(f"Order {order.public_id}, placed {order.placed_at:%d %B %Y, %H:%M} UTC")
if order.paid_at:
    st.caption(f"Paid {order.paid_at:%d %B %Y, %H:%M} UTC")
with st.container(horizontal=True):
    if order.state == OrderState.FULFILLED:
        st.download_button("Receipt", receipt_text(order, me), f"{order.public_id}.txt", key="receipt")
        if st.button("Open my library", type="primary", key="to_library"):
            st.switch_page("shop_library.py")
    elif order.state == OrderState.AWAITING_PAYMENT and st.button("Pay now", key="pay_again"):
        back = f"{house().settings.base_url}/pay/return/{order.public_id}"
        with errors_shown():
            url = start_payment(house().database, house().gateway, me, ref, return_url=back, now=house().now())
            same_tab(f"Pay {order.total}", url, key="pay_link")
