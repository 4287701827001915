"""Buying through a payment link, from the address to the last cent."""

import re

import pytest
import stripe

from tests.stripe_sandbox.conftest import (
    SECRET,
    Listener,
    Sandbox,
    eventually,
    follow_link,
    make_link,
    make_seller,
    pay,
)


def test_a_purchase_moves_the_money_as_stripe_does(sandbox: Sandbox, client: stripe.StripeClient):
    seller = make_seller(sandbox)
    link = make_link(client, seller)

    page = follow_link(sandbox, f"{link.url}?prefilled_email=ada%40example.com&client_reference_id=order-7")
    paid = pay(sandbox, page)

    assert paid.status_code == 303
    session_id = re.fullmatch(r"http://127\.0\.0\.1:1/back\?s=(cs_test_\w+)", paid.headers["location"]).group(1)
    session = client.v1.checkout.sessions.retrieve(
        session_id, {"expand": ["line_items", "payment_intent.latest_charge.balance_transaction"]}
    )
    assert (session.status, session.payment_status, session.url) == ("complete", "paid", None)
    assert session.metadata["order_id"] == "o1"
    assert session.client_reference_id == "order-7"
    assert session.customer_details.email == "buyer@example.com"
    assert session.line_items.data[0].description == "Polls 2023"
    intent = session.payment_intent
    assert (intent.status, intent.amount_received, intent.metadata["order_id"]) == ("succeeded", 10_000, "o1")
    charge = intent.latest_charge
    assert (charge.balance_transaction.amount, charge.balance_transaction.fee) == (10_000, 320)

    moves = client.v1.balance_transactions.list().data
    assert sorted((each.type, each.amount, each.net) for each in moves) == [
        ("application_fee", 1500, 1500),
        ("charge", 10_000, 9680),
        ("transfer", -10_000, -10_000),
    ]
    theirs = client.v1.balance_transactions.list(options={"stripe_account": seller}).data
    assert [(each.type, each.amount, each.fee, each.net) for each in theirs] == [("payment", 10_000, 1500, 8500)]
    assert theirs[0].fee_details[0].type == "application_fee"
    assert client.v1.balance.retrieve().pending[0].amount == 9680 - 10_000 + 1500
    assert client.v1.balance.retrieve(options={"stripe_account": seller}).pending[0].amount == 8500
    sandbox.clock.ahead_s = 3 * 86_400
    later = client.v1.balance.retrieve(options={"stripe_account": seller})
    assert (later.available[0].amount, later.pending[0].amount) == (8500, 0)


def test_the_objects_of_a_purchase_point_at_each_other(sandbox: Sandbox, client: stripe.StripeClient):
    seller = make_seller(sandbox)
    pay(sandbox, follow_link(sandbox, make_link(client, seller).url))

    charge = client.v1.charges.list({"expand": ["data.transfer.destination_payment", "data.application_fee"]}).data[0]

    assert charge.payment_method_details.card.last4 == "4242"
    assert charge.transfer.destination == seller
    assert charge.transfer.source_transaction == charge.id
    assert charge.transfer.destination_payment.application_fee == charge.application_fee.id
    assert charge.application_fee.originating_transaction == charge.id
    assert charge.application_fee.account == seller
    assert client.v1.transfers.list({"transfer_group": charge.transfer_group}).data[0].id == charge.transfer.id
    assert client.v1.charges.list({"payment_intent": charge.payment_intent}).data[0].id == charge.id
    link = client.v1.checkout.sessions.list({"payment_intent": charge.payment_intent}).data[0].payment_link
    assert client.v1.checkout.sessions.list({"payment_link": link}).data[0].payment_intent == charge.payment_intent


def test_the_webhooks_of_a_purchase_are_signed_and_complete(
    sandbox: Sandbox, client: stripe.StripeClient, listener: Listener
):
    seller = make_seller(sandbox)
    pay(sandbox, follow_link(sandbox, make_link(client, seller).url))
    wanted = {
        "checkout.session.completed",
        "payment_intent.created",
        "payment_intent.succeeded",
        "charge.succeeded",
        "transfer.created",
        "application_fee.created",
        "payment_link.created",
        "payment_link.updated",
        "product.created",
        "price.created",
    }

    eventually(lambda: wanted <= set(listener.types()))

    body, signature = next(each for each in listener.got if b'"checkout.session.completed"' in each[0])
    event = client.construct_event(body, signature, SECRET)
    assert event.data.object.payment_status == "paid"
    with pytest.raises(stripe.SignatureVerificationError):
        client.construct_event(body, signature, "whsec_other")


