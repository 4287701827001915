"""The manners of the API as the SDK depends on them: short lists, searches, expansion, the errors it raises."""

import json

import pytest
import stripe

from stripe_sandbox.http.operation import Operation
from stripe_sandbox.operations import OPERATIONS
from tests.stripe_sandbox.conftest import follow_link, make_link, make_price, make_seller, pay


@pytest.fixture
def link(client):
    items = [{"price": make_price(client, amount=100 + place), "quantity": 1} for place in range(5)]
    return make_link(client, line_items=items)


def test_a_short_list_is_paged_like_a_long_one(client, link):
    lines = client.v1.payment_links.line_items
    first = lines.list(link.id, {"limit": 2})
    assert ([each.amount_total for each in first.data], first.has_more) == ([100, 101], True)
    assert [each.amount_total for each in first.auto_paging_iter()] == [100, 101, 102, 103, 104]
    last = lines.list(link.id, {"limit": 2, "ending_before": lines.list(link.id).data[-1].id})
    assert ([each.amount_total for each in last.data], last.has_more) == ([102, 103], True)
    for wrong in ({"starting_after": "li_x"}, {"starting_after": "a", "ending_before": "b"}, {"limit": 0}):
        with pytest.raises(stripe.InvalidRequestError):
            lines.list(link.id, wrong)


def test_what_was_bought_is_found(sandbox, client, link):
    pay(sandbox, follow_link(sandbox, link.url))
    pay(sandbox, follow_link(sandbox, make_link(client).url), "4000000000000002")
    (paid,) = client.v1.charges.search(
        {"query": 'status:"succeeded" AND payment_method_details.card.last4:"4242"'}
    ).data
    assert paid.amount == 510
    assert [each.amount for each in client.v1.charges.search({"query": "amount<=510"}).data] == [510]
    assert len(client.v1.charges.search({"query": 'disputed:"false" AND -refunded:"true"'}).data) == 2
    assert len(client.v1.payment_intents.search({"query": 'status:"succeeded" OR amount>9000'}).data) == 2
    assert len(client.v1.payment_intents.search({"query": 'metadata["order_id"]:"o1"'}).data) == 2
    assert client.v1.payment_intents.search({"query": "-customer:null"}).data == []
    assert len(client.v1.payment_intents.search({"query": "customer:null"}).data) == 2
    assert len(client.v1.products.search({"query": 'name~"polls" AND active:"true"', "limit": 3}).data) == 3
    prices = client.v1.prices.search({"query": 'type:"one_time" AND currency:"usd"', "limit": 2})
    assert len([each.id for each in prices.auto_paging_iter()]) == 7
    assert client.v1.invoices.search({"query": "total>0"}).data == []
    assert client.v1.subscriptions.search({"query": 'status:"active"'}).data == []


def test_what_is_no_reference_cannot_be_expanded(sandbox, client):
    seller = make_seller(sandbox)
    pay(sandbox, follow_link(sandbox, make_link(client, seller).url))
    (charge,) = client.v1.charges.list().data
    for wrong in ("metadata", "billing_details", "billing_details.address", "captured", "data.customer"):
        with pytest.raises(stripe.InvalidRequestError, match="cannot be expanded"):
            client.v1.charges.retrieve(charge.id, {"expand": [wrong]})
    assert client.v1.charges.retrieve(charge.id, {"expand": ["customer", "review"]}).customer is None
    deep = client.v1.charges.list({"expand": ["data.transfer.destination_payment.balance_transaction"]}).data[0]
    assert deep.transfer.destination_payment.balance_transaction.net == 8_500
    refund = client.v1.refunds.create({"charge": charge.id, "expand": ["charge.balance_transaction"]})
    assert refund.charge.balance_transaction.amount == 10_000


def test_what_was_deleted_says_so_when_it_is_expanded(client):
    customer = client.v1.customers.create({"email": "a@b.co", "payment_method": "pm_card_visa"})
    price = client.v1.prices.create(
        {"currency": "usd", "unit_amount": 500, "recurring": {"interval": "month"}, "product_data": {"name": "a"}}
    )
    (card,) = client.v1.customers.payment_methods.list(customer.id).data
    sub = client.v1.subscriptions.create(
        {"customer": customer.id, "items": [{"price": price.id}], "default_payment_method": card.id}
    )
    client.v1.customers.delete(customer.id)
    shown = client.v1.subscriptions.retrieve(sub.id, {"expand": ["customer"]})
    assert (shown.customer.id, shown.customer.deleted) == (customer.id, True)


def test_a_key_in_flight_is_a_conflict_and_the_sdk_gets_the_answer_in_the_end(sandbox, client, monkeypatch):
    """The first request with a key is held up; the second one meets 409, and the SDK asks again until it is told."""
    inside: list[int] = []
    real = OPERATIONS["POST /v1/products"]

    def slow(call, params, *ids):
        inside.append(1)
        headers = {"Authorization": "Bearer sk_test_sim", "Idempotency-Key": "flight"}
        answer = sandbox.web.post(f"{sandbox.url}/v1/products", data={"name": "One"}, headers=headers)
        conflicts.append((answer.status_code, answer.json()["error"]))
        return real.run(call, params, *ids)

    conflicts: list[tuple[int, dict[str, str]]] = []
    monkeypatch.setitem(OPERATIONS, "POST /v1/products", Operation(slow, real.takes))
    made = client.v1.products.create({"name": "One"}, {"idempotency_key": "flight"})
    again = client.v1.products.create({"name": "One"}, {"idempotency_key": "flight"})

    ((status, error),) = conflicts
    assert (status, error["type"], error["code"]) == (409, "idempotency_error", "idempotency_key_in_use")
    assert (again.id, len(inside)) == (made.id, 1)
    with pytest.raises(stripe.IdempotencyError) as refused:
        client.v1.products.create({"name": "Two"}, {"idempotency_key": "flight"})
    assert refused.value.http_status == 400
    assert json.loads(refused.value.http_body)["error"]["type"] == "idempotency_error"


@pytest.mark.parametrize(
    ("weather", "raised"),
    [({"limit": 1}, stripe.RateLimitError), ({"fail": 1}, stripe.APIError), ({"conflict": 1}, stripe.APIError)],
)
def test_the_sdk_raises_its_own_error_for_bad_weather(sandbox, weather, raised):
    sandbox.control("chaos", weather)
    with pytest.raises(raised):
        stripe.StripeClient(
            "sk_test_sim", base_addresses={"api": sandbox.url}, max_network_retries=0
        ).v1.products.list()


def test_the_sdk_raises_its_own_error_for_each_refusal(sandbox, client):
    def with_key(key):
        return stripe.StripeClient(key, base_addresses={"api": sandbox.url}, max_network_retries=0)

    with pytest.raises(stripe.AuthenticationError):
        with_key("sk_live_1").v1.products.list()
    with pytest.raises(stripe.PermissionError):
        client.v1.products.list(options={"stripe_account": "acct_nobody"})
    with pytest.raises(stripe.InvalidRequestError) as missing:
        client.v1.charges.retrieve("ch_nobody")
    assert (missing.value.http_status, missing.value.code, missing.value.param) == (404, "resource_missing", "id")
    customer = client.v1.customers.create({"email": "a@b.co"})
    with pytest.raises(stripe.CardError) as declined:
        client.v1.payment_methods.attach("pm_card_chargeDeclinedInsufficientFunds", {"customer": customer.id})
    assert (declined.value.code, declined.value.error.decline_code) == ("card_declined", "insufficient_funds")
    assert (declined.value.error.type, declined.value.http_status) == ("card_error", 402)
