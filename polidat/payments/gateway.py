"""The port to Stripe, or to the sandbox on this machine: the only way out, and the only way money facts come in."""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, cast

from polidat.core import Money
from polidat.payments.account_calls import AccountCalls
from polidat.payments.errors import BadSignature
from polidat.payments.facts import (
    BillingFacts,
    BillingWish,
    ChargeFacts,
    ChargeReturns,
    IntentFacts,
    InvoiceFacts,
    LinkFacts,
    LinkWish,
    Movement,
    PayoutFacts,
    RefundWish,
    StripeEvent,
    TransferWish,
)
from polidat.payments.money_reads import MoneyReads
from polidat.payments.port import plain
from polidat.payments.reading import (
    billing_facts,
    billing_params,
    dispute_facts,
    event_facts,
    intent_facts,
    invoice_facts,
    link_params,
    movement_facts,
    payout_facts,
    refund_facts,
    return_facts,
    session_params,
)
from polidat.payments.shipping import address_in, rate_params
from polidat.payments.treasury_calls import TreasuryCalls

_SESSION = "cs_"
_SIGNATURE_AGE_S = 300
_INTENT_PARTS = [
    "latest_charge.balance_transaction",
    "latest_charge.transfer.balance_transaction",
    "latest_charge.application_fee.balance_transaction",
]


