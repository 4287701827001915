"""Stripe's JSON into our values, and our wishes into Stripe's parameters. No calls here."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from polidat.core import Money
from polidat.payments.facts import (
    Address,
    BillingFacts,
    BillingWish,
    ChargeFacts,
    DisputeFacts,
    FeeFacts,
    IntentFacts,
    InvoiceFacts,
    LinkWish,
    Movement,
    PayoutFacts,
    PlatformBalance,
    RefundFacts,
    ReturnFacts,
    SellerBalance,
    SentFacts,
    StripeEvent,
)
from polidat.payments.shipping import address_params, rate_params
from polidat.payments.told import at as _at
from polidat.payments.told import id_of as _id
from polidat.payments.told import part as _part

if TYPE_CHECKING:
    from stripe.params import PaymentLinkCreateParams
    from stripe.params.checkout import SessionCreateParams as CheckoutSessionCreateParams

_KEPT_OF_OBJECT = ("id", "object", "status", "payment_status", "payment_intent", "payment_link", "amount", "currency")
_TITLE_MAX = 250


def link_params(wish: LinkWish) -> "PaymentLinkCreateParams":
    """Return the parameters of a payment link: fixed quantities, one completed payment, back to us afterwards.

    A fixed application fee forbids what would change the total: quantities the buyer can adjust, promotion codes,
    optional items.
    """
    tags = {"order_id": wish.subject, "payment_id": wish.ref}
    params: PaymentLinkCreateParams = {
        "line_items": _line_items(wish),
        "metadata": tags,
        "payment_intent_data": {
            "metadata": tags,
            "capture_method": "automatic",
            "description": f"PoliDat {wish.subject}",
        },
        "restrictions": {"completed_sessions": {"limit": 1}},
        "after_completion": {"type": "redirect", "redirect": {"url": wish.return_url}},
        "inactive_message": "This order has been paid or is closed. Look at your orders on PoliDat.",
    }
    if wish.thanks:
        shown: Any = {"type": "hosted_confirmation", "hosted_confirmation": {"custom_message": wish.thanks}}
        params["after_completion"] = shown
        params["inactive_message"] = "This was paid already, or is closed. Ask whoever has sent you the link."
    if wish.shipping is not None:
        params["shipping_address_collection"] = address_params(wish.shipping)
    if wish.destination is not None:
        params["transfer_data"] = {"destination": wish.destination}
        if wish.fee_minor:
            params["application_fee_amount"] = wish.fee_minor
    return params


def session_params(wish: LinkWish) -> "CheckoutSessionCreateParams":
    """Return the parameters of a checkout session whose money is shared afterwards, in the order's own currency."""
    tags = {"order_id": wish.subject, "payment_id": wish.ref}
    params: CheckoutSessionCreateParams = {
        "mode": "payment",
        "line_items": _line_items(wish),
        "metadata": tags,
        "client_reference_id": wish.subject,
        "payment_intent_data": {
            "metadata": tags,
            "capture_method": "manual" if wish.is_hold else "automatic",
            "description": f"PoliDat {wish.subject}",
            "transfer_group": wish.subject,
        },
        "success_url": wish.return_url,
        "cancel_url": wish.return_url,
        "adaptive_pricing": {"enabled": False},
    }
    if wish.shipping is not None:
        params["shipping_address_collection"] = address_params(wish.shipping)
        params["shipping_options"] = [{"shipping_rate_data": rate_params(wish.shipping, wish.currency)}]
    return params


def billing_params(wish: BillingWish) -> "CheckoutSessionCreateParams":
    """Return the parameters of a checkout session that begins a subscription; its fee is a share of every invoice."""
    data: Any = {"metadata": {"order_id": wish.subject}}
    if wish.trial_days:
        data["trial_period_days"] = wish.trial_days
    if wish.destination is not None:
        data["transfer_data"] = {"destination": wish.destination}
        if wish.fee_bps:
            data["application_fee_percent"] = round(wish.fee_bps / 100, 2)
    price: Any = {
        "currency": wish.price.currency,
        "unit_amount": wish.price.minor,
        "recurring": {"interval": wish.interval},
        "product_data": {"name": wish.title[:_TITLE_MAX]},
    }
    return {
        "mode": "subscription",
        "line_items": [{"price_data": price, "quantity": 1}],
        "subscription_data": data,
        "metadata": {"order_id": wish.subject},
        "client_reference_id": wish.subject,
        "success_url": wish.return_url,
        "cancel_url": wish.return_url,
    }


