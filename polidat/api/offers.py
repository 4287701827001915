"""What a seller offers: prices, subscriptions and single uses of a listing, publishing it, coupons."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from polidat.api.bodies import Body
from polidat.api.deps import Id, Look, Seller, TheHouse, When, Work
from polidat.api.listings import ListingDetail, ListingOut, detail_of
from polidat.api.paging import ThePage
from polidat.catalog import (
    WAYS_MAX,
    Coupon,
    Delivery,
    Interval,
    Listing,
    NoSuchListing,
    PlanOffer,
    Priced,
    ShippingOffer,
    Store,
    coupons_of,
    describe_listing,
    end_coupon,
    listing_by_slug,
    listings_by_id,
    listings_of_seller,
    make_coupon,
    own_listing,
    publish_listing,
    set_plans,
    set_price,
    set_refund_policy,
    set_shipping,
    set_usage_prices,
    stores_of,
    withdraw_listing,
)
from polidat.core import MICROS, Invalid, Money, currency
from polidat.people import Person

router = APIRouter(prefix="/v1/seller", tags=["offers"])
_MINOR_MAX = 10**12
Minor = Annotated[int, Field(ge=0, le=_MINOR_MAX)]
Micros = Annotated[int, Field(ge=0, le=_MINOR_MAX * MICROS)]
CurrencyCode = Annotated[str, Field(min_length=3, max_length=3, examples=["usd"])]


class OwnListingOut(ListingOut):
    """A listing of yours: a draft, published or withdrawn."""

    state: str


class StoreOut(BaseModel):
    """A store of yours; a hidden one sells nothing. With `keeps_fee` you bear the commission of a refund."""

    slug: str
    name: str
    tagline: str
    hidden: bool
    keeps_fee: bool

    @classmethod
    def of(cls, store: Store) -> "StoreOut":
        """Return the store as the API shows it."""
        return cls(
            slug=store.slug,
            name=store.name,
            tagline=store.tagline,
            hidden=store.hidden_at is not None,
            keeps_fee=store.keeps_fee,
        )


class RefundPolicy(Body):
    """Who bears the commission of a refunded sale: the house returns it, or with `keeps_fee` you bear it."""

    keeps_fee: bool


class Words(Body):
    """What a listing says about itself; all of it is replaced."""

    summary: str = Field(max_length=300)
    description: str = Field(max_length=20_000)
    attribution: str = Field("", max_length=1_000)
    category: str = Field("", max_length=60)
    tags: list[Annotated[str, Field(max_length=60)]] = Field([], max_length=12)


class PriceIn(Body):
    """What all of a listing costs, in minor units: 0 is free, null is not sold as a whole."""

    price_minor: Minor | None
    currency: CurrencyCode = "usd"


class PlanIn(Body):
    """A subscription, paid each interval, after free days if any."""

    price_minor: Minor
    currency: CurrencyCode = "usd"
    trial_days: int = 0


class PlansIn(Body):
    """The subscriptions a listing is sold by; those left out are not offered."""

    month: PlanIn | None = None
    year: PlanIn | None = None


class UsagePricesIn(Body):
    """What one use costs, in micros (millionths of the minor unit) of the listing's currency; 0 costs nothing.

    A gigabyte is what a query scans.
    """

    query: Micros = 0
    answer: Micros = 0
    gigabyte: Micros = 0


class WayIn(Body):
    """A way a good is sent: what it costs, in minor units, where to (none is anywhere), and its working days."""

    name: str = Field(max_length=60)
    price_minor: Minor
    countries: list[Annotated[str, Field(max_length=2)]] = Field([], max_length=300)
    days_from: int | None = None
    days_to: int | None = None

    def delivery(self, code: str) -> Delivery:
        """Return it as the catalog takes it. Raises Invalid for only one of the two days."""
        if (self.days_from is None) != (self.days_to is None):
            raise Invalid("Say from how many working days to how many it takes, or leave both out.")
        days = None if self.days_from is None or self.days_to is None else (self.days_from, self.days_to)
        return Delivery(self.name, Money(self.price_minor, code), self.countries, days)


class ShippingIn(Body):
    """The ways a listing is sent, the first for who does not choose, and whether its data comes too; none ends it."""

    ways: list[WayIn] = Field(max_length=WAYS_MAX)
    currency: CurrencyCode = "usd"
    with_data: bool = True


class NewCoupon(Body):
    """A discount on all of a store, or one listing of it: a share in basis points (1000 is 10 %), or an amount."""

    store: str = Field(max_length=60)
    code: str = Field(max_length=30)
    percent_bps: int | None = None
    amount_minor: Minor | None = None
    currency: CurrencyCode = "usd"
    listing: str | None = Field(None, max_length=200)
    uses_max: int | None = Field(None, le=10**9)
    ends_at: When | None = None


class CouponOut(BaseModel):
    """A coupon: what it takes off, on what, and how often it was used; from `ends_at` on nobody uses it."""

    id: int
    code: str
    shown: str
    percent_bps: int | None
    amount_minor: int | None
    currency: str
    listing: str | None
    uses: int
    uses_max: int | None
    ends_at: datetime | None

    @classmethod
    def of(cls, session: Session, coupon: Coupon) -> "CouponOut":
        """Return the coupon as the API shows it."""
        on = listings_by_id(session, [coupon.listing_id] if coupon.listing_id else [])
        return cls(
            id=coupon.id,
            code=coupon.code,
            shown=coupon.shown,
            percent_bps=coupon.percent_bps,
            amount_minor=coupon.amount_minor,
            currency=coupon.currency,
            listing=on[0].slug if on else None,
            uses=coupon.uses,
            uses_max=coupon.uses_max,
            ends_at=coupon.ends_at,
        )


@router.get("/stores")
def list_stores(session: Look, seller: Seller, page: ThePage) -> list[StoreOut]:
    """List your stores, oldest first."""
    return [StoreOut.of(each) for each in page.of(stores_of(session, seller), lambda each: each.slug)]


@router.put("/stores/{slug}/refund-policy")
def put_refund_policy(slug: str, body: RefundPolicy, session: Work, seller: Seller) -> StoreOut:
    """Say who bears the commission of a refunded sale; orders placed before keep the policy they were placed with."""
    return StoreOut.of(set_refund_policy(session, seller, slug, keeps_fee=body.keeps_fee))


@router.get("/listings")
def list_own_listings(session: Look, seller: Seller, page: ThePage) -> list[OwnListingOut]:
    """List your listings, newest first, drafts too."""
    found = page.of(listings_of_seller(session, seller), lambda each: each.slug)
    return [OwnListingOut(**ListingOut.of(each).model_dump(), state=each.state) for each in found]


@router.put("/listings/{slug}/words")
def describe(slug: str, body: Words, session: Work, seller: Seller) -> ListingDetail:
    """Replace what a listing of yours says about itself."""
    return detail_of(session, describe_listing(session, seller, _own(session, seller, slug).id, **body.model_dump()))


@router.put("/listings/{slug}/price")
def put_price(slug: str, body: PriceIn, session: Work, seller: Seller) -> ListingDetail:
    """Ask this much for a listing of yours from now on; orders placed before keep their price."""
    price = None if body.price_minor is None else Money(body.price_minor, currency(body.currency).code)
    return detail_of(session, set_price(session, seller, _own(session, seller, slug).id, price))


@router.put("/listings/{slug}/plans")
def put_plans(slug: str, body: PlansIn, session: Work, seller: Seller) -> ListingDetail:
    """Sell subscriptions to a listing of yours at these prices; none ends the offer. Running ones keep theirs."""
    plans = {
        interval: PlanOffer(Money(each.price_minor, currency(each.currency).code), each.trial_days)
        for interval in Interval
        if (each := getattr(body, interval)) is not None
    }
    return detail_of(session, set_plans(session, seller, _own(session, seller, slug).id, plans))


@router.put("/listings/{slug}/shipping")
def put_shipping(slug: str, body: ShippingIn, house: TheHouse, session: Work, seller: Seller) -> ListingDetail:
    """Sell a listing of yours as a good that ships, or no more without any way; orders keep what they have."""
    ways = [each.delivery(currency(body.currency).code) for each in body.ways]
    offer = ShippingOffer(ways, body.with_data) if ways else None
    listing = _own(session, seller, slug)
    set_shipping(session, seller, listing.id, offer, now=house.now())
    return detail_of(session, listing)


@router.put("/listings/{slug}/usage-prices")
def put_usage_prices(slug: str, body: UsagePricesIn, session: Work, seller: Seller) -> ListingDetail:
    """Ask this much per use of a listing of yours; runs under way keep the price they were reserved at."""
    micros = {kind: each for kind in Priced if (each := getattr(body, kind))}
    return detail_of(session, set_usage_prices(session, seller, _own(session, seller, slug).id, micros))


@router.post("/listings/{slug}/publish")
def publish(slug: str, house: TheHouse, session: Work, seller: Seller) -> ListingDetail:
    """Let everybody find and buy a listing of yours."""
    return detail_of(session, publish_listing(session, seller, _own(session, seller, slug).id, now=house.now()))


@router.post("/listings/{slug}/withdraw")
def withdraw(slug: str, session: Work, seller: Seller) -> ListingDetail:
    """Stop selling a listing of yours; who has bought it keeps it."""
    return detail_of(session, withdraw_listing(session, seller, _own(session, seller, slug).id))


@router.get("/coupons")
def list_coupons(session: Look, seller: Seller, page: ThePage) -> list[CouponOut]:
    """List the coupons of your stores, newest first, ended ones too."""
    return [CouponOut.of(session, each) for each in page.of(coupons_of(session, seller), lambda each: each.id)]


@router.post("/coupons", status_code=201)
def create_coupon(body: NewCoupon, house: TheHouse, session: Work, seller: Seller) -> CouponOut:
    """Make a coupon. A code your store has already is 409."""
    amount = None if body.amount_minor is None else Money(body.amount_minor, currency(body.currency).code)
    made = make_coupon(
        session,
        seller,
        body.store,
        body.code,
        percent_bps=body.percent_bps,
        amount=amount,
        listing_id=_own(session, seller, body.listing).id if body.listing else None,
        uses_max=body.uses_max,
        ends_at=body.ends_at,
        now=house.now(),
    )
    return CouponOut.of(session, made)


@router.delete("/coupons/{coupon_id}", status_code=204)
def delete_coupon(coupon_id: Id, house: TheHouse, session: Work, seller: Seller) -> None:
    """Let nobody use a coupon any more; orders that used it keep it."""
    end_coupon(session, seller, coupon_id, now=house.now())


def _own(session: Session, seller: Person, slug: str) -> Listing:
    """The listing of that slug, if it is the caller's. Raises NoSuchListing."""
    listing_id = listing_by_slug(session, seller, slug).id
    try:
        return own_listing(session, seller, listing_id)
    except NoSuchListing:
        raise NoSuchListing(slug) from None  # by the name the caller knows it by
