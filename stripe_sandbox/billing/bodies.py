"""The bodies of customers, subscriptions and invoices, at their resting values."""

import copy
from typing import Final

from stripe_sandbox.billing.usage import fixed_amount, is_metered, used
from stripe_sandbox.call import APPLICATION_ID, Body, Call
from stripe_sandbox.http.listing import whole_list
from stripe_sandbox.ids import new_id
from stripe_sandbox.store import Row

_NO_TAX: Final[Body] = {"disabled_reason": None, "enabled": False, "liability": None}


def customer_body(call: Call, email: str | None, name: str | None, metadata: dict[str, str]) -> Body:
    """Give a customer without a card."""
    return {
        "address": None,
        "balance": 0,
        "created": call.now,
        "currency": None,
        "default_source": None,
        "delinquent": False,
        "description": None,
        "email": email,
        "invoice_prefix": None,
        "invoice_settings": {
            "custom_fields": None,
            "default_payment_method": None,
            "footer": None,
            "rendering_options": None,
        },
        "livemode": False,
        "metadata": metadata,
        "name": name,
        "phone": None,
        "preferred_locales": [],
        "shipping": None,
        "tax_exempt": "none",
        "test_clock": None,
    }


_RESTING_SUBSCRIPTION: Final[Body] = {
    **dict.fromkeys(
        (
            "application", "billing_cycle_anchor_config", "billing_thresholds", "cancel_at", "canceled_at",
            "customer_account", "days_until_due", "default_payment_method", "default_source", "description",
            "ended_at", "latest_invoice", "next_pending_invoice_item_invoice", "on_behalf_of", "pause_collection",
            "payment_settings", "pending_invoice_item_interval", "pending_setup_intent", "pending_update", "schedule",
            "test_clock", "trial_settings",
        )
    ),
    "automatic_tax": _NO_TAX,
    "billing_mode": {"flexible": None, "type": "classic"},
    "billing_schedules": [],
    "cancel_at_period_end": False,
    "cancellation_details": {"comment": None, "feedback": None, "reason": None},
    "collection_method": "charge_automatically",
    "default_tax_rates": [],
    "discounts": [],
    "invoice_settings": {"account_tax_ids": None, "issuer": {"type": "self"}},
    "livemode": False,
}  # fmt: skip


def subscription_body(call: Call, customer: str, items: list[Body], data: Body, period: tuple[int, int]) -> Body:
    """Give a subscription to recurring prices of one interval; `data` is the subscription_data of its session."""
    sub_id, (start, end) = new_id("subscription"), period
    trial, transfer = bool(data.get("trial_period_days")), data.get("transfer_data")
    lines = [item_body(call, sub_id, item, period) for item in items]
    return {
        **copy.deepcopy(_RESTING_SUBSCRIPTION),
        "id": sub_id,
        "application": APPLICATION_ID if call.is_direct else None,
        "application_fee_percent": data.get("application_fee_percent"),
        "billing_cycle_anchor": end if trial else start,
        "created": call.now,
        "currency": items[0]["price"]["currency"],
        "customer": customer,
        "items": whole_list(f"/v1/subscription_items?subscription={sub_id}", lines),
        "metadata": dict(data.get("metadata") or {}),
        "start_date": start,
        "status": "trialing" if trial else "incomplete",
        "transfer_data": {"amount_percent": None, "destination": transfer["destination"]} if transfer else None,
        "trial_end": end if trial else None,
        "trial_start": start if trial else None,
    }


def item_body(call: Call, sub_id: str, item: Body, period: tuple[int, int]) -> Body:
    """Give an item of a subscription."""
    return {
        "id": new_id("subscription_item"),
        "object": "subscription_item",
        "billing_thresholds": None,
        "created": call.now,
        "current_period_end": period[1],
        "current_period_start": period[0],
        "discounts": [],
        "metadata": {},
        "plan": plan_of(item["price"]),
        "price": item["price"],
        **({} if item["quantity"] is None else {"quantity": item["quantity"]}),
        "subscription": sub_id,
        "tax_rates": [],
    }


def plan_of(price: Body) -> Body:
    """Give the old name of a recurring price, which items still carry."""
    every = price["recurring"]
    return {
        "id": price["id"],
        "object": "plan",
        "active": True,
        "amount": price["unit_amount"],
        "amount_decimal": price["unit_amount_decimal"],
        "billing_scheme": "per_unit",
        "created": price["created"],
        "currency": price["currency"],
        "interval": every["interval"],
        "interval_count": every["interval_count"],
        "livemode": False,
        "metadata": {},
        "meter": every["meter"],
        "nickname": None,
        "product": price["product"],
        "tiers_mode": None,
        "transform_usage": None,
        "trial_period_days": None,
        "usage_type": every["usage_type"],
    }


