"""Fees, transfers, refunds and the rules no parameter type can say."""

from typing import Any

import pytest
import stripe
from hypothesis import given
from hypothesis import strategies as st

from stripe_sandbox.currency import half_up, processing_fee, shown
from stripe_sandbox.errors import ApiFailure, PageRefusal
from stripe_sandbox.payments.cards import read_card
from tests.stripe_sandbox.conftest import Sandbox, follow_link, make_link, make_price, make_seller, pay


def sums(client: stripe.StripeClient, account: str | None = None) -> int:
    """Give the sum of all movements of an account."""
    options: Any = {"stripe_account": account} if account else {}
    return sum(each.net for each in client.v1.balance_transactions.list({"limit": 100}, options).auto_paging_iter())


@pytest.mark.parametrize(
    ("amount", "currency", "fee"),
    [
        (10_000, "usd", 320),
        (9999, "usd", 320),
        (2_000, "usd", 88),
        (10_000, "jpy", 360),
        (5120, "kwd", 190),
        (50, "usd", 31),
    ],
)
def test_the_fee_is_a_rounded_share_and_a_fixed_part(amount: int, currency: str, fee: int):
    assert processing_fee(amount, currency) == fee


@given(st.integers(0, 10**12), st.integers(1, 10**6))
def test_halves_are_rounded_up(numerator: int, denominator: int):
    rounded = half_up(numerator, denominator)

    assert -denominator < 2 * (numerator - rounded * denominator) <= denominator - 1 or (
        2 * (rounded * denominator - numerator) <= denominator
    )


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        (123_456, "usd", "$1,234.56"),
        (5, "eur", "€0.05"),
        (500, "jpy", "¥500"),
        (5120, "kwd", "KWD 5.120"),
        (-5, "usd", "-$0.05"),
    ],
)
def test_amounts_are_written_as_people_read_them(amount: int, currency: str, text: str):
    assert shown(amount, currency) == text


@given(st.text(max_size=30), st.text(max_size=10), st.text(max_size=5))
def test_no_card_input_breaks_the_reader(number: str, expiry: str, cvc: str):
    for each in (number, "4242424242424242"):
        try:
            read_card(each, expiry, cvc, now=1_790_000_000)
        except PageRefusal:
            continue


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"application_fee_amount": 10_001}, "invalid_charge_amount"),
        ({"application_fee_amount": -1}, "invalid_charge_amount"),
        ({"transfer_data": {"amount": 500}}, None),
        ({"transfer_data": {"amount": 10_001}, "application_fee_amount": None}, "invalid_charge_amount"),
        ({"transfer_data": {"destination": "acct_x"}}, "resource_missing"),
        ({"restrictions": {"completed_sessions": {"limit": 0}}}, "parameter_invalid_integer"),
        ({"after_completion": {"type": "redirect"}}, "parameter_missing"),
        ({"after_completion": {"type": "redirect", "redirect": {"url": "javascript:x"}}}, "url_invalid"),
    ],
)
def test_a_link_with_an_impossible_split_is_refused(
    sandbox: Sandbox, client: stripe.StripeClient, more: dict[str, Any], code: str | None
):
    seller = make_seller(sandbox)
    params = {"application_fee_amount": 1500, **more}
    params["transfer_data"] = {"destination": seller, **more.get("transfer_data", {})}

    with pytest.raises(stripe.InvalidRequestError) as refused:
        make_link(client, **{key: value for key, value in params.items() if value is not None})

    assert refused.value.code == code


def test_a_fee_needs_a_destination_and_a_price_a_minimum(client: stripe.StripeClient):
    with pytest.raises(stripe.InvalidRequestError, match="application_fee_amount"):
        make_link(client, application_fee_amount=100)
    for amount, currency in ((49, "usd"), (29, "gbp"), (49, "jpy")):
        price = make_price(client, amount=amount, currency=currency)
        with pytest.raises(stripe.InvalidRequestError, match="at least") as refused:
            make_link(client, line_items=[{"price": price, "quantity": 1}])
        assert refused.value.code == "amount_too_small"
    mixed = [{"price": make_price(client, currency=each), "quantity": 1} for each in ("usd", "eur")]
    with pytest.raises(stripe.InvalidRequestError, match="same currency"):
        make_link(client, line_items=mixed)


