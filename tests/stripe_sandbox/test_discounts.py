"""Coupons and codes: what may be redeemed, what it takes off, and for how long."""

import pytest
import stripe
from hypothesis import given
from hypothesis import strategies as st

from stripe_sandbox.discounts.redeem import _shares
from tests.stripe_sandbox.conftest import eventually, make_seller, pay

MONTH_S = 32 * 86_400


def session_of(client, *, amount=10_000, **more):
    items = [{"quantity": 1, "price_data": {"currency": "usd", "unit_amount": amount, "product_data": {"name": "a"}}}]
    return client.v1.checkout.sessions.create(
        {"mode": "payment", "line_items": items, "success_url": "http://127.0.0.1:1/", **more}
    )


def test_a_coupon_lives_its_life(client, listener):
    coupon = client.v1.coupons.create({"id": "SUMMER", "percent_off": 25, "name": "Summer", "metadata": {"a": "b"}})
    assert (coupon.valid, coupon.duration, coupon.times_redeemed) == (True, "once", 0)
    assert client.v1.coupons.update("SUMMER", {"name": "Late summer"}).name == "Late summer"
    assert [each.id for each in client.v1.coupons.list().data] == ["SUMMER"]
    assert client.v1.coupons.delete("SUMMER").deleted
    assert client.v1.coupons.list().data == []
    for gone in (
        lambda: client.v1.coupons.retrieve("SUMMER"),
        lambda: session_of(client, discounts=[{"coupon": "SUMMER"}]),
    ):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            gone()
        assert refused.value.code == "resource_missing"
    eventually(lambda: {"coupon.created", "coupon.updated", "coupon.deleted"} <= set(listener.types()))


@pytest.mark.parametrize(
    "wrong",
    [
        {}, {"percent_off": 10, "amount_off": 5, "currency": "usd"}, {"percent_off": 0}, {"percent_off": 101},
        {"amount_off": 100}, {"amount_off": 0, "currency": "usd"}, {"percent_off": 5, "duration": "repeating"},
        {"percent_off": 5, "duration_in_months": 2}, {"percent_off": 5, "redeem_by": 1},
    ],
)  # fmt: skip
def test_a_coupon_that_cannot_be_is_refused(client, wrong):
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.coupons.create(wrong)
    assert client.v1.coupons.list().data == []


def test_a_session_costs_less_and_the_redemption_counts_when_it_is_paid(sandbox, client):
    seller = make_seller(sandbox)
    coupon = client.v1.coupons.create({"percent_off": 12.5, "max_redemptions": 1})
    data = {"application_fee_amount": 1_000, "transfer_data": {"destination": seller}}
    session = session_of(client, discounts=[{"coupon": coupon.id}], payment_intent_data=data)
    assert (session.amount_subtotal, session.amount_total, session.total_details.amount_discount) == (
        10_000,
        8_750,
        1_250,
    )
    (item,) = client.v1.checkout.sessions.line_items.list(session.id).data
    assert (item.amount_discount, item.amount_total) == (1_250, 8_750)
    assert "87.50" in sandbox.web.get(session.url).text
    assert client.v1.coupons.retrieve(coupon.id).times_redeemed == 0
    pay(sandbox, session.url)
    (charge,) = client.v1.charges.list().data
    spent = client.v1.coupons.retrieve(coupon.id)
    assert (charge.amount, spent.times_redeemed, spent.valid) == (8_750, 1, False)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        session_of(client, discounts=[{"coupon": coupon.id}])
    assert refused.value.code == "coupon_expired"
    big = client.v1.coupons.create({"percent_off": 95})
    with pytest.raises(stripe.InvalidRequestError):
        session_of(client, discounts=[{"coupon": big.id}], payment_intent_data=data)


def test_a_session_that_costs_nothing_needs_no_card(sandbox, client):
    coupon = client.v1.coupons.create({"percent_off": 100})
    session = session_of(client, discounts=[{"coupon": coupon.id}])
    assert (session.amount_total, session.payment_status) == (0, "no_payment_required")
    pay(sandbox, session.url, "")
    assert client.v1.checkout.sessions.retrieve(session.id).status == "complete"
    assert client.v1.coupons.retrieve(coupon.id).times_redeemed == 1