@pytest.mark.parametrize(
    ("card", "code", "decline_code"),
    [
        ("4000000000000002", "card_declined", "generic_decline"),
        ("4000000000009995", "card_declined", "insufficient_funds"),
        ("4000000000000069", "expired_card", None),
        ("4000000000000127", "incorrect_cvc", None),
        ("4000000000000119", "processing_error", None),
    ],
)
def test_a_declined_card_leaves_a_failed_charge_and_an_open_session(
    sandbox: Sandbox, client: stripe.StripeClient, card: str, code: str, decline_code: str | None
):
    page = follow_link(sandbox, make_link(client, make_seller(sandbox)).url)

    declined = pay(sandbox, page, card)

    assert declined.status_code == 402
    intent = client.v1.payment_intents.list().data[0]
    assert intent.status == "requires_payment_method"
    assert intent.last_payment_error.code == code
    assert getattr(intent.last_payment_error, "decline_code", None) == decline_code
    assert client.v1.charges.list().data[0].failure_code == code
    assert client.v1.balance_transactions.list().data == []
    assert client.v1.checkout.sessions.list().data[0].status == "open"
    assert pay(sandbox, page).status_code == 303
    assert [each.status for each in client.v1.charges.list().data] == ["succeeded", "failed"]
    assert client.v1.payment_intents.list().data[0].id == intent.id


@pytest.mark.parametrize("answer", ["complete", "fail"])
def test_a_challenge_decides_whether_the_payment_succeeds(sandbox: Sandbox, client: stripe.StripeClient, answer: str):
    page = follow_link(sandbox, make_link(client).url)
    challenged = pay(sandbox, page, "4000 0025 0000 3155")
    assert client.v1.payment_intents.list().data[0].next_action.redirect_to_url.url == challenged.headers["location"]
    assert "3D Secure" in sandbox.web.get(challenged.headers["location"]).text

    answered = sandbox.web.post(challenged.headers["location"], data={"answer": answer})

    intent = client.v1.payment_intents.list({"expand": ["data.latest_charge"]}).data[0]
    if answer == "complete":
        assert "back?s=cs_test_" in answered.headers["location"]
        assert intent.latest_charge.payment_method_details.card.three_d_secure.result == "authenticated"
    else:
        assert (intent.status, intent.latest_charge) == ("requires_payment_method", None)
        assert intent.last_payment_error.code == "payment_intent_authentication_failure"
        again = sandbox.web.get(answered.headers["location"].replace("/c/", f"{sandbox.url}/c/"))
        assert "unable to authenticate" in again.text
    assert sandbox.web.post(challenged.headers["location"], data={"answer": answer}).status_code == 410


def test_a_card_that_settles_at_once_is_available_at_once(sandbox: Sandbox, client: stripe.StripeClient):
    pay(sandbox, follow_link(sandbox, make_link(client).url), "4000000000000077")

    assert client.v1.balance.retrieve().available[0].amount == 9680
    assert client.v1.balance_transactions.list().data[0].status == "available"


def test_a_real_card_is_refused_and_no_card_number_is_kept(sandbox: Sandbox, client: stripe.StripeClient, tmp_path):
    page = follow_link(sandbox, make_link(client).url)

    refused = pay(sandbox, page, "4111 1111 1111 1111")
    wrong = pay(sandbox, page, "4242 4242 4242 4241")
    pay(sandbox, page)

    assert (refused.status_code, wrong.status_code) == (400, 400)
    assert "only Stripe&#39;s test card numbers" in refused.text
    assert "4111" not in refused.text
    kept = b"".join(each.read_bytes() for each in (tmp_path / "state").iterdir())
    assert b"4242424242424242" not in kept.replace(b" ", b"")
    assert b"4111111111111111" not in kept.replace(b" ", b"")


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"card_expiry": "01/20"}, "in the past"),
        ({"card_expiry": "13/40"}, "month is invalid"),
        ({"card_expiry": "nonsense"}, "incomplete"),
        ({"card_cvc": "12"}, "security code"),
        ({"email": "nobody"}, "email is incomplete"),
        ({"billing_name": ""}, "name as it is on the card"),
        ({"card_number": "²²²²²²²²²²²²²²²²"}, "number is invalid"),
    ],
)
def test_a_form_that_is_not_right_says_what_is_wrong(
    sandbox: Sandbox, client: stripe.StripeClient, fields: dict[str, str], words: str
):
    answer = pay(sandbox, follow_link(sandbox, make_link(client).url), **fields)

    assert answer.status_code == 400
    assert words in answer.text
    assert client.v1.payment_intents.list().data == []


