"""More of what is kept, and of what pays: countries, rates, apps, templates, confirmation tokens, attached payments."""

from tests.stripe_sandbox.conftest import make_customer, refused


def test_countries_and_rates(sandbox, client):
    germany = client.v1.country_specs.retrieve("de")
    assert (germany.default_currency, "US" in germany.supported_transfer_countries) == ("eur", True)
    assert client.v1.country_specs.list({"limit": 2}).has_more
    refused(lambda: client.v1.country_specs.retrieve("XX"), "resource_missing")
    sandbox.control("rates", {"eur": "1.25"})
    assert client.v1.exchange_rates.retrieve("eur").rates["usd"] == 1.25
    assert client.v1.exchange_rates.retrieve("usd").rates["eur"] == 0.8
    assert [each.id for each in client.v1.exchange_rates.list().data] == ["eur", "usd"]
    refused(lambda: client.v1.exchange_rates.retrieve("gbp"), "resource_missing")


def test_methods_that_are_offered(client):
    first = client.v1.payment_method_configurations.create({"card": {"display_preference": {"preference": "off"}}})
    assert (first.is_default, first.card.available, first.link.available) == (True, False, True)
    child = client.v1.payment_method_configurations.create({"name": "Child", "parent": first.id})
    changed = client.v1.payment_method_configurations.update(
        child.id, {"active": False, "klarna": {"display_preference": {"preference": "on"}}}
    )
    assert (changed.active, changed.klarna.available) == (False, True)
    assert [each.id for each in client.v1.payment_method_configurations.list({"active": True}).data] == [first.id]
    assert client.v1.payment_method_configurations.retrieve(child.id).parent == first.id


def test_secrets_of_apps(client):
    secrets = client.v1.apps.secrets
    scope = {"type": "user", "user": "u1"}
    secrets.create({"name": "key", "payload": "old", "scope": scope})
    secrets.create({"name": "key", "payload": "new", "scope": scope})
    assert not hasattr(secrets.find({"name": "key", "scope": scope}), "payload")
    assert secrets.find({"name": "key", "scope": scope, "expand": ["payload"]}).payload == "new"
    assert len(secrets.list({"scope": scope}).data) == 1
    assert secrets.list({"scope": {"type": "account"}}).data == []
    assert secrets.delete_where({"name": "key", "scope": scope}).deleted
    refused(lambda: secrets.find({"name": "key", "scope": scope}), "resource_missing")
    refused(lambda: secrets.create({"name": "key", "payload": "x", "scope": {"type": "user"}}))


def test_installs_of_apps(client):
    install = client.v1.apps.installs.create({"app": "app_x"})
    assert (install.status, install.app) == ("installed", "app_x")
    refused(lambda: client.v1.apps.installs.create({"app": "app_x"}), "resource_already_exists")
    assert client.v1.apps.installs.retrieve(install.id).id == install.id
    assert client.v1.apps.installs.uninstall(install.id).status == "uninstalling"
    assert client.v1.apps.installs.list({"status": "installed"}).data == []


def test_templates_of_invoices(sandbox, client):
    made = sandbox.control("invoice_templates", {"nickname": "Plain"})
    templates = client.v1.invoice_rendering_templates
    assert templates.retrieve(made["id"]).nickname == "Plain"
    assert templates.archive(made["id"]).status == "archived"
    refused(lambda: templates.archive(made["id"]))
    assert templates.list({"status": "active"}).data == []
    assert templates.unarchive(made["id"]).status == "active"


def test_a_confirmation_token_carries_what_was_entered_once(client):
    token = client.v1.test_helpers.confirmation_tokens.create(
        {"payment_method": "pm_card_visa", "return_url": "http://127.0.0.1:1/back", "setup_future_usage": "off_session"}
    )
    assert token.payment_method_preview.card.last4 == "4242"
    customer = make_customer(client)
    intent = client.v1.payment_intents.create(
        {"amount": 900, "currency": "usd", "customer": customer, "confirm": True, "confirmation_token": token.id}
    )
    assert (intent.status, intent.setup_future_usage) == ("succeeded", "off_session")
    used = client.v1.confirmation_tokens.retrieve(token.id)
    assert (used.payment_intent, used.expires_at) == (intent.id, None)
    refused(
        lambda: client.v1.payment_intents.create(
            {"amount": 900, "currency": "usd", "confirm": True, "confirmation_token": token.id}
        )
    )
    other = client.v1.test_helpers.confirmation_tokens.create({"payment_method": "pm_card_visa"})
    setup = client.v1.setup_intents.create({"allowed_payment_method_types": ["card"]})
    assert client.v1.setup_intents.confirm(setup.id, {"confirmation_token": other.id}).status == "succeeded"


