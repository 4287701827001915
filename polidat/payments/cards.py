"""A seller's virtual cards: issued with a limit, frozen, used again, canceled. Their numbers are never seen here."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from polidat.core import Conflict, Invalid, Money, NotFound, new_public_id
from polidat.db import Database
from polidat.events import record
from polidat.payments.gateway import Gateway
from polidat.payments.treasury import keep_card, opened
from polidat.payments.treasury_facts import CardWish, Holder
from polidat.payments.treasury_models import ACTIVE, ASKED, CANCELED, FROZEN, FinancialAccount, VirtualCard
from polidat.payments.treasury_reading import CURRENCY
from polidat.people import Person

INTERVALS = ("per_authorization", "daily", "weekly", "monthly", "yearly", "all_time")
LIMIT_MAX = Money(1_000_000, CURRENCY)
_CARDS_MAX = 5
_MAY_BECOME_ONE = timedelta(days=1)


class NoSuchCard(NotFound):
    """Not a card of this seller, or one that Stripe has not issued yet."""

    def __init__(self) -> None:
        super().__init__("There is no such card. Reload the page.")


class CardCanceled(Conflict):
    """A canceled card stays canceled."""

    def __init__(self) -> None:
        super().__init__("This card is canceled for good. Issue another one.")


def cards_of(session: Session, seller: Person) -> Sequence[VirtualCard]:
    """Return the seller's cards, the newest first."""
    mine = select(VirtualCard).where(VirtualCard.person_id == seller.id)
    return session.scalars(mine.order_by(VirtualCard.id.desc())).all()


def issue_card(
    database: Database, gateway: Gateway, seller: Person, holder: Holder, limit: Money, *, interval: str, key: str,
    now: datetime,
) -> VirtualCard:  # fmt: skip
    """Issue a virtual card on the financial account; `key` names the click, so that two are one card.

    `holder` goes to Stripe with the first card and is kept nowhere. Raises Invalid, Conflict above five cards,
    NoFinancialAccount, StripeAway, StripeRefused.
    """
    check_limit(limit, interval)
    _check_holder(holder)
    account_id, row = opened(database, seller)
    with database.unit_of_work() as session:
        card = _noted(session, seller, limit, interval, key=key, now=now)
    if card.stripe_id is not None:
        return card
    holder_id = row.holder_id or gateway.open_holder(
        account_id, holder, card.public_id, email=seller.email, now=card.asked_at
    )
    with database.unit_of_work() as session:
        session.get_one(FinancialAccount, seller.id).holder_id = holder_id
    wish = CardWish(card.public_id, str(row.stripe_id), holder_id, card.limit, card.interval)
    facts = gateway.issue_card(account_id, wish)
    with database.unit_of_work() as session:
        issued = session.get_one(VirtualCard, card.id)
        issued.stripe_id = facts.id
        keep_card(issued, facts)
        session.flush()
        return issued


def set_card_state(database: Database, gateway: Gateway, seller: Person, ref: str, state: str) -> VirtualCard:
    """Freeze a card (inactive), let it be used again (active), or cancel it for good (canceled).

    Raises Invalid, NoSuchCard, CardCanceled, StripeAway.
    """
    if state not in (ACTIVE, FROZEN, CANCELED):
        raise Invalid("A card is active, inactive or canceled.")
    return _change(database, gateway, seller, ref, state=state)


def set_card_limit(
    database: Database, gateway: Gateway, seller: Person, ref: str, limit: Money, *, interval: str
) -> VirtualCard:
    """Change what a card may spend. Raises Invalid, NoSuchCard, CardCanceled, StripeAway."""
    check_limit(limit, interval)
    return _change(database, gateway, seller, ref, limit=limit, interval=interval)


def check_limit(limit: Money, interval: str) -> None:
    """Raise Invalid for a limit that is none."""
    if interval not in INTERVALS:
        raise Invalid(f"A limit is for one of: {', '.join(each.replace('_', ' ') for each in INTERVALS)}.")
    if limit.currency != CURRENCY or not 0 < limit.minor <= LIMIT_MAX.minor:
        raise Invalid(f"A limit is above zero and at most {LIMIT_MAX}.")


def _check_holder(holder: Holder) -> None:
    wanted = (holder.first_name, holder.last_name, holder.line1, holder.city, holder.postal_code)
    if not all(each.strip() for each in wanted):
        raise Invalid("Give the name on the card and the whole address.")


def _change(
    database: Database, gateway: Gateway, seller: Person, ref: str, *, state: str = "", limit: Money | None = None,
    interval: str = "",
) -> VirtualCard:  # fmt: skip
    account_id, _ = opened(database, seller)
    with database.unit_of_work() as session:
        card = _find(session, seller, ref)
        if card.state == CANCELED:
            raise CardCanceled
        before = {"state": card.state, "limit": card.limit, "interval": card.interval}
        after = {"state": state} if state else {"limit": limit, "interval": interval}
        record(session, "virtual_card", f"card:{ref}", by=seller.id, before=before, after=after)
    facts = gateway.change_card(account_id, str(card.stripe_id), state=state, limit=limit, interval=interval)
    with database.unit_of_work() as session:
        changed = session.get_one(VirtualCard, card.id)
        keep_card(changed, facts)
        session.flush()
        return changed


def _find(session: Session, seller: Person, ref: str) -> VirtualCard:
    mine = (VirtualCard.person_id == seller.id) & (VirtualCard.public_id == ref)
    card = session.scalar(select(VirtualCard).where(mine))
    if card is None or card.stripe_id is None:
        raise NoSuchCard
    return card


def _noted(session: Session, seller: Person, limit: Money, interval: str, *, key: str, now: datetime) -> VirtualCard:
    row = insert(VirtualCard).values(
        public_id=new_public_id("vcd"),
        person_id=seller.id,
        key=key,
        state=ASKED,
        brand="",
        last4="",
        limit_minor=limit.minor,
        currency=limit.currency,
        interval=interval,
        asked_at=now,
    )
    made = session.scalar(row.on_conflict_do_nothing(index_elements=["person_id", "key"]).returning(VirtualCard.id))
    card = session.scalars(select(VirtualCard).where(VirtualCard.person_id == seller.id, VirtualCard.key == key)).one()
    if made is not None:
        # one that Stripe refused for good is none, but until then it may become one
        is_or_may_be = VirtualCard.stripe_id.is_not(None) | (VirtualCard.asked_at > now - _MAY_BECOME_ONE)
        live = (VirtualCard.person_id == seller.id) & (VirtualCard.state != CANCELED) & is_or_may_be
        if session.scalars(select(func.count()).where(live)).one() > _CARDS_MAX:
            raise Conflict(f"You have {_CARDS_MAX} cards. Cancel one first.")
        told = {"state": ASKED, "limit": limit, "interval": interval}
        record(session, "virtual_card", f"card:{card.public_id}", by=seller.id, after=told)
    return card
