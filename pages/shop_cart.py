"""The cart: what somebody means to buy together, and the way to pay for it once; visitors sign in to pay."""

from collections.abc import Sequence

import streamlit as st

from pages.parts.agree import agreement
from pages.parts.cart import show_item, show_told
from pages.parts.look import same_tab
from pages.parts.page import done, errors_shown, house, loading, once, shopper, visitor
from polidat.catalog import Agreed, discounts
from polidat.core import Money
from polidat.orders import CartItem, OrderState, Visitor, cart_cost, cart_of, order_cart, start_payment
from polidat.people import Person


def check_out(me: Person, items: Sequence[CartItem], goods: Money, delivery: Money) -> None:
    """Draw the total and the way to pay."""
    code = st.text_input("Coupon", key="cart_coupon", placeholder="if you have one", max_chars=40)
    if code.strip():
        with errors_shown():
            quantities = {each.listing.id: each.quantity for each in items}
            with house().reading() as session:
                taken = discounts(session, code, [each.listing for each in items], quantities, now=house().now())
            less = Money(sum(taken.values()), goods.currency)
            st.caption(f"The coupon takes {less} off.")
            goods -= less
    show_total(items, goods, delivery)
    blocked = any(each.problem for each in items)
    agreed = agreement([each.listing for each in items if not each.problem], me)
    if st.button("Check out", type="primary", key="check_out", disabled=blocked):
        with errors_shown():
            _pay(me, code, agreed)


def show_total(items: Sequence[CartItem], goods: Money, delivery: Money) -> None:
    """Draw what it costs with its delivery, and for whom."""
    if delivery.minor:
        st.caption(f"Delivery: {delivery}. You say where to when you pay.")
    st.metric("Total", str(goods + delivery))
    sellers = {each.listing.store.id for each in items}
    given_away = sum(each.quantity - (not each.for_others) for each in items if not each.is_piece)
    if len(sellers) > 1:
        st.caption(f"One payment for {len(sellers)} sellers; each of them gets their part.")
    if given_away:
        st.caption("Once paid, you give the licences that are not yours away on the order's page.")


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


st.title("Cart", anchor=False)
whose, items = shopper(visitor()), list[CartItem]()
if whose is not None:
    show_told(whose)
    with errors_shown(), loading() as session:
        items = list(cart_of(session, whose))
if whose is None or not items:
    st.info("Your cart is empty. Add datasets from any stores and pay for them at once.")
    if st.button("Browse datasets", key="browse"):
        st.switch_page("shop_browse.py")
    st.stop()
for each in items:
    show_item(each, whose)
costs: tuple[Money, Money] | None = None
with errors_shown(), house().reading() as session:
    costs = cart_cost(session, items)
if costs is None:
    st.stop()
if isinstance(whose, Visitor):
    show_total(items, *costs)
    st.caption("Sign in to pay: what you have chosen comes with you.")
    same_tab("Sign in to check out", "/sign-in", key="sign_in_to_pay")
else:
    check_out(whose, items, *costs)
