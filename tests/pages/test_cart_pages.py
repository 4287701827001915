"""The cart, several licences, and who they are given to, as pages."""

import pytest

from polidat.catalog import withdraw_listing
from polidat.orders import Visitor, add_to_cart, give_seat, merge_cart, my_orders
from tests.factories import person, published
from tests.pages.test_money_pages import bought, sold_by_somebody_paid, stripe
from tests.pages.test_pages import accept, shown, words

__all__ = ["stripe"]


@pytest.fixture(scope="module")
def listing(house, stripe, tmp_path_factory):
    return sold_by_somebody_paid(house, stripe, tmp_path_factory.mktemp("cart"), "Basket polls")


def test_a_cart_is_filled_from_the_listing_and_paid_once(house, stripe, listing, monkeypatch, tmp_path):
    buyer = person(house, "cart-buyer")
    free = published(house, tmp_path, "Cart freebie", price_minor=0)
    with house.unit_of_work() as session:
        add_to_cart(session, buyer, free.id, now=house.now())
        add_to_cart(session, buyer, listing.id, now=house.now())
    page = shown("shop_cart.py", house, monkeypatch, buyer)
    assert page.metric[0].value == "19.00 USD"

    page.text_input(key=f"note_{listing.slug}").set_value("For a class").run()
    page.number_input(key=f"many_{listing.slug}").set_value(3).run()
    assert "3 × 19.00 USD = **57.00 USD**" in words(page)
    assert page.metric[0].value == "57.00 USD"
    accept(page)
    page.button(key="check_out").click().run()
    assert "is placed" in words(page)
    assert "cart is empty" in words(shown("shop_cart.py", house, monkeypatch, buyer))

    with house.reading() as session:
        (order,) = my_orders(session, buyer)
    assert {line.note for line in order.lines} == {"", "For a class"}
    assert {line.quantity for line in order.lines} == {1, 3}


def test_a_listing_that_was_withdrawn_blocks_the_cart_until_it_is_removed(house, listing, monkeypatch, tmp_path):
    buyer = person(house, "blocked-buyer")
    gone = published(house, tmp_path, "Cart gone", price_minor=500)
    with house.unit_of_work() as session:
        add_to_cart(session, buyer, gone.id, now=house.now())
        withdraw_listing(session, person(house, "seller-of-cart-gone"), gone.id)
    page = shown("shop_cart.py", house, monkeypatch, buyer)
    assert "not for sale any more" in words(page)
    assert page.button(key="check_out").disabled

    page.button(key=f"remove_{gone.slug}").click().run()

    assert "cart is empty" in words(page)


def test_a_visitor_fills_a_cart_changes_it_and_is_asked_to_sign_in(house, stripe, listing, monkeypatch, tmp_path):
    assert "cart is empty" in words(shown("shop_cart.py", house, monkeypatch))
    visitor = Visitor("token of a visitor's cart")
    with house.unit_of_work() as session:
        add_to_cart(session, visitor, listing.id, now=house.now())
    page = shown("shop_cart.py", house, monkeypatch, cart=visitor.token)

    page.number_input(key=f"many_{listing.slug}").set_value(2).run()
    assert page.metric[0].value == "38.00 USD"
    assert "Sign in to pay" in words(page)
    assert not [each for each in page.button if each.key == "check_out"]
    page.button(key=f"remove_{listing.slug}").click().run()

    assert "cart is empty" in words(page)


def test_what_was_left_out_at_sign_in_is_told_until_it_is_read(house, listing, monkeypatch):
    seller, visitor = person(house, "seller-of-basket-polls"), Visitor("token of the seller")
    with house.unit_of_work() as session:
        add_to_cart(session, visitor, listing.id, now=house.now())
        assert merge_cart(session, seller, visitor.token, now=house.now())
    page = shown("shop_cart.py", house, monkeypatch, seller)
    assert "“Basket polls” is your own listing" in words(page)

    page.button(key="told_read").click().run()

    assert "Left out" not in words(page)


def test_buying_now_takes_a_number_of_licences(house, stripe, listing, monkeypatch):
    buyer = person(house, "express-buyer")
    page = shown("shop_listing.py", house, monkeypatch, buyer, listing=listing.slug)
    page.number_input(key="licences").set_value(2).run()
    assert page.button(key="buy").label == "Buy now for 38.00 USD"

    accept(page)
    page.button(key="buy").click().run()

    with house.reading() as session:
        (order,) = my_orders(session, buyer)
    assert [(line.quantity, line.price_minor) for line in order.lines] == [(2, 3_800)]


