"""Stores, listings, prices, and finding them."""

from polidat.catalog.models import COMMISSION_BPS, Listing, ListingState, Store

__all__ = ["COMMISSION_BPS", "Listing", "ListingState", "Store"]
