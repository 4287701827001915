"""Subscriptions a listing is sold by: what they cost and how they begin."""

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from polidat.catalog.asking import check_may_be_parted
from polidat.catalog.errors import NotForSale
from polidat.catalog.events import PriceAsked
from polidat.catalog.models import Listing, Plan
from polidat.catalog.offer import check_price, own_listing
from polidat.core import Invalid, Money
from polidat.events import emit, record
from polidat.people import Person

_TRIAL_DAYS_MAX = 90


class Interval(enum.StrEnum):
    """How often a subscription is paid."""

    MONTH = "month"
    YEAR = "year"


@dataclass(frozen=True)
class PlanOffer:
    """A price for every interval, and the free days before the first."""

    price: Money
    trial_days: int = 0


def set_plans(session: Session, owner: Person, listing_id: int, plans: Mapping[Interval, PlanOffer]) -> Listing:
    """Sell subscriptions at these prices from now on; none ends the offer. Running ones keep theirs.

    Raises NoSuchListing, PriceTooLow, Invalid, SoldAsAWhole.
    """
    listing = own_listing(session, owner, listing_id)
    for each in plans.values():
        check_price(each.price)
        if not each.price.minor:
            raise Invalid("A subscription has a price. What is free needs none.")
        if not 0 <= each.trial_days <= _TRIAL_DAYS_MAX:
            raise Invalid(f"A trial lasts 0 to {_TRIAL_DAYS_MAX} days.")
    before = {each.interval: f"{each.price}, {each.trial_days} days free" for each in plans_of(session, listing_id)}
    after = {str(interval): f"{each.price}, {each.trial_days} days free" for interval, each in plans.items()}
    if before != after:
        record(session, "plans", f"listing:{listing_id}", by=owner.id, before=before, after=after)
    if plans:
        check_may_be_parted(session, listing_id, listing.title)
    session.execute(delete(Plan).where(Plan.listing_id == listing_id))
    session.add_all(
        Plan(
            listing_id=listing_id,
            interval=interval,
            price_minor=each.price.minor,
            currency=each.price.currency,
            trial_days=each.trial_days,
        )
        for interval, each in plans.items()
    )
    session.flush()
    for each in plans.values():
        emit(session, PriceAsked(listing_id, each.price.minor, each.price.currency))
    return listing


def plans_of(session: Session, listing_id: int) -> Sequence[Plan]:
    """Return the subscriptions a listing is sold by, monthly before yearly."""
    return session.scalars(select(Plan).where(Plan.listing_id == listing_id).order_by(Plan.interval)).all()


def plan_for_sale(session: Session, listing_id: int, interval: str) -> tuple[Listing, Plan]:
    """Return a listing and the plan to subscribe to it now. Raises NotForSale."""
    listing, plan = session.get(Listing, listing_id), session.get(Plan, (listing_id, interval))
    if listing is None or plan is None or not listing.is_offered:
        raise NotForSale(listing.title if listing else str(listing_id))
    return listing, plan
