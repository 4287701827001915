"""Who may read which dataset, and the metering of each use. Knows datasets and people, no listings and no orders."""

from polidat.access.errors import NoAccess, NoSuchGrant
from polidat.access.events import AccessEnded, AccessGranted
from polidat.access.find import access_kind, check_may_read, grants_of, may_read, my_datasets, uses_of
from polidat.access.grant import grant, restore, revoke, suspend
from polidat.access.meter import record_use
from polidat.access.models import Entitlement, GrantKind, GrantState, Usage, UseKind

__all__ = [
    "AccessEnded",
    "AccessGranted",
    "Entitlement",
    "GrantKind",
    "GrantState",
    "NoAccess",
    "NoSuchGrant",
    "Usage",
    "UseKind",
    "access_kind",
    "check_may_read",
    "grant",
    "grants_of",
    "may_read",
    "my_datasets",
    "record_use",
    "restore",
    "revoke",
    "suspend",
    "uses_of",
]
