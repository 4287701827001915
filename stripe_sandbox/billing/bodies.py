"""The bodies of customers, subscriptions and invoices, at their resting values."""

import copy
from typing import Final

from stripe_sandbox.call import Body, Call
from stripe_sandbox.http.listing import whole_list
from stripe_sandbox.ids import new_id

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


def subscription_body(call: Call, customer: str, item: Body, data: Body, period: tuple[int, int]) -> Body:
    """Give a subscription to one recurring price; `data` is the subscription_data of its session."""
    sub_id, (start, end) = new_id("subscription"), period
    trial, transfer = bool(data.get("trial_period_days")), data.get("transfer_data")
    line = _item_body(call, sub_id, item, period)
    return {
        **copy.deepcopy(_RESTING_SUBSCRIPTION),
        "id": sub_id,
        "application_fee_percent": data.get("application_fee_percent"),
        "billing_cycle_anchor": end if trial else start,
        "created": call.now,
        "currency": item["price"]["currency"],
        "customer": customer,
        "items": whole_list(f"/v1/subscription_items?subscription={sub_id}", [line]),
        "metadata": dict(data.get("metadata") or {}),
        "start_date": start,
        "status": "trialing" if trial else "incomplete",
        "transfer_data": {"amount_percent": None, "destination": transfer["destination"]} if transfer else None,
        "trial_end": end if trial else None,
        "trial_start": start if trial else None,
    }


def _item_body(call: Call, sub_id: str, item: Body, period: tuple[int, int]) -> Body:
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
        "quantity": item["quantity"],
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
        "meter": None,
        "nickname": None,
        "product": price["product"],
        "tiers_mode": None,
        "transform_usage": None,
        "trial_period_days": None,
        "usage_type": "licensed",
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
            "amount_overpaid", "amount_paid", "amount_shipping", "attempt_count", "post_payment_credit_notes_amount",
            "pre_payment_credit_notes_amount", "starting_balance",
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


def invoice_body(call: Call, sub: Body, reason: str, total: int, period: tuple[int, int], number: int) -> Body:
    """Give a final, unpaid invoice over one period of a subscription."""
    invoice_id, item = new_id("invoice"), sub["items"]["data"][0]
    over = dict.fromkeys(("amount_due", "amount_remaining", "subtotal", "subtotal_excluding_tax", "total"), total)
    return {
        **copy.deepcopy(_RESTING_INVOICE),
        **over,
        "id": invoice_id,
        "account_name": call.platform,
        "billing_reason": reason,
        "created": call.now,
        "currency": sub["currency"],
        "customer": sub["customer"],
        "effective_at": call.now,
        "lines": whole_list(f"/v1/invoices/{invoice_id}/lines", [_line(sub, item, invoice_id, total, period)]),
        "number": f"SBX-{number:04d}",
        "parent": {
            "quote_details": None,
            "subscription_details": {"metadata": sub["metadata"], "subscription": sub["id"]},
            "type": "subscription_details",
        },
        "payments": whole_list(f"/v1/invoice_payments?invoice={invoice_id}", []),
        "period_end": period[1],
        "period_start": period[0],
        "status_transitions": {
            "finalized_at": call.now,
            "marked_uncollectible_at": None,
            "paid_at": None,
            "voided_at": None,
        },
        "total_excluding_tax": total,
    }


def _line(sub: Body, item: Body, invoice_id: str, total: int, period: tuple[int, int]) -> Body:
    return {
        "id": new_id("line_item"),
        "object": "line_item",
        "amount": total,
        "currency": sub["currency"],
        "description": None,
        "discount_amounts": [],
        "discountable": True,
        "discounts": [],
        "invoice": invoice_id,
        "livemode": False,
        "metadata": dict(sub["metadata"]),
        "period": {"end": period[1], "start": period[0]},
        "quantity": item["quantity"],
        "subscription": sub["id"],
        "subtotal": total,
        "taxes": [],
    }


def payment_body(call: Call, invoice: Body, intent_id: str) -> Body:
    """Give how an invoice was paid: the link between it and a payment intent."""
    return {
        "amount_paid": invoice["total"],
        "amount_requested": invoice["total"],
        "created": call.now,
        "currency": invoice["currency"],
        "invoice": invoice["id"],
        "is_default": True,
        "livemode": False,
        "payment": {"payment_intent": intent_id, "type": "payment_intent"},
        "status": "paid",
        "status_transitions": {"canceled_at": None, "paid_at": call.now},
    }
