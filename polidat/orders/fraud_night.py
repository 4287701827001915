"""Ask the fraud rules that look over many orders and prices."""

from datetime import datetime, timedelta

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from polidat.catalog import Listing, ListingState
from polidat.orders.fraud_note import asked, note_finding
from polidat.orders.fraud_rules import is_price_outlier, is_share_over
from polidat.orders.models import Order, OrderLine, OrderState
from polidat.payments import Dispute, Refund, RefundState
from polidat.people import Person


def find_fraud(session: Session, *, now: datetime) -> int:
    """Ask the rules that look over many orders and prices (F5, F6, F8, F9); return how much they found.

    Run it every night.
    """
    found = 0
    for seller_id, sales, fresh, disputed in session.execute(_sellers(now)).all():
        seen = {"sales": sales, "first_day": fresh, "disputed": disputed}
        rule = asked(session, "F5")
        if rule and is_share_over(fresh, sales, per_mille=rule.threshold, whole_min=5, part_min=1):
            found += note_finding(session, rule, f"seller:{seller_id}:{now:%Y%m}", seller_id, seen, now=now) is not None
        rule = asked(session, "F9")
        if rule and is_share_over(disputed, sales, per_mille=rule.threshold, whole_min=25, part_min=3):
            found += note_finding(session, rule, f"seller:{seller_id}:{now:%Y%m}", seller_id, seen, now=now) is not None
    rule = asked(session, "F8")
    for buyer_id, orders, back in session.execute(_buyers(now)).all() if rule else ():
        assert rule is not None  # as asked
        if is_share_over(back, orders, per_mille=rule.threshold, whole_min=3, part_min=3):
            seen = {"orders": orders, "refunded": back}
            found += note_finding(session, rule, f"buyer:{buyer_id}:{now:%Y%m}", buyer_id, seen, now=now) is not None
    return found + _find_prices(session, now=now)


def _find_prices(session: Session, *, now: datetime) -> int:
    """Prices far from those of their category (F6)."""
    rule, found = asked(session, "F6"), 0
    priced = (Listing.state == ListingState.PUBLISHED) & (Listing.price_minor > 0)
    by_kind: dict[tuple[str, str], list[Listing]] = {}
    for each in session.scalars(select(Listing).where(priced)) if rule else ():
        by_kind.setdefault((each.category, each.currency), []).append(each)
    for listings in by_kind.values():
        for each in listings:
            others = [other.price_minor or 0 for other in listings if other is not each]
            if rule and is_price_outlier(each.price_minor or 0, others, deviations=rule.threshold):
                seen = {"price_minor": each.price_minor, "others": len(others)}
                subject = f"listing:{each.id}:{each.price_minor}"
                found += note_finding(session, rule, subject, each.store.owner_id, seen, now=now) is not None
    return found


def _sellers(now: datetime) -> Select[int, int, int, int]:
    """By seller: what was sold in 90 days, how much of it to people in their first day, how much was disputed."""
    sold = (Order.paid_charge.is_not(None)) & (Order.paid_at > now - timedelta(days=90))
    first_day = Order.paid_at < Person.joined_at + timedelta(days=1)
    disputed = Order.paid_charge.in_(select(Dispute.charge_id))
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


def _buyers(now: datetime) -> Select[int, int, int]:
    """By buyer: orders paid in 90 days, and how many of them went back."""
    back = Order.paid_charge.in_(select(Refund.charge_id).where(Refund.state != RefundState.REFUSED))
    paid = Order.paid_charge.is_not(None) & (Order.paid_at > now - timedelta(days=90))
    paid &= Order.state == OrderState.FULFILLED
    return select(Order.buyer_id, func.count(), func.count().filter(back)).where(paid).group_by(Order.buyer_id)