class Gateway(AccountCalls, TreasuryCalls, MoneyReads):
    """Every call there is, each raising our errors only. Keys are deterministic: the same wish is made once."""

    def open_link(self, wish: LinkWish) -> LinkFacts:
        """Create the payment link of a wish, or its checkout session; repeated within a day, it is the same one."""
        if wish.destination is None and not wish.thanks:
            asked, key = session_params(wish), {"idempotency_key": f"session-{wish.ref}"}
            opened = self._call(lambda: self._client.v1.checkout.sessions.create(asked, cast(Any, key)))
            return LinkFacts(opened.id, str(opened.url))
        params = link_params(wish)
        if wish.shipping is not None:  # a link takes no rate of its own, only one that is there
            asked, rate_key = rate_params(wish.shipping, wish.currency), {"idempotency_key": f"rate-{wish.ref}"}
            rate = self._call(lambda: self._client.v1.shipping_rates.create(asked, cast(Any, rate_key)))
            params["shipping_options"] = [{"shipping_rate": rate.id}]
        link = self._call(lambda: self._client.v1.payment_links.create(params, {"idempotency_key": f"link-{wish.ref}"}))
        return LinkFacts(link.id, link.url)

    def close_link(self, link_id: str) -> None:
        """Let nobody start paying through the link, or the session, any more."""
        if link_id.startswith(_SESSION):
            if self._call(lambda: self._client.v1.checkout.sessions.retrieve(link_id)).status == "open":
                self._call(lambda: self._client.v1.checkout.sessions.expire(link_id))
            return
        self._call(lambda: self._client.v1.payment_links.update(link_id, {"active": False}))

    def intents_of_link(self, link_id: str) -> list[str]:
        """Return the ids of the payments that were begun through a link or a session."""
        if link_id.startswith(_SESSION):
            found = plain(self._call(lambda: self._client.v1.checkout.sessions.retrieve(link_id)))
            return [found["payment_intent"]] if found.get("payment_intent") else []
        sessions = self._pages(lambda: self._client.v1.checkout.sessions.list({"payment_link": link_id, "limit": 100}))
        return [each["payment_intent"] for each in sessions if each.get("payment_intent")]

    def intent(self, intent_id: str) -> IntentFacts:
        """Return a payment as it is now, with its charge, movements and link."""
        found = self._call(lambda: self._client.v1.payment_intents.retrieve(intent_id, {"expand": list(_INTENT_PARTS)}))
        sessions = self._pages(
            lambda: self._client.v1.checkout.sessions.list({"payment_intent": intent_id, "limit": 10})
        )
        paid_in = next(sessions, None)
        link_id = (paid_in.get("payment_link") or paid_in["id"]) if paid_in else None
        return intent_facts(plain(found), link_id, address_in(paid_in) if paid_in else None)

    def returns_of(self, charge: ChargeFacts, intent_id: str) -> ChargeReturns:
        """Return what went back of a charge as it is now: refunds, reversals, returned fees, disputes."""
        movement, api = "data.balance_transaction", self._client.v1
        back = ["data.balance_transaction", "data.failure_balance_transaction"]
        refunds = self._pages(lambda: api.refunds.list({"charge": charge.id, "limit": 100, "expand": list(back)}))
        reversals: Iterator[dict[str, Any]] = iter(())
        if charge.transfer_id is not None:
            sent = charge.transfer_id
            reversals = self._pages(lambda: api.transfers.reversals.list(sent, {"limit": 100, "expand": [movement]}))
        fees: Iterator[dict[str, Any]] = iter(())
        if charge.fee_id is not None:
            fee = charge.fee_id
            fees = self._pages(lambda: api.application_fees.refunds.list(fee, {"limit": 100, "expand": [movement]}))
        disputes: Iterator[dict[str, Any]] = iter(())
        if charge.is_disputed:
            disputes = self._pages(lambda: api.disputes.list({"payment_intent": intent_id, "limit": 100}))
        return ChargeReturns(
            refunds=tuple(refund_facts(each) for each in refunds),
            reversals=tuple(return_facts(each) for each in reversals),
            fee_refunds=tuple(return_facts(each) for each in fees),
            disputes=tuple(dispute_facts(each) for each in disputes),
        )

    def capture(self, intent_id: str, amount_minor: int, *, ref: str) -> None:
        """Take this much of what is held on a card, once per reference; the rest is let go."""
        params: Any = {"amount_to_capture": amount_minor}
        key = {"idempotency_key": f"capture-{ref}"}
        self._call(lambda: self._client.v1.payment_intents.capture(intent_id, params, cast(Any, key)))

    def let_go(self, intent_id: str) -> None:
        """Free what is held on a card."""
        self._call(lambda: self._client.v1.payment_intents.cancel(intent_id))

    def warned_charge(self, warning_id: str) -> str | None:
        """Return the charge an early fraud warning is about; None when nothing can be done about it any more."""
        found = self._call(lambda: self._client.v1.radar.early_fraud_warnings.retrieve(warning_id))
        told = plain(found)
        return str(told["charge"]) if told["actionable"] else None

    def refund(self, wish: RefundWish, *, from_seller: bool) -> None:
        """Give money back; repeated within a day, it is the same refund. `from_seller`: with transfer and fee."""
        params: Any = {
            "charge": wish.charge_id,
            "amount": wish.amount_minor,
            "metadata": {"refund_id": wish.ref, "order_id": wish.subject},
        }
        if from_seller:
            params |= {"reverse_transfer": True, "refund_application_fee": not wish.keeps_fee}
        key = f"refund-{wish.ref}{'' if from_seller else '-bare'}"
        self._call(lambda: self._client.v1.refunds.create(params, {"idempotency_key": key}))

    def take_back(self, transfer_id: str, amount_minor: int, *, cause: str) -> Movement:
        """Take a part of a transfer back from its seller, once per cause, and return its movement."""
        params: Any = {"amount": amount_minor, "metadata": {"cause": cause}, "expand": ["balance_transaction"]}
        key = {"idempotency_key": f"take-back-{cause}-{transfer_id}"}
        taken = self._call(lambda: self._client.v1.transfers.reversals.create(transfer_id, params, cast(Any, key)))
        return movement_facts(plain(taken)["balance_transaction"])

    def send(self, wish: TransferWish) -> tuple[str, Movement]:
        """Send a seller's part; return the transfer's id and its movement."""
        params: Any = {
            "amount": wish.amount.minor,
            "currency": wish.amount.currency,
            "destination": wish.destination,
            "transfer_group": wish.subject,
            "metadata": {"transfer_id": wish.ref, "order_id": wish.subject},
            "expand": ["balance_transaction"],
        }
        if wish.charge_id is not None:
            params["source_transaction"] = wish.charge_id
        again = f"-{wish.tries}" if wish.tries else ""  # Stripe repeats a refusal under its old key
        key = {"idempotency_key": f"transfer-{wish.ref}{again}"}
        sent = plain(self._call(lambda: self._client.v1.transfers.create(params, cast(Any, key))))
        return sent["id"], movement_facts(sent["balance_transaction"])

    def find_sent(self, wish: TransferWish) -> tuple[str, Movement] | None:
        """Return the transfer that was sent for a wish, for when the answer to that was lost for a day."""
        params: Any = {"transfer_group": wish.subject, "limit": 100, "expand": ["data.balance_transaction"]}
        sent = self._pages(lambda: self._client.v1.transfers.list(params))
        found = next((each for each in sent if each["metadata"].get("transfer_id") == wish.ref), None)
        return (found["id"], movement_facts(found["balance_transaction"])) if found else None

    def pay_out(
        self, account_id: str, amount: Money, *, method: str, key: str, bank_id: str | None = None
    ) -> PayoutFacts:
        """Send an account's money to this bank of its owner, or to the default one, once per key."""
        params: Any = {"amount": amount.minor, "currency": amount.currency, "method": method}
        if bank_id is not None:
            params["destination"] = bank_id
        params["expand"] = ["balance_transaction"]
        on = {"stripe_account": account_id, "idempotency_key": f"payout-{key}"}
        return payout_facts(plain(self._call(lambda: self._client.v1.payouts.create(params, cast(Any, on)))))

    def open_billing(self, wish: BillingWish) -> LinkFacts:
        """Create the checkout session of a subscription; repeated within a day, it is the same one."""
        asked, key = billing_params(wish), {"idempotency_key": f"billing-{wish.subject}"}
        opened = self._call(lambda: self._client.v1.checkout.sessions.create(asked, cast(Any, key)))
        return LinkFacts(opened.id, str(opened.url))

    def billing_of_session(self, session_id: str) -> str | None:
        """Return the subscription a checkout session has begun, if it has."""
        found = plain(self._call(lambda: self._client.v1.checkout.sessions.retrieve(session_id)))
        return found.get("subscription")

    def billing(self, billing_id: str) -> BillingFacts:
        """Return a subscription as it is now."""
        return billing_facts(plain(self._call(lambda: self._client.v1.subscriptions.retrieve(billing_id))))

    def intents_of_billing(self, billing_id: str) -> list[str]:
        """Return the payments made for a subscription's invoices."""
        paid: list[str] = []
        for invoice in self._pages(lambda: self._client.v1.invoices.list({"subscription": billing_id, "limit": 100})):
            asked: Any = {"invoice": invoice["id"], "limit": 100}
            found = self._pages(lambda asked=asked: self._client.v1.invoice_payments.list(asked))
            paid += [each["payment"]["payment_intent"] for each in found if each["payment"].get("payment_intent")]
        return paid

    def invoice(self, invoice_id: str) -> InvoiceFacts:
        """Return an invoice as it is now."""
        return invoice_facts(plain(self._call(lambda: self._client.v1.invoices.retrieve(invoice_id))))

    def invoice_of(self, intent_id: str) -> InvoiceFacts | None:
        """Return the invoice a payment was made for; None for a payment without one."""
        asked: Any = {"payment": {"type": "payment_intent", "payment_intent": intent_id}, "limit": 1}
        found = next(self._pages(lambda: self._client.v1.invoice_payments.list(asked)), None)
        return self.invoice(found["invoice"]) if found else None

    def end_billing(self, billing_id: str, *, with_period: bool) -> None:
        """Let a subscription end with its period, or go on after all."""
        self._call(lambda: self._client.v1.subscriptions.update(billing_id, {"cancel_at_period_end": with_period}))

    def stop_billing(self, billing_id: str) -> None:
        """End a subscription at once."""
        self._call(lambda: self._client.v1.subscriptions.cancel(billing_id))

    def portal_url(self, customer_id: str, *, return_url: str) -> str:
        """Return a fresh address where a subscriber changes the card."""
        asked: Any = {"customer": customer_id, "return_url": return_url}
        return self._call(lambda: self._client.v1.billing_portal.sessions.create(asked)).url

    def answer_dispute(self, dispute_id: str, evidence: Mapping[str, str], *, submit: bool) -> None:
        """Keep what speaks for the sale; with `submit` it goes to the bank, once and for all."""
        params: Any = {"evidence": dict(evidence), "submit": submit}
        self._call(lambda: self._client.v1.disputes.update(dispute_id, params))

    def accept_dispute(self, dispute_id: str) -> None:
        """Give a dispute up."""
        self._call(lambda: self._client.v1.disputes.close(dispute_id))

    def events_since(self, since: datetime) -> Iterator[StripeEvent]:
        """Yield the platform's events since then, of both forms. Stripe keeps them for 30 days."""
        created: Any = {"gte": int(since.timestamp())}
        for each in self._pages(lambda: self._client.v1.events.list({"created": created, "limit": 100})):
            yield event_facts(each)
        text: Any = {"gte": since.strftime("%Y-%m-%dT%H:%M:%S.000Z")}
        for each in self._pages(lambda: self._client.v2.core.events.list({"created": text, "limit": 100})):
            yield event_facts(each)

    def read_event(self, body: bytes, signature: str | None, secret: str) -> StripeEvent:
        """Return a delivered event of either form. `body` is the raw body, byte for byte.

        Raises BadSignature for another signer, an old signature, an empty secret, or the other mode (live or test).
        """
        import stripe

        from polidat.payments.translate import translate

        try:
            stripe.WebhookSignature.verify_header(  # pyright: ignore[reportUnknownMemberType]  # its tolerance is untyped
                body, signature, secret, _SIGNATURE_AGE_S
            )
            event = event_facts(json.loads(body))
        except stripe.SignatureVerificationError as error:
            raise translate(error) from error
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise BadSignature("the body is no event") from error
        if event.livemode != self.livemode:
            raise BadSignature("the event is of the other mode")
        return event


def open_gateway(api_key: str, *, base_url: str | None = None) -> Gateway:
    """Return the way to Stripe, or to the sandbox at `base_url`. Raises UnsafeStripeSetup for an unsafe mix."""
    return Gateway(api_key, base_url=base_url)
