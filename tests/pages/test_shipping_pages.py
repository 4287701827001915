"""The pages of goods that ship: offered, paid at the sandbox, sent by the seller, received by the buyer."""

import pytest

from polidat.catalog import ShippingOffer, draft_listing, open_store, set_price, set_shipping, shipping_of
from polidat.core import Money
from polidat.orders import OrderState, ShipmentState, my_orders, order_of, start_payment, sync_order
from polidat.payments import start_onboarding, sync_account
from polidat.people import make_operator
from tests.factories import ordered, person
from tests.pages.test_money_pages import BACK, stripe
from tests.pages.test_pages import shown, words
from tests.simulation.test_matrix_shipping import ADDRESS, STREET
from tests.stripe_sandbox.conftest import follow_link, pay

__all__ = ["stripe"]


@pytest.fixture(scope="module")
def seller(house, stripe):
    who = person(house, "atlas-seller")
    start_onboarding(house.database, house.gateway, who, return_url=BACK, refresh_url=BACK, now=house.now())
    account = sync_account(house.database, house.gateway, who, now=house.now())
    stripe.control(f"accounts/{account.stripe_id}/approve")
    sync_account(house.database, house.gateway, who, now=house.now())
    return who


@pytest.fixture(scope="module")
def draft(house, seller):
    with house.unit_of_work() as session:
        store = open_store(session, seller, "Atlas House", now=house.now())
        return draft_listing(session, seller, store, "Election atlas, printed", now=house.now())


@pytest.fixture
def atlas(house, seller, draft, monkeypatch):
    """The atlas, published on the page, without any data."""
    page = shown("sell_publish.py", house, monkeypatch, seller, draft=draft.slug)
    if not page.checkbox(key=f"no_data_{draft.slug}").value:
        page.checkbox(key=f"no_data_{draft.slug}").check().run()
    page.text_input(key=f"price_{draft.slug}").set_value("40.00")
    page.checkbox(key=f"ships_{draft.slug}").check()
    page.text_input(key=f"shipping_{draft.slug}").set_value("6.50")
    page.multiselect(key=f"to_{draft.slug}").set_value(["AT", "DE"])
    page.text_input(key=f"way_{draft.slug}_1").set_value("Express")
    page.text_input(key=f"shipping_{draft.slug}_1").set_value("15.00")
    page.text_input(key=f"days_{draft.slug}_1").set_value("1-2")
    page.multiselect(key=f"to_{draft.slug}_1").set_value(["AT"])
    page.checkbox(key=f"with_data_{draft.slug}").uncheck()
    page.button(key="publish").click().run()
    assert "Published" in words(page), words(page)
    with house.reading() as session:
        first, express = shipping_of(session, draft.id).ways
        assert (first.shown, express.shown) == ("6.50 USD, to AT, DE", "15.00 USD, 1 to 2 working days, to AT")
    return draft


def bought(house, stripe, atlas, name):
    buyer = person(house, name)
    with house.unit_of_work() as session:
        order = ordered(session, buyer, [atlas.id], key=f"key-of-{name}", now=house.now())
    url = start_payment(house.database, house.gateway, buyer, order.public_id, return_url=BACK, now=house.now())
    assert pay(stripe, follow_link(stripe, url), **ADDRESS).status_code == 303
    sync_order(house.database, house.gateway, buyer, order.public_id, now=house.now())
    return buyer, order


def test_its_page_says_what_delivery_costs_and_where_it_goes(house, atlas, monkeypatch):
    page = shown("shop_listing.py", house, monkeypatch, person(house, "atlas-reader"), listing=atlas.slug)

    assert "6.50 USD, to AT, DE" in words(page)
    assert "there is no data" in words(page)
    assert "Buy now for 46.50 USD" in [each.label for each in page.button]
    page.selectbox(key="delivery").select("Express").run()
    assert "Buy now for 55.00 USD" in [each.label for each in page.button]


