"""The cart through the API: the same rules as on the page, one payment, once."""

import pytest

from polidat.catalog import make_coupon, set_price
from polidat.core import Money
from polidat.orders import order_of
from polidat.people import Person
from tests.api.test_api import accepted, is_problem
from tests.factories import key_of, person, published
from tests.pages.test_money_pages import sold_by_somebody_paid

KEY = {"Idempotency-Key": "checkout-of-this-test"}


@pytest.fixture(scope="module")
def listing(house, stripe, tmp_path_factory):
    return sold_by_somebody_paid(house, stripe, tmp_path_factory.mktemp("cart"), "Api cart")


@pytest.fixture(scope="module")
def free(house, tmp_path_factory):
    return published(house, tmp_path_factory.mktemp("cart"), "Api cart free", price_minor=0)


def buyer_of(house, name):
    who = person(house, name)
    return who, key_of(house, who)


def test_lines_are_put_changed_and_taken_out(api, house, listing, free):
    _, key = buyer_of(house, "cart-lines")
    empty = api.get("/v1/cart", headers=key).json()
    api.put(f"/v1/cart/lines/{listing.slug}", headers=key, json={"quantity": 3, "note": "Hello"})
    api.put(f"/v1/cart/lines/{free.slug}", headers=key, json={})
    changed = api.put(f"/v1/cart/lines/{listing.slug}", headers=key, json={"quantity": 2}).json()

    assert (empty["lines"], empty["total_minor"], empty["problem"]) == ([], None, "Your cart is empty.")
    first = changed["lines"][0]
    assert (first["listing"], first["quantity"], first["note"], first["price_minor"]) == (
        listing.slug,
        2,
        "Hello",
        3800,
    )
    assert (changed["goods_minor"], changed["total_minor"], changed["currency"]) == (3800, 3800, "usd")
    others = api.put(f"/v1/cart/lines/{listing.slug}", headers=key, json={"for_others": True}).json()["lines"][0]
    assert (others["for_others"], others["quantity"], others["note"], others["delivery"]) == (True, 2, "Hello", "")
    assert [api.delete(f"/v1/cart/lines/{listing.slug}", headers=key).status_code for _ in (1, 2)] == [204, 204]
    assert [each["listing"] for each in api.get("/v1/cart", headers=key).json()["lines"]] == [free.slug]


@pytest.mark.parametrize(
    ("slug", "body", "status"),
    [("nothing", {}, 404), ("api-cart", {"quantity": 0}, 422), ("api-cart", {"quantity": 101}, 422),
     ("api-cart-free", {"quantity": 2}, 409), ("api-cart", {"note": "x" * 501}, 422)],
)  # fmt: skip
def test_what_cannot_be_in_a_cart_is_refused(api, house, listing, free, slug, body, status):
    _, key = buyer_of(house, "cart-refused")

    is_problem(api.put(f"/v1/cart/lines/{slug}", headers=key, json=body), status)
    assert api.get("/v1/cart", headers=key).json()["lines"] == []


def test_nobody_has_ones_own_listing_in_the_cart_nor_sees_another_cart(api, house, listing):
    with house.reading() as session:
        seller = session.get_one(Person, listing.store.owner_id)
    is_problem(api.put(f"/v1/cart/lines/{listing.slug}", headers=key_of(house, seller), json={}), 409)

    _, key = buyer_of(house, "cart-one")
    api.put(f"/v1/cart/lines/{listing.slug}", headers=key, json={})
    assert api.get("/v1/cart", headers=buyer_of(house, "cart-other")[1]).json()["lines"] == []


def test_a_coupon_is_shown_and_used_at_checkout_which_happens_once(api, house, listing):
    who, key = buyer_of(house, "cart-checkout")
    with house.unit_of_work() as session:
        seller = session.get_one(Person, listing.store.owner_id)
        make_coupon(session, seller, listing.store.slug, "APICART", percent_bps=1_000, now=house.now())
    api.put(f"/v1/cart/lines/{listing.slug}", headers=key, json={"quantity": 2})
    shown = api.get("/v1/cart", params={"coupon": "apicart"}, headers=key).json()
    assert (shown["discount_minor"], shown["total_minor"]) == (380, 3420)
    is_problem(api.get("/v1/cart", params={"coupon": "nothing"}, headers=key), 422)

    body = {"coupon": "apicart"}
    is_problem(api.post("/v1/cart/checkout", json=body, headers=key), 422)
    assert "licence" in is_problem(api.post("/v1/cart/checkout", json=body, headers=key | KEY), 409)
    body["accept_licence"] = accepted(api, listing)
    first, again = (api.post("/v1/cart/checkout", json=body, headers=key | KEY) for _ in (1, 2))

    assert (first.status_code, first.json()["total_minor"]) == (201, 3420)
    assert first.json()["payment_url"].startswith("http")
    assert again.json() == first.json()
    is_problem(api.post("/v1/cart/checkout", json=body | {"coupon": ""}, headers=key | KEY), 409)
    is_problem(api.post("/v1/orders", json={"listings": [listing.slug]}, headers=key | KEY), 409)
    assert api.get("/v1/cart", headers=key).json()["lines"] == []
    assert api.post(f"/v1/orders/{first.json()['id']}/pay", headers=key).json() == first.json()
    is_problem(api.post("/v1/cart/checkout", json=body, headers=key | {"Idempotency-Key": "another-checkout-key"}), 422)
    with house.reading() as session:
        assert order_of(session, who, first.json()["id"]).lines[0].discount_minor == 380


def test_a_price_that_changed_is_told_before_it_is_paid(api, house, tmp_path):
    _, key = buyer_of(house, "cart-changed")
    other = published(house, tmp_path, "Api cart moving", price_minor=500)
    api.put(f"/v1/cart/lines/{other.slug}", headers=key, json={})
    with house.unit_of_work() as session:
        set_price(session, session.get_one(Person, other.store.owner_id), other.id, Money(700, "usd"))

    (line,) = api.get("/v1/cart", headers=key).json()["lines"]
    assert (line["was_minor"], line["unit_minor"], line["price_minor"]) == (500, 700, 700)