def test_a_hold_grows(client):
    held = client.v1.payment_intents.create(
        {"amount": 1_000, "currency": "usd", "payment_method": "pm_card_visa", "confirm": True,
         "capture_method": "manual", "allowed_payment_method_types": ["card"]}
    )  # fmt: skip
    grown = client.v1.payment_intents.increment_authorization(held.id, {"amount": 1_500})
    assert (grown.amount, grown.amount_capturable) == (1_500, 1_500)
    refused(lambda: client.v1.payment_intents.increment_authorization(held.id, {"amount": 1_500}))
    assert client.v1.payment_intents.capture(held.id).amount_received == 1_500
    refused(lambda: client.v1.payment_intents.increment_authorization(held.id, {"amount": 9_000}))


def test_cash_of_a_customer_pays(client):
    customer = make_customer(client)
    asked = {"currency": "eur", "funding_type": "bank_transfer",
             "bank_transfer": {"type": "eu_bank_transfer", "eu_bank_transfer": {"country": "DE"}}}  # fmt: skip
    first = client.v1.customers.funding_instructions.create(customer, asked)
    again = client.v1.customers.funding_instructions.create(customer, asked)
    ibans = [each.bank_transfer.financial_addresses[0].iban.iban for each in (first, again)]
    assert ibans[0] == ibans[1]
    client.v1.test_helpers.customers.fund_cash_balance(customer, {"amount": 700, "currency": "eur"})
    intent = client.v1.payment_intents.create({"amount": 800, "currency": "eur", "customer": customer})
    refused(lambda: client.v1.payment_intents.apply_customer_balance(intent.id), "balance_insufficient")
    client.v1.test_helpers.customers.fund_cash_balance(customer, {"amount": 300, "currency": "eur"})
    assert client.v1.payment_intents.apply_customer_balance(intent.id).status == "succeeded"
    assert client.v1.customers.cash_balance.retrieve(customer).available["eur"] == 200
    refused(lambda: client.v1.payment_intents.apply_customer_balance(intent.id))


def test_payments_made_elsewhere_pay_an_invoice(client):
    customer = make_customer(client, card="pm_card_visa")
    invoice = client.v1.invoices.create({"customer": customer})
    client.v1.invoice_items.create({"customer": customer, "invoice": invoice.id, "amount": 1_000, "currency": "usd"})
    client.v1.invoices.finalize_invoice(invoice.id)

    def intent(amount, **more):
        return client.v1.payment_intents.create(
            {"amount": amount, "currency": "usd", "allowed_payment_method_types": ["card"], **more}
        ).id

    paid = intent(400, payment_method="pm_card_visa", confirm=True)
    part = client.v1.invoices.attach_payment(invoice.id, {"payment_intent": paid})
    assert (part.status, part.amount_remaining) == ("open", 600)
    refused(lambda: client.v1.invoices.attach_payment(invoice.id, {"payment_intent": paid}))
    later = intent(600)
    client.v1.invoices.attach_payment(invoice.id, {"payment_intent": later})
    client.v1.payment_intents.confirm(later, {"payment_method": "pm_card_visa"})
    whole = client.v1.invoices.retrieve(invoice.id)
    assert (whole.status, whole.amount_paid, whole.amount_remaining) == ("paid", 1_000, 0)
    refused(lambda: client.v1.invoices.attach_payment(invoice.id, {"payment_intent": intent(5_00)}))


def test_a_quote_is_printed(client):
    customer = make_customer(client)
    product = client.v1.products.create({"name": "Polls (2023)"}).id
    price = client.v1.prices.create({"product": product, "unit_amount": 700, "currency": "usd"}).id
    quote = client.v1.quotes.create({"customer": customer, "line_items": [{"price": price, "quantity": 2}]})
    refused(lambda: client.v1.quotes.pdf(quote.id))
    client.v1.quotes.finalize_quote(quote.id)
    content = client.v1.quotes.pdf(quote.id).io.read()
    assert (content[:5], b"Polls \\(2023\\): $14.00" in content) == (b"%PDF-", True)


def test_what_cash_has_paid_goes_back_to_it_or_waits_for_an_answer(client):
    customer = make_customer(client)
    client.v1.test_helpers.customers.fund_cash_balance(customer, {"amount": 900, "currency": "usd"})
    intent = client.v1.payment_intents.create({"amount": 900, "currency": "usd", "customer": customer}).id
    client.v1.payment_intents.apply_customer_balance(intent)
    back = client.v1.refunds.create({"payment_intent": intent, "amount": 100})
    assert (back.status, client.v1.customers.cash_balance.retrieve(customer).available["usd"]) == ("succeeded", 100)
    refused(lambda: client.v1.refunds.cancel(back.id))

    def asked():
        given = {"payment_intent": intent, "amount": 200, "instructions_email": "ada@example.com"}
        return client.v1.refunds.create(given)

    first, second = asked(), asked()
    assert (first.status, first.next_action.display_details.email_sent.email_sent_to) == (
        "requires_action", "ada@example.com",
    )  # fmt: skip
    assert client.v1.refunds.cancel(first.id).status == "canceled"
    assert client.v1.test_helpers.refunds.expire(second.id).status == "failed"
    refused(lambda: client.v1.test_helpers.refunds.expire(second.id))
    nets = {each.type: each.net for each in client.v1.balance_transactions.list({"limit": 100}).data}
    assert (nets["refund_failure"], nets["refund"]) == (200, -100)
