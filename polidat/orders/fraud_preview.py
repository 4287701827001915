"""What a fraud rule with other numbers would have caught, before anybody sets them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from polidat.catalog import Listing
from polidat.core import Invalid
from polidat.orders.fraud_edit import RuleValues, check_values, known_rule
from polidat.orders.fraud_models import FraudFinding, FraudRule, RuleAction, RuleMode
from polidat.orders.fraud_night import LOOKS
from polidat.orders.fraud_note import window_of
from polidat.orders.fraud_payout import is_delayed
from polidat.orders.fraud_rules import bursts, least_price, normal_address
from polidat.orders.fraud_usage import readers_over
from polidat.orders.models import Order, OrderLine
from polidat.payments import Charge, Payout, SellerAccount
from polidat.people import Person

CAUGHT_OVER_DAYS = 30
_DAYS_MAX = 90


class Caught(NamedTuple):
    """Something a rule would have spoken about, and when."""

    at: datetime
    subject: str


def would_have_caught(
    session: Session, operator: Person, code: str, values: RuleValues, *, days: int = CAUGHT_OVER_DAYS, now: datetime
) -> Sequence[Caught]:
    """Return what a rule with these values would have spoken about in the last `days`, newest first, whatever its mode.

    A rule that is asked at night is asked for each of these nights; a rule without numbers of its own tells what it
    found. Raises what `change_rule` raises, and Invalid for less than a day or more than ninety.
    """
    rule = known_rule(session, operator, code)
    check_values(rule, values)
    if not 1 <= days <= _DAYS_MAX:
        raise Invalid(f"Look back over 1 to {_DAYS_MAX} days.")
    asking = FraudRule(code=code, title=rule.title, version=0, **vars(values))
    if code in LOOKS:
        found = _each_night(session, asking, days, now)
    else:
        found = _REPLAYS.get(code, _found)(session, asking, now - timedelta(days=days))
    return sorted(found, reverse=True)


def _each_night(session: Session, rule: FraudRule, days: int, now: datetime) -> Iterator[Caught]:
    """What it says night by night; it tells each subject once, the first time."""
    told = set[str]()
    for night in (now - timedelta(days=before) for before in reversed(range(days))):
        for subject, _, _ in LOOKS[rule.code](session, rule, night):
            if subject not in told:
                told.add(subject)
                yield Caught(night, subject)


def _found(session: Session, rule: FraudRule, since: datetime) -> Iterator[Caught]:
    mine = (FraudFinding.rule_code == rule.code) & (FraudFinding.found_at > since)
    for at, subject in session.execute(select(FraudFinding.found_at, FraudFinding.subject).where(mine)):
        yield Caught(at, subject)


def _fast_buyers(session: Session, rule: FraudRule, since: datetime) -> Iterator[Caught]:
    paid = Order.paid_charge.is_not(None) & (Order.paid_at > since)
    rows = session.execute(select(Order.buyer_id, Order.paid_at).where(paid).order_by(Order.paid_at))
    moments = ((who, at) for who, at in rows if at is not None)
    for who, at in bursts(moments, window=window_of(rule), threshold=rule.threshold):
        yield Caught(at, f"person:{who}")


def _declined_buyers(session: Session, rule: FraudRule, since: datetime) -> Iterator[Caught]:
    """A buyer is found once an hour, however many cards are declined in it."""
    declined = (Charge.state == "failed") & (Charge.charged_at > since)
    rows = select(Order.buyer_id, Charge.charged_at).join(Order, Order.public_id == Charge.subject)
    moments = ((who, at) for who, at in session.execute(rows.where(declined).order_by(Charge.charged_at)))
    told = set[str]()
    for who, at in bursts(moments, window=window_of(rule), threshold=rule.threshold):
        subject = f"person:{who}:{at:%Y%m%d%H}"
        if subject not in told:
            told.add(subject)
            yield Caught(at, subject)


def _own_buyers(session: Session, rule: FraudRule, since: datetime) -> Iterator[Caught]:
    """Those who were refused have no order, but a finding."""
    buyer, seller = aliased(Person), aliased(Person)
    pairs = select(Order.placed_at, Order.public_id, buyer.email, seller.email)
    pairs = pairs.join(OrderLine, OrderLine.order_id == Order.id)
    pairs = pairs.join(buyer, buyer.id == Order.buyer_id).join(seller, seller.id == OrderLine.seller_id)
    bought = session.execute(pairs.where(Order.placed_at > since))
    yield from {Caught(at, ref) for at, ref, one, other in bought if normal_address(one) == normal_address(other)}
    yield from _refused(session, rule, since)


def _new_sellers(session: Session, rule: FraudRule, since: datetime) -> Iterator[Caught]:
    """The first sales of each seller, as many as the rule notes."""
    which = func.row_number().over(partition_by=OrderLine.seller_id, order_by=(Order.paid_at, OrderLine.id))
    sales = select(Order.paid_at, Order.public_id, OrderLine.seller_id, which.label("which"))
    sold = sales.join(Order, Order.id == OrderLine.order_id).where(Order.paid_charge.is_not(None)).subquery()
    first = select(sold.c.paid_at, sold.c.public_id, sold.c.seller_id)
    for at, ref, seller_id in session.execute(first.where(sold.c.paid_at > since, sold.c.which <= rule.threshold)):
        yield Caught(at, f"{ref}:{seller_id}")


def _low_prices(session: Session, rule: FraudRule, since: datetime) -> Iterator[Caught]:
    """What was published since for less, as it is priced now, and what was refused."""
    offered = (Listing.published_at > since) & (Listing.price_minor > 0)
    for each in session.scalars(select(Listing).where(offered)):
        price = each.price
        if price is not None and each.published_at is not None and price < least_price(rule.threshold, price.currency):
            yield Caught(each.published_at, f"listing:{each.id}:{price.minor}:{price.currency}")
    yield from _refused(session, rule, since)


def _busy_readers(session: Session, rule: FraudRule, since: datetime) -> Iterator[Caught]:
    until = session.scalars(select(func.now())).one()
    for each in readers_over(session, rule, since=since, until=until):
        yield Caught(each.at, each.subject)


def _early_payouts(session: Session, rule: FraudRule, since: datetime) -> Iterator[Caught]:
    """Payouts after the last change of each seller, and those that were refused."""
    rows = select(Payout, SellerAccount.bank_changed_at).join(
        SellerAccount, SellerAccount.person_id == Payout.seller_id
    )
    recent = rows.where(Payout.created_at > since, ~Payout.is_automatic, SellerAccount.bank_changed_at.is_not(None))
    for payout, changed_at in session.execute(recent).all():
        if changed_at is not None and is_delayed(rule, payout.amount, changed_at, payout.created_at):
            yield Caught(payout.created_at, f"person:{payout.seller_id}:{payout.amount}")
    yield from _refused(session, rule, since)


def _refused(session: Session, rule: FraudRule, since: datetime) -> Iterator[Caught]:
    refused = (FraudFinding.rule_code == rule.code) & (FraudFinding.found_at > since)
    refused &= (FraudFinding.mode == RuleMode.ACTIVE) & (FraudFinding.action == RuleAction.REFUSE)
    for at, subject in session.execute(select(FraudFinding.found_at, FraudFinding.subject).where(refused)):
        yield Caught(at, subject)


_REPLAYS: Mapping[str, Callable[[Session, FraudRule, datetime], Iterator[Caught]]] = {
    "F1": _fast_buyers,
    "F2": _declined_buyers,
    "F3": _low_prices,
    "F4": _own_buyers,
    "F7": _new_sellers,
    "F11": _busy_readers,
    "F13": _early_payouts,
}