def test_a_buyer_gives_a_licence_away_and_takes_it_back(house, stripe, listing, monkeypatch):
    buyer, friend = person(house, "giving-buyer"), person(house, "given-friend")
    order = bought(house, stripe, listing, buyer, quantity=2)
    page = shown("shop_order.py", house, monkeypatch, buyer, order=order.public_id)
    assert "2 × 19.00 USD · **38.00 USD**" in words(page)
    assert "1 of 2 licences taken" in words(page)

    def invite(address):
        page.text_input(key="give_to_1").set_value(address)
        next(each for each in page.button if each.label == "Invite").click().run()

    invite(buyer.email)
    assert "has a licence of “Basket polls” from this order already" in words(page)
    invite(friend.email)
    assert f"{friend.email} · has not accepted it yet" in words(page)

    library = shown("shop_library.py", house, monkeypatch, friend)
    assert "gives you a licence of “Basket polls”" in words(library)
    (take,) = [each.key for each in library.button if each.label == "Accept"]
    library.button(key=take).click().run()
    assert "Read and accept the licence first" in words(library)
    accept(library)
    library.button(key=take).click().run()
    assert f"Your licence of “Basket polls” is from Giving-Buyer ({buyer.email})" in words(library)
    assert library.button(key=f"query_{listing.slug}")

    page = shown("shop_order.py", house, monkeypatch, buyer, order=order.public_id)
    assert f"{friend.email} · uses it" in words(page)
    assert shown("shop_library.py", house, monkeypatch, buyer).button(key=f"licences_{listing.slug}")
    next(each for each in page.button if each.label == "Take back").click().run()
    assert "1 of 2 licences taken" in words(page)
    assert "library is empty" in words(shown("shop_library.py", house, monkeypatch, friend))


def test_who_is_given_a_licence_may_decline(house, stripe, listing, monkeypatch):
    buyer, friend = person(house, "declined-buyer"), person(house, "declining-friend")
    order = bought(house, stripe, listing, buyer, quantity=2)
    with house.unit_of_work() as session:
        give_seat(session, buyer, order.public_id, 1, friend.email, library_url="", now=house.now())
    page = shown("shop_library.py", house, monkeypatch, friend)

    next(each for each in page.button if each.label == "Decline").click().run()

    assert "library is empty" in words(page)


def test_a_seller_sees_number_price_and_note_of_a_sale(house, stripe, listing, monkeypatch):
    buyer, seller = person(house, "noting-buyer"), person(house, "seller-of-basket-polls")
    bought(house, stripe, listing, buyer, quantity=3, notes={listing.id: "=For a class"})

    row = shown("sell_overview.py", house, monkeypatch, seller).dataframe[0].value.iloc[0]

    assert (row["licences"], row["each"], row["price"]) == (3, "19.00 USD", "57.00 USD")
    assert row["note to you"] == "=For a class"


def test_a_seller_gives_one_of_three_licences_back(house, stripe, listing, monkeypatch):
    buyer, seller = person(house, "returning-buyer"), person(house, "seller-of-basket-polls")
    order = bought(house, stripe, listing, buyer, quantity=3)
    page = shown("sell_overview.py", house, monkeypatch, seller)
    page.selectbox(key="refund_sale").select_index(0)
    page.number_input(key="refund_licences").set_value(1)

    next(each for each in page.button if each.label == "Refund").click().run()

    assert "19.00 USD goes back to the buyer" in words(page)
    seen = words(shown("shop_order.py", house, monkeypatch, buyer, order=order.public_id))
    assert "1 of 2 licences taken" in seen


def test_who_has_it_buys_licences_for_others_on_its_page_and_in_the_cart(house, stripe, listing, monkeypatch):
    buyer = person(house, "others-buyer")
    own = bought(house, stripe, listing, buyer)
    page = shown("shop_listing.py", house, monkeypatch, buyer, listing=listing.slug)
    assert "buy" not in [each.key for each in page.button]

    page.toggle(key="for_others").set_value(True).run()
    page.number_input(key="licences").set_value(2).run()
    assert "Buy now for 38.00 USD" in [each.label for each in page.button]
    with house.unit_of_work() as session:
        add_to_cart(session, buyer, listing.id, quantity=2, for_others=True, now=house.now())
    cart = shown("shop_cart.py", house, monkeypatch, buyer)
    assert "what you have stays yours" in words(cart)
    assert not cart.button(key="check_out").disabled

    order = shown("shop_order.py", house, monkeypatch, buyer, order=own.public_id)
    order.text_input(key="give_own_to_1").set_value("colleague@example.org")
    next(each for each in order.button if each.label == "Give it away").click().run()
    assert "colleague@example.org · has not accepted it yet" in words(order)
    assert "none of these licences is yours" in words(order)
    assert "library is empty" in words(shown("shop_library.py", house, monkeypatch, buyer))
    next(each for each in order.button if each.label == "Take back").click().run()
    order.button(key="take_own_1").click().run()
    assert "· yours" in words(order)