@pytest.mark.parametrize(("currency", "amount", "net"), [("jpy", 10_000, 9640), ("kwd", 5120, 4930)])
def test_other_currencies_keep_their_digits(
    sandbox: Sandbox, client: stripe.StripeClient, currency: str, amount: int, net: int
):
    price = make_price(client, amount=amount, currency=currency)
    page = follow_link(sandbox, make_link(client, line_items=[{"price": price, "quantity": 1}]).url)

    pay(sandbox, page)

    assert sums(client) == net
    assert client.v1.balance.retrieve().pending[0].currency == currency


def test_transfers_need_money_or_a_charge(sandbox: Sandbox, client: stripe.StripeClient):
    seller = make_seller(sandbox)
    pay(sandbox, follow_link(sandbox, make_link(client).url))
    charge = client.v1.charges.list().data[0]
    base = {"currency": "usd", "destination": seller}

    with pytest.raises(stripe.InvalidRequestError, match="insufficient available"):
        client.v1.transfers.create({**base, "amount": 100})
    sent = client.v1.transfers.create(
        {**base, "amount": 6000, "source_transaction": charge.id, "metadata": {"a": "b"}, "transfer_group": "order_1"}
    )
    assert (sent.destination, sent.transfer_group, sent.metadata["a"]) == (seller, "order_1", "b")
    client.v1.transfers.create({**base, "amount": 4000, "source_transaction": charge.id})
    with pytest.raises(stripe.InvalidRequestError, match="0 remaining"):
        client.v1.transfers.create({**base, "amount": 1, "source_transaction": charge.id})
    for wrong in (
        {"amount": 0},
        {"amount": 1, "source_transaction": "ch_x"},
        {"amount": 1, "source_transaction": charge.payment_intent},
        {"amount": 1, "currency": "eur", "source_transaction": charge.id},
        {"amount": 1, "destination": "acct_x"},
        {"amount": 1, "destination": make_seller(sandbox, approved=False)},
    ):
        with pytest.raises(stripe.InvalidRequestError):
            client.v1.transfers.create({**base, **wrong})
    pay(sandbox, follow_link(sandbox, make_link(client).url), "4000000000000077")
    client.v1.transfers.create({**base, "amount": 100})
    assert client.v1.transfers.update(sent.id, {"metadata": {"a": ""}}).metadata.to_dict() == {}
    assert len(client.v1.transfers.list({"destination": seller}).data) == 3
    assert sums(client, seller) == 10_100


def bought(sandbox: Sandbox, client: stripe.StripeClient) -> tuple[str, stripe.Charge]:
    seller = make_seller(sandbox)
    pay(sandbox, follow_link(sandbox, make_link(client, seller).url))
    return seller, client.v1.charges.list().data[0]


def test_a_full_refund_with_both_flags_leaves_only_the_fee_of_stripe(sandbox: Sandbox, client: stripe.StripeClient):
    seller, charge = bought(sandbox, client)

    refund = client.v1.refunds.create(
        {"payment_intent": charge.payment_intent, "reverse_transfer": True, "refund_application_fee": True}
    )

    assert (refund.amount, refund.status) == (10_000, "succeeded")
    assert sums(client) == -320
    assert sums(client, seller) == 0
    after = client.v1.charges.retrieve(charge.id, {"expand": ["refunds", "transfer.reversals", "application_fee"]})
    assert (after.refunded, after.refunds.data[0].id, after.transfer.reversed) == (True, refund.id, True)
    assert after.application_fee.refunded
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.refunds.create({"charge": charge.id})
    assert refused.value.code == "charge_already_refunded"
    types = {each.type for each in client.v1.events.list({"limit": 100}).data}
    assert {"charge.refunded", "refund.created", "transfer.reversed", "application_fee.refunded"} <= types


def test_without_flags_the_platform_pays_all(sandbox: Sandbox, client: stripe.StripeClient):
    seller, charge = bought(sandbox, client)

    client.v1.refunds.create({"charge": charge.id, "reason": "requested_by_customer", "metadata": {"why": "sorry"}})

    assert (sums(client), sums(client, seller)) == (-320 - 8500, 8500)


