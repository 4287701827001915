"""Payments made elsewhere, as the platform reports them: a record, its attempts, and what was given back.

Source: docs.stripe.com/payments/payment-records. No money of Stripe's moves with them.
"""

from typing import Any, Final

from stripe_sandbox.call import APPLICATION_ID, Body, Call
from stripe_sandbox.currency import check_currency
from stripe_sandbox.errors import invalid
from stripe_sandbox.http.listing import list_objects
from stripe_sandbox.http.operation import ANY, Operation
from stripe_sandbox.http.plain import PAGED, find, retrieve_of, show_plain
from stripe_sandbox.metadata import merge_metadata
from stripe_sandbox.payments.bodies import NO_ADDRESS
from stripe_sandbox.schema.blank import nothing_of
from stripe_sandbox.store import Row

RECORD: Final = "payment_record"
ATTEMPT: Final = "payment_attempt_record"
_AMOUNTS: Final = ("authorized", "canceled", "failed", "guaranteed", "refunded")
_OUTCOMES: Final = ("canceled", "failed", "guaranteed")


def report_payment(call: Call, params: Body) -> Body:
    """Report a payment and its first attempt."""
    currency = check_currency(params["amount_requested"]["currency"], param="amount_requested[currency]")
    value = params["amount_requested"]["value"]
    if value < 1:
        raise invalid("Invalid positive integer", param="amount_requested[value]", code="parameter_invalid_integer")
    row = call.add(RECORD, _body(call, RECORD, params, value, currency))
    _attempt(call, row, params)
    return show_plain(call, row)


def _body(call: Call, kind: str, params: Body, value: int, currency: str) -> Body:
    nothing = {"currency": currency, "value": 0}
    processor = params.get("processor_details")
    return {
        **nothing_of(kind),
        **{f"amount_{name}": dict(nothing) for name in _AMOUNTS},
        "amount": {"currency": currency, "value": value},
        "amount_requested": {"currency": currency, "value": value},
        "application": APPLICATION_ID if call.is_direct else None,
        "created": call.now,
        "customer_details": _customer(params.get("customer_details")),
        "customer_presence": params.get("customer_presence"),
        "description": params.get("description"),
        "livemode": False,
        "metadata": merge_metadata({}, params.get("metadata")),
        "payment_method_details": _method(params.get("payment_method_details")),
        "processor_details": {"type": "custom", "custom": (processor or {}).get("custom")},
        "reported_by": "self",
        "shipping_details": _shipping(params.get("shipping_details")),
    }


def _customer(given: Body | None) -> Body | None:
    return {name: given.get(name) for name in ("customer", "email", "name", "phone")} if given else None


def _shipping(given: Body | str | None) -> Body | None:
    if not isinstance(given, dict):
        return None
    return {
        "address": {**NO_ADDRESS, **given.get("address", {})},
        "name": given.get("name"),
        "phone": given.get("phone"),
    }


def _method(given: Body | None) -> Body | None:
    if given is None:
        return None
    billing = given.get("billing_details")
    shown: Body = {"payment_method": given.get("payment_method"), "type": given.get("type", "custom")}
    if billing:
        address = {**NO_ADDRESS, **billing.get("address", {})}
        shown["billing_details"] = {
            "address": address,
            **{name: billing.get(name) for name in ("email", "name", "phone")},
        }
    if "custom" in given:
        custom = given["custom"]
        shown["custom"] = {"display_name": custom.get("display_name", ""), "type": custom.get("type")}
    return shown


def _attempt(call: Call, record: Row, params: Body) -> None:
    """Note an attempt to pay a record, and what has become of it if that is known."""
    money = record.body["amount_requested"]
    given = {**params, "metadata": params.get("metadata")}
    body = _body(call, ATTEMPT, given, money["value"], money["currency"])
    body["payment_method_details"] = body["payment_method_details"] or record.body["payment_method_details"]
    body["processor_details"] = record.body["processor_details"]
    body["payment_record"] = record.id
    body.pop("latest_payment_attempt_record", None)
    attempt = call.add(ATTEMPT, body)
    record.body.update(latest_payment_attempt_record=attempt.id, payment_method_details=body["payment_method_details"])
    call.tx.save(record)
    if outcome := params.get("outcome"):
        if outcome not in params:
            raise invalid(f"Missing required param: {outcome}.", param=outcome, code="parameter_missing")
        _settle(call, record, outcome)


def _settle(call: Call, record: Row, outcome: str) -> None:
    attempt = find(call, ATTEMPT, record.body["latest_payment_attempt_record"])
    if any(attempt.body[f"amount_{name}"]["value"] for name in _OUTCOMES):
        raise invalid("The latest attempt of this payment record has an outcome already.")
    for row in (record, attempt):
        for name in _OUTCOMES:
            row.body[f"amount_{name}"]["value"] = row.body["amount"]["value"] if name == outcome else 0
        call.tx.save(row)


