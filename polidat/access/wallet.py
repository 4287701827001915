"""The wallet: money paid ahead, its limits, and what comes back out of it."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from polidat.access.freeze import DEBT, freeze, locked_wallet, thaw
from polidat.access.models import UsageCharge, UsageSum, Wallet
from polidat.core import MICROS, Invalid, Money, currency
from polidat.db import sql_text
from polidat.events import record
from polidat.ledger import BREAKAGE, Refs, balance_of, buyer_credit, buyer_receivable, credit, debit, post
from polidat.people import Person

CREDIT_LASTS = timedelta(days=730)  # unused and untouched for so long, it is the house's


def add_credit(session: Session, person_id: int, amount: Money, *, origin: str, key: str, at: datetime) -> Wallet:
    """Put what the account `origin` holds into the person's wallet. Call it once per `key`.

    What the person owes for credit that was taken back is paid first; paid in full, it freezes the wallet no more.
    """
    wallet = locked_wallet(session, person_id, amount.currency, now=at)
    owes = max(0, balance_of(session, buyer_receivable(person_id), amount.currency))
    repaid = Money(min(owes, amount.minor), amount.currency)
    rest = amount - repaid
    legs = [debit(origin, amount), credit(buyer_receivable(person_id), repaid), credit(buyer_credit(person_id), rest)]
    refs = Refs(order_ref=key)
    post(session, f"credit:{key}", "credit", [leg for leg in legs if leg.minor], occurred_at=at, refs=refs)
    wallet.balance_micros += rest.minor * MICROS
    if repaid.minor and repaid.minor == owes:
        thaw(session, wallet, DEBT)
    wallet.is_noticed, wallet.moved_at = False, at
    session.flush()
    return wallet


def take_credit(session: Session, person_id: int, amount: Money, *, goes_to: str, key: str, at: datetime) -> Money:
    """Take so much out of the wallet for the account `goes_to`, and return what was there to take.

    What was used already, or is reserved, the person owes from then on, and the wallet is frozen.
    """
    wallet = locked_wallet(session, person_id, amount.currency, now=at)
    there = Money(min(amount.minor, wallet.unused.minor), amount.currency)
    wallet.balance_micros -= there.minor * MICROS
    wallet.moved_at = at
    missing = amount - there
    legs = [
        debit(buyer_credit(person_id), there),
        debit(buyer_receivable(person_id), missing),
        credit(goes_to, amount),
    ]
    post(
        session, f"credit:{key}", "credit_back", [leg for leg in legs if leg.minor], occurred_at=at,
        refs=Refs(order_ref=key),
    )  # fmt: skip
    if missing.minor:
        freeze(session, wallet, DEBT, owed_minor=missing.minor, now=at)
    session.flush()
    return there


def limit_wallet(
    session: Session, owner: Person, code: str, *, cap: Money | None, notice: Money, now: datetime
) -> Wallet:
    """Set the most of a month, and below what its owner is told. Raises Invalid for another currency or less than 0."""
    known = currency(code).code
    for each in filter(None, (cap, notice)):
        if each.currency != known or each.minor < 0:
            raise Invalid(f"Limits of this wallet are amounts in {known.upper()}, 0 or more.")
    wallet = locked_wallet(session, owner.id, known, now=now)
    before = {"cap": wallet.cap_minor, "notice": wallet.notice_minor}
    wallet.cap_minor, wallet.notice_minor = cap.minor if cap else None, notice.minor
    session.flush()
    after = {"cap": wallet.cap_minor, "notice": wallet.notice_minor}
    record(session, "wallet_limits", f"wallet:{wallet.id}", by=owner.id, before=before, after=after)
    return wallet


def wallets_of(session: Session, owner: Person) -> Sequence[Wallet]:
    """Return the person's wallets, one per currency that was ever paid in."""
    mine = select(Wallet).where(Wallet.person_id == owner.id).order_by(Wallet.currency)
    return session.scalars(mine).all()


def charges_to(session: Session, owner: Person, *, limit: int = 100, offset: int = 0) -> Sequence[UsageCharge]:
    """Return what the person's runs did cost, newest first."""
    mine = select(UsageCharge).join(Wallet, Wallet.id == UsageCharge.wallet_id).where(Wallet.person_id == owner.id)
    ordered = mine.order_by(UsageCharge.charged_at.desc(), UsageCharge.key)
    return session.scalars(ordered.limit(limit).offset(offset)).all()


def usage_owed(session: Session) -> Mapping[tuple[int, str], int]:
    """Return what sellers have earned by usage since ever, in minor units by seller and currency."""
    earned: dict[tuple[int, str], int] = {}
    rows = session.execute(
        select(UsageSum.seller_id, Wallet.currency, UsageSum.seller_minor).join(Wallet, Wallet.id == UsageSum.wallet_id)
    )
    for seller_id, code, minor in rows:
        earned[seller_id, code] = earned.get((seller_id, code), 0) + minor
    return earned


def expire_credit(session: Session, *, now: datetime) -> int:
    """End credit nobody has touched for two years, and return how many wallets that were. Run it every night."""
    idle = (Wallet.moved_at <= now - CREDIT_LASTS) & (Wallet.balance_micros > 0) & (Wallet.held_micros == 0)
    due = session.scalars(select(Wallet).where(idle).order_by(Wallet.id).with_for_update(skip_locked=True)).all()
    for wallet in due:
        left = _credit_left(session, wallet)
        legs = [debit(buyer_credit(wallet.person_id), left), credit(BREAKAGE, left)]
        key = f"breakage:{wallet.id}:{wallet.moved_at:%Y%m%d%H%M%S%f}"
        if left.minor:
            post(session, key, "breakage", legs, occurred_at=now)
        for row in session.scalars(select(UsageSum).where(UsageSum.wallet_id == wallet.id)):
            row.micros = row.posted_minor * MICROS  # what was left of a minor unit went with the rest
        wallet.balance_micros, wallet.moved_at = 0, now
    session.flush()
    return len(due)


def drifted_wallets(session: Session) -> Sequence[tuple[int, str, int]]:
    """Return (person, currency, micros) of wallets that do not agree with the books: an alarm."""
    rows = session.execute(sql_text("polidat.access", "drifted_wallets"))
    return [(int(row.person_id), str(row.currency), int(row.micros)) for row in rows]


def _credit_left(session: Session, wallet: Wallet) -> Money:
    """What the books owe the person: the balance, and what was used and is not yet a whole minor unit."""
    rows = session.scalars(select(UsageSum).where(UsageSum.wallet_id == wallet.id)).all()
    unposted = sum(row.micros - row.posted_minor * MICROS for row in rows)
    return Money((wallet.balance_micros + unposted) // MICROS, wallet.currency)
