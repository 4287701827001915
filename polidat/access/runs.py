"""Paid runs: reserve the most one can cost, charge what it did cost, free the rest."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from polidat.access.errors import OverSpendingCap, WalletEmpty, WalletFrozen
from polidat.access.events import WalletLow
from polidat.access.models import UsageCharge, Wallet, WalletHold, WalletState
from polidat.core import MICROS, Money, share
from polidat.db import sql_text
from polidat.events import emit
from polidat.ledger import USAGE_SHARE, Refs, buyer_credit, credit, debit, post, seller_payable
from polidat.people import Person, queue_mail

HOLD_LEASE = timedelta(minutes=5)  # longer than any run may take


@dataclass(frozen=True)
class RunTerms:
    """What a run is charged to whom: the buyer's wallet in `currency`, for a seller, with the house's share.

    `commission_rule_id` is the rule that set the share.
    """

    person_id: int
    dataset_id: int
    seller_id: int
    kind: str
    currency: str
    share_bps: int
    commission_rule_id: int | None = None


def reserve_run(session: Session, terms: RunTerms, most_micros: int, *, key: str, now: datetime) -> None:
    """Reserve what the run can cost at most, before it starts; the reservation lapses with its lease.

    Raises WalletEmpty, WalletFrozen, OverSpendingCap.
    """
    if _placed(session, terms, most_micros, key=key, now=now):
        return
    if not (free_expired_holds(session, now=now) and _placed(session, terms, most_micros, key=key, now=now)):
        _refuse(session, terms, most_micros)


def charge_run(session: Session, key: str, micros: int, *, now: datetime) -> int:
    """Take what the run did cost from the wallet, at most what was reserved, and return it in micros.

    Wallet, charge and books change together. Charged before, or after its lease was over, it takes nothing.
    """
    values = {"key": key, "micros": max(micros, 0), "month": _month(now), "now": now}
    found = session.execute(sql_text("polidat.access", "charge"), values).one_or_none()
    if found is None:
        return session.scalar(select(UsageCharge.micros).where(UsageCharge.key == key)) or 0
    _post_full_units(session, found, now=now)
    if not found.is_noticed and found.balance_micros < found.notice_minor * MICROS:
        _tell_low(session, found, now=now)
    return int(found.micros)


def release_run(session: Session, key: str) -> None:
    """Free what a run reserved that did not give an answer."""
    gone = delete(WalletHold).where(WalletHold.key == key).returning(WalletHold.wallet_id, WalletHold.micros)
    found = session.execute(gone).one_or_none()
    if found is not None:
        less = {"held_micros": Wallet.held_micros - found.micros}
        session.execute(update(Wallet).where(Wallet.id == found.wallet_id).values(less))


def free_expired_holds(session: Session, *, now: datetime) -> int:
    """Free what runs reserved that never ended, because their process did; returns how many. Run it every minute."""
    return session.scalar(sql_text("polidat.access", "free_expired"), {"now": now}) or 0


def _placed(session: Session, terms: RunTerms, micros: int, *, key: str, now: datetime) -> bool:
    values = {
        "person_id": terms.person_id,
        "currency": terms.currency,
        "dataset_id": terms.dataset_id,
        "seller_id": terms.seller_id,
        "kind": terms.kind,
        "share_bps": terms.share_bps,
        "commission_rule_id": terms.commission_rule_id,
        "micros": micros,
        "key": key,
        "month": _month(now),
        "expires_at": now + HOLD_LEASE,
    }
    return session.execute(sql_text("polidat.access", "reserve"), values).one_or_none() is not None


def _refuse(session: Session, terms: RunTerms, micros: int) -> None:
    mine = (Wallet.person_id == terms.person_id) & (Wallet.currency == terms.currency)
    wallet = session.scalar(select(Wallet).where(mine).execution_options(populate_existing=True))
    if wallet is not None and wallet.state == WalletState.FROZEN:
        raise WalletFrozen
    if wallet is not None and wallet.cap_minor is not None and wallet.free_micros >= micros:
        raise OverSpendingCap(Money(wallet.cap_minor, wallet.currency))
    raise WalletEmpty(micros, wallet.free_micros if wallet else 0, terms.currency)


def _post_full_units(session: Session, paid: Any, *, now: datetime) -> None:
    """What has grown to whole minor units goes into the books, shared between seller and house as a running total."""
    whole = int(paid.sum_micros) // MICROS
    used = Money(whole - paid.posted_minor, paid.currency)
    if not used.minor:
        return
    theirs_whole = whole - share(whole, paid.share_bps)
    theirs = Money(theirs_whole - paid.seller_minor, paid.currency)
    legs = [
        debit(buyer_credit(paid.person_id), used),
        credit(seller_payable(paid.seller_id), theirs),
        credit(USAGE_SHARE, used - theirs),
    ]
    key = f"usage:{paid.wallet_id}:{paid.seller_id}:{paid.share_bps}:{whole}"
    refs = Refs(meta={"wallet": str(paid.wallet_id)})
    post(session, key, "usage", [leg for leg in legs if leg.minor], occurred_at=now, refs=refs)
    sums = {"wallet_id": paid.wallet_id, "seller_id": paid.seller_id, "share_bps": paid.share_bps}
    session.execute(sql_text("polidat.access", "posted"), {**sums, "posted_minor": whole, "seller_minor": theirs_whole})


def _tell_low(session: Session, paid: Any, *, now: datetime) -> None:
    left = Money(int(paid.balance_micros) // MICROS, paid.currency)
    session.execute(update(Wallet).where(Wallet.id == paid.wallet_id).values(is_noticed=True))
    to = session.scalars(select(Person.email).where(Person.id == paid.person_id)).one()
    body = f"Your wallet has {left} left. Runs stop when it cannot cover the most they can cost.\n"
    queue_mail(session, to, "Your PoliDat wallet is running low", body, now=now)
    emit(session, WalletLow(paid.person_id, left.currency, left.minor))


def _month(now: datetime) -> date:
    return now.date().replace(day=1)
