"""How the API speaks: keys, errors, parameters, repeats, lists, expansion."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
import stripe

from stripe_sandbox.http.idempotency import KeysInUse
from stripe_sandbox.operations import OPERATIONS
from stripe_sandbox.schema.routes import route_table
from tests.stripe_sandbox.conftest import Sandbox, follow_link, make_link, make_price, make_seller, pay

AUTH = {"Authorization": "Bearer sk_test_sim"}


@pytest.mark.parametrize("key", ["", "Bearer sk_live_123", "Bearer nonsense", "Bearer pk_test_1", "Basic c2tfdGVzdDo="])
def test_only_a_test_key_is_let_in(sandbox: Sandbox, key: str):
    answer = sandbox.web.get(f"{sandbox.url}/v1/products", headers={"Authorization": key} if key else {})

    assert answer.status_code == 401
    assert answer.json()["error"]["type"] == "invalid_request_error"
    assert answer.headers["request-id"].startswith("req_")


def test_a_name_of_the_internet_that_points_here_is_turned_away(sandbox: Sandbox):
    assert sandbox.web.get(f"{sandbox.url}/v1/products", headers={**AUTH, "Host": "evil.example"}).status_code == 400
    blocked = sandbox.web.post(f"{sandbox.url}/_sandbox/deliveries", headers={"Sec-Fetch-Site": "cross-site"})
    assert blocked.status_code == 403


def test_every_route_that_is_built_is_a_route_of_stripe():
    known = {route.name for route in route_table()}

    assert len(list(route_table())) == 649
    assert set(OPERATIONS) <= known


def test_a_known_route_that_is_not_built_says_so_and_an_unknown_one_is_not_found(
    sandbox: Sandbox, client: stripe.StripeClient
):
    with pytest.raises(stripe.StripeError, match="GET /v1/sigma/scheduled_query_runs") as refused:
        sandbox.client().v1.sigma.scheduled_query_runs.list()
    assert refused.value.http_status == 501
    with pytest.raises(stripe.InvalidRequestError, match="unknown parameter: nickname"):
        client.raw_request("get", "/v1/sigma/scheduled_query_runs", nickname="Ada")
    assert sandbox.web.get(f"{sandbox.url}/v1/dreams", headers=AUTH).status_code == 404
    assert sandbox.web.put(f"{sandbox.url}/v1/products", headers=AUTH).status_code == 404


@pytest.mark.parametrize(
    ("path", "form", "code", "param"),
    [
        ("/v1/products", "name=a&bogus=1", "parameter_unknown", "bogus"),
        ("/v1/products", "", "parameter_missing", "name"),
        ("/v1/products", "name=", "parameter_invalid_empty", "name"),
        ("/v1/products", "name[a]=b", None, "name"),
        ("/v1/products", "name=a&active=perhaps", None, "active"),
        ("/v1/products", "name=a&metadata[[]=x", None, None),
        ("/v1/products", "name=a&name[b]=c", None, "name[b]"),
        ("/v1/products", "name=a&metadata[" + "k" * 41 + "]=x", None, "metadata[" + "k" * 41 + "]"),
        ("/v1/prices", "currency=usd&unit_amount=1.5&product=p", "parameter_invalid_integer", "unit_amount"),
        ("/v1/prices", "currency=usd&unit_amount=5&product=prod_x", "resource_missing", "product"),
        ("/v1/prices", "currency=zzz&unit_amount=5&product=prod_x", None, "currency"),
        ("/v1/prices", "currency=kwd&unit_amount=5125&product_data[name]=a", "invalid_charge_amount", "unit_amount"),
        ("/v1/payment_links", "line_items[0][quantity]=x", "parameter_invalid_integer", "line_items[0][quantity]"),
        ("/v1/payment_links", "line_items[0][price]=price_x&line_items[0][quantity]=1", "resource_missing",
         "line_items[0][price]"),
        ("/v1/payment_links", "line_items[0][quantity]=1&after_completion[type]=x", None,
         "after_completion[type]"),
        ("/v1/checkout/sessions", "payment_method_types[0]=card", "parameter_unknown", "payment_method_types"),
        ("/v1/transfers", "currency=usd&destination=acct_x", "parameter_missing", "amount"),
    ],
)  # fmt: skip
def test_a_wrong_parameter_is_named(sandbox: Sandbox, path: str, form: str, code: str | None, param: str | None):
    headers = {**AUTH, "Content-Type": "application/x-www-form-urlencoded"}

    answer = sandbox.web.post(sandbox.url + path, content=form, headers=headers)

    assert answer.status_code == 400, answer.text
    error = answer.json()["error"]
    assert (error.get("code"), error.get("param")) == (code, param) or (code, param) == (None, None)


@pytest.mark.parametrize("body", [b"{", b"[]", b"\xff", b'{"contact_email": 5}', b'{"bogus": 1}'])
def test_wrong_json_is_refused(sandbox: Sandbox, body: bytes):
    assert sandbox.web.post(f"{sandbox.url}/v2/core/accounts", content=body, headers=AUTH).status_code == 400


def test_text_that_is_no_form_is_refused(sandbox: Sandbox):
    for content in (b"name=%ff", b"\xff\xfe=1", b"a[" * 20 + b"=1", b"&".join(b"metadata[a]=b" for _ in range(3000))):
        answer = sandbox.web.post(f"{sandbox.url}/v1/products", content=content, headers=AUTH)
        assert answer.status_code == 400, content[:20]
    assert sandbox.web.post(f"{sandbox.url}/v1/products", content=b"a" * 1_100_000, headers=AUTH).status_code == 413


def test_a_parameter_that_would_be_ignored_is_refused_instead(sandbox: Sandbox, client: stripe.StripeClient):
    price = make_price(client)
    for more in (
        {"consent_collection": {"promotions": "auto"}},
        {"automatic_tax": {"enabled": True}},
        {"on_behalf_of": "acct_x"},
    ):
        with pytest.raises(stripe.StripeError, match="does not implement") as refused:
            make_link(sandbox.client(), line_items=[{"price": price, "quantity": 1}], **more)
        assert refused.value.http_status == 501
    assert make_link(client, automatic_tax={"enabled": False}).active


def test_a_repeat_with_the_same_key_gets_the_same_answer(sandbox: Sandbox, client: stripe.StripeClient):
    first = client.v1.products.create({"name": "One"}, {"idempotency_key": "k1"})
    again = client.v1.products.create({"name": "One"}, {"idempotency_key": "k1"})

    assert again.id == first.id
    assert again.last_response.headers["idempotent-replayed"] == "true"
    assert again.last_response.headers["original-request"] == first.last_response.headers["request-id"]
    assert len(client.v1.products.list().data) == 1
    with pytest.raises(stripe.IdempotencyError, match="same parameters"):
        client.v1.products.create({"name": "Two"}, {"idempotency_key": "k1"})
    with pytest.raises(stripe.IdempotencyError, match="same endpoint"):
        client.v2.core.accounts.create({}, {"idempotency_key": "k1"})
    seller = make_seller(sandbox)
    theirs = client.v1.products.create({"name": "Two"}, {"idempotency_key": "k1", "stripe_account": seller})
    assert theirs.name == "Two"


def test_a_failure_is_repeated_too_but_a_wrong_parameter_frees_the_key(client: stripe.StripeClient):
    def link(**more: object) -> None:
        client.v1.payment_links.create(
            {"line_items": [{"price": "price_x", "quantity": 1}], **more}, {"idempotency_key": "k2"}
        )

    with pytest.raises(stripe.InvalidRequestError) as first:
        link()
    with pytest.raises(stripe.InvalidRequestError) as again:
        link()
    assert again.value.headers["idempotent-replayed"] == "true"
    assert again.value.json_body["error"] == first.value.json_body["error"]

    with pytest.raises(stripe.InvalidRequestError, match="bogus"):
        client.raw_request("post", "/v1/products", name="a", bogus="1", idempotency_key="k3")
    assert client.v1.products.create({"name": "a"}, {"idempotency_key": "k3"}).name == "a"


def test_keys_are_forgotten_after_a_day(sandbox: Sandbox, client: stripe.StripeClient):
    client.v1.products.create({"name": "One"}, {"idempotency_key": "k1"})
    sandbox.clock.ahead_s = 90_000

    client.v1.products.create({"name": "Two"}, {"idempotency_key": "k1"})

    assert len(client.v1.products.list().data) == 2


def test_two_requests_with_one_key_at_once_make_one_object(client: stripe.StripeClient):
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: client.v1.products.create({"name": "One"}, {"idempotency_key": "k"}), range(8)))

    assert len({each.id for each in made}) == 1


def test_a_key_in_use_is_answered_with_a_conflict():
    keys, inside, leave = KeysInUse(), threading.Event(), threading.Event()

    def work() -> None:
        with keys.hold("", "k"):
            inside.set()
            leave.wait(10)

    worker = threading.Thread(target=work)
    worker.start()
    inside.wait(10)
    with pytest.raises(Exception, match="in-progress") as refused, keys.hold("", "k"):
        pass
    leave.set()
    worker.join()

    assert refused.value.status == 409
    with keys.hold("", "k"):
        pass


def test_lists_are_paged_both_ways(client: stripe.StripeClient):
    names = [f"p{place}" for place in range(7)]
    ids = [client.v1.products.create({"name": name}).id for name in names]

    first = client.v1.products.list({"limit": 3})
    assert [each.name for each in first.data] == ["p6", "p5", "p4"]
    assert first.has_more
    second = client.v1.products.list({"limit": 3, "starting_after": first.data[-1].id})
    assert [each.name for each in second.data] == ["p3", "p2", "p1"]
    back = client.v1.products.list({"limit": 3, "ending_before": second.data[0].id})
    assert ([each.name for each in back.data], back.has_more) == (["p6", "p5", "p4"], False)
    assert [each.name for each in first.auto_paging_iter()] == names[::-1]
    assert {each.id for each in client.v1.products.list({"ids": ids[:2]}).data} == set(ids[:2])
    for wrong in (
        {"limit": 0},
        {"limit": 101},
        {"starting_after": "prod_x"},
        {"starting_after": "a", "ending_before": "b"},
    ):
        with pytest.raises(stripe.InvalidRequestError):
            client.v1.products.list(wrong)


def test_lists_are_filtered(sandbox: Sandbox, client: stripe.StripeClient):
    on = client.v1.products.create({"name": "on"})
    client.v1.products.create({"name": "off", "active": False})
    sandbox.clock.ahead_s = 1000
    late = client.v1.products.create({"name": "late"})

    assert {each.name for each in client.v1.products.list({"active": True}).data} == {"on", "late"}
    assert [each.name for each in client.v1.products.list({"active": False}).data] == ["off"]
    assert [each.name for each in client.v1.products.list({"created": {"gt": on.created + 500}}).data] == ["late"]
    assert [each.name for each in client.v1.products.list({"created": late.created}).data] == ["late"]


def test_version_two_lists_are_paged_by_address(sandbox: Sandbox, client: stripe.StripeClient):
    made = [make_seller(sandbox, approved=False) for _ in range(5)]

    page = client.v2.core.accounts.list({"limit": 2})

    assert [each.id for each in page.data] == made[:-3:-1]
    assert [each.id for each in page.auto_paging_iter()] == made[::-1]
    assert client.v2.core.accounts.list({"applied_configurations": ["customer"]}).data == []
    events = client.v2.core.events.list({"limit": 2, "types": ["v2.core.account.created"]})
    assert len(list(events.auto_paging_iter())) >= 5
    assert len(client.v2.core.events.list({"object_id": made[0]}).data) == 1
    assert client.v2.core.events.list({"created": {"gt": "2999-01-01T00:00:00Z"}}).data == []


def test_ids_are_expanded_where_they_lead_somewhere(sandbox: Sandbox, client: stripe.StripeClient):
    seller = make_seller(sandbox)
    link = make_link(client, seller)
    pay(sandbox, follow_link(sandbox, link.url))

    shown = client.v1.payment_links.retrieve(
        link.id, {"expand": ["line_items.data.price.product", "transfer_data.destination"]}
    )
    assert shown.line_items.data[0].price.product.name == "Polls 2023"
    assert shown.transfer_data.destination.charges_enabled
    assert client.v1.payment_links.line_items.list(link.id).data[0].amount_total == 10_000
    moves = client.v1.balance_transactions.list({"expand": ["data.source"]}).data
    assert {each.source.object for each in moves} == {"charge", "transfer", "application_fee"}
    charge = client.v1.charges.list({"expand": ["data.payment_intent.payment_method"]}).data[0]
    assert client.v1.payment_methods.retrieve(charge.payment_method).card.last4 == "4242"
    for wrong in ("bogus", "amount", "id", "metadata", "payment_intent.latest_charge.payment_intent.latest_charge.a"):
        if wrong != "metadata":
            with pytest.raises(stripe.InvalidRequestError):
                client.v1.charges.retrieve(charge.id, {"expand": [wrong]})


def test_metadata_is_merged_and_unset(client: stripe.StripeClient):
    product = client.v1.products.create({"name": "a", "metadata": {"x": "1", "y": "2"}})

    merged = client.v1.products.update(product.id, {"metadata": {"y": "", "z": "3"}, "description": "long"})
    assert merged.metadata.to_dict() == {"x": "1", "z": "3"}
    cleared = client.v1.products.update(product.id, {"metadata": "", "description": ""})
    assert (cleared.metadata.to_dict(), cleared.description) == ({}, None)


def test_an_account_that_does_not_exist_is_no_context(client: stripe.StripeClient):
    with pytest.raises(stripe.PermissionError, match="does not have access"):
        client.v1.balance.retrieve(options={"stripe_account": "acct_nobody"})


def test_products_and_prices_live_their_life(client: stripe.StripeClient):
    product = client.v1.products.create(
        {"name": "a", "id": "polls", "default_price_data": {"currency": "usd", "unit_amount": 500}}
    )
    price = client.v1.prices.retrieve(client.v1.products.retrieve("polls").default_price)
    assert (product.id, price.unit_amount, price.type) == ("polls", 500, "one_time")
    client.v1.prices.update(price.id, {"active": False, "lookup_key": "old", "nickname": "n"})
    assert client.v1.prices.list({"lookup_keys": ["old"], "product": "polls", "active": False}).data[0].nickname == "n"
    with pytest.raises(stripe.InvalidRequestError, match="already exists"):
        client.v1.products.create({"name": "b", "id": "polls"})
    with pytest.raises(stripe.InvalidRequestError, match="lookup key"):
        client.v1.prices.create({"currency": "usd", "unit_amount": 1, "product": "polls", "lookup_key": "old"})
    with pytest.raises(stripe.InvalidRequestError, match="inactive"):
        client.v1.payment_links.create({"line_items": [{"price": price.id, "quantity": 1}]})
    with pytest.raises(stripe.InvalidRequestError, match="cannot be deleted"):
        client.v1.products.delete("polls")
    empty = client.v1.products.create({"name": "c"})
    assert client.v1.products.delete(empty.id).deleted
    with pytest.raises(stripe.InvalidRequestError, match="No such product"):
        client.v1.products.retrieve(empty.id)


def test_anything_sent_anywhere_is_answered_in_the_shape_of_stripe(sandbox: Sandbox):
    junk = ["limit=a", "expand[]=x&expand[0]=y", "created[gt]=x", "a=b", "", "starting_after[]=1", "%00=%00"]
    with httpx.Client(headers=AUTH) as web:
        for place, route in enumerate(route_table()):
            path = sandbox.url + route.path.replace("{", "").replace("}", "")
            # Each route gets some of it, and each of it goes to many routes.
            for text in [*junk[place % 7 :], *junk][: 3 if route.name in OPERATIONS else 1]:
                if route.method == "POST":
                    answer = web.post(path, content=json.dumps({"a": text}) if route.is_v2 else text)
                else:
                    answer = web.request(route.method, f"{path}?{text}")
                assert answer.status_code != 500, (route.name, text, answer.text)
                if answer.status_code != 200:
                    assert answer.json()["error"]["message"], (route.name, text)