_RESTING_INVOICE: Final[Body] = {
    **dict.fromkeys(
        (
            "account_tax_ids", "application", "automatically_finalizes_at", "custom_fields", "customer_account",
            "customer_address", "customer_email", "customer_name", "customer_phone", "customer_shipping",
            "default_payment_method", "default_source", "description", "due_date", "ending_balance", "footer",
            "from_invoice", "hosted_invoice_url", "invoice_pdf", "last_finalization_error", "latest_revision",
            "next_payment_attempt", "on_behalf_of", "receipt_number", "rendering", "shipping_cost",
            "shipping_details", "statement_descriptor", "test_clock", "total_taxes", "webhooks_delivered_at",
        )
    ),
    **dict.fromkeys(
        (
            "amount_due", "amount_overpaid", "amount_paid", "amount_remaining", "amount_shipping", "attempt_count",
            "post_payment_credit_notes_amount", "pre_payment_credit_notes_amount", "starting_balance", "subtotal",
            "subtotal_excluding_tax", "total", "total_excluding_tax",
        ),
        0,
    ),
    "account_country": "US",
    "attempted": False,
    "auto_advance": True,
    "automatic_tax": {**_NO_TAX, "provider": None, "status": None},
    "collection_method": "charge_automatically",
    "customer_tax_exempt": "none",
    "customer_tax_ids": [],
    "default_tax_rates": [],
    "discounts": [],
    "issuer": {"type": "self"},
    "livemode": False,
    "metadata": {},
    "payment_settings": {"default_mandate": None, "payment_method_options": None, "payment_method_types": None},
    "status": "open",
    "total_discount_amounts": [],
    "total_pretax_credit_amounts": [],
}  # fmt: skip


def resting_invoice(call: Call, invoice_id: str, customer: Row, currency: str) -> Body:
    """Give an invoice of a customer without lines, as a draft that nobody works on by himself."""
    known = customer.body
    return {
        **copy.deepcopy(_RESTING_INVOICE),
        "id": invoice_id,
        "application": APPLICATION_ID if call.is_direct else None,
        "account_name": call.platform,
        "auto_advance": False,
        "billing_reason": "manual",
        "created": call.now,
        "currency": currency,
        "customer": customer.id,
        "customer_address": known["address"],
        "customer_email": known["email"],
        "customer_name": known["name"],
        "customer_phone": known["phone"],
        "customer_tax_exempt": known["tax_exempt"],
        "effective_at": None,
        "lines": whole_list(f"/v1/invoices/{invoice_id}/lines", []),
        "number": None,
        "parent": None,
        "payments": whole_list(f"/v1/invoice_payments?invoice={invoice_id}", []),
        "period_end": call.now,
        "period_start": call.now,
        "status": "draft",
        "status_transitions": dict.fromkeys(("finalized_at", "marked_uncollectible_at", "paid_at", "voided_at")),
        "test_clock": known["test_clock"],
    }


def invoice_body(
    call: Call, sub: Body, customer: Row, reason: str, period: tuple[int, int], *, last: tuple[int, int] | None = None
) -> Body:
    """Give a draft over one period of a subscription, with a line for each of its items.

    What is paid by use is billed for the `last` period, which is over.
    """
    invoice_id, trial = new_id("invoice"), sub["status"] == "trialing" and reason == "subscription_create"
    body = resting_invoice(call, invoice_id, customer, sub["currency"])
    lines = [_line(sub, item, invoice_id, period, _amount(call, sub, item, last, free=trial))
             for item in sub["items"]["data"]]  # fmt: skip
    return {
        **body,
        "auto_advance": True,
        "automatic_tax": {**body["automatic_tax"], **sub["automatic_tax"]},
        "billing_reason": reason,
        "default_tax_rates": list(sub["default_tax_rates"]),
        "discounts": list(sub["discounts"]),
        "lines": whole_list(f"/v1/invoices/{invoice_id}/lines", lines),
        "parent": {
            "quote_details": None,
            "subscription_details": {"metadata": sub["metadata"], "subscription": sub["id"]},
            "type": "subscription_details",
        },
        "period_end": period[1],
        "period_start": period[0],
    }


def _amount(call: Call, sub: Body, item: Body, last: tuple[int, int] | None, *, free: bool) -> tuple[int, int]:
    """Give for how many units how much is due."""
    price = item["price"]
    if not is_metered(price):
        return int(item["quantity"]), 0 if free else fixed_amount(item)
    units = used(call, price, sub["customer"], *last) if last else 0
    return units, units * int(price["unit_amount"])


def _line(sub: Body, item: Body, invoice_id: str, period: tuple[int, int], due: tuple[int, int]) -> Body:
    quantity, amount = due
    details = {"invoice_item": None, "proration": False, "proration_details": {"credited_items": None},
               "subscription": sub["id"], "subscription_item": item["id"]}  # fmt: skip
    return {
        "id": new_id("line_item"),
        "object": "line_item",
        "amount": amount,
        "currency": sub["currency"],
        "description": None,
        "discount_amounts": [],
        "discountable": True,
        "discounts": [],
        "invoice": invoice_id,
        "livemode": False,
        "metadata": dict(sub["metadata"]),
        "parent": {
            "invoice_item_details": None, "subscription_item_details": details, "type": "subscription_item_details",
        },
        "period": {"end": period[1], "start": period[0]},
        "pretax_credit_amounts": [],
        "pricing": pricing_of(item["price"]),
        "quantity": quantity,
        "subscription": sub["id"],
        "subtotal": amount,
        "taxes": [],
    }  # fmt: skip


def pricing_of(price: Body) -> Body:
    """Give how a line says which price it was reckoned with."""
    details = {"price": price["id"], "product": price["product"]}
    return {
        "price_details": details, "type": "price_details", "unit_amount_decimal": price["unit_amount_decimal"],
    }  # fmt: skip


def payment_body(call: Call, invoice: Body, intent_id: str) -> Body:
    """Give how an invoice was paid: the link between it and a payment intent."""
    return {
        "amount_paid": invoice["amount_due"],
        "amount_requested": invoice["amount_due"],
        "created": call.now,
        "currency": invoice["currency"],
        "invoice": invoice["id"],
        "is_default": True,
        "livemode": False,
        "payment": {"payment_intent": intent_id, "type": "payment_intent"},
        "status": "paid",
        "status_transitions": {"canceled_at": None, "paid_at": call.now},
    }
