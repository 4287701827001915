"""Facts of the catalog."""

from dataclasses import dataclass


@dataclass(frozen=True)
class StoreOpened:
    """A seller has a storefront."""

    store_id: int
    owner_id: int


@dataclass(frozen=True)
class ListingPublished:
    """A dataset can be found and bought."""

    listing_id: int
    dataset_id: int
    price_minor: int
    currency: str


@dataclass(frozen=True)
class ListingWithdrawn:
    """A dataset can no longer be bought; buyers keep it."""

    listing_id: int
