"""The bodies of customers, subscriptions and invoices, at their resting values."""

from stripe_sandbox.call import Body, Call
from stripe_sandbox.http.listing import whole_list
from stripe_sandbox.ids import new_id

_NO_TAX: Body = {"disabled_reason": None, "enabled": False, "liability": None}


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


def subscription_body(call: Call, customer: str, item: Body, data: Body, period: tuple[int, int]) -> Body:
    """Give a subscription to one recurring price; `data` is the subscription_data of its session."""
    sub_id, price = new_id("subscription"), item["price"]
    start, end = period
    trial = bool(data.get("trial_period_days"))
    transfer = data.get("transfer_data")
    line: Body = {
        "id": new_id("subscription_item"),
        "object": "subscription_item",
        "billing_thresholds": None,
        "created": call.now,
        "current_period_end": end,
        "current_period_start": start,
        "discounts": [],
        "metadata": {},
        "plan": plan_of(price),
        "price": price,
        "quantity": item["quantity"],
        "subscription": sub_id,
        "tax_rates": [],
    }
    return {
        "id": sub_id,
        "application": None,
        "application_fee_percent": data.get("application_fee_percent"),
        "automatic_tax": dict(_NO_TAX),
        "billing_cycle_anchor": end if trial else start,
        "billing_cycle_anchor_config": None,
        "billing_mode": {"flexible": None, "type": "classic"},
        "billing_schedules": [],
        "billing_thresholds": None,
        "cancel_at": None,
        "cancel_at_period_end": False,
        "canceled_at": None,
        "cancellation_details": {"comment": None, "feedback": None, "reason": None},
        "collection_method": "charge_automatically",
        "created": call.now,
        "currency": price["currency"],
        "customer": customer,
        "customer_account": None,
        "days_until_due": None,
        "default_payment_method": None,
        "default_source": None,
        "default_tax_rates": [],
        "description": None,
        "discounts": [],
        "ended_at": None,
        "invoice_settings": {"account_tax_ids": None, "issuer": {"type": "self"}},
        "items": whole_list(f"/v1/subscription_items?subscription={sub_id}", [line]),
        "latest_invoice": None,
        "livemode": False,
        "metadata": dict(data.get("metadata") or {}),
        "next_pending_invoice_item_invoice": None,
        "on_behalf_of": None,
        "pause_collection": None,
        "payment_settings": None,
        "pending_invoice_item_interval": None,
        "pending_setup_intent": None,
        "pending_update": None,
        "schedule": None,
        "start_date": start,
        "status": "trialing" if trial else "incomplete",
        "test_clock": None,
        "transfer_data": {"amount_percent": None, "destination": transfer["destination"]} if transfer else None,
        "trial_end": end if trial else None,
        "trial_settings": None,
        "trial_start": start if trial else None,
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


def invoice_body(call: Call, sub: Body, reason: str, total: int, period: tuple[int, int], number: int) -> Body:
    """Give a final, unpaid invoice over one period of a subscription."""
    invoice_id, item = new_id("invoice"), sub["items"]["data"][0]
    start, end = period
    return {
        "id": invoice_id,
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
        "account_country": "US",
        "account_name": call.platform,
        "amount_due": total,
        "amount_overpaid": 0,
        "amount_paid": 0,
        "amount_remaining": total,
        "amount_shipping": 0,
        "attempt_count": 0,
        "attempted": False,
        "auto_advance": True,
        "automatic_tax": {**_NO_TAX, "provider": None, "status": None},
        "billing_reason": reason,
        "collection_method": "charge_automatically",
        "created": call.now,
        "currency": sub["currency"],
        "customer": sub["customer"],
        "customer_tax_exempt": "none",
        "customer_tax_ids": [],
        "default_tax_rates": [],
        "discounts": [],
        "effective_at": call.now,
        "issuer": {"type": "self"},
        "lines": whole_list(f"/v1/invoices/{invoice_id}/lines", [_line(sub, item, invoice_id, total, period)]),
        "livemode": False,
        "metadata": {},
        "number": f"SBX-{number:04d}",
        "parent": {
            "quote_details": None,
            "subscription_details": {"metadata": sub["metadata"], "subscription": sub["id"]},
            "type": "subscription_details",
        },
        "payment_settings": {
            "default_mandate": None,
            "payment_method_options": None,
            "payment_method_types": None,
        },
        "payments": whole_list(f"/v1/invoice_payments?invoice={invoice_id}", []),
        "period_end": end,
        "period_start": start,
        "post_payment_credit_notes_amount": 0,
        "pre_payment_credit_notes_amount": 0,
        "starting_balance": 0,
        "status": "open",
        "status_transitions": {
            "finalized_at": call.now,
            "marked_uncollectible_at": None,
            "paid_at": None,
            "voided_at": None,
        },
        "subtotal": total,
        "subtotal_excluding_tax": total,
        "total": total,
        "total_discount_amounts": [],
        "total_excluding_tax": total,
        "total_pretax_credit_amounts": [],
    }  # fmt: skip


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
