"""See that every payout of a seller is made of what Stripe says it is made of."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from polidat.db import Database
from polidat.payments.discrepancy import Difference, note_differences
from polidat.payments.errors import StripeRefused, StripeSaysNo
from polidat.payments.facts import Movement
from polidat.payments.gateway import Gateway
from polidat.payments.mirror import mirror_seller_movements
from polidat.payments.mirrored import Payout, SellerMovement
from polidat.payments.payouts import accounts_at_stripe, mirror_payouts_of

SUM, UNCOVERED = "payout_sum", "payout_uncovered"
_OVERLAP = timedelta(days=2)  # Stripe changes what it said, and adds to the past
_BATCH = 500
_OF_PAYOUTS = ("payout",)  # Stripe's reporting category; one that came back is money like any other


@dataclass(frozen=True)
class PayoutPart:
    """How much of a movement is in a payout, in minor units; below zero for what lowered it."""

    payout_id: str
    movement_id: str
    minor: int


@dataclass(frozen=True)
class PayoutsChecked:
    """What a check of payouts found. `waiting` automatic ones are not complete at Stripe; `unread` are accounts that
    could not be asked.
    """

    automatic: int
    manual: int
    waiting: int
    wrong: int
    unread: Sequence[str]

    @property
    def is_clean(self) -> bool:
        """Whether every payout that could be judged is made of what it should be."""
        return not self.wrong


def check_payouts(database: Database, gateway: Gateway, *, now: datetime) -> PayoutsChecked:
    """Mirror every seller's payouts and movements, check what each payout is made of, and note what does not fit.

    Of an automatic payout Stripe tells the movements: with its own they come to zero. A manual one is given the oldest
    movements that were there before it; one that they do not cover does not fit. Raises StripeAway.
    """
    with database.reading() as session:
        accounts = accounts_at_stripe(session)
    unread: list[str] = []
    for seller_id, account in accounts:
        try:
            mirror_payouts_of(database, gateway, seller_id, account)
            refresh_seller_mirror(database, gateway, account)
            _take_parts(database, gateway, seller_id, account)
        except (StripeRefused, StripeSaysNo):
            unread.append(account)
    with database.unit_of_work() as session:
        wrong = [*_sums_wrong(session), *_uncovered(session)]
        note_differences(session, wrong, of=(SUM, UNCOVERED), now=now)
        fits = Payout.is_complete & Payout.checked_at.is_(None) & Payout.id.not_in([each.about for each in wrong])
        session.execute(update(Payout).where(fits).values(checked_at=now))
        counted = session.execute(
            select(
                func.count().filter(Payout.is_automatic, Payout.is_complete),
                func.count().filter(~Payout.is_automatic),
                func.count().filter(Payout.is_automatic, ~Payout.is_complete),
            ).select_from(Payout)
        ).one()
    return PayoutsChecked(int(counted[0]), int(counted[1]), int(counted[2]), len(wrong), unread)


def refresh_seller_mirror(database: Database, gateway: Gateway, account: str) -> None:
    """Copy what is new of a seller's movements, and the last days again. Raises StripeAway."""
    with database.reading() as session:
        mine = SellerMovement.account == account
        newest = session.scalar(select(func.max(SellerMovement.created_at)).where(mine))
    found = gateway.movements_of(account, since=newest - _OVERLAP if newest else None)
    for start in range(0, len(found), _BATCH):
        with database.unit_of_work() as session:
            mirror_seller_movements(session, account, found[start : start + _BATCH])


def payout_parts(session: Session, account: str) -> Sequence[PayoutPart]:
    """Return what each payout of an account is made of: as Stripe says, or the oldest movements first."""
    is_last = SellerMovement.category.in_(_OF_PAYOUTS)  # of the same second: a payout is made of what was there
    ordered = select(SellerMovement).where(SellerMovement.account == account)
    rows = session.scalars(ordered.order_by(SellerMovement.created_at, is_last, SellerMovement.id)).all()
    told = [
        PayoutPart(each.payout_id, each.id, each.net_minor)
        for each in rows
        if each.payout_id is not None and each.category not in _OF_PAYOUTS
    ]
    given: list[PayoutPart] = []
    for code in sorted({each.currency for each in rows}):
        given += attribute([each for each in rows if each.currency == code and each.payout_id is None])
    return [*told, *given]