def _find(call: Call, record_id: str) -> Row:
    return find(call, RECORD, record_id, noun="payment record")


def report_attempt(call: Call, params: Body, record_id: str) -> Body:
    """Report another attempt, after one that has come to nothing."""
    record = _find(call, record_id)
    if record.body["amount_guaranteed"]["value"]:
        raise invalid("This payment record is guaranteed; it needs no other attempt.")
    _attempt(call, record, params)
    return show_plain(call, _find(call, record_id))


def _reporting(outcome: str) -> Any:
    def report(call: Call, params: Body, record_id: str) -> Body:
        record = _find(call, record_id)
        record.body["metadata"] = merge_metadata(record.body["metadata"], params.get("metadata"))
        _settle(call, record, outcome)
        return show_plain(call, record)

    return report


def report_more(call: Call, params: Body, record_id: str) -> Body:
    """Report what has changed but the outcome."""
    record = _find(call, record_id)
    if "customer_details" in params:
        record.body["customer_details"] = _customer(params["customer_details"])
    if "description" in params:
        record.body["description"] = params["description"] or None
    if "shipping_details" in params:
        record.body["shipping_details"] = _shipping(params["shipping_details"])
    record.body["metadata"] = merge_metadata(record.body["metadata"], params.get("metadata"))
    call.tx.save(record)
    return show_plain(call, record)


def report_refund(call: Call, params: Body, record_id: str) -> Body:
    """Report that all of a payment was given back, or a part."""
    record = _find(call, record_id)
    left = record.body["amount_guaranteed"]["value"] - record.body["amount_refunded"]["value"]
    value = params.get("amount", {}).get("value", left)
    if not 1 <= value <= left:
        raise invalid(f"You can refund at most what is left of the payment, {left}.", param="amount[value]")
    attempt = find(call, ATTEMPT, record.body["latest_payment_attempt_record"])
    for row in (record, attempt):
        row.body["amount_refunded"]["value"] += value
        call.tx.save(row)
    return show_plain(call, record)


def list_records(call: Call, params: Body) -> Body:
    """Give a page of records, also of those created after or before a moment."""
    wanted = dict(params)
    span = {
        sign: wanted.pop(name) for name, sign in (("created_after", "gt"), ("created_before", "lt")) if name in wanted
    }
    return list_objects(call, RECORD, {**wanted, "created": span}, _ALL, show_plain)


def list_attempts(call: Call, params: Body) -> Body:
    """Give a page of the attempts of a record."""
    record = find(call, RECORD, params["payment_record"], noun="payment record", param="payment_record", status=400)
    filters = {"payment_record": "body ->> '$.payment_record' = ?"}
    return list_objects(
        call,
        ATTEMPT,
        {**params, "payment_record": record.id},
        "/v1/payment_attempt_records",
        show_plain,
        filters=filters,
    )


_ALL: Final = "/v1/payment_records"
_ONE: Final = f"{_ALL}/{{id}}"
_ATTEMPT = dict.fromkeys(
    (*_OUTCOMES, "description", "initiated_at", "metadata", "outcome", "payment_method_details", "shipping_details"),
    ANY,
)
_PAYMENT = {**_ATTEMPT, **dict.fromkeys(("amount_requested", "customer_details", "customer_presence",
                                         "processor_details"), ANY)}  # fmt: skip
OPERATIONS = {
    f"POST {_ALL}/report_payment": Operation(report_payment, _PAYMENT),
    f"GET {_ALL}": Operation(list_records, {**PAGED, "created_after": ANY, "created_before": ANY}),
    f"GET {_ONE}": Operation(retrieve_of(RECORD, noun="payment record")),
    f"POST {_ONE}/report_payment_attempt": Operation(report_attempt, _ATTEMPT),
    **{
        f"POST {_ONE}/report_payment_attempt_{outcome}": Operation(
            _reporting(outcome), {f"{outcome}_at": ANY, "metadata": ANY}
        )
        for outcome in _OUTCOMES
    },
    f"POST {_ONE}/report_payment_attempt_informational": Operation(
        report_more, dict.fromkeys(("customer_details", "description", "metadata", "shipping_details"), ANY)
    ),
    f"POST {_ONE}/report_refund": Operation(
        report_refund,
        dict.fromkeys(("amount", "initiated_at", "metadata", "outcome", "processor_details", "refunded"), ANY),
    ),
    "GET /v1/payment_attempt_records": Operation(list_attempts, {**PAGED, "payment_record": ANY}),
    "GET /v1/payment_attempt_records/{id}": Operation(retrieve_of(ATTEMPT, noun="payment attempt record")),
}