def test_a_coupon_is_for_its_products_and_its_currency(client):
    ours = client.v1.products.create({"name": "ours"})
    coupon = client.v1.coupons.create({"amount_off": 700, "currency": "usd", "applies_to": {"products": [ours.id]}})
    assert client.v1.coupons.retrieve(coupon.id, {"expand": ["applies_to"]}).applies_to.products == [ours.id]
    items = [
        {"quantity": 1, "price_data": {"currency": "usd", "unit_amount": 500, "product": ours.id}},
        {"quantity": 1, "price_data": {"currency": "usd", "unit_amount": 900, "product_data": {"name": "theirs"}}},
    ]
    session = session_of(client, line_items=items, discounts=[{"coupon": coupon.id}])
    assert session.amount_total == 900
    euro = client.v1.coupons.create({"amount_off": 100, "currency": "eur"})
    with pytest.raises(stripe.InvalidRequestError, match="eur"):
        session_of(client, discounts=[{"coupon": euro.id}])


def test_a_code_stands_for_its_coupon(sandbox, client):
    coupon = client.v1.coupons.create({"amount_off": 1_000, "currency": "usd"})
    code = client.v1.promotion_codes.create(
        {"promotion": {"type": "coupon", "coupon": coupon.id}, "code": "Spring", "max_redemptions": 1}
    )
    with pytest.raises(stripe.InvalidRequestError) as taken:
        client.v1.promotion_codes.create({"promotion": {"type": "coupon", "coupon": coupon.id}, "code": "SPRING"})
    assert taken.value.code == "resource_already_exists"
    session = session_of(client, discounts=[{"promotion_code": code.id}])
    assert (session.amount_total, session.discounts[0].promotion_code) == (9_000, code.id)
    pay(sandbox, session.url)
    used = client.v1.promotion_codes.retrieve(code.id, {"expand": ["promotion.coupon"]})
    assert (used.times_redeemed, used.active, used.promotion.coupon.times_redeemed) == (1, False, 1)
    with pytest.raises(stripe.InvalidRequestError, match="not active"):
        session_of(client, discounts=[{"promotion_code": code.id}])
    assert [each.id for each in client.v1.promotion_codes.list({"coupon": coupon.id}).data] == [code.id]
    assert client.v1.promotion_codes.list({"code": "nobody"}).data == []


def test_a_code_keeps_its_rules(sandbox, client):
    coupon = client.v1.coupons.create({"percent_off": 10, "max_redemptions": 5})
    ada, bob = (client.v1.customers.create({"email": f"{name}@b.co"}).id for name in ("ada", "bob"))

    def code(**more):
        return client.v1.promotion_codes.create({"promotion": {"type": "coupon", "coupon": coupon.id}, **more}).id

    for wrong in ({"max_redemptions": 6}, {"expires_at": 1}, {"restrictions": {"minimum_amount": 5}}):
        with pytest.raises(stripe.InvalidRequestError):
            code(**wrong)
    hers, dear = code(customer=ada), code(restrictions={"minimum_amount": 20_000, "minimum_amount_currency": "usd"})
    first, off = code(restrictions={"first_time_transaction": True}), code(active=False)
    client.v1.payment_intents.create(
        {"amount": 900, "currency": "usd", "customer": bob, "payment_method": "pm_card_visa", "confirm": True,
         "allowed_payment_method_types": ["card"]}
    )  # fmt: skip
    for name, customer in ((hers, bob), (dear, ada), (first, bob), (off, ada), ("promo_nobody", ada)):
        with pytest.raises(stripe.InvalidRequestError):
            session_of(client, customer=customer, discounts=[{"promotion_code": name}])
    for name in (hers, first):
        assert session_of(client, customer=ada, discounts=[{"promotion_code": name}]).amount_total == 9_000
    assert client.v1.promotion_codes.update(off, {"active": True}).active


