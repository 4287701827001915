"""Coupons: sellers make them, an order uses one, an order nobody paid gives it back."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from polidat.catalog.errors import CouponNotValid, NoSuchCoupon, NoSuchListing, NoSuchStore
from polidat.catalog.models import Coupon, CouponUse, Listing, Store
from polidat.core import Conflict, Invalid, Money, currency, share, slug_of, split
from polidat.events import record
from polidat.people import Person

_WHOLE_BPS = 10_000


def make_coupon(
    session: Session,
    owner: Person,
    store_slug: str,
    code: str,
    *,
    percent_bps: int | None = None,
    amount: Money | None = None,
    listing_id: int | None = None,
    uses_max: int | None = None,
    ends_at: datetime | None = None,
    now: datetime,
) -> Coupon:
    """Let buyers take a share or an amount off, on one listing or on all of the store.

    Raises NoSuchStore, NoSuchListing for one of another store, Conflict for a code in use, Invalid.
    """
    store = session.scalar(select(Store).where(Store.slug == store_slug))
    if store is None or store.owner_id != owner.id:
        raise NoSuchStore(store_slug)
    if listing_id is not None and session.get_one(Listing, listing_id).store_id != store.id:
        raise NoSuchListing(str(listing_id))
    _check(code, percent_bps, amount, uses_max, ends_at, now=now)
    row = insert(Coupon).values(
        store_id=store.id,
        listing_id=listing_id,
        code=_normal(code),
        percent_bps=percent_bps,
        amount_minor=amount.minor if amount else None,
        currency=amount.currency if amount else "",
        uses=0,
        uses_max=uses_max,
        made_at=now,
        ends_at=ends_at,
    )
    made = session.scalar(row.on_conflict_do_nothing(index_elements=["store_id", "code"]).returning(Coupon.id))
    if made is None:
        raise Conflict(f"Your store has a coupon “{_normal(code)}” already. Choose another code.")
    coupon = session.get_one(Coupon, made)
    record(session, "coupon", f"store:{store.id}", by=owner.id, after={"code": coupon.code, "off": coupon.shown})
    return coupon


def end_coupon(session: Session, owner: Person, coupon_id: int, *, now: datetime) -> None:
    """Let nobody use a coupon any more. Raises NoSuchCoupon."""
    coupon = session.get(Coupon, coupon_id)
    if coupon is None or session.get_one(Store, coupon.store_id).owner_id != owner.id:
        raise NoSuchCoupon
    before, coupon.ends_at = coupon.ends_at, min(coupon.ends_at or now, now)
    session.flush()
    changed = {"before": {"code": coupon.code, "ends_at": before}, "after": {"ends_at": coupon.ends_at}}
    record(session, "coupon", f"store:{coupon.store_id}", by=owner.id, **changed)


def coupons_of(session: Session, owner: Person) -> Sequence[Coupon]:
    """Return the coupons of the person's stores, newest first."""
    mine = select(Coupon).join(Store, Store.id == Coupon.store_id).where(Store.owner_id == owner.id)
    return session.scalars(mine.order_by(Coupon.id.desc())).all()


def discounts(
    session: Session, code: str, listings: Sequence[Listing], quantities: Mapping[int, int], *, now: datetime
) -> Mapping[int, int]:
    """Return what a code takes off each listing it fits, in minor units by listing, without using it.

    `quantities` are licences by listing; what is not in it is one. Raises CouponNotValid.
    """
    return _taken_off(_valid(session, code, listings, now=now), listings, quantities)


def use_coupon(
    session: Session,
    buyer: Person,
    code: str,
    listings: Sequence[Listing],
    quantities: Mapping[int, int],
    *,
    now: datetime,
) -> tuple[int, Mapping[int, int]]:
    """Use a code, once a buyer, and return its id with what it takes off each listing, of all its licences.

    Raises CouponNotValid.
    """
    coupon = _valid(session, code, listings, now=now)
    left = (Coupon.uses_max.is_(None)) | (Coupon.uses < Coupon.uses_max)
    counted = update(Coupon).where((Coupon.id == coupon.id) & left).values(uses=Coupon.uses + 1).returning(Coupon.id)
    if session.scalar(counted) is None:
        raise CouponNotValid(code, "it was used as often as it may be")
    used = insert(CouponUse).values(coupon_id=coupon.id, person_id=buyer.id, used_at=now)
    if session.scalar(used.on_conflict_do_nothing().returning(CouponUse.coupon_id)) is None:
        raise CouponNotValid(code, "you have used it already")
    return coupon.id, _taken_off(coupon, listings, quantities)


def return_coupon(session: Session, coupon_id: int, person_id: int) -> None:
    """Give a use back: its order was not paid. Safe to repeat."""
    mine = (CouponUse.coupon_id == coupon_id) & (CouponUse.person_id == person_id)
    if session.scalar(delete(CouponUse).where(mine).returning(CouponUse.coupon_id)) is not None:
        session.execute(update(Coupon).where(Coupon.id == coupon_id).values(uses=Coupon.uses - 1))


def _valid(session: Session, code: str, listings: Sequence[Listing], *, now: datetime) -> Coupon:
    stores = {each.store_id for each in listings}
    named = (Coupon.code == _normal(code)) & Coupon.store_id.in_(stores)
    found = session.scalars(select(Coupon).where(named).order_by(Coupon.id)).all()
    coupon = next((each for each in found if _fitting(each, listings)), None)
    if coupon is None:
        raise CouponNotValid(code, "it fits nothing here")
    if coupon.ends_at is not None and coupon.ends_at <= now:
        raise CouponNotValid(code, "it has ended")
    return coupon


def _fitting(coupon: Coupon, listings: Sequence[Listing]) -> list[Listing]:
    return [
        each
        for each in listings
        if each.price_minor
        and each.store_id == coupon.store_id
        and coupon.listing_id in (None, each.id)
        and coupon.currency in ("", each.currency)
    ]


def _taken_off(coupon: Coupon, listings: Sequence[Listing], quantities: Mapping[int, int]) -> dict[int, int]:
    """A share of each price, or the amount spread over the prices; what remains is a whole step of the currency."""
    fitting = _fitting(coupon, listings)
    prices = [(each.price_minor or 0) * quantities.get(each.id, 1) for each in fitting]
    if coupon.percent_bps is not None:
        parts = [share(price, coupon.percent_bps) for price in prices]
    else:
        parts = split(min(coupon.amount_minor or 0, sum(prices)), prices)
    taken: dict[int, int] = {}
    for listing, price, part in zip(fitting, prices, parts, strict=True):
        step = currency(listing.currency).charge_step
        taken[listing.id] = part + (price - part) % step
    return taken


def _check(
    code: str, percent_bps: int | None, amount: Money | None, uses_max: int | None, ends_at: datetime | None, *,
    now: datetime,
) -> None:  # fmt: skip
    if not 3 <= len(_normal(code)) <= 30:
        raise Invalid("A code has 3 to 30 letters and digits.")
    if (percent_bps is None) == (amount is None):
        raise Invalid("A coupon takes off a share or an amount, one of them.")
    if percent_bps is not None and not 0 < percent_bps <= _WHOLE_BPS:
        raise Invalid("A coupon takes off more than 0 and at most 100 %.")
    if amount is not None and amount.minor <= 0:
        raise Invalid("A coupon takes off more than 0.")
    if uses_max is not None and uses_max < 1:
        raise Invalid("A coupon can be used once or more.")
    if ends_at is not None and ends_at <= now:
        raise Invalid("A coupon ends in the future.")


def _normal(code: str) -> str:
    return slug_of(code).upper() if code.strip() else ""
