"""Tax reckoned: where one is registered, by the rate of the buyer's place, written down and taken back."""

import time

import pytest

from stripe_sandbox.tax.reckon import Place, tax_of
from stripe_sandbox.tax.tables import rates_for
from tests.stripe_sandbox.conftest import eventually, make_customer, pay, refused

OFFICE = {"head_office": {"address": {"country": "US", "state": "NY", "line1": "1 Main St", "city": "Albany",
                                      "postal_code": "12207"}},
          "defaults": {"tax_code": "txcd_10000000"}}  # fmt: skip
BERLIN = {"address": {"country": "DE", "city": "Berlin", "postal_code": "10115"}, "address_source": "billing"}


def register(client, country, **options):
    return client.v1.tax.registrations.create(
        {"country": country, "country_options": {country.lower(): {"type": "standard", **options}},
         "active_from": "now"}
    )  # fmt: skip


def calculate(client, details=BERLIN, lines=None, **more):
    return client.v1.tax.calculations.create(
        {"currency": "eur", "customer_details": details,
         "line_items": lines or [{"amount": 10_000, "reference": "L1"}], **more}
    )  # fmt: skip


@pytest.mark.parametrize(
    ("country", "state", "amount", "behavior", "tax"),
    [
        ("DE", None, 10_000, "exclusive", 1_900),
        ("DE", None, 11_900, "inclusive", 1_900),
        ("CA", "QC", 10_000, "exclusive", 500 + 998),
        ("CA", "ON", 10_000, "exclusive", 1_300),
        ("US", "OR", 10_000, "exclusive", 0),
        ("FI", None, 999, "exclusive", 255),
    ],
)
def test_a_line_bears_the_taxes_of_its_place(country, state, amount, behavior, tax):
    place = Place(country, state, tuple(rates_for(country, state)), "standard_rated")
    assert tax_of(place, amount, behavior, "txcd_10000000")[0] == tax
    assert tax_of(place, amount, behavior, "txcd_00000000")[0] == 0


def test_tax_is_collected_only_where_one_is_registered(sandbox, client):
    refused(lambda: calculate(client), "stripe_tax_inactive")
    assert client.v1.tax.settings.retrieve().status_details.pending.missing_fields
    assert client.v1.tax.settings.update(OFFICE).status == "active"
    before = calculate(client)
    assert (before.amount_total, before.tax_breakdown[0].taxability_reason) == (10_000, "not_collecting")
    germany = register(client, "DE")
    refused(lambda: register(client, "DE"), "resource_already_exists")
    after = calculate(client, expand=["line_items"])
    assert (after.amount_total, after.tax_amount_exclusive) == (11_900, 1_900)
    assert after.line_items.data[0].tax_breakdown[0].tax_rate_details.percentage_decimal == "19.0"
    inside = calculate(client, lines=[{"amount": 11_900, "tax_behavior": "inclusive"}], shipping_cost={"amount": 1_000})
    assert (inside.tax_amount_inclusive, inside.tax_amount_exclusive, inside.amount_total) == (1_900, 190, 13_090)
    assert len(client.v1.tax.calculations.line_items.list(inside.id).data) == 1
    assert client.v1.tax.calculations.retrieve(inside.id).id == inside.id
    exempt = calculate(client, {**BERLIN, "taxability_override": "customer_exempt"})
    assert (exempt.amount_total, exempt.tax_breakdown[0].taxability_reason) == (10_000, "customer_exempt")
    firm = make_customer(client, address={"country": "DE", "city": "Berlin"})
    client.v1.customers.tax_ids.create(firm, {"type": "eu_vat", "value": "DE123456789"})
    reverse = client.v1.tax.calculations.create({"currency": "eur", "customer": firm, "line_items": [{"amount": 500}]})
    assert reverse.tax_breakdown[0].taxability_reason == "reverse_charge"
    ended = client.v1.tax.registrations.update(germany.id, {"expires_at": "now"})
    assert ended.status == "expired"
    assert client.v1.tax.registrations.list({"status": "active"}).data == []
    refused(lambda: calculate(client, {"address": {"country": "US"}, "address_source": "billing"}),
            "customer_tax_location_invalid")  # fmt: skip
    refused(lambda: calculate(client, lines=[{"amount": 1, "reference": "a"}] * 2))
    union = client.v1.tax.registrations.create(
        {"country": "IE", "country_options": {"ie": {"type": "oss_union"}}, "active_from": int(time.time()) + 99}
    )
    assert client.v1.tax.registrations.retrieve(union.id).status == "scheduled"
    sandbox.control("clock/advance", {"seconds": 100})
    assert calculate(client).tax_amount_exclusive == 1_900


