"""Who may read which dataset, and the metering of each use. Knows datasets and people, no listings and no orders."""

from polidat.access.busy import BusyReader, busy_readers
from polidat.access.errors import NoAccess, NoSuchGrant, OverSpendingCap, WalletEmpty, WalletFrozen
from polidat.access.events import AccessEnded, AccessGranted, WalletFroze, WalletLow
from polidat.access.find import (
    access_kind,
    check_may_read,
    grants_of,
    may_read,
    my_datasets,
    reads_freely,
    uses_of,
    waits_for,
)
from polidat.access.freeze import freeze_wallet, freezes_of, frozen_wallets, thaw_wallet
from polidat.access.grant import begin, expire, grant, holds_on, restore, restore_held, revoke, suspend
from polidat.access.meter import record_use
from polidat.access.models import Entitlement, GrantKind, GrantState, Usage, UsageCharge, UseKind, Wallet, WalletState
from polidat.access.runs import HOLD_LEASE, RunTerms, charge_run, free_expired_holds, release_run, reserve_run
from polidat.access.wallet import (
    CREDIT_LASTS,
    add_credit,
    charges_to,
    drifted_wallets,
    expire_credit,
    limit_wallet,
    take_credit,
    usage_owed,
    wallets_of,
)

__all__ = [
    "CREDIT_LASTS",
    "HOLD_LEASE",
    "AccessEnded",
    "AccessGranted",
    "BusyReader",
    "Entitlement",
    "GrantKind",
    "GrantState",
    "NoAccess",
    "NoSuchGrant",
    "OverSpendingCap",
    "RunTerms",
    "Usage",
    "UsageCharge",
    "UseKind",
    "Wallet",
    "WalletEmpty",
    "WalletFroze",
    "WalletFrozen",
    "WalletLow",
    "WalletState",
    "access_kind",
    "add_credit",
    "begin",
    "busy_readers",
    "charge_run",
    "charges_to",
    "check_may_read",
    "drifted_wallets",
    "expire",
    "expire_credit",
    "free_expired_holds",
    "freeze_wallet",
    "freezes_of",
    "frozen_wallets",
    "grant",
    "grants_of",
    "holds_on",
    "limit_wallet",
    "may_read",
    "my_datasets",
    "reads_freely",
    "record_use",
    "release_run",
    "reserve_run",
    "restore",
    "restore_held",
    "revoke",
    "suspend",
    "take_credit",
    "thaw_wallet",
    "usage_owed",
    "uses_of",
    "waits_for",
    "wallets_of",
]
