"""What is asked of Stripe about money that moved: balances, movements, payouts, transfers, fees. Nothing is changed."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from polidat.payments.facts import FeeFacts, Movement, PayoutFacts, PlatformBalance, SellerBalance, SentFacts
from polidat.payments.port import Port, plain
from polidat.payments.reading import (
    balance_facts,
    fee_facts,
    movement_facts,
    payout_facts,
    platform_balance,
    sent_facts,
)


class MoneyReads(Port):
    """Reads of money, each raising our errors only."""

    def balance_of(self, account_id: str) -> list[SellerBalance]:
        """Return what an account has now."""
        found = self._call(lambda: self._client.v1.balance.retrieve(options={"stripe_account": account_id}))
        return balance_facts(plain(found))

    def platform_balance(self) -> list[PlatformBalance]:
        """Return what the platform has now."""
        return platform_balance(plain(self._call(lambda: self._client.v1.balance.retrieve())))

    def payouts_of(self, account_id: str, *, since: datetime | None = None) -> list[PayoutFacts]:
        """Return an account's payouts, newest first; all of them, or those created since then."""
        params: Any = {**_since(since), "expand": ["data.balance_transaction"]}
        on: Any = {"stripe_account": account_id}
        return [payout_facts(each) for each in self._pages(lambda: self._client.v1.payouts.list(params, on))]

    def movements_since(self, since: datetime) -> Iterator[Movement]:
        """Yield the platform's balance transactions since then, newest first."""
        params: Any = _since(since)
        listed = self._pages(lambda: self._client.v1.balance_transactions.list(params))
        return (movement_facts(each) for each in listed)

    def movements_of(
        self, account_id: str, *, since: datetime | None = None, payout_id: str | None = None
    ) -> list[Movement]:
        """Return a seller's balance transactions, newest first: all, since then, or those of an automatic payout."""
        params: Any = {**_since(since), **({"payout": payout_id} if payout_id else {})}
        on: Any = {"stripe_account": account_id}
        listed = self._pages(lambda: self._client.v1.balance_transactions.list(params, on))
        return [movement_facts(each) for each in listed]

    def transfers_since(self, since: datetime) -> list[SentFacts]:
        """Return the platform's transfers since then, newest first."""
        params: Any = _since(since)
        return [sent_facts(each) for each in self._pages(lambda: self._client.v1.transfers.list(params))]

    def fees_since(self, since: datetime) -> list[FeeFacts]:
        """Return the application fees since then, newest first."""
        params: Any = _since(since)
        return [fee_facts(each) for each in self._pages(lambda: self._client.v1.application_fees.list(params))]


def _since(since: datetime | None) -> dict[str, Any]:
    return {"limit": 100} | ({} if since is None else {"created": {"gte": int(since.timestamp())}})
