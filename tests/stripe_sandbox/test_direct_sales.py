"""Sales on a connected account of its own: sessions, links, subscriptions and invoices with the platform's share."""

import pytest
import stripe

from tests.stripe_sandbox.conftest import eventually, follow_link, make_seller, pay


@pytest.fixture
def own(sandbox):
    return {"stripe_account": make_seller(sandbox)}


def price_of(client, own, amount=10_000, **more):
    product = client.v1.products.create({"name": "Polls"}, own).id
    return client.v1.prices.create({"product": product, "unit_amount": amount, "currency": "usd", **more}, own).id


def open_session(client, own, **more):
    params = {"mode": "payment", "success_url": "http://127.0.0.1:1/ok",
              "line_items": [{"price": price_of(client, own), "quantity": 1}], **more}  # fmt: skip
    return client.v1.checkout.sessions.create(params, own)


def nets(client, options=None):
    return [(each.type, each.net) for each in client.v1.balance_transactions.list(options=options or {}).data]


def test_a_session_of_the_account_pays_it_and_the_platform_its_fee(sandbox, client, own, listener):
    session = open_session(client, own, payment_intent_data={"application_fee_amount": 1_500})
    assert pay(sandbox, session.url, "4000 0000 0000 0002").status_code == 402
    assert pay(sandbox, session.url).status_code == 303

    done = client.v1.checkout.sessions.retrieve(session.id, options=own)
    intent = client.v1.payment_intents.retrieve(done.payment_intent, options=own)
    assert (done.status, intent.status, intent.application_fee_amount) == ("complete", "succeeded", 1_500)
    assert nets(client, own) == [("charge", 10_000 - 320 - 1_500)]
    assert nets(client) == [("application_fee", 1_500)]
    assert client.v1.checkout.sessions.list().data == []
    eventually(lambda: {"checkout.session.completed", "application_fee.created"} <= set(listener.types()))
    told = {body["type"]: body.get("account") for body in listener.bodies()}
    assert told["checkout.session.completed"] == told["payment_intent.created"] == own["stripe_account"]
    assert told["application_fee.created"] is None


def test_what_the_account_cannot_sell_is_refused(sandbox, client, own):
    waiting = {"stripe_account": make_seller(sandbox, approved=False)}
    with pytest.raises(stripe.InvalidRequestError, match="cannot currently make charges"):
        open_session(client, waiting)
    with pytest.raises(stripe.InvalidRequestError, match="must be between 0"):
        open_session(client, own, payment_intent_data={"application_fee_amount": 10_001})
    with pytest.raises(stripe.InvalidRequestError) as stranger:
        client.v1.checkout.sessions.create(
            {"mode": "payment", "success_url": "http://127.0.0.1:1/",
             "line_items": [{"price": price_of(client, {}), "quantity": 1}]}, own,
        )  # fmt: skip
    assert stranger.value.code == "resource_missing"
    session = open_session(client, own)
    sandbox.control(f"accounts/{own['stripe_account']}/restrict", {"reason": "document"})
    assert pay(sandbox, session.url).status_code == 409


def test_a_link_to_a_subscription_is_renewed_on_the_account_with_its_share(sandbox, client, own, listener):
    monthly = price_of(client, own, 2_000, recurring={"interval": "month"})
    link = client.v1.payment_links.create(
        {"line_items": [{"price": monthly, "quantity": 1}], "application_fee_percent": 10,
         "subscription_data": {"metadata": {"plan": "a"}}}, own,
    )  # fmt: skip
    assert pay(sandbox, follow_link(sandbox, link.url)).status_code == 303
    (sub,) = client.v1.subscriptions.list(options=own).data
    assert (sub.status, sub.application_fee_percent, sub.metadata["plan"]) == ("active", 10, "a")
    sandbox.control("clock/advance", {"seconds": 32 * 86_400})

    assert [each.billing_reason for each in client.v1.invoices.list(options=own).data] == [
        "subscription_cycle", "subscription_create",
    ]  # fmt: skip
    assert nets(client) == [("application_fee", 200)] * 2
    assert len(client.v1.charges.list(options=own).data) == 2
    eventually(lambda: listener.types().count("invoice.paid") == 2)
    assert {body.get("account") for body in listener.bodies() if body["type"] == "invoice.paid"} == {
        own["stripe_account"]
    }
    for wrong in ({"application_fee_amount": 5}, {"payment_intent_data": {"description": "x"}}):
        with pytest.raises(stripe.InvalidRequestError, match="one-time"):
            client.v1.payment_links.create({"line_items": [{"price": monthly, "quantity": 1}], **wrong}, own)
    with pytest.raises(stripe.InvalidRequestError, match="recurring"):
        client.v1.payment_links.create(
            {"line_items": [{"price": price_of(client, own), "quantity": 1}], "application_fee_percent": 5}, own
        )


