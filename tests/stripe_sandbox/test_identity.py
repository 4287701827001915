"""Identity checked, bank accounts linked, and payments of elsewhere reported."""

from tests.stripe_sandbox.conftest import eventually, make_customer, refused


def test_somebody_is_verified_or_not_and_forgotten(sandbox, client, listener):
    api, customer = client.v1.identity.verification_sessions, make_customer(client)
    session = api.create({"type": "document", "related_customer": customer, "options": {"document": {
        "require_matching_selfie": True}}})  # fmt: skip
    assert (session.status, session.options.document.require_matching_selfie) == ("requires_input", True)
    assert api.update(session.id, {"provided_details": {"email": "a@b.co"}}).provided_details.email == "a@b.co"
    failed = sandbox.control(f"verification_sessions/{session.id}/check", {"code": "document_expired"})
    assert (failed["status"], failed["last_error"]["code"]) == ("requires_input", "document_expired")
    done = sandbox.control(f"verification_sessions/{session.id}/check", {"first_name": "Ada", "last_name": "Byron"})
    assert done["status"] == "verified"
    shown = api.retrieve(session.id, {"expand": ["last_verification_report"]})
    assert (shown.verified_outputs.first_name, shown.last_verification_report.document.status) == ("Ada", "verified")
    reports = client.v1.identity.verification_reports
    assert len(reports.list({"verification_session": session.id}).data) == 2
    assert [each.id for each in api.list({"status": "verified", "related_customer": customer}).data] == [session.id]
    refused(lambda: api.cancel(session.id))
    assert api.redact(session.id).redaction.status == "redacted"
    assert "first_name" not in reports.retrieve(shown.last_verification_report.id).document
    refused(lambda: api.redact(session.id))
    other = api.create({"type": "id_number"})
    assert api.cancel(other.id).status == "canceled"
    refused(lambda: api.create({}), "parameter_missing")
    names = {f"identity.verification_session.{each}" for each in ("processing", "verified", "redacted", "canceled")}
    eventually(lambda: names <= set(listener.types()))


def test_a_bank_account_is_linked_looked_into_and_let_go(sandbox, client, listener):
    customer = make_customer(client, name="Ada Byron")
    api = client.v1.financial_connections
    session = api.sessions.create(
        {"account_holder": {"type": "customer", "customer": customer}, "permissions": ["balances", "ownership",
         "transactions"], "prefetch": ["balances"], "limits": {"accounts": 1}}
    )  # fmt: skip
    linked = sandbox.control(f"connections_sessions/{session.id}/link", {"balance": 4_200})["id"]
    assert sandbox.web.post(f"{sandbox.url}/_sandbox/connections_sessions/{session.id}/link").status_code == 400
    assert api.sessions.retrieve(session.id).accounts.data[0].id == linked
    account = api.accounts.retrieve(linked)
    assert account.balance.current["usd"] == 4_200
    owned = api.accounts.refresh(linked, {"features": ["ownership", "transactions"]})
    (owner,) = api.accounts.owners.list(linked, {"ownership": owned.ownership}).data
    assert owner.name == "Ada Byron"
    (first,) = api.transactions.list({"account": linked}).data
    subscribed = api.accounts.subscribe(linked, {"features": ["transactions"]})
    newer = api.transactions.list({"account": linked, "transaction_refresh": {"after": first.transaction_refresh}}).data
    assert (subscribed.subscriptions, len(newer)) == (["transactions"], 1)
    assert api.transactions.retrieve(first.id).amount == -1_000
    assert api.accounts.unsubscribe(linked, {"features": ["transactions"]}).subscriptions == []
    assert len(api.accounts.list({"account_holder": {"customer": customer}}).data) == 1
    assert api.accounts.disconnect(linked).status == "disconnected"
    refused(lambda: api.accounts.refresh(linked, {"features": ["balance"]}), "financial_connections_account_inactive")
    names = {f"financial_connections.account.{each}" for each in ("created", "refreshed_balance", "disconnected")}
    eventually(lambda: names <= set(listener.types()))


def test_payments_of_elsewhere_are_reported(client):
    api, method = client.v1.payment_records, {"type": "custom", "custom": {"display_name": "Cash"}}
    money = {"currency": "usd", "value": 1_000}
    record = api.report_payment(
        {"amount_requested": money, "initiated_at": 1, "payment_method_details": method, "outcome": "failed",
         "failed": {"failed_at": 2}, "metadata": {"a": "b"}}
    )  # fmt: skip
    assert (record.amount_failed.value, record.payment_method_details.custom.display_name) == (1_000, "Cash")
    again = api.report_payment_attempt(record.id, {"initiated_at": 3, "description": "Again"})
    assert again.latest_payment_attempt_record != record.latest_payment_attempt_record
    paid = api.report_payment_attempt_guaranteed(record.id, {"guaranteed_at": 4})
    assert (paid.amount_guaranteed.value, paid.amount_failed.value) == (1_000, 0)
    refused(lambda: api.report_payment_attempt_canceled(record.id, {"canceled_at": 5}))
    refused(lambda: api.report_payment_attempt(record.id, {"initiated_at": 6}))
    back = {"outcome": "refunded", "processor_details": {"type": "custom", "custom": {"refund_reference": "r"}},
            "refunded": {"refunded_at": 7}}  # fmt: skip
    part = api.report_refund(record.id, {**back, "amount": {"currency": "usd", "value": 400}})
    assert part.amount_refunded.value == 400
    refused(lambda: api.report_refund(record.id, {**back, "amount": {"currency": "usd", "value": 601}}))
    assert api.report_payment_attempt_informational(record.id, {"description": "New"}).description == "New"
    attempts = client.v1.payment_attempt_records.list({"payment_record": record.id}).data
    assert [each.amount_guaranteed.value for each in attempts] == [1_000, 0]
    assert client.v1.payment_attempt_records.retrieve(attempts[0].id).payment_record == record.id
    assert [each.id for each in api.list({"created_after": 5}).data] == [record.id]
    customer = make_customer(client)
    invoice = client.v1.invoices.create({"customer": customer})
    client.v1.invoice_items.create({"customer": customer, "invoice": invoice.id, "amount": 900, "currency": "usd"})
    client.v1.invoices.finalize_invoice(invoice.id)
    assert client.v1.invoices.attach_payment(invoice.id, {"payment_record": record.id}).status == "paid"
    canceled = api.report_payment({"amount_requested": money, "initiated_at": 1, "payment_method_details": method})
    assert api.report_payment_attempt_canceled(canceled.id, {"canceled_at": 2}).amount_canceled.value == 1_000
    other = api.report_payment({"amount_requested": money, "initiated_at": 1, "payment_method_details": method})
    assert api.report_payment_attempt_failed(other.id, {"failed_at": 2}).amount_failed.value == 1_000
    assert api.retrieve(other.id).id == other.id
