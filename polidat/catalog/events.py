"""Facts of the catalog."""

from dataclasses import dataclass


@dataclass(frozen=True)
class StoreOpened:
    """A seller has a storefront."""

    store_id: int
    owner_id: int


@dataclass(frozen=True)
class ListingPublished:
    """A dataset can be found and bought; without a price it is sold by use only."""

    listing_id: int
    dataset_id: int
    price_minor: int | None
    currency: str


@dataclass(frozen=True)
class PriceAsked:
    """Somebody asks this for a listing, or for a period of a subscription to it, from now on."""

    listing_id: int
    price_minor: int
    currency: str


@dataclass(frozen=True)
class ListingWithdrawn:
    """A dataset can no longer be bought; buyers keep it."""

    listing_id: int


@dataclass(frozen=True)
class CommissionRuleAdded:
    """An operator set what the house takes from some moment on; a `version` above 1 follows another rule."""

    rule_id: int
    operator_id: int
    scope: str
    kind: str
    bps: int
    version: int


@dataclass(frozen=True)
class CommissionRuleEnded:
    """A commission rule holds no more; a wider one does."""

    rule_id: int
    operator_id: int


@dataclass(frozen=True)
class StoreHidden:
    """A storefront is shown no more, because its hosting is unpaid; buyers keep what they have."""

    store_id: int
    owner_id: int


@dataclass(frozen=True)
class StoreShown:
    """A storefront is shown again."""

    store_id: int
    owner_id: int


@dataclass(frozen=True)
class LicenceAccepted:
    """Somebody accepted a version of a listing's licence; `digest` is the SHA-256 of what they read."""

    person_id: int
    listing_id: int
    licence_id: int
    digest: str