def test_what_was_collected_is_written_and_taken_back(client):
    client.v1.tax.settings.update(OFFICE)
    register(client, "DE")
    lines = [{"amount": 10_000, "reference": "a"}, {"amount": 333, "reference": "b"}]
    found = calculate(client, lines=lines)
    tax = client.v1.tax.transactions
    made = tax.create_from_calculation({"calculation": found.id, "reference": "order_1", "metadata": {"a": "b"}})
    refused(lambda: tax.create_from_calculation({"calculation": found.id, "reference": "order_1"}),
            "resource_already_exists")  # fmt: skip
    assert [each.amount_tax for each in tax.line_items.list(made.id).data] == [1_900, 63]
    part = tax.create_reversal(
        {"mode": "partial", "original_transaction": made.id, "reference": "r1", "flat_amount": -1_190,
         "expand": ["line_items"]}
    )  # fmt: skip
    assert sum(each.amount + each.amount_tax for each in part.line_items.data) == -1_190
    first = tax.line_items.list(made.id).data[0].id
    over = {"amount": -10_000, "amount_tax": -1_900, "original_line_item": first, "reference": "x"}
    refused(
        lambda: tax.create_reversal(
            {"mode": "partial", "original_transaction": made.id, "reference": "r2", "line_items": [over]}
        )
    )
    rest = tax.create_reversal({"mode": "full", "original_transaction": made.id, "reference": "r3"})
    assert (rest.type, rest.reversal.original_transaction) == ("reversal", made.id)
    whole = [each for one in (made, part, rest) for each in tax.line_items.list(one.id).data]
    assert (sum(each.amount for each in whole), sum(each.amount_tax for each in whole)) == (0, 0)
    refused(lambda: tax.create_reversal({"mode": "full", "original_transaction": made.id, "reference": "r4"}))
    refused(lambda: tax.create_reversal({"mode": "full", "original_transaction": rest.id, "reference": "r5"}))
    assert tax.retrieve(rest.id).reference == "r3"


def test_a_payment_that_names_a_calculation_writes_its_tax(client):
    client.v1.tax.settings.update(OFFICE)
    register(client, "DE")
    found = calculate(client)
    intent = client.v1.payment_intents.create(
        {"amount": found.amount_total, "currency": "eur", "allowed_payment_method_types": ["card"],
         "hooks": {"inputs": {"tax": {"calculation": found.id}}}}
    )  # fmt: skip
    assert client.v1.tax.associations.find({"payment_intent": intent.id}).tax_transaction_attempts is None
    client.v1.payment_intents.confirm(intent.id, {"payment_method": "pm_card_visa"})
    (attempt,) = client.v1.tax.associations.find({"payment_intent": intent.id}).tax_transaction_attempts
    assert client.v1.tax.transactions.retrieve(attempt.committed.transaction).reference == intent.id
    refused(lambda: client.v1.tax.associations.find({"payment_intent": "pi_x"}), "resource_missing")


def test_codes_and_places(client):
    assert client.v1.tax_codes.retrieve("txcd_00000000").name == "Nontaxable"
    codes = client.v1.tax_codes.list({"limit": 3})
    assert (len(codes.data), codes.has_more) == (3, True)
    hall = client.v1.tax.locations.create(
        {"type": "performance", "address": {"country": "US", "state": "NY"}, "description": "Hall"}
    )
    assert client.v1.tax.locations.retrieve(hall.id).address.state == "NY"
    assert [each.id for each in client.v1.tax.locations.list({"type": "performance"}).data] == [hall.id]


def test_rates_are_borne_by_the_lines_of_invoices_and_subscriptions(client):
    customer = make_customer(client, card="pm_card_visa")
    added = client.v1.tax_rates.create({"display_name": "Sales tax", "percentage": 8.875, "inclusive": False})
    within = client.v1.tax_rates.create({"display_name": "VAT", "percentage": 19, "inclusive": True})
    invoice = client.v1.invoices.create({"customer": customer, "default_tax_rates": [added.id]})
    for more in ({"amount": 1_000}, {"amount": 1_190, "tax_rates": [within.id]}):
        client.v1.invoice_items.create({"customer": customer, "invoice": invoice.id, "currency": "usd", **more})
    whole = client.v1.invoices.retrieve(invoice.id)
    assert (whole.subtotal, whole.total, whole.total_excluding_tax) == (2_190, 2_279, 2_000)
    assert sorted(each.amount for each in whole.total_taxes) == [89, 190]
    assert client.v1.invoices.pay(invoice.id).amount_paid == 2_279
    product = client.v1.products.create({"name": "a"}).id
    price = client.v1.prices.create(
        {"product": product, "currency": "usd", "unit_amount": 1_000, "recurring": {"interval": "month"}}
    ).id
    sub = client.v1.subscriptions.create(
        {"customer": customer, "items": [{"price": price}], "default_tax_rates": [added.id]}
    )
    assert client.v1.invoices.retrieve(sub.latest_invoice).total == 1_089
    assert client.v1.subscriptions.update(sub.id, {"default_tax_rates": ""}).default_tax_rates == []
    client.v1.customers.update(customer, {"tax_exempt": "exempt"})
    exempt = client.v1.invoices.create({"customer": customer, "default_tax_rates": [added.id]})
    client.v1.invoice_items.create({"customer": customer, "invoice": exempt.id, "amount": 500, "currency": "usd"})
    assert client.v1.invoices.retrieve(exempt.id).total == 500
    client.v1.tax_rates.update(added.id, {"active": False})
    refused(lambda: client.v1.invoices.create({"customer": customer, "default_tax_rates": [added.id]}))


