"""Ask whether something is offered for less than the least price (F3): cards are tested on what costs little."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from polidat.catalog import ListingPublished, PriceAsked, PriceTooLow, listings_by_id
from polidat.core import Money
from polidat.orders.fraud_models import FindingState, FraudFinding, FraudRule
from polidat.orders.fraud_note import acts, asked, note_finding
from polidat.orders.fraud_rules import least_price


def watch_price(session: Session, fact: PriceAsked | ListingPublished) -> None:
    """Refuse a price below the least one, or only note it. The reaction to PriceAsked and ListingPublished.

    A refused price waits for review under its listing; when an operator says that it was nothing, this price of this
    listing is let through. Raises PriceTooLow.
    """
    rule = asked(session, "F3") if fact.price_minor else None
    if rule is None or not fact.price_minor:
        return
    price, least = Money(fact.price_minor, fact.currency), least_price(rule.threshold, fact.currency)
    if price >= least:
        return
    subject = f"listing:{fact.listing_id}:{price.minor}:{price.currency}"
    (listing,) = listings_by_id(session, [fact.listing_id])
    owner_id, now = listing.store.owner_id, session.scalars(select(func.now())).one()  # the fact has no time of its own
    seen = {"price": str(price), "least": str(least)}
    if not acts(rule):
        note_finding(session, rule, subject, owner_id, seen, now=now)
        return
    if _let_through(session, subject):
        return
    refusal = PriceTooLow(price, least)

    def keep(later: Session) -> None:
        note_finding(later, later.get_one(FraudRule, "F3"), subject, owner_id, seen, now=now)

    refusal.afterwards = keep
    raise refusal


def _let_through(session: Session, subject: str) -> bool:
    mine = (FraudFinding.rule_code == "F3") & (FraudFinding.subject == subject)
    return session.scalar(select(FraudFinding.state).where(mine)) == FindingState.RELEASED
