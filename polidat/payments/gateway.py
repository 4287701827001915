"""The port to Stripe, or to the sandbox on this machine: the only way out, and the only way money facts come in."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any, TypeVar, cast
from urllib.parse import urlsplit

import stripe
from stripe import StripeClient

from polidat.core import Money
from polidat.payments.errors import BadSignature, UnsafeStripeSetup
from polidat.payments.facts import (
    AccountFacts,
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
    SellerBalance,
    StripeEvent,
    TransferWish,
)
from polidat.payments.reading import (
    account_facts,
    balance_facts,
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
from polidat.payments.translate import translate

_T = TypeVar("_T")
_SESSION = "cs_"
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_ADDRESSES = ("api", "connect", "files", "meter_events")
_SLOW_DOWN_S = (0.5, 1.0, 2.0, 4.0)  # the SDK never retries a 429
_TIMEOUT_S = 20
_SIGNATURE_AGE_S = 300
_ACCOUNT_PARTS: list[Any] = ["configuration.recipient", "requirements"]
_INTENT_PARTS = [
    "latest_charge.balance_transaction",
    "latest_charge.transfer.balance_transaction",
    "latest_charge.application_fee.balance_transaction",
]


class Gateway:
    """About a dozen calls, each raising our errors only. Keys are deterministic: the same wish is made once."""

    def __init__(
        self, api_key: str, *, base_url: str | None = None, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        """Raises UnsafeStripeSetup for a live key with a local address, or a sandbox key with a real one."""
        check_setup(api_key, base_url)
        stripe.enable_telemetry = False
        self.livemode = is_live(api_key)
        self._sleep = sleep
        self._client = StripeClient(
            api_key,
            base_addresses=dict.fromkeys(_ADDRESSES, base_url.rstrip("/")) if base_url else None,  # type: ignore[arg-type]  # a TypedDict of these four keys
            max_network_retries=2,
            http_client=stripe.RequestsClient(timeout=_TIMEOUT_S),
        )

    def open_account(self, ref: str, *, email: str, name: str, country: str) -> AccountFacts:
        """Create a seller's account: Express dashboard, the house collects fees and bears losses."""
        account = self._call(
            lambda: self._client.v2.core.accounts.create(
                {
                    "contact_email": email,
                    "display_name": name,
                    "dashboard": "express",
                    "identity": {"country": country, "entity_type": "individual"},
                    "configuration": {
                        "recipient": {"capabilities": {"stripe_balance": {"stripe_transfers": {"requested": True}}}}
                    },
                    "defaults": {
                        "responsibilities": {"fees_collector": "application", "losses_collector": "application"}
                    },
                    "metadata": {"seller": ref},
                    "include": _ACCOUNT_PARTS,
                },
                {"idempotency_key": f"account-{ref}"},
            )
        )
        return account_facts(_plain(account))

    def find_account(self, ref: str) -> AccountFacts | None:
        """Return the account that was opened for `ref`, for when the answer to that was lost."""
        for each in self._pages(lambda: self._client.v2.core.accounts.list({"limit": 100})):
            if each.get("metadata", {}).get("seller") == ref:
                return self.account(each["id"])
        return None

    def account(self, account_id: str) -> AccountFacts:
        """Return how an account stands now."""
        found = self._call(lambda: self._client.v2.core.accounts.retrieve(account_id, {"include": _ACCOUNT_PARTS}))
        return account_facts(_plain(found))

    def onboarding_url(self, account_id: str, *, return_url: str, refresh_url: str) -> str:
        """Return a fresh address of Stripe's onboarding: one use, gone in minutes, so mint it on the click."""
        flow: Any = {"refresh_url": refresh_url, "return_url": return_url}
        link = self._call(
            lambda: self._client.v2.core.account_links.create(
                {"account": account_id, "use_case": {"type": "account_onboarding", "account_onboarding": flow}}
            )
        )
        return link.url

    def dashboard_url(self, account_id: str) -> str:
        """Return a fresh address of the seller's Express dashboard: one use."""
        return self._call(lambda: self._client.v1.accounts.login_links.create(account_id)).url

    def open_link(self, wish: LinkWish) -> LinkFacts:
        """Create the payment link of a wish, or its checkout session; repeated within a day, it is the same one."""
        if wish.destination is None:
            asked, key = session_params(wish), {"idempotency_key": f"session-{wish.ref}"}
            opened = self._call(lambda: self._client.v1.checkout.sessions.create(asked, cast(Any, key)))
            return LinkFacts(opened.id, str(opened.url))
        params = link_params(wish)
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
            found = _plain(self._call(lambda: self._client.v1.checkout.sessions.retrieve(link_id)))
            return [found["payment_intent"]] if found.get("payment_intent") else []
        sessions = self._pages(lambda: self._client.v1.checkout.sessions.list({"payment_link": link_id, "limit": 100}))
        return [each["payment_intent"] for each in sessions if each.get("payment_intent")]

    def intent(self, intent_id: str) -> IntentFacts:
        """Return a payment as it is now, with its charge, movements and link."""
        found = self._call(lambda: self._client.v1.payment_intents.retrieve(intent_id, {"expand": list(_INTENT_PARTS)}))
        sessions = self._pages(
            lambda: self._client.v1.checkout.sessions.list({"payment_intent": intent_id, "limit": 10})
        )
        link_id = next((each.get("payment_link") or each["id"] for each in sessions), None)
        return intent_facts(_plain(found), link_id)

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
        told = _plain(found)
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
        return movement_facts(_plain(taken)["balance_transaction"])

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
        sent = _plain(self._call(lambda: self._client.v1.transfers.create(params, cast(Any, key))))
        return sent["id"], movement_facts(sent["balance_transaction"])

    def find_sent(self, wish: TransferWish) -> tuple[str, Movement] | None:
        """Return the transfer that was sent for a wish, for when the answer to that was lost for a day."""
        params: Any = {"transfer_group": wish.subject, "limit": 100, "expand": ["data.balance_transaction"]}
        sent = self._pages(lambda: self._client.v1.transfers.list(params))
        found = next((each for each in sent if each["metadata"].get("transfer_id") == wish.ref), None)
        return (found["id"], movement_facts(found["balance_transaction"])) if found else None

    def balance_of(self, account_id: str) -> list[SellerBalance]:
        """Return what an account has now."""
        found = self._call(lambda: self._client.v1.balance.retrieve(options={"stripe_account": account_id}))
        return balance_facts(_plain(found))

    def payouts_of(self, account_id: str, *, since: datetime | None = None) -> list[PayoutFacts]:
        """Return an account's payouts, newest first; all of them, or those created since then."""
        params: Any = {"limit": 100, "expand": ["data.balance_transaction"]}
        if since is not None:
            params["created"] = {"gte": int(since.timestamp())}
        on: Any = {"stripe_account": account_id}
        return [payout_facts(each) for each in self._pages(lambda: self._client.v1.payouts.list(params, on))]

    def pay_out(self, account_id: str, amount: Money, *, method: str, key: str) -> PayoutFacts:
        """Send an account's money to its bank, once per key."""
        params: Any = {"amount": amount.minor, "currency": amount.currency, "method": method}
        params["expand"] = ["balance_transaction"]
        on = {"stripe_account": account_id, "idempotency_key": f"payout-{key}"}
        return payout_facts(_plain(self._call(lambda: self._client.v1.payouts.create(params, cast(Any, on)))))

    def open_billing(self, wish: BillingWish) -> LinkFacts:
        """Create the checkout session of a subscription; repeated within a day, it is the same one."""
        asked, key = billing_params(wish), {"idempotency_key": f"billing-{wish.subject}"}
        opened = self._call(lambda: self._client.v1.checkout.sessions.create(asked, cast(Any, key)))
        return LinkFacts(opened.id, str(opened.url))

    def billing_of_session(self, session_id: str) -> str | None:
        """Return the subscription a checkout session has begun, if it has."""
        found = _plain(self._call(lambda: self._client.v1.checkout.sessions.retrieve(session_id)))
        return found.get("subscription")

    def billing(self, billing_id: str) -> BillingFacts:
        """Return a subscription as it is now."""
        return billing_facts(_plain(self._call(lambda: self._client.v1.subscriptions.retrieve(billing_id))))

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
        return invoice_facts(_plain(self._call(lambda: self._client.v1.invoices.retrieve(invoice_id))))

    def invoice_of(self, intent_id: str) -> InvoiceFacts | None:
        """Return the invoice a payment was made for; None for a payment without one."""
        asked: Any = {"payment": {"type": "payment_intent", "payment_intent": intent_id}, "limit": 1}
        found = next(self._pages(lambda: self._client.v1.invoice_payments.list(asked)), None)
        return self.invoice(found["invoice"]) if found else None

    def end_billing(self, billing_id: str, *, with_period: bool) -> None:
        """Let a subscription end with its period, or go on after all."""
        self._call(lambda: self._client.v1.subscriptions.update(billing_id, {"cancel_at_period_end": with_period}))

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

    def movements_since(self, since: datetime) -> Iterator[Movement]:
        """Yield the platform's balance transactions since then, newest first."""
        created: Any = {"gte": int(since.timestamp())}
        listed = self._pages(lambda: self._client.v1.balance_transactions.list({"created": created, "limit": 100}))
        return (movement_facts(each) for each in listed)

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

    def _call(self, ask: Callable[[], _T]) -> _T:
        for wait_s in (*_SLOW_DOWN_S, None):
            try:
                return ask()
            except stripe.RateLimitError as error:
                if wait_s is None:
                    raise translate(error) from error
                self._sleep(wait_s)
            except stripe.StripeError as error:
                raise translate(error) from error
        raise AssertionError("the last turn returns or raises")

    def _pages(self, ask: Callable[[], Any]) -> Iterator[dict[str, Any]]:
        for each in self._call(lambda: list(ask().auto_paging_iter())):
            yield _plain(each)


def open_gateway(api_key: str, *, base_url: str | None = None) -> Gateway:
    """Return the way to Stripe, or to the sandbox at `base_url`. Raises UnsafeStripeSetup for an unsafe mix."""
    return Gateway(api_key, base_url=base_url)


def is_live(api_key: str) -> bool:
    """Return whether the key moves real money."""
    return api_key.startswith(("sk_live_", "rk_live_"))


def check_setup(api_key: str, base_url: str | None) -> None:
    """Raise UnsafeStripeSetup unless key and address belong together. No address means Stripe itself."""
    if not api_key.strip():
        raise UnsafeStripeSetup("the key is empty.")
    if base_url is None:
        if api_key == "sk_test_sim":
            raise UnsafeStripeSetup("the sandbox's key would be sent to Stripe. Give it the sandbox's address.")
        return
    if urlsplit(base_url).hostname not in _LOOPBACK:
        raise UnsafeStripeSetup("the address is neither Stripe's own nor on this machine.")
    if is_live(api_key):
        raise UnsafeStripeSetup("a live key must never meet the sandbox. Remove the address or use a test key.")


def _plain(found: Any) -> dict[str, Any]:
    return found.to_dict(for_json=True)
