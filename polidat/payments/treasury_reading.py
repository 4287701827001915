"""Stripe's JSON about financial accounts and cards into our values. A card's number and code are never looked at."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from polidat.core import Money
from polidat.payments.told import at, part
from polidat.payments.treasury_facts import CardFacts, CashOutFacts, FinancialFacts, FinancialMovement, Holder

CURRENCY = "usd"  # the only one of Treasury and Issuing in the United States
_NAME_MAX = 24


def financial_facts(found: Mapping[str, Any]) -> FinancialFacts:
    """Return a financial account."""
    sums = part(found, "balance")
    addresses: list[Mapping[str, Any]] = found.get("financial_addresses") or []
    aba = part(addresses[0] if addresses else {}, "aba")

    def money(name: str) -> Money:
        return Money(int(part(sums, name).get(CURRENCY) or 0), CURRENCY)

    return FinancialFacts(
        id=found["id"],
        state=found["status"],
        cash=money("cash"),
        inbound=money("inbound_pending"),
        outbound=money("outbound_pending"),
        bank_name=str(aba.get("bank_name") or ""),
        last4=str(aba.get("account_number_last4") or ""),
    )


def card_facts(found: Mapping[str, Any]) -> CardFacts:
    """Return a card."""
    limits: list[Mapping[str, Any]] = part(found, "spending_controls").get("spending_limits") or []
    first = limits[0] if limits else None
    return CardFacts(
        id=found["id"],
        state=found["status"],
        brand=found["brand"],
        last4=found["last4"],
        exp_month=found["exp_month"],
        exp_year=found["exp_year"],
        limit=Money(first["amount"], found["currency"]) if first else None,
        interval=first["interval"] if first else "",
    )


def movement_told(found: Mapping[str, Any]) -> FinancialMovement:
    """Return a transaction of a financial account."""
    amount = Money(found["amount"], found["currency"])
    return FinancialMovement(amount, found["status"], str(found.get("description") or ""), at(found["created"]))


def cash_out_facts(found: Mapping[str, Any]) -> CashOutFacts:
    """Return an outbound transfer."""
    bank = part(part(found, "destination_payment_method_details"), "us_bank_account")
    return CashOutFacts(
        id=found["id"],
        ref=str(part(found, "metadata").get("ref") or ""),
        state=found["status"],
        bank=f"{bank.get('bank_name') or 'Account'} ending in {bank.get('last4') or '****'}",
        arrives_at=at(found["expected_arrival_date"]),
        problem=str(part(found, "returned_details").get("code") or "").replace("_", " "),
    )


def holder_params(holder: Holder, ref: str, *, email: str, now: datetime) -> dict[str, Any]:
    """Return the parameters of a cardholder who has accepted the terms of cards now."""
    terms = {"date": int(now.timestamp())} | ({"ip": holder.ip} if holder.ip else {})
    address = {"line1": holder.line1, "city": holder.city, "postal_code": holder.postal_code, "country": holder.country}
    return {
        "name": f"{holder.first_name} {holder.last_name}"[:_NAME_MAX],
        "type": "individual",
        "email": email,
        "billing": {"address": address | ({"state": holder.state} if holder.state else {})},
        "individual": {
            "first_name": holder.first_name,
            "last_name": holder.last_name,
            "card_issuing": {"user_terms_acceptance": terms},
        },
        "metadata": {"ref": ref},
    }


def limit_params(limit: Money, interval: str) -> dict[str, Any]:
    """Return the spending controls of a limit."""
    return {"spending_limits": [{"amount": limit.minor, "interval": interval}]}