def test_automatic_tax_is_that_of_the_customer_s_place(sandbox, client, listener):
    lost = make_customer(client)
    refused(lambda: client.v1.invoices.create({"customer": lost, "automatic_tax": {"enabled": True}}),
            "stripe_tax_inactive")  # fmt: skip
    client.v1.tax.settings.update(OFFICE)
    register(client, "DE")
    customer = make_customer(client, card="pm_card_visa", address={"country": "DE", "city": "Berlin"})
    product = client.v1.products.create({"name": "a"}).id
    free = client.v1.products.create({"name": "b", "tax_code": "txcd_00000000"}).id
    price = client.v1.prices.create(
        {"product": product, "currency": "eur", "unit_amount": 1_000, "recurring": {"interval": "month"}}
    ).id
    untaxed = client.v1.prices.create({"product": free, "currency": "eur", "unit_amount": 500}).id
    sub = client.v1.subscriptions.create(
        {"customer": customer, "items": [{"price": price}], "automatic_tax": {"enabled": True}}
    )
    first = client.v1.invoices.retrieve(sub.latest_invoice)
    assert (first.total, first.automatic_tax.status, first.amount_paid) == (1_190, "complete", 1_190)
    rate = client.v1.tax_rates.retrieve(first.total_taxes[0].tax_rate_details.tax_rate)
    assert (rate.display_name, rate.percentage, rate.country) == ("VAT", 19, "DE")
    wish = {"customer": customer, "currency": "eur", "automatic_tax": {"enabled": True}}
    invoice = client.v1.invoices.create(wish)
    for item in ({"amount": 1_000, "currency": "eur"}, {"pricing": {"price": untaxed}}):
        client.v1.invoice_items.create({"customer": customer, "invoice": invoice.id, **item})
    assert client.v1.invoices.pay(invoice.id).total == 1_690
    unknown = client.v1.invoices.create({**wish, "customer": lost, "auto_advance": True})
    assert unknown.automatic_tax.status == "requires_location_inputs"
    refused(lambda: client.v1.invoices.finalize_invoice(unknown.id), "customer_tax_location_invalid")
    refused(
        lambda: client.v1.subscriptions.create(
            {"customer": make_customer(client, card="pm_card_visa"), "items": [{"price": price}],
             "automatic_tax": {"enabled": True}}
        ),
        "customer_tax_location_invalid",
    )  # fmt: skip
    sandbox.control("clock/advance", {"seconds": 7_200})
    assert client.v1.invoices.retrieve(unknown.id).status == "draft"
    eventually(lambda: "invoice.finalization_failed" in listener.types())


def test_rates_are_borne_by_what_a_session_sells(sandbox, client):
    added = client.v1.tax_rates.create({"display_name": "Sales tax", "percentage": 10, "inclusive": False}).id
    within = client.v1.tax_rates.create({"display_name": "VAT", "percentage": 25, "inclusive": True}).id
    coupon = client.v1.coupons.create({"percent_off": 50, "duration": "once"}).id
    items = [
        {"price_data": {"currency": "usd", "unit_amount": amount, "product_data": {"name": "a"}}, "quantity": 1,
         "tax_rates": [rate]} for amount, rate in ((1_000, added), (2_500, within))
    ]  # fmt: skip

    def open_session(**more):
        params = {"mode": "payment", "success_url": "http://127.0.0.1:1/", "line_items": items, **more}
        return client.v1.checkout.sessions.create(params)

    whole = open_session()
    assert (whole.amount_subtotal, whole.total_details.amount_tax, whole.amount_total) == (3_500, 600, 3_600)
    half = open_session(discounts=[{"coupon": coupon}])
    assert (half.amount_subtotal, half.total_details.amount_tax, half.amount_total) == (3_500, 300, 1_800)
    lines = client.v1.checkout.sessions.line_items.list(whole.id).data
    assert [(each.amount_tax, each.amount_total) for each in lines] == [(100, 1_100), (500, 2_500)]
    assert 'id="tax"' in sandbox.web.get(whole.url).text
    assert pay(sandbox, whole.url).status_code == 303
    assert client.v1.payment_intents.list().data[0].amount_received == 3_600