def test_what_a_visitor_types_is_shown_as_text(sandbox: Sandbox, client: stripe.StripeClient):
    page = follow_link(sandbox, make_link(client).url)

    answer = pay(sandbox, page, email='"><script>alert(1)</script>')

    assert "<script>alert" not in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]


def test_a_link_that_sold_all_it_may_is_closed(sandbox: Sandbox, client: stripe.StripeClient):
    link = make_link(client, inactive_message="Sold out <b>")
    first, second = follow_link(sandbox, link.url), follow_link(sandbox, link.url)

    assert pay(sandbox, first).status_code == 303

    assert pay(sandbox, second).status_code == 410
    closed = sandbox.web.get(link.url)
    assert closed.status_code == 410
    assert "Sold out &lt;b&gt;" in closed.text
    known = client.v1.payment_links.retrieve(link.id)
    assert (known.active, known.restrictions.completed_sessions.count) == (False, 1)
    assert len(client.v1.charges.list().data) == 1


def test_pressing_the_button_twice_pays_once(sandbox: Sandbox, client: stripe.StripeClient):
    page = follow_link(sandbox, make_link(client).url)

    answers = [pay(sandbox, page), pay(sandbox, page)]

    assert answers[0].headers["location"] == answers[1].headers["location"]
    assert len(client.v1.charges.list().data) == 1
    assert "already been paid" in sandbox.web.get(page).text


def test_a_deactivated_link_and_a_lost_destination_take_no_money(sandbox: Sandbox, client: stripe.StripeClient):
    seller = make_seller(sandbox)
    link = make_link(client, seller)
    page = follow_link(sandbox, link.url)

    sandbox.control(f"accounts/{seller}/restrict")
    assert pay(sandbox, page).status_code == 409
    sandbox.control(f"accounts/{seller}/approve")
    client.v1.payment_links.update(link.id, {"active": False})
    assert pay(sandbox, page).status_code == 410

    assert client.v1.charges.list().data == []


def test_an_open_session_keeps_the_fee_it_was_opened_with(sandbox: Sandbox, client: stripe.StripeClient):
    link = make_link(client, make_seller(sandbox))
    page = follow_link(sandbox, link.url)

    client.v1.payment_links.update(link.id, {"application_fee_amount": 2000})
    pay(sandbox, page)

    assert client.v1.application_fees.list().data[0].amount == 1500


def test_a_transfer_of_a_fixed_amount_takes_no_fee(sandbox: Sandbox, client: stripe.StripeClient):
    seller = make_seller(sandbox)
    link = make_link(client, transfer_data={"destination": seller, "amount": 8000})

    pay(sandbox, follow_link(sandbox, link.url))

    assert client.v1.transfers.list({"destination": seller}).data[0].amount == 8000
    assert client.v1.application_fees.list().data == []


def test_a_link_without_a_return_address_thanks_the_buyer(sandbox: Sandbox, client: stripe.StripeClient):
    after = {"type": "hosted_confirmation", "hosted_confirmation": {"custom_message": "See you"}}
    paid = pay(sandbox, follow_link(sandbox, make_link(client, after_completion=after).url))

    thanks = sandbox.web.get(paid.headers["location"])

    assert "See you" in thanks.text
    receipt = client.v1.charges.list().data[0].receipt_url
    assert "$100.00" in sandbox.web.get(receipt).text


def test_addresses_that_lead_nowhere_say_so(sandbox: Sandbox):
    for path in ("b/test_x", "c/pay/cs_test_x", "3ds/x", "c/done/x", "receipts/ch_x", "setup/a/b", "onboarding/x"):
        assert sandbox.web.get(f"{sandbox.url}/{path}").status_code in (404, 410), path


def test_the_events_of_one_attempt_are_there_or_none_is(sandbox: Sandbox, client: stripe.StripeClient):
    page = follow_link(sandbox, make_link(client, make_seller(sandbox)).url)
    before = len(client.v1.events.list({"limit": 100}).data)

    refused = pay(sandbox, page, card_expiry="01/20")
    assert refused.status_code == 400
    assert len(client.v1.events.list({"limit": 100}).data) == before
    pay(sandbox, page)

    told = [each.type for each in client.v1.events.list({"limit": 100}).data][: -before or None][::-1]
    assert told == [
        "payment_intent.created",
        "transfer.created",
        "application_fee.created",
        "charge.succeeded",
        "payment_intent.succeeded",
        "checkout.session.completed",
        "payment_link.updated",
    ]
    intent = client.v1.payment_intents.list().data[0]
    assert intent.transfer_group == f"group_{intent.id}"
