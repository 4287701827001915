"""Buy, get or open a listing."""

from collections.abc import Mapping, Sequence

import streamlit as st

from pages.parts.agree import agreement
from pages.parts.look import same_tab
from pages.parts.page import done, errors_shown, house, once
from pages.parts.post import post_button
from pages.parts.shipping import way_chosen
from polidat.catalog import (
    NOTHING_AGREED,
    Agreed,
    Interval,
    Listing,
    Plan,
    Priced,
    Shipping,
    discounts,
    pay_per_use,
)
from polidat.core import Money, micros_text
from polidat.orders import OrderState, add_to_cart, place_order, quantity_most, start_payment, subscribe
from polidat.people import Person

_PER = {
    Priced.QUERY: "for a query",
    Priced.ANSWER: "for an answer",
    Priced.GIGABYTE: "for a gigabyte a query scans",
}


def offer(listing: Listing, me: Person | None, ships: Shipping | None = None, *, owned: bool, whole: bool) -> Agreed:
    """Draw what this person can do with the listing: open it, get it, or pay for it; return what they agree to."""
    if owned:
        st.success("This is in your library." if whole else "You use this by the query, from your wallet.")
        if st.button("Query it", type="primary", key="open_query"):
            st.switch_page("ask_sql.py", query_params={"listing": listing.slug})
    if whole:
        _offer_for_others(listing, me, ships)
        return NOTHING_AGREED
    if not listing.is_offered:
        st.warning("This listing is not for sale.")
        return NOTHING_AGREED
    if me is None:
        _offer_to_visitor(listing, ships)
        return NOTHING_AGREED
    agreed = agreement([listing], me)
    if listing.price is not None:
        _offer_whole(listing, me, agreed, ships)
    return agreed


def _offer_to_visitor(listing: Listing, ships: Shipping | None) -> None:
    """A visitor fills a cart, which comes along when they sign in."""
    if listing.price_minor:
        fields = {"listing": listing.slug, "quantity": str(_quantity(listing, ships))}
        post_button("Add to cart", "/cart/add", fields, key="add_to_cart")
    same_tab("Sign in to buy", "/sign-in", key="sign_in_to_buy", quiet=bool(listing.price_minor))


def _offer_for_others(listing: Listing, me: Person | None, ships: Shipping | None) -> None:
    """Who has the listing may buy licences of it to give away."""
    if me is None or not listing.is_offered or not listing.price_minor or listing.store.owner_id == me.id:
        return
    with house().reading() as session:
        if quantity_most(session, listing) == 1:
            return
    if st.toggle("Buy licences for others", key="for_others"):
        st.caption("What you have stays yours. Once paid, you give these licences away on the order's page.")
        _offer_whole(listing, me, agreement([listing], me), ships, for_others=True)


def _offer_whole(
    listing: Listing, me: Person, agreed: Agreed, ships: Shipping | None, *, for_others: bool = False
) -> None:
    code, quantity = "", _quantity(listing, ships, for_others=for_others)
    if listing.price_minor:
        with st.expander("I have a coupon"):
            code = st.text_input("Coupon", key="coupon", max_chars=40, label_visibility="collapsed")
            _show_discount(listing, quantity, code)
    whole, way = Money((listing.price_minor or 0) * quantity, listing.currency), ""
    if ships is not None and ships.currency == whole.currency:
        chosen = way_chosen(ships.ways, "", key="delivery", briefly=True)
        whole, way = whole + chosen.price, chosen.name
    label = f"Buy now for {whole}" if whole.minor else "Get it for free"
    if st.button(label, type="primary", key="buy"):
        _buy(listing, quantity, me, code, agreed, for_others=for_others, way=way)
    if listing.price_minor and st.button("Add to cart", key="add_to_cart"):
        with errors_shown():
            with house().unit_of_work() as session:
                add_to_cart(
                    session, me, listing.id,
                    quantity=quantity, for_others=for_others, delivery=way, now=house().now(),
                )  # fmt: skip
            st.switch_page("shop_cart.py")


