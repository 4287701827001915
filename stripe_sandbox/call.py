"""One piece of work on the sandbox: an API request, a click on a hosted page, or a step of the background."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from stripe_sandbox.ids import new_id
from stripe_sandbox.store import PLATFORM, Row, Tx

Body = dict[str, Any]

PLATFORM_ID = "acct_1SandboxPlatform"
APPLICATION_ID = "ca_SandboxPlatformApplication"


@dataclass(slots=True)
class Call:
    """What every function needs to know about the work it is part of. Times are whole seconds since the epoch."""

    tx: Tx
    now: int
    base_url: str
    platform: str = "Sandbox platform"
    account: str = PLATFORM
    request_id: str | None = None
    idempotency_key: str | None = None
    touched: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])
    """Customers, each with the account they belong to, whose subscriptions have changed in this work."""

    @property
    def is_direct(self) -> bool:
        """Whether this is work of a connected account's own."""
        return self.account != PLATFORM

    @contextmanager
    def on(self, account: str) -> Generator[None]:
        """Do what follows as work of this account."""
        before, self.account = self.account, account
        try:
            yield
        finally:
            self.account = before

    def add(self, kind: str, body: Body, *, account: str | None = None, hidden: Body | None = None) -> Row:
        """Store a new object of this kind, with a fresh id unless the body brings one."""
        object_id = body.get("id") or new_id(kind)
        whole = {"id": object_id, "object": kind, **body}
        owner = self.account if account is None else account
        return self.tx.insert(Row(object_id, kind, owner, self.now, whole, hidden or {}))