def attribute(movements: Iterable[SellerMovement | Movement]) -> Sequence[PayoutPart]:
    """Give each payout among the movements, oldest first, the oldest of those before it; one may be split.

    What took money away, such as a refund, lowers the next payout.
    """
    waiting: list[tuple[str, int]] = []
    parts: list[PayoutPart] = []
    for each in movements:
        if each.category not in _OF_PAYOUTS:
            waiting.append((each.id, each.net_minor))
            continue
        taken, waiting = _taken(waiting, -each.net_minor)
        parts += [PayoutPart(each.source or "", movement_id, minor) for movement_id, minor in taken]
    return parts


def _taken(waiting: list[tuple[str, int]], wanted: int) -> tuple[list[tuple[str, int]], list[tuple[str, int]]]:
    taken = [each for each in waiting if each[1] < 0]
    wanted -= sum(minor for _, minor in taken)
    left: list[tuple[str, int]] = []
    for movement_id, minor in (each for each in waiting if each[1] > 0):
        part = min(minor, wanted)
        if part:
            taken.append((movement_id, part))
        if minor - part:
            left.append((movement_id, minor - part))
        wanted -= part
    return taken, left


def _take_parts(database: Database, gateway: Gateway, seller_id: int, account: str) -> None:
    """Ask what the automatic payouts are made of that were not found to fit before."""
    with database.reading() as session:
        fresh = (Payout.seller_id == seller_id) & Payout.is_automatic & Payout.is_complete & Payout.checked_at.is_(None)
        payout_ids = session.scalars(select(Payout.id).where(fresh)).all()
    for payout_id in payout_ids:
        found = gateway.movements_of(account, payout_id=payout_id)
        with database.unit_of_work() as session:
            mirror_seller_movements(session, account, found)
            theirs = SellerMovement.id.in_([each.id for each in found])
            session.execute(update(SellerMovement).where(theirs).values(payout_id=payout_id))
            own = SellerMovement.id == select(Payout.movement_id).where(Payout.id == payout_id).scalar_subquery()
            session.execute(update(SellerMovement).where(own).values(payout_id=payout_id))


def _sums_wrong(session: Session) -> Iterable[Difference]:
    parts = func.coalesce(func.sum(SellerMovement.net_minor), 0)
    sums = (
        select(Payout, parts)
        .outerjoin(SellerMovement, SellerMovement.payout_id == Payout.id)
        .where(Payout.is_automatic, Payout.is_complete)
        .group_by(Payout.id)
        .having(parts != 0)
        .order_by(Payout.created_at, Payout.id)
    )
    for payout, left in session.execute(sums):
        amounts = (payout.amount_minor + int(left), payout.amount_minor)
        yield Difference(f"payout:{payout.id}", SUM, payout.currency, *amounts, payout.created_at, about=payout.id)


def _uncovered(session: Session) -> Iterable[Difference]:
    own = (SellerMovement.id == Payout.movement_id) & SellerMovement.payout_id.is_(None)
    manual = select(Payout, SellerMovement.account).join(SellerMovement, own).where(~Payout.is_automatic)
    rows = session.execute(manual.order_by(Payout.created_at, Payout.id)).all()
    given = Counter[str]()
    for account in sorted({account for _, account in rows}):
        for part in payout_parts(session, account):
            given[part.payout_id] += part.minor
    for payout, _ in rows:
        amounts = (payout.amount_minor + payout.fee_minor, given[payout.id])
        if amounts[0] != amounts[1]:
            at, key = payout.created_at, f"payout:{payout.id}"
            yield Difference(key, UNCOVERED, payout.currency, *amounts, at, about=payout.id)