def _quantity(listing: Listing, ships: Shipping | None = None, *, for_others: bool = False) -> int:
    """Draw how many licences, or pieces of a good without data, where more than one can be bought."""
    with house().reading() as session:
        most = quantity_most(session, listing)
    if most == 1:
        return 1
    if ships is not None and not ships.with_data:
        return int(st.number_input("Pieces", 1, most, key="licences"))
    yours = (
        "You give all of them away by e-mail." if for_others else "One is yours; you give the others away by e-mail."
    )
    says = f"One for each person who uses it. {yours}"
    return int(st.number_input("Licences", 1, most, key="licences", help=says))


def offer_by_use(
    listing: Listing, me: Person | None, prices: Mapping[Priced, int], agreed: Agreed, *, owned: bool
) -> None:
    """Draw what single uses cost, and the way to them."""
    if not prices:
        return
    st.caption(
        "Or by use: "
        + ", ".join(f"{micros_text(each, listing.currency)} {_PER[kind]}" for kind, each in prices.items())
    )
    if owned or me is None or not listing.is_offered:
        return
    if st.button("Pay by use", key="pay_by_use"):
        with errors_shown():
            with house().unit_of_work() as session:
                pay_per_use(session, me, listing.id, agreed=agreed, now=house().now())
            st.switch_page("ask_sql.py", query_params={"listing": listing.slug})


def offer_plans(listing: Listing, me: Person | None, plans: Sequence[Plan], agreed: Agreed, *, whole: bool) -> None:
    """Draw the subscriptions to a listing, and the way to each."""
    for plan in plans:
        if whole or me is None or not listing.is_offered:
            st.caption(f"{plan.price} a {plan.interval}")
            continue
        if st.button(f"Subscribe for {plan.price} a {plan.interval}", key=f"subscribe_{plan.interval}"):
            _subscribe(listing, me, plan, agreed)
    if any(each.trial_days for each in plans):
        st.caption(f"The first {max(each.trial_days for each in plans)} days are free.")


def _subscribe(listing: Listing, me: Person, plan: Plan, agreed: Agreed) -> None:
    here, form = house(), f"subscribe_{listing.id}_{plan.interval}"
    with errors_shown():
        back = f"{here.settings.base_url}/subscriptions"
        with st.spinner("Opening the payment page …"):
            _, url = subscribe(
                here.database,
                here.gateway,
                me,
                listing.id,
                Interval(plan.interval),
                key=once(form),
                return_url=back,
                now=here.now(),
                agreed=agreed,
            )
        done(form)
        st.caption("You pay at Stripe; we never see your card. You can end it at any time.")
        same_tab(f"Subscribe for {plan.price} a {plan.interval}", url, key="subscribe_link")


def _show_discount(listing: Listing, quantity: int, code: str) -> None:
    if not code.strip() or listing.price is None:
        return
    with errors_shown():
        with house().reading() as session:
            taken = discounts(session, code, [listing], {listing.id: quantity}, now=house().now())
        less = Money(taken[listing.id], listing.currency)
        whole = Money(listing.price.minor * quantity, listing.currency)
        st.caption(f"Less {less}: you pay {whole - less}.")


def _buy(listing: Listing, quantity: int, me: Person, code: str, agreed: Agreed, *, for_others: bool, way: str) -> None:
    here, form = house(), f"buy_{listing.id}_{quantity}_{way}_{code.strip().lower()}"
    key, now = once(form), here.now()
    with errors_shown():
        with here.unit_of_work() as session:
            order = place_order(
                session,
                me,
                [listing.id],
                key=key,
                quantities={listing.id: quantity},
                for_others=[listing.id] if for_others else [],
                deliveries={listing.id: way},
                coupon=code,
                agreed=agreed,
                now=now,
            )
        if order.state != OrderState.AWAITING_PAYMENT:
            done(form)
            st.switch_page("shop_order.py", query_params={"order": order.public_id})
        return_url = f"{here.settings.base_url}/pay/return/{order.public_id}"
        with st.spinner("Opening the payment page …"):
            url = start_payment(here.database, here.gateway, me, order.public_id, return_url=return_url, now=now)
        done(form)
        st.caption(f"Order {order.public_id} is placed. You pay at Stripe; we never see your card.")
        same_tab(f"Pay {order.total}", url, key="pay_link")