def test_subscriptions_and_invoices_made_by_the_api(client, own):
    customer = client.v1.customers.create({"email": "a@b.co"}, own).id
    card = client.v1.payment_methods.attach("pm_card_visa", {"customer": customer}, own).id
    client.v1.customers.update(customer, {"invoice_settings": {"default_payment_method": card}}, own)
    monthly = price_of(client, own, 1_000, recurring={"interval": "month"})
    sub = client.v1.subscriptions.create(
        {"customer": customer, "items": [{"price": monthly}], "application_fee_percent": 25}, own
    )
    assert (sub.status, sub.application is not None) == ("active", True)
    invoice = client.v1.invoices.create({"customer": customer, "application_fee_amount": 100}, own)
    client.v1.invoice_items.create(
        {"customer": customer, "invoice": invoice.id, "amount": 2_000, "currency": "usd"}, own
    )
    assert client.v1.invoices.pay(invoice.id, options=own).status == "paid"
    assert nets(client) == [("application_fee", 100), ("application_fee", 250)]
    assert client.v1.invoices.list().data == []
    one = {"customer": customer, "line_items": [{"price": price_of(client, own, 700), "quantity": 1}]}
    quote = client.v1.quotes.create(one, own)
    client.v1.quotes.finalize_quote(quote.id, options=own)
    accepted = client.v1.quotes.accept(quote.id, options=own)
    assert client.v1.invoices.retrieve(accepted.invoice, options=own).total == 700
    with pytest.raises(stripe.InvalidRequestError, match="application_fee_percent"):
        client.v1.subscriptions.create(
            {"customer": customer, "items": [{"price": monthly}], "application_fee_percent": 101}, own
        )


def test_a_promotion_code_is_typed_on_the_page(sandbox, client, own):
    coupon = client.v1.coupons.create({"percent_off": 25, "duration": "once"}, own).id
    client.v1.promotion_codes.create({"promotion": {"type": "coupon", "coupon": coupon}, "code": "SAVE25"}, own)
    session = open_session(client, own, allow_promotion_codes=True)
    shown = sandbox.web.get(session.url).text
    assert ('id="promotion_code"' in shown, "Poll House" in shown) == (True, True)
    wrong = sandbox.web.post(session.url, data={"method": "code", "promotion_code": "nothing"})
    assert (wrong.status_code, "This code is invalid." in wrong.text) == (400, True)
    assert pay(sandbox, session.url, "4000 0000 0000 0002").status_code == 402

    for code in ("save25", "SAVE25"):  # a second press takes nothing more off
        applied = sandbox.web.post(session.url, data={"method": "code", "promotion_code": code})
        assert (applied.status_code, "$75.00" in applied.text) == (200, True)
    assert pay(sandbox, session.url).status_code == 303

    done = client.v1.checkout.sessions.retrieve(session.id, options=own)
    assert (done.amount_subtotal, done.amount_total, done.total_details.amount_discount) == (10_000, 7_500, 2_500)
    assert client.v1.payment_intents.retrieve(done.payment_intent, options=own).amount_received == 7_500
    assert client.v1.coupons.retrieve(coupon, options=own).times_redeemed == 1
    with pytest.raises(stripe.InvalidRequestError, match="allow_promotion_codes"):
        open_session(client, own, allow_promotion_codes=True, discounts=[{"coupon": coupon}])
    plain = open_session(client, own)
    assert 'id="promotion_code"' not in sandbox.web.get(plain.url).text


def test_a_schedule_pays_out_by_itself(sandbox, client, own, listener):
    asked = {"payments": {"payouts": {"schedule": {"interval": "weekly", "weekly_payout_days": ["friday"]}}}}
    client.v1.balance_settings.update(asked, own)
    params = {"amount": 10_000, "currency": "usd", "payment_method": "pm_card_bypassPending", "confirm": True,
              "allowed_payment_method_types": ["card"]}  # fmt: skip
    client.v1.payment_intents.create(params, own)
    assert client.v1.payouts.list(options=own).data == []
    sandbox.control("clock/advance", {"seconds": 8 * 86_400})

    (payout,) = client.v1.payouts.list(options=own).data
    assert (payout.amount, payout.automatic) == (9_680, True)
    moved = client.v1.balance_transactions.list({"payout": payout.id}, own).data
    assert sorted(each.net for each in moved) == [-9_680, 9_680]
    sandbox.control("clock/advance", {"seconds": 3 * 86_400})
    payout = client.v1.payouts.retrieve(payout.id, options=own)
    assert (payout.status, payout.reconciliation_status) == ("paid", "completed")
    eventually(lambda: {"payout.created", "payout.paid", "payout.reconciliation_completed"} <= set(listener.types()))

    client.v1.balance_settings.update(
        {"payments": {"payouts": {"schedule": {"interval": "monthly", "monthly_payout_days": [31]},
                                  "minimum_balance_by_currency": {"usd": 5_000}}}}, own,
    )  # fmt: skip
    client.v1.payment_intents.create(params, own)
    client.v1.payment_intents.create({**params, "amount": 4_000}, own)
    sandbox.control("clock/advance", {"seconds": 32 * 86_400})
    # The payment that would take the balance below the least one waits.
    assert [each.amount for each in client.v1.payouts.list(options=own).data] == [9_680]
    client.v1.balance_settings.update({"payments": {"payouts": {"schedule": {"interval": "manual"}}}}, own)
    client.v1.payment_intents.create(params, own)
    sandbox.control("clock/advance", {"seconds": 32 * 86_400})
    assert len(client.v1.payouts.list(options=own).data) == 1
