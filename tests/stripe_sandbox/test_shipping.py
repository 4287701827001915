"""Goods that ship: what delivery costs, and the address a buyer gives."""

import pytest
import stripe

from tests.stripe_sandbox.conftest import follow_link, make_link, make_price, make_seller, pay

SHIPS = {"allowed_countries": ["DE", "AT"]}
ADDRESS = {
    "ship_name": "Ada Buyer",
    "ship_line1": "Ringstraße 1",
    "ship_city": "Wien",
    "ship_postal_code": "1010",
    "ship_country": "AT",
}


def rate(client, amount=500, **more):
    fixed = {"amount": amount, "currency": "usd"}
    return client.v1.shipping_rates.create(
        {"display_name": "Shipping", "type": "fixed_amount", "fixed_amount": fixed, **more}
    )


def shipped_link(client, seller=None, **more):
    options = [{"shipping_rate": rate(client).id}]
    return make_link(client, seller, shipping_address_collection=SHIPS, shipping_options=options, **more)


def test_a_link_asks_for_the_address_and_charges_delivery(sandbox, client):
    seller = make_seller(sandbox)
    link = shipped_link(client, seller)
    page = follow_link(sandbox, link.url)
    shown = sandbox.web.get(page).text
    assert "Shipping address" in shown
    assert "105.00" in shown

    assert pay(sandbox, page, **ADDRESS).status_code == 303

    (session,) = client.v1.checkout.sessions.list({"payment_link": link.id}).data
    assert (session.amount_subtotal, session.amount_total) == (10_000, 10_500)
    assert session.shipping_cost.amount_total == session.total_details.amount_shipping == 500
    told = session.collected_information.shipping_details
    assert (told.name, told.address.city, told.address.country) == ("Ada Buyer", "Wien", "AT")
    intent = client.v1.payment_intents.retrieve(session.payment_intent, {"expand": ["latest_charge"]})
    assert intent.amount == 10_500
    assert intent.latest_charge.shipping.address.line1 == "Ringstraße 1"
    assert intent.latest_charge.application_fee_amount == 1_500


def test_a_session_brings_its_own_rate(sandbox, client):
    session = client.v1.checkout.sessions.create(
        {
            "mode": "payment",
            "line_items": [{"price": make_price(client), "quantity": 1}],
            "success_url": "http://127.0.0.1:1/back",
            "shipping_address_collection": SHIPS,
            "shipping_options": [
                {
                    "shipping_rate_data": {
                        "type": "fixed_amount",
                        "display_name": "Shipping",
                        "fixed_amount": {"amount": 700, "currency": "usd"},
                    }
                }
            ],
        }
    )
    assert session.amount_total == 10_700

    assert pay(sandbox, session.url, **ADDRESS).status_code == 303

    found = client.v1.checkout.sessions.retrieve(session.id)
    assert found.collected_information.shipping_details.address.postal_code == "1010"
    assert client.v1.shipping_rates.retrieve(found.shipping_cost.shipping_rate).fixed_amount.amount == 700


@pytest.mark.parametrize("wrong", [{"ship_line1": ""}, {"ship_country": "US"}, {"ship_city": "x" * 201}])
def test_an_address_that_cannot_be_delivered_to_is_not_paid_for(sandbox, client, wrong):
    page = follow_link(sandbox, shipped_link(client).url)

    refused = pay(sandbox, page, **(ADDRESS | wrong))

    assert refused.status_code == 400
    assert client.v1.charges.list().data == []


def test_the_address_of_the_last_attempt_counts(sandbox, client):
    page = follow_link(sandbox, shipped_link(client).url)
    assert pay(sandbox, page, "4000000000000002", **ADDRESS).status_code == 402
    assert pay(sandbox, page, **(ADDRESS | {"ship_city": "Graz"})).status_code == 303

    paid = next(each for each in client.v1.charges.list().data if each.paid)
    assert paid.shipping.address.city == "Graz"


def test_what_makes_no_sense_is_refused(client):
    euro = rate(client, fixed_amount={"amount": 500, "currency": "eur"})
    with pytest.raises(stripe.InvalidRequestError, match="currency"):
        make_link(client, shipping_options=[{"shipping_rate": euro.id}])
    with pytest.raises(stripe.InvalidRequestError, match="shipping_rate"):
        make_link(client, shipping_options=[{"shipping_rate": "shr_nobody"}])
    with pytest.raises(stripe.InvalidRequestError, match="allowed_countries"):
        make_link(client, shipping_address_collection={"allowed_countries": ["XX"]})
    gone = rate(client)
    client.v1.shipping_rates.update(gone.id, {"active": False})
    with pytest.raises(stripe.InvalidRequestError, match="not active"):
        make_link(client, shipping_options=[{"shipping_rate": gone.id}])
    assert [each.id for each in client.v1.shipping_rates.list({"active": False}).data] == [gone.id]
