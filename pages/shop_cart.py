"""The cart: what somebody means to buy together, and the way to pay for it once."""

from collections.abc import Sequence

import streamlit as st

from pages.parts.agree import agreement
from pages.parts.look import same_tab
from pages.parts.page import done, errors_shown, house, loading, once, signed_in
from polidat.catalog import Agreed, discounts, shippings_of
from polidat.core import Money
from polidat.orders import CartItem, OrderState, add_to_cart, cart_of, order_cart, remove_from_cart, start_payment
from polidat.people import Person


def show_item(item: CartItem, me: Person) -> None:
    """Draw one line, with what changed since it was added."""
    listing = item.listing
    with st.container(border=True, key=f"cart_{listing.slug}"):
        st.write(f"**{listing.title}** · {listing.store.name}")
        st.write(str(listing.price) if listing.price_minor else "Free")
        if item.problem:
            st.warning(f"{item.problem} Remove it to go on.")
        elif item.has_new_price:
            st.info(f"The price has changed since you added it: it was {item.was}.")
        note = st.text_input("Note to the seller", item.note, max_chars=500, key=f"note_{listing.slug}")
        with errors_shown():
            if note != item.note and not item.problem:
                with house().unit_of_work() as session:
                    add_to_cart(session, me, listing.id, note=note, now=house().now())
            if st.button("Remove", key=f"remove_{listing.slug}"):
                with house().unit_of_work() as session:
                    remove_from_cart(session, me, listing.id)
                st.rerun()


def check_out(me: Person, items: Sequence[CartItem]) -> None:
    """Draw the total and the way to pay."""
    prices = [each.listing.price for each in items if each.listing.price is not None and each.listing.price_minor]
    total = Money(sum(each.minor for each in prices), prices[0].currency if prices else "usd")
    code = st.text_input("Coupon", key="cart_coupon", placeholder="if you have one", max_chars=40)
    if code.strip():
        with errors_shown():
            with house().reading() as session:
                taken = discounts(session, code, [each.listing for each in items], now=house().now())
            less = Money(sum(taken.values()), total.currency)
            st.caption(f"The coupon takes {less} off.")
            total -= less
    with house().reading() as session:
        ships = shippings_of(session, [each.listing for each in items])
    if ships:
        delivery = Money(sum(each.price_minor for each in ships.values()), next(iter(ships.values())).currency)
        st.caption(f"Delivery: {delivery}. You say where to when you pay.")
        total = Money(total.minor + delivery.minor, delivery.currency) if not total.minor else total + delivery
    st.metric("Total", str(total))
    sellers = {each.listing.store.id for each in items}
    if len(sellers) > 1:
        st.caption(f"One payment for {len(sellers)} sellers; each of them gets their part.")
    blocked = any(each.problem for each in items)
    agreed = agreement([each.listing for each in items if not each.problem], me)
    if st.button("Check out", type="primary", key="check_out", disabled=blocked):
        with errors_shown():
            _pay(me, code, agreed)


def _pay(me: Person, code: str, agreed: Agreed) -> None:
    here, form = house(), f"cart_{code.strip().lower()}"
    key, now = once(form), here.now()
    with here.unit_of_work() as session:
        order = order_cart(session, me, key=key, coupon=code, agreed=agreed, now=now)
    done(form)
    if order.state != OrderState.AWAITING_PAYMENT:
        st.switch_page("shop_order.py", query_params={"order": order.public_id})
    return_url = f"{here.settings.base_url}/pay/return/{order.public_id}"
    with st.spinner("Opening the payment page …"):
        url = start_payment(here.database, here.gateway, me, order.public_id, return_url=return_url, now=now)
    st.caption(f"Order {order.public_id} is placed. You pay at Stripe; we never see your card.")
    same_tab(f"Pay {order.total}", url, key="pay_link")


me = signed_in("see your cart")
st.title("Cart", anchor=False)
items: Sequence[CartItem] = []
with errors_shown(), loading() as session:
    items = cart_of(session, me)
if not items:
    st.info("Your cart is empty. Add datasets from any stores and pay for them at once.")
    if st.button("Browse datasets", key="browse"):
        st.switch_page("shop_browse.py")
    st.stop()
for each in items:
    show_item(each, me)
check_out(me, items)
