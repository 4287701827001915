"""Stores, listings, prices, and finding them."""

from polidat.catalog.commission import all_stores, set_commission
from polidat.catalog.errors import (
    NoSuchListing,
    NoSuchStore,
    NotForSale,
    NothingToPublish,
    PriceTooLow,
    StoreNameTaken,
    VersionBlocked,
)
from polidat.catalog.events import CommissionChanged, ListingPublished, ListingWithdrawn, StoreOpened
from polidat.catalog.find import (
    browse_listings,
    listing_by_slug,
    listing_for_sale,
    listings_of_datasets,
    listings_of_seller,
    store_by_slug,
    stores_of,
)
from polidat.catalog.models import COMMISSION_BPS, Listing, ListingState, Store
from polidat.catalog.offer import (
    dataset_of,
    describe_listing,
    draft_listing,
    open_store,
    own_listing,
    publish_listing,
    set_price,
    withdraw_listing,
)

__all__ = [
    "COMMISSION_BPS",
    "CommissionChanged",
    "Listing",
    "ListingPublished",
    "ListingState",
    "ListingWithdrawn",
    "NoSuchListing",
    "NoSuchStore",
    "NotForSale",
    "NothingToPublish",
    "PriceTooLow",
    "Store",
    "StoreNameTaken",
    "StoreOpened",
    "VersionBlocked",
    "all_stores",
    "browse_listings",
    "dataset_of",
    "describe_listing",
    "draft_listing",
    "listing_by_slug",
    "listing_for_sale",
    "listings_of_datasets",
    "listings_of_seller",
    "open_store",
    "own_listing",
    "publish_listing",
    "set_commission",
    "set_price",
    "store_by_slug",
    "stores_of",
    "withdraw_listing",
]