def test_partial_refunds_end_exactly_at_the_whole(sandbox: Sandbox, client: stripe.StripeClient):
    seller, charge = bought(sandbox, client)
    flags = {"charge": charge.id, "reverse_transfer": True, "refund_application_fee": True}

    client.v1.refunds.create({**flags, "amount": 3000})
    assert (sums(client), sums(client, seller)) == (1180 - 450, 8500 - 2550)
    assert not client.v1.charges.retrieve(charge.id).refunded
    for amount in (3333, 1, 3333):
        client.v1.refunds.create({**flags, "amount": amount})
    with pytest.raises(stripe.InvalidRequestError, match="greater than unrefunded"):
        client.v1.refunds.create({**flags, "amount": 334})
    last = client.v1.refunds.create(flags)

    assert (last.amount, sums(client), sums(client, seller)) == (333, -320, 0)
    assert len(client.v1.refunds.list({"charge": charge.id}).data) == 5
    assert client.v1.refunds.update(last.id, {"metadata": {"a": "b"}}).metadata["a"] == "b"
    assert client.v1.refunds.retrieve(last.id).transfer_reversal.startswith("trr_")


def test_refunds_that_cannot_be_are_refused(sandbox: Sandbox, client: stripe.StripeClient):
    page = follow_link(sandbox, make_link(client).url)
    pay(sandbox, page, "4000000000000002")
    failed = client.v1.charges.list().data[0]
    pay(sandbox, page)
    charge = client.v1.charges.list().data[0]

    for params in (
        {},
        {"charge": "ch_x"},
        {"payment_intent": "pi_x"},
        {"charge": failed.id},
        {"charge": charge.id, "payment_intent": charge.payment_intent},
        {"charge": charge.id, "amount": 0},
        {"charge": charge.id, "reverse_transfer": True},
        {"charge": charge.id, "refund_application_fee": True},
    ):
        with pytest.raises(stripe.InvalidRequestError):
            client.v1.refunds.create(params)


def test_a_session_made_by_the_api_is_paid_like_any_other(sandbox: Sandbox, client: stripe.StripeClient):
    seller = make_seller(sandbox)
    item = {"price_data": {"currency": "usd", "unit_amount": 2500, "product_data": {"name": "Cart"}}, "quantity": 2}
    session = client.v1.checkout.sessions.create(
        {
            "mode": "payment",
            "line_items": [item],
            "success_url": "http://127.0.0.1:1/ok?s={CHECKOUT_SESSION_ID}",
            "cancel_url": "http://127.0.0.1:1/cart",
            "customer_email": "ada@example.com",
            "metadata": {"order": "7"},
            "payment_intent_data": {
                "transfer_group": "order_7",
                "application_fee_amount": 500,
                "transfer_data": {"destination": seller},
            },
            "adaptive_pricing": {"enabled": False},
        }
    )  # fmt: skip
    assert 'href="http://127.0.0.1:1/cart"' in sandbox.web.get(session.url).text

    paid = pay(sandbox, session.url)

    assert paid.headers["location"] == f"http://127.0.0.1:1/ok?s={session.id}"
    charge = client.v1.charges.list({"transfer_group": "order_7"}).data[0]
    assert (charge.amount, charge.application_fee_amount) == (5000, 500)
    assert client.v1.checkout.sessions.line_items.list(session.id).data[0].quantity == 2


def test_a_session_over_nothing_needs_no_card(sandbox: Sandbox, client: stripe.StripeClient):
    item = {"price_data": {"currency": "usd", "unit_amount": 0, "product_data": {"name": "Free"}}, "quantity": 1}
    session = client.v1.checkout.sessions.create(
        {"mode": "payment", "line_items": [item], "success_url": "http://127.0.0.1:1/ok"}
    )
    assert "Card information" not in sandbox.web.get(session.url).text

    done = sandbox.web.post(session.url, data={"email": "a@b.co", "billing_name": "Ada"})

    assert done.headers["location"] == "http://127.0.0.1:1/ok"
    after = client.v1.checkout.sessions.retrieve(session.id)
    assert (after.status, after.payment_status, after.payment_intent) == ("complete", "no_payment_required", None)


