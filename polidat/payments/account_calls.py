"""What is asked of Stripe about sellers' accounts."""

from collections.abc import Sequence
from typing import Any

from polidat.payments.account_facts import AccountFacts, PayoutSetup
from polidat.payments.account_reading import account_facts, payout_setup
from polidat.payments.port import Port, plain

_ACCOUNT_PARTS: list[Any] = ["configuration.recipient", "requirements"]


class AccountCalls(Port):
    """Calls about accounts, each raising our errors only."""

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
        return account_facts(plain(account))

    def find_account(self, ref: str) -> AccountFacts | None:
        """Return the account that was opened for `ref`, for when the answer to that was lost."""
        for each in self._pages(lambda: self._client.v2.core.accounts.list({"limit": 100})):
            if each.get("metadata", {}).get("seller") == ref:
                return self.account(each["id"])
        return None

    def account(self, account_id: str) -> AccountFacts:
        """Return how an account stands now."""
        found = self._call(lambda: self._client.v2.core.accounts.retrieve(account_id, {"include": _ACCOUNT_PARTS}))
        return account_facts(plain(found))

    def onboarding_url(self, account_id: str, *, return_url: str, refresh_url: str) -> str:
        """Return a fresh address of Stripe's onboarding: one use, gone in minutes, so mint it on the click."""
        flow: Any = {"refresh_url": refresh_url, "return_url": return_url}
        flow["collection_options"] = {"fields": "eventually_due"}  # ask once for all of it
        link = self._call(
            lambda: self._client.v2.core.account_links.create(
                {"account": account_id, "use_case": {"type": "account_onboarding", "account_onboarding": flow}}
            )
        )
        return link.url

    def dashboard_url(self, account_id: str) -> str:
        """Return a fresh address of the seller's Express dashboard: one use."""
        return self._call(lambda: self._client.v1.accounts.login_links.create(account_id)).url

    def payout_setup(self, account_id: str) -> PayoutSetup:
        """Return where and when an account is paid out now."""
        api = self._client.v1
        banks = list(self._pages(lambda: api.accounts.external_accounts.list(account_id, {"limit": 100})))
        on: Any = {"stripe_account": account_id}
        return payout_setup(banks, plain(self._call(lambda: api.balance_settings.retrieve(options=on))))

    def set_schedule(self, account_id: str, interval: str, days: Sequence[str | int]) -> None:
        """Say when Stripe pays an account out by itself: "manual", "daily", or "weekly" or "monthly" on these days."""
        schedule: dict[str, Any] = {"interval": interval}
        if interval in ("weekly", "monthly"):
            schedule[f"{interval}_payout_days"] = list(days)
        asked: Any = {"payments": {"payouts": {"schedule": schedule}}}
        on: Any = {"stripe_account": account_id}
        self._call(lambda: self._client.v1.balance_settings.update(asked, on))