@pytest.mark.parametrize(
    ("coupon", "bills"),
    [
        ({"percent_off": 50, "duration": "once"}, [1_000, 2_000, 2_000]),
        ({"percent_off": 50, "duration": "repeating", "duration_in_months": 2}, [1_000, 1_000, 2_000]),
        ({"amount_off": 2_500, "currency": "usd", "duration": "forever"}, [0, 0, 0]),
    ],
)
def test_a_subscription_is_cheaper_for_as_long_as_its_coupon_says(sandbox, client, coupon, bills):
    made = client.v1.coupons.create(coupon)
    customer = client.v1.customers.create({"email": "a@b.co", "payment_method": "pm_card_visa"})
    (card,) = client.v1.customers.payment_methods.list(customer.id).data
    price = {"currency": "usd", "unit_amount": 2_000, "recurring": {"interval": "month"},
             "product": client.v1.products.create({"name": "a"}).id}  # fmt: skip
    sub = client.v1.subscriptions.create(
        {"customer": customer.id, "default_payment_method": card.id, "items": [{"price_data": price}],
         "discounts": [{"coupon": made.id}], "expand": ["discounts.source.coupon"]}
    )  # fmt: skip
    assert client.v1.coupons.retrieve(made.id).times_redeemed == 1
    assert [each.source.coupon.id for each in sub.discounts] == ([made.id] if coupon["duration"] != "once" else [])
    for _ in bills[1:]:
        sandbox.control("clock/advance", {"seconds": 31 * 86_400})
    invoices = client.v1.invoices.list({"subscription": sub.id}).data[::-1]
    assert [each.amount_paid for each in invoices] == bills
    assert [each.total_discount_amounts[0].amount if each.total_discount_amounts else 0 for each in invoices] == [
        2_000 - bill for bill in bills
    ]
    assert {each.status for each in invoices} == {"paid"}


def test_a_subscription_gets_its_discount_from_its_session_and_loses_it(sandbox, client, listener):
    coupon = client.v1.coupons.create({"percent_off": 25, "duration": "forever"})
    item = {"quantity": 1, "price_data": {"currency": "usd", "unit_amount": 2_000, "recurring": {"interval": "month"},
                                          "product_data": {"name": "a"}}}  # fmt: skip
    session = session_of(client, mode="subscription", line_items=[item], discounts=[{"coupon": coupon.id}])
    assert session.amount_total == 1_500
    pay(sandbox, session.url)
    (sub,) = client.v1.subscriptions.list().data
    (invoice,) = client.v1.invoices.list({"subscription": sub.id}).data
    assert (invoice.subtotal, invoice.total, invoice.discounts) == (2_000, 1_500, sub.discounts)
    gone = client.v1.subscriptions.delete_discount(sub.id)
    assert (gone.deleted, gone.subscription) == (True, sub.id)
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.subscriptions.delete_discount(sub.id)
    client.v1.subscriptions.update(sub.id, {"discounts": [{"coupon": coupon.id}]})
    assert client.v1.coupons.retrieve(coupon.id).times_redeemed == 2
    eventually(lambda: listener.types().count("customer.discount.created") == 2)
    assert listener.types().count("customer.discount.deleted") == 1
    free = client.v1.coupons.create({"percent_off": 100})
    with pytest.raises(stripe.StripeError) as refused:
        session_of(sandbox.client(), mode="subscription", line_items=[item], discounts=[{"coupon": free.id}])
    assert refused.value.http_status == 501


@given(st.lists(st.integers(0, 10**8), max_size=6), st.integers(1, 10**8), st.floats(0.01, 100))
def test_a_discount_never_takes_more_than_there_is(amounts, off, percent):
    fixed = _shares({"percent_off": None, "amount_off": off}, amounts)
    assert sum(fixed) == min(off, sum(amounts))
    share = _shares({"percent_off": round(percent, 2), "amount_off": None}, amounts)
    for taken in (fixed, share):
        assert all(0 <= each <= amount for each, amount in zip(taken, amounts, strict=True))