def test_a_session_ends_by_itself_or_when_told(sandbox: Sandbox, client: stripe.StripeClient):
    pages = [follow_link(sandbox, make_link(client).url) for _ in range(2)]
    pay(sandbox, pages[0], "4000000000000002")
    first, second = client.v1.checkout.sessions.list().data[::-1]

    ended = client.v1.checkout.sessions.expire(first.id)
    assert (ended.status, ended.url) == ("expired", None)
    assert client.v1.payment_intents.retrieve(first.payment_intent or ended.payment_intent).status == "canceled"
    with pytest.raises(stripe.InvalidRequestError, match="can be expired"):
        client.v1.checkout.sessions.expire(first.id)
    sandbox.clock.ahead_s = 90_000
    assert pay(sandbox, pages[1]).status_code == 410
    assert client.v1.checkout.sessions.retrieve(second.id).status == "expired"
    assert len(client.v1.events.list({"type": "checkout.session.expired"}).data) == 2
    assert client.v1.checkout.sessions.list({"status": "open"}).data == []
    with pytest.raises(stripe.InvalidRequestError, match="expires_at"):
        client.v1.checkout.sessions.create(
            {"mode": "payment", "success_url": "http://a.test", "expires_at": 5,
             "line_items": [{"price": make_price(client), "quantity": 1}]}
        )  # fmt: skip


def test_failures_say_what_they_are():
    failure = ApiFailure(400, "No", code="c", param="p", more={"decline_code": "d"})

    assert failure.body("req_1")["error"] == {
        "message": "No",
        "type": "invalid_request_error",
        "code": "c",
        "param": "p",
        "decline_code": "d",
        "request_log_url": "/_sandbox/#req_1",
    }


def test_a_link_is_changed_but_not_into_nonsense(sandbox: Sandbox, client: stripe.StripeClient):
    seller, other = make_seller(sandbox), make_seller(sandbox)
    link = make_link(client, seller)

    changed = client.v1.payment_links.update(
        link.id,
        {
            "transfer_data": {"destination": other},
            "inactive_message": "Back soon",
            "metadata": {"order_id": "", "more": "1"},
            "payment_intent_data": {"metadata": {"a": "b"}},
            "restrictions": "",
            "after_completion": {"type": "hosted_confirmation"},
            "submit_type": "donate",
        },
    )
    assert (changed.transfer_data.destination, changed.inactive_message, changed.restrictions) == (
        other,
        "Back soon",
        None,
    )
    assert changed.metadata.to_dict() == {"more": "1"}
    assert changed.payment_intent_data.metadata["a"] == "b"
    assert "Donate $100.00" in sandbox.web.get(follow_link(sandbox, link.url)).text
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.payment_links.update(link.id, {"application_fee_amount": 20_000})
    with pytest.raises(stripe.InvalidRequestError, match="No such payment_link"):
        client.v1.payment_links.update("plink_x", {"active": False})
    assert [each.id for each in client.v1.payment_links.list({"active": True}).data] == [link.id]


def test_descriptions_and_metadata_of_payments_can_be_changed(sandbox: Sandbox, client: stripe.StripeClient):
    _, charge = bought(sandbox, client)

    assert client.v1.charges.update(charge.id, {"description": "d", "metadata": {"a": "b"}}).description == "d"
    assert (
        client.v1.payment_intents.update(charge.payment_intent, {"receipt_email": "a@b.co"}).receipt_email == "a@b.co"
    )
    session = client.v1.checkout.sessions.list().data[0]
    assert client.v1.checkout.sessions.update(session.id, {"metadata": {"a": "b"}}).metadata["a"] == "b"
    fee = client.v1.application_fees.list({"charge": charge.id}).data[0]
    assert client.v1.application_fees.retrieve(fee.id).amount == 1500
    assert client.v1.transfers.retrieve(charge.transfer).amount == 10_000
    move = client.v1.balance_transactions.retrieve(charge.balance_transaction)
    assert client.v1.balance_transactions.list({"source": charge.id}).data[0].id == move.id
    for wrong in (
        lambda: client.v1.charges.retrieve("ch_x"),
        lambda: client.v1.transfers.retrieve("tr_x"),
        lambda: client.v1.refunds.retrieve("re_x"),
        lambda: client.v1.balance_transactions.retrieve("txn_x"),
        lambda: client.v1.checkout.sessions.retrieve("cs_x"),
    ):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            wrong()
        assert (refused.value.http_status, refused.value.code) == (404, "resource_missing")
