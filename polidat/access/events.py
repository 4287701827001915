"""Facts of access."""

from dataclasses import dataclass


@dataclass(frozen=True)
class AccessGranted:
    """Somebody may read a dataset from now on."""

    dataset_id: int
    person_id: int
    order_line: str
    kind: str


@dataclass(frozen=True)
class AccessEnded:
    """A grant no longer opens its dataset; another one may still do."""

    dataset_id: int
    person_id: int
    order_line: str
    state: str


@dataclass(frozen=True)
class WalletLow:
    """A wallet fell below what its person wants to be told about. Told once until more is paid in."""

    person_id: int
    currency: str
    left_minor: int


@dataclass(frozen=True)
class WalletFroze:
    """A wallet does not pay any more: money of it was taken back after it was used, or is disputed."""

    person_id: int
    currency: str
    owed_minor: int