def billing_facts(found: Mapping[str, Any]) -> BillingFacts:
    """Return a subscription."""
    item = cast(Mapping[str, Any], found["items"]["data"][0])
    return BillingFacts(
        id=found["id"],
        state=found["status"],
        subject=str(_part(found, "metadata").get("order_id") or ""),
        customer_id=str(_id(found["customer"])),
        period_end=_at(item["current_period_end"]),
        ends_with_period=bool(found.get("cancel_at_period_end")),
    )


def invoice_facts(found: Mapping[str, Any]) -> InvoiceFacts:
    """Return an invoice.

    Its own period is the one before, for a renewal: https://docs.stripe.com/api/invoices/object#invoice_object-period_end
    """
    about = _part(_part(found, "parent"), "subscription_details")
    total = Money(found["total"], found["currency"])
    return InvoiceFacts(found["id"], _id(about.get("subscription")), total, _period_of(found))


def _period_of(invoice: Mapping[str, Any]) -> tuple[datetime, datetime] | None:
    lines = cast("list[Any]", _part(invoice, "lines").get("data") or [])
    if not lines:
        return None
    last = max((each["period"] for each in lines), key=lambda period: period["end"])
    return _at(last["start"]), _at(last["end"])


def _line_items(wish: LinkWish) -> list[Any]:
    return [
        {
            "price_data": {
                "currency": wish.currency,
                "unit_amount": item.price_minor,
                "product_data": {"name": item.title[:_TITLE_MAX]},
            },
            "quantity": item.quantity,
        }
        for item in wish.items
    ]


def balance_facts(found: Mapping[str, Any]) -> list[SellerBalance]:
    """Return an account's balance, one entry per currency."""
    sums: dict[str, dict[str, int]] = {}
    for kind in ("available", "instant_available", "pending"):
        listed = cast(list[Mapping[str, Any]], found.get(kind) or [])
        for each in listed:
            sums.setdefault(each["currency"], {})[kind] = each["amount"]
    return [
        SellerBalance(*(Money(amounts.get(kind, 0), code) for kind in ("available", "instant_available", "pending")))
        for code, amounts in sorted(sums.items())
    ]


def payout_facts(found: Mapping[str, Any]) -> PayoutFacts:
    """Return a payout whose balance transaction was expanded."""
    return PayoutFacts(
        id=found["id"],
        amount=Money(found["amount"], found["currency"]),
        method=found["method"],
        status=found["status"],
        created_at=_at(found["created"]),
        arrives_at=_at(found["arrival_date"]),
        problem=str(found.get("failure_message") or ""),
        fee=Money(_part(found, "balance_transaction").get("fee") or 0, found["currency"]),
        is_automatic=bool(found.get("automatic")),
        is_complete=found.get("reconciliation_status") == "completed",
        movement_id=_id(found.get("balance_transaction")),
        returned_id=_id(found.get("failure_balance_transaction")),
    )


def platform_balance(found: Mapping[str, Any]) -> list[PlatformBalance]:
    """Return the platform's balance, one entry per currency."""
    sums: dict[str, Counter[str]] = {}
    for kind in ("available", "pending", "connect_reserved"):
        for each in cast(list[Mapping[str, Any]], found.get(kind) or []):
            sums.setdefault(each["currency"], Counter())[kind] += each["amount"]
    return [
        PlatformBalance(code, of["available"], of["pending"], of["connect_reserved"])
        for code, of in sorted(sums.items())
    ]


def sent_facts(found: Mapping[str, Any]) -> SentFacts:
    """Return a transfer."""
    return SentFacts(
        id=found["id"],
        amount=Money(found["amount"], found["currency"]),
        account=str(_id(found["destination"])),
        arrival_id=str(_id(found.get("destination_payment")) or ""),
        created_at=_at(found["created"]),
    )


def fee_facts(found: Mapping[str, Any]) -> FeeFacts:
    """Return an application fee."""
    return FeeFacts(
        id=found["id"],
        amount=Money(found["amount"], found["currency"]),
        account=str(_id(found["account"])),
        arrival_id=str(_id(found.get("charge")) or ""),
        created_at=_at(found["created"]),
    )


def movement_facts(found: Mapping[str, Any]) -> Movement:
    """Return a balance transaction."""
    return Movement(
        id=found["id"],
        kind=found["type"],
        category=found["reporting_category"],
        source=_id(found.get("source")),
        currency=found["currency"],
        amount_minor=found["amount"],
        fee_minor=found["fee"],
        net_minor=found["net"],
        created_at=_at(found["created"]),
        available_at=_at(found["available_on"]),
        status=found["status"],
    )


