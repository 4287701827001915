"""Bank debits, warnings of fraud, other currencies, and bad weather: what the sandbox plays beside cards in the sun."""

import pytest
import stripe

from tests.stripe_sandbox.conftest import follow_link, make_link, make_price, make_seller, pay


def debit(sandbox, client):
    link = make_link(client, make_seller(sandbox))
    assert pay(sandbox, follow_link(sandbox, link.url), "", method="bank").status_code == 303
    (intent,) = client.v1.payment_intents.list().data
    return intent


def test_a_bank_debit_is_under_way_until_the_bank_has_spoken(sandbox, client):
    intent = debit(sandbox, client)
    (session,) = client.v1.checkout.sessions.list().data
    (charge,) = client.v1.charges.list().data
    assert (intent.status, charge.status, session.status, session.payment_status) == (
        "processing", "pending", "complete", "unpaid",
    )  # fmt: skip
    assert client.v1.balance_transactions.list().data == []

    sandbox.control(f"payment_intents/{intent.id}/bank")
    (session,) = client.v1.checkout.sessions.list().data
    assert (client.v1.charges.retrieve(charge.id).status, session.payment_status) == ("succeeded", "paid")
    assert [each.net for each in client.v1.balance_transactions.list().data] == [1_500, -10_000, 9_680]


def test_a_bank_debit_that_fails_leaves_the_intent_open(sandbox, client):
    intent = debit(sandbox, client)
    sandbox.control(f"payment_intents/{intent.id}/bank", {"paid": False})

    failed = client.v1.payment_intents.retrieve(intent.id)
    assert failed.status == "requires_payment_method"
    assert failed.last_payment_error.type == "card_error"
    answer = sandbox.web.post(f"{sandbox.url}/_sandbox/payment_intents/{intent.id}/bank", json={})
    assert answer.status_code == 400


def test_a_warning_is_actionable_until_the_charge_is_refunded(sandbox, client):
    link = make_link(client, make_seller(sandbox))
    pay(sandbox, follow_link(sandbox, link.url), "4000000000005423")
    (warning,) = client.v1.radar.early_fraud_warnings.list().data
    assert warning.actionable
    client.v1.refunds.create({"charge": warning.charge})
    assert not client.v1.radar.early_fraud_warnings.retrieve(warning.id).actionable
    with pytest.raises(stripe.InvalidRequestError, match="No such"):
        client.v1.radar.early_fraud_warnings.retrieve("issfr_none")


def test_euros_settle_in_dollars_at_the_rate_of_the_moment(sandbox, client):
    sandbox.control("rates", {"eur": "1.08"})
    price = make_price(client, amount=9_000, currency="eur")
    link = make_link(
        client, make_seller(sandbox), line_items=[{"price": price, "quantity": 1}], application_fee_amount=1_350
    )
    pay(sandbox, follow_link(sandbox, link.url))
    moved = client.v1.balance_transactions.list().data
    assert [(each.amount, each.fee, each.currency) for each in moved] == [
        (1_458, 0, "usd"), (-9_720, 0, "usd"), (9_720, 409, "usd"),
    ]  # fmt: skip
    assert moved[-1].exchange_rate == 1.08

    sandbox.control("rates", {"eur": "1.10"})
    (charge,) = client.v1.charges.list().data
    client.v1.refunds.create({"charge": charge.id, "amount": 9_000})
    assert client.v1.balance_transactions.list().data[0].amount == -9_900
    for bad in ({"eur": "x"}, {"eur": "0"}, {"nope": "1"}):
        assert sandbox.web.post(f"{sandbox.url}/_sandbox/rates", json=bad).status_code == 400


@pytest.mark.parametrize("kind", ["fail", "lose", "conflict"])
def test_the_sdk_repeats_what_bad_weather_broke_and_makes_it_once(sandbox, kind, monkeypatch):
    monkeypatch.setattr(stripe.HTTPClient, "_sleep_time_seconds", lambda *_, **__: 0.01)
    client = sandbox.client()
    sandbox.control("chaos", {kind: 0.5, "seed": 3})
    made = 0
    for number in range(12):
        try:
            client.v1.products.create({"name": f"n{number}"}, {"idempotency_key": f"k{number}"})
        except stripe.StripeError:
            client.v1.products.create({"name": f"n{number}"}, {"idempotency_key": f"k{number}"})
        made += 1
    sandbox.control("chaos")
    assert len(client.v1.products.list({"limit": 100}).data) == made


def test_too_many_requests_are_told_to_wait(sandbox, client):
    sandbox.control("chaos", {"limit": 1.0})
    with pytest.raises(stripe.RateLimitError):
        client.v1.products.list()
    sandbox.control("chaos", {"fail": 1.0, "key": "sk_test_other"})
    assert client.v1.products.list().data == []


@pytest.mark.parametrize("wrong", [{"fail": 2}, {"rain": 0.1}, {"fail": 0.7, "lose": 0.7}, {"fail": True}])
def test_weather_that_cannot_be_is_refused(sandbox, wrong):
    assert sandbox.web.post(f"{sandbox.url}/_sandbox/chaos", json=wrong).status_code == 400
