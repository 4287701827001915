"""What is asked of Stripe about sellers' financial accounts and virtual cards (Treasury and Issuing, API v1)."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, cast

from polidat.core import Money
from polidat.payments.port import Port, plain
from polidat.payments.treasury_facts import (
    CardFacts,
    CardWish,
    CashOutFacts,
    FinancialFacts,
    FinancialMovement,
    Holder,
)
from polidat.payments.treasury_reading import (
    CURRENCY,
    card_facts,
    cash_out_facts,
    financial_facts,
    holder_params,
    limit_params,
    movement_told,
)

_CAPABILITIES = ("treasury", "card_issuing")
_FEATURES = {
    "card_issuing": {"requested": True},
    "financial_addresses": {"aba": {"requested": True}},
    "intra_stripe_flows": {"requested": True},
}
_NUMBER = "financial_addresses.aba.account_number"
_MOVEMENTS_SHOWN = 50
# The sandbox's name of the owner's bank. At Stripe itself it would come of a setup its owner makes there.
_OWN_BANK = "pm_usBankAccount"


class TreasuryCalls(Port):
    """Calls on a seller's account, each raising our errors only."""

    def open_financial(self, account_id: str, ref: str) -> FinancialFacts:
        """Ask for the rights it needs and open a financial account; repeated within a day, it is the same one."""
        asked: Any = {"requested": True}
        for name in _CAPABILITIES:
            self._call(lambda name=name: self._client.v1.accounts.capabilities.update(account_id, name, asked))
        wish: Any = {"supported_currencies": [CURRENCY], "features": _FEATURES, "metadata": {"ref": ref}}
        on = self._on(account_id, f"financial-{ref}")
        made = self._call(lambda: self._client.v1.treasury.financial_accounts.create(wish, on))
        return financial_facts(plain(made))

    def find_financial(self, account_id: str, ref: str) -> FinancialFacts | None:
        """Return the financial account that was opened for `ref`, for when the answer to that was lost."""
        on = self._on(account_id)
        asked: Any = {"limit": 100}
        listed = self._pages(lambda: self._client.v1.treasury.financial_accounts.list(asked, on))
        return next((financial_facts(each) for each in listed if each["metadata"].get("ref") == ref), None)

    def financial(self, account_id: str, financial_id: str) -> FinancialFacts:
        """Return a financial account as it is now."""
        on = self._on(account_id)
        found = self._call(lambda: self._client.v1.treasury.financial_accounts.retrieve(financial_id, options=on))
        return financial_facts(plain(found))

    def financial_movements(self, account_id: str, financial_id: str) -> list[FinancialMovement]:
        """Return the latest movements of a financial account, newest first."""
        on = self._on(account_id)
        asked: Any = {"financial_account": financial_id, "limit": _MOVEMENTS_SHOWN}
        found = self._call(lambda: self._client.v1.treasury.transactions.list(asked, on))
        return [movement_told(plain(each)) for each in found.data]

    def payouts_into(self, account_id: str, financial_id: str, ref: str) -> str:
        """Let payouts go into the account's financial account; return the id of the bank account that stands for it.

        Its number passes from Stripe to Stripe and stays nowhere.
        """
        on = self._on(account_id)
        shown: Any = {"expand": [_NUMBER]}
        found = self._call(lambda: self._client.v1.treasury.financial_accounts.retrieve(financial_id, shown, on))
        aba = plain(found)["financial_addresses"][0]["aba"]
        bank: Any = {
            "external_account": {
                "object": "bank_account",
                "country": "US",
                "currency": CURRENCY,
                "routing_number": aba["routing_number"],
                "account_number": aba["account_number"],
            },
            "default_for_currency": True,
        }
        key: Any = {"idempotency_key": f"financial-bank-{ref}"}
        return self._call(lambda: self._client.v1.accounts.external_accounts.create(account_id, bank, key)).id

    def payouts_to(self, account_id: str, bank_id: str) -> None:
        """Let the account's payouts go to this one of its bank accounts."""
        asked: Any = {"default_for_currency": True}
        self._call(lambda: self._client.v1.accounts.external_accounts.update(account_id, bank_id, asked))

    def send_cash_out(self, account_id: str, financial_id: str, amount: Money, ref: str) -> CashOutFacts:
        """Send cash to its owner's bank; repeated within a day, it is the same transfer."""
        wish: Any = {
            "amount": amount.minor,
            "currency": amount.currency,
            "financial_account": financial_id,
            "destination_payment_method": _OWN_BANK,
            "metadata": {"ref": ref},
        }
        on = self._on(account_id, f"cash-out-{ref}")
        return cash_out_facts(plain(self._call(lambda: self._client.v1.treasury.outbound_transfers.create(wish, on))))

    def find_cash_out(self, account_id: str, financial_id: str, ref: str) -> CashOutFacts | None:
        """Return what was sent for `ref`, for when the answer to that was lost."""
        return next((each for each in self.cash_outs_of(account_id, financial_id) if each.ref == ref), None)

    def cash_outs_of(self, account_id: str, financial_id: str) -> Iterator[CashOutFacts]:
        """Yield what was sent from a financial account to its owner's bank, the newest first."""
        on, asked = self._on(account_id), {"financial_account": financial_id, "limit": 100}
        listed = self._pages(lambda: self._client.v1.treasury.outbound_transfers.list(cast(Any, asked), on))
        return (cash_out_facts(each) for each in listed)

    def cancel_cash_out(self, account_id: str, transfer_id: str) -> None:
        """Call back what has not left yet."""
        on = self._on(account_id)
        self._call(lambda: self._client.v1.treasury.outbound_transfers.cancel(transfer_id, options=on))

    def open_holder(self, account_id: str, holder: Holder, ref: str, *, email: str, now: datetime) -> str:
        """Enter whom cards are issued to; repeated within a day, it is the same one."""
        wish: Any = holder_params(holder, ref, email=email, now=now)
        on = self._on(account_id, f"holder-{ref}")
        return self._call(lambda: self._client.v1.issuing.cardholders.create(wish, on)).id

    def issue_card(self, account_id: str, wish: CardWish) -> CardFacts:
        """Issue a virtual card that can be used at once; repeated within a day, it is the same one."""
        asked: Any = {
            "type": "virtual",
            "currency": wish.limit.currency,
            "cardholder": wish.holder_id,
            "financial_account": wish.financial_account,
            "status": "active",
            "spending_controls": limit_params(wish.limit, wish.interval),
            "metadata": {"ref": wish.ref},
        }
        on = self._on(account_id, f"card-{wish.ref}")
        return card_facts(plain(self._call(lambda: self._client.v1.issuing.cards.create(asked, on))))

    def change_card(self, account_id: str, card_id: str, *, state: str = "", limit: Money | None = None,
                    interval: str = "") -> CardFacts:  # fmt: skip
        """Freeze a card, let it be used again, cancel it for good, or change its limit."""
        asked: Any = {"status": state} if state else {}
        if limit is not None:
            asked["spending_controls"] = limit_params(limit, interval)
        on = self._on(account_id)
        return card_facts(plain(self._call(lambda: self._client.v1.issuing.cards.update(card_id, asked, on))))

    def cards_of(self, account_id: str) -> list[CardFacts]:
        """Return every card of an account."""
        on = self._on(account_id)
        asked: Any = {"limit": 100}
        return [card_facts(each) for each in self._pages(lambda: self._client.v1.issuing.cards.list(asked, on))]

    @staticmethod
    def _on(account_id: str, key: str | None = None) -> Any:
        return {"stripe_account": account_id} | ({"idempotency_key": key} if key else {})