def intent_facts(found: Mapping[str, Any], link_id: str | None, ship_to: Address | None = None) -> IntentFacts:
    """Return a payment intent whose latest charge was expanded."""
    charge, problem = _part(found, "latest_charge"), _part(found, "last_payment_error")
    return IntentFacts(
        id=found["id"],
        status=found["status"],
        link_id=link_id,
        metadata=dict(_part(found, "metadata")),
        problem=str(problem.get("message") or problem.get("code") or ""),
        charge=_charge_facts(charge) if charge else None,
        ship_to=ship_to,
    )


def refund_facts(found: Mapping[str, Any]) -> RefundFacts:
    """Return a refund whose two balance transactions were expanded."""
    return RefundFacts(
        id=found["id"],
        status=found["status"],
        amount=Money(found["amount"], found["currency"]),
        created_at=_at(found["created"]),
        ref=str(_part(found, "metadata").get("refund_id") or ""),
        problem=str(found.get("failure_reason") or ""),
        paid_out=_movement_in(found),
        came_back=_movement_in({"balance_transaction": found.get("failure_balance_transaction")}),
        reversal_id=_id(found.get("transfer_reversal")),
    )


def return_facts(found: Mapping[str, Any]) -> ReturnFacts:
    """Return a transfer reversal, or an application fee's refund."""
    return ReturnFacts(found["id"], str(_part(found, "metadata").get("cause") or ""), _movement_in(found))


def dispute_facts(found: Mapping[str, Any]) -> DisputeFacts:
    """Return a dispute; its movements come along without being asked for."""
    due = _part(found, "evidence_details").get("due_by")
    moved = cast(list[Mapping[str, Any]], found.get("balance_transactions") or [])
    return DisputeFacts(
        id=found["id"],
        status=found["status"],
        amount=Money(found["amount"], found["currency"]),
        reason=str(found.get("reason") or ""),
        is_refundable=bool(found.get("is_charge_refundable")),
        respond_by=_at(due) if due else None,
        created_at=_at(found["created"]),
        movements=tuple(movement_facts(each) for each in moved),
    )


def _charge_facts(found: Mapping[str, Any]) -> ChargeFacts:
    return ChargeFacts(
        id=found["id"],
        status=found["status"],
        amount=Money(found.get("amount_captured") or found["amount"], found["currency"]),
        created_at=_at(found["created"]),
        receipt_url=found.get("receipt_url"),
        destination=_id(_part(found, "transfer_data").get("destination")),
        payment=_movement_in(found),
        transfer=_movement_in(_part(found, "transfer")),
        fee=_movement_in(_part(found, "application_fee")),
        expects_fee=bool(found.get("application_fee_amount")),
        transfer_id=_id(found.get("transfer")),
        fee_id=_id(found.get("application_fee")),
        refunded_minor=found.get("amount_refunded") or 0,
        reversed_minor=_part(found, "transfer").get("amount_reversed") or 0,
        is_disputed=bool(found.get("disputed")),
    )


def _movement_in(holder: Mapping[str, Any]) -> Movement | None:
    booked = _part(holder, "balance_transaction")
    return movement_facts(booked) if booked else None


def event_facts(found: Mapping[str, Any]) -> StripeEvent:
    """Return an event of either form. Of a snapshot only ids and states are kept: no names, no addresses."""
    if found["object"] == "v2.core.event":
        related = _part(found, "related_object")
        return StripeEvent(
            id=found["id"],
            type=found["type"],
            object_type=str(related.get("type") or ""),
            object_id=str(related.get("id") or ""),
            created_at=datetime.fromisoformat(found["created"]),
            livemode=bool(found["livemode"]),
            account=found.get("context"),
            twin_id=found.get("snapshot_event"),
            intent_id=related.get("id") if related.get("type") == "payment_intent" else None,
            kept={"related_object": dict(related)},
        )
    told: Mapping[str, Any] = found["data"]["object"]
    own = told["id"] if told.get("object") == "payment_intent" else told.get("payment_intent")
    return StripeEvent(
        id=found["id"],
        type=found["type"],
        object_type=str(told.get("object") or ""),
        object_id=str(told.get("id") or ""),
        created_at=_at(found["created"]),
        livemode=bool(found["livemode"]),
        account=found.get("account"),
        api_version=found.get("api_version"),
        intent_id=_id(own),
        kept={name: _id(told[name]) for name in _KEPT_OF_OBJECT if name in told},
    )
