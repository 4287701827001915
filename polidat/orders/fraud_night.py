"""Ask the fraud rules that look over many orders and prices."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from polidat.catalog import Listing, ListingState
from polidat.orders.fraud_models import FraudRule
from polidat.orders.fraud_note import asked, note_finding, window_of
from polidat.orders.fraud_rules import is_price_outlier, is_share_over
from polidat.orders.models import Order, OrderLine, OrderState
from polidat.payments import Dispute, Refund, RefundState
from polidat.people import Person


class Seen(NamedTuple):
    """Something a rule speaks about: what, whose, and the numbers."""

    subject: str
    person_id: int
    inputs: Mapping[str, Any]


def find_fraud(session: Session, *, now: datetime) -> int:
    """Ask the rules that look over many orders and prices (F5, F6, F8, F9); return how much they found.

    Run it every night.
    """
    found = 0
    for code, look in LOOKS.items():
        rule = asked(session, code)
        for subject, person_id, inputs in look(session, rule, now) if rule is not None else ():
            assert rule is not None  # as asked
            found += note_finding(session, rule, subject, person_id, inputs, now=now) is not None
    return found


def _first_day_sellers(session: Session, rule: FraudRule, now: datetime) -> Iterator[Seen]:
    """Sellers who sell mostly to accounts of that day (F5)."""
    least = rule.limits
    for seller_id, sales, fresh, _ in session.execute(_sellers(now - window_of(rule), now)).all():
        if is_share_over(
            fresh, sales, per_mille=rule.threshold, whole_min=least["sales_min"], part_min=least["first_day_min"]
        ):
            yield Seen(f"seller:{seller_id}:{now:%Y%m}", seller_id, {"sales": sales, "first_day": fresh})


def _disputed_sellers(session: Session, rule: FraudRule, now: datetime) -> Iterator[Seen]:
    """Sellers much of whose sales is disputed (F9)."""
    least = rule.limits
    for seller_id, sales, _, disputed in session.execute(_sellers(now - window_of(rule), now)).all():
        if is_share_over(
            disputed, sales, per_mille=rule.threshold, whole_min=least["sales_min"], part_min=least["disputes_min"]
        ):
            yield Seen(f"seller:{seller_id}:{now:%Y%m}", seller_id, {"sales": sales, "disputed": disputed})


def _refunding_buyers(session: Session, rule: FraudRule, now: datetime) -> Iterator[Seen]:
    """Buyers who give much back (F8)."""
    least = rule.limits
    for buyer_id, orders, back in session.execute(_buyers(now - window_of(rule), now)).all():
        if is_share_over(
            back, orders, per_mille=rule.threshold, whole_min=least["orders_min"], part_min=least["refunds_min"]
        ):
            yield Seen(f"buyer:{buyer_id}:{now:%Y%m}", buyer_id, {"orders": orders, "refunded": back})


def _odd_prices(session: Session, rule: FraudRule, now: datetime) -> Iterator[Seen]:
    """Prices far from those of their category (F6), as they are now."""
    priced = (Listing.state == ListingState.PUBLISHED) & (Listing.price_minor > 0)
    by_kind: dict[tuple[str, str], list[Listing]] = {}
    for each in session.scalars(select(Listing).where(priced)):
        by_kind.setdefault((each.category, each.currency), []).append(each)
    for listings in by_kind.values():
        for each in listings:
            price_minor = each.price_minor or 0
            others = [other.price_minor or 0 for other in listings if other is not each]
            if is_price_outlier(price_minor, others, deviations=rule.threshold, others_min=rule.limits["others_min"]):
                seen = {"price_minor": price_minor, "others": len(others)}
                yield Seen(f"listing:{each.id}:{price_minor}", each.store.owner_id, seen)


LOOKS: Mapping[str, Callable[[Session, FraudRule, datetime], Iterator[Seen]]] = {
    "F5": _first_day_sellers,
    "F6": _odd_prices,
    "F8": _refunding_buyers,
    "F9": _disputed_sellers,
}


def _sellers(since: datetime, until: datetime) -> Select[int, int, int, int]:
    """By seller: what was sold between, how much of it to people in their first day, how much was disputed by then."""
    sold = Order.paid_charge.is_not(None) & (Order.paid_at > since) & (Order.paid_at <= until)
    first_day = Order.paid_at < Person.joined_at + timedelta(days=1)
    disputed = Order.paid_charge.in_(select(Dispute.charge_id).where(Dispute.opened_at <= until))
    return (
        select(
            OrderLine.seller_id,
            func.count(Order.id.distinct()),
            func.count(Order.id.distinct()).filter(first_day),
            func.count(Order.id.distinct()).filter(disputed),
        )
        .join(Order, Order.id == OrderLine.order_id)
        .join(Person, Person.id == Order.buyer_id)
        .where(sold)
        .group_by(OrderLine.seller_id)
    )


def _buyers(since: datetime, until: datetime) -> Select[int, int, int]:
    """By buyer: orders paid between, and how many of them had gone back by then."""
    given = (Refund.state != RefundState.REFUSED) & (Refund.requested_at <= until)
    back = Order.paid_charge.in_(select(Refund.charge_id).where(given))
    paid = Order.paid_charge.is_not(None) & (Order.paid_at > since) & (Order.paid_at <= until)
    paid &= Order.state.in_((OrderState.PAID, OrderState.FULFILLED))
    return select(Order.buyer_id, func.count(), func.count().filter(back)).where(paid).group_by(Order.buyer_id)