def test_a_parcel_goes_from_the_seller_to_the_buyer(house, stripe, atlas, seller, monkeypatch):
    buyer, order = bought(house, stripe, atlas, "atlas-buyer")
    key = f"{order.public_id}_1"
    page = shown("shop_order.py", house, monkeypatch, buyer, order=order.public_id)
    assert "has not accepted it yet" in words(page)
    queue = shown("sell_shipping.py", house, monkeypatch, seller)
    assert STREET in queue.code[0].value

    queue.button(key=f"accept_{key}").click().run()
    queue.selectbox(key=f"carrier_{key}").set_value("ups")
    queue.text_input(key=f"tracking_{key}").set_value("1Z999AA10123456785")
    queue.button(key=f"is_sent_{key}").click().run()
    assert "is no tracking number of UPS" in words(queue)
    queue.text_input(key=f"tracking_{key}").set_value("1Z999AA10123456784")
    queue.button(key=f"is_sent_{key}").click().run()
    assert "Everything is on its way." in words(queue)

    page = shown("shop_order.py", house, monkeypatch, buyer, order=order.public_id)
    assert "tracknum=1Z999AA10123456784" in words(page)
    page.button(key=f"received_{key}").click().run()
    with house.reading() as session:
        assert order_of(session, buyer, order.public_id).state == OrderState.FULFILLED
    assert "You have received it." in words(shown("shop_order.py", house, monkeypatch, buyer, order=order.public_id))
    assert "Done" in words(shown("sell_shipping.py", house, monkeypatch, seller))


def test_a_buyer_cancels_what_is_not_accepted_and_a_seller_says_why_not(house, stripe, atlas, seller, monkeypatch):
    early, first = bought(house, stripe, atlas, "atlas-early")
    page = shown("shop_order.py", house, monkeypatch, early, order=first.public_id)
    page.button(key=f"cancel_{first.public_id}_1").click().run()
    with house.reading() as session:
        assert order_of(session, early, first.public_id).lines[0].shipment.state == ShipmentState.CANCELED

    late, second = bought(house, stripe, atlas, "atlas-late")
    queue = shown("sell_shipping.py", house, monkeypatch, seller)
    queue.text_input(key=f"why_{second.public_id}_1").set_value("The last one is torn.")
    queue.button(key=f"give_up_{second.public_id}_1").click().run()
    seen = words(shown("shop_order.py", house, monkeypatch, late, order=second.public_id))
    assert "The last one is torn." in seen
    assert "not given to you" in seen


def test_a_buyer_who_has_the_data_is_sent_to_the_seller(house, stripe, atlas, seller, monkeypatch):
    with house.unit_of_work() as session:
        offer = ShippingOffer.flat(Money(650, "usd"), ["AT"], with_data=True)
        set_shipping(session, seller, atlas.id, offer, now=house.now())
    buyer, order = bought(house, stripe, atlas, "atlas-reads-too")

    page = shown("shop_order.py", house, monkeypatch, buyer, order=order.public_id)

    assert f"cancel_{order.public_id}_1" not in [each.key for each in page.button]
    assert "only the seller can cancel it" in words(page)


def test_an_operator_cancels_and_does_not_see_where_it_goes(house, stripe, atlas, monkeypatch):
    _, order = bought(house, stripe, atlas, "atlas-lost")
    operator = person(house, "atlas-operator")
    with house.unit_of_work() as session:
        operator = make_operator(session, operator)
    page = shown("shop_order.py", house, monkeypatch, operator, order=order.public_id)
    assert STREET not in words(page) + " ".join(str(each.value) for each in page.text)

    page.text_input(key=f"why_{order.public_id}_1").set_value("The seller is gone.")
    page.button(key=f"give_up_{order.public_id}_1").click().run()

    with house.reading() as session:
        assert order_of(session, operator, order.public_id).lines[0].shipment.why == "The seller is gone."


def test_what_costs_nothing_asks_for_the_address_on_our_page(house, atlas, seller, monkeypatch):
    with house.unit_of_work() as session:
        set_price(session, seller, atlas.id, Money(0, "usd"))
        set_shipping(
            session, seller, atlas.id, ShippingOffer.flat(Money(0, "usd"), ["AT"], with_data=False), now=house.now()
        )
    buyer = person(house, "atlas-guest")
    with house.unit_of_work() as session:
        order = ordered(session, buyer, [atlas.id], key="free-atlas", now=house.now())
    key = f"{order.public_id}_1"
    assert "has not said where" in words(shown("sell_shipping.py", house, monkeypatch, seller))

    page = shown("shop_order.py", house, monkeypatch, buyer, order=order.public_id)
    for name, text in (("name", "Ada"), ("line1", "Gasse 3"), ("postal", "1010"), ("city", "")):
        page.text_input(key=f"{name}_{key}").set_value(text)
    page.button(key=f"give_{key}").click().run()
    assert "Write the city" in words(page)
    page.text_input(key=f"city_{key}").set_value("Wien")
    page.button(key=f"give_{key}").click().run()

    with house.reading() as session:
        (found,) = my_orders(session, buyer)
        assert found.lines[0].shipment.address.city == "Wien"


def test_the_queue_of_somebody_with_nothing_to_send_says_so(house, monkeypatch):
    page = shown("sell_shipping.py", house, monkeypatch, person(house, "atlas-nobody"))

    assert "Nothing is to be sent" in words(page)
