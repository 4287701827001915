"""What freezes a wallet, cause by cause: it pays again only when the last of them is gone."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from polidat.access.events import WalletFroze
from polidat.access.models import Wallet, WalletFreeze, WalletState
from polidat.core import NotAllowed
from polidat.events import emit, record
from polidat.people import Person

DEBT = "debt"  # credit went back after it was used: paid in full, it is gone


def freeze_wallet(session: Session, person_id: int, code: str, *, cause: str, now: datetime) -> None:
    """Let the wallet pay for nothing until `cause` is gone, such as `dispute:dp_…`: each freezes once."""
    freeze(session, locked_wallet(session, person_id, code, now=now), cause, owed_minor=0, now=now)


def thaw_wallet(session: Session, person_id: int, code: str, *, cause: str, now: datetime) -> None:
    """Take one cause away; the wallet pays again when it was the last."""
    thaw(session, locked_wallet(session, person_id, code, now=now), cause)


def frozen_wallets(session: Session, operator: Person) -> Sequence[Wallet]:
    """Return the wallets that pay for nothing now. Raises NotAllowed for anybody but an operator."""
    if not operator.is_operator:
        raise NotAllowed("Only operators see the wallets of others.")
    return session.scalars(select(Wallet).where(Wallet.state == WalletState.FROZEN).order_by(Wallet.id)).all()


def freezes_of(session: Session, owner: Person) -> Mapping[str, Sequence[str]]:
    """Return what freezes the person's wallets, by their currency, in the order it came."""
    mine = select(Wallet.currency, WalletFreeze.cause).join(WalletFreeze).where(Wallet.person_id == owner.id)
    found: dict[str, list[str]] = {}
    for code, cause in session.execute(mine.order_by(WalletFreeze.since, WalletFreeze.cause)):
        found.setdefault(code, []).append(cause)
    return found


def freeze(session: Session, wallet: Wallet, cause: str, *, owed_minor: int, now: datetime) -> None:
    """Note a cause of a wallet that is locked. One that froze it before tells again only of what more is owed."""
    row = insert(WalletFreeze).values(wallet_id=wallet.id, cause=cause, since=now)
    new = session.scalar(row.on_conflict_do_nothing().returning(WalletFreeze.cause))
    if new is None and not owed_minor:
        return
    before = {"state": wallet.state, "currency": wallet.currency}
    was, wallet.state = wallet.state, WalletState.FROZEN
    session.flush()
    after = {"state": wallet.state, "owed_minor": owed_minor, "cause": cause}
    record(session, "wallet", f"wallet:{wallet.id}", by=None, before=before, after=after)
    if was != WalletState.FROZEN or owed_minor:
        emit(session, WalletFroze(wallet.person_id, wallet.currency, owed_minor))


def thaw(session: Session, wallet: Wallet, cause: str) -> None:
    """Take a cause of a wallet that is locked away."""
    mine = WalletFreeze.wallet_id == wallet.id
    gone = delete(WalletFreeze).where(mine, WalletFreeze.cause == cause).returning(WalletFreeze.cause)
    if session.scalar(gone) is None:
        return
    before = {"state": wallet.state, "currency": wallet.currency, "cause": cause}
    if session.scalar(select(WalletFreeze.cause).where(mine).limit(1)) is None:
        wallet.state = WalletState.ACTIVE
    session.flush()
    record(session, "wallet", f"wallet:{wallet.id}", by=None, before=before, after={"state": wallet.state})


def locked_wallet(session: Session, person_id: int, code: str, *, now: datetime) -> Wallet:
    """Return the wallet, opened if it is the first time; nobody else changes it before this unit of work ends."""
    opened = insert(Wallet).values(
        person_id=person_id, currency=code, state=WalletState.ACTIVE, balance_micros=0, held_micros=0, spent_micros=0,
        notice_minor=100, is_noticed=False, moved_at=now,
    )  # fmt: skip
    session.execute(opened.on_conflict_do_nothing(index_elements=["person_id", "currency"]))
    mine = select(Wallet).where((Wallet.person_id == person_id) & (Wallet.currency == code)).with_for_update()
    return session.scalars(mine.execution_options(populate_existing=True)).one()
