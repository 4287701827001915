"""Read the books."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from polidat.core import Money
from polidat.db import sql_text
from polidat.ledger.chart import seller_hold, seller_payable, seller_receivable
from polidat.ledger.models import LedgerAccount, LedgerEntry


@dataclass(frozen=True)
class AccountSum:
    """An account and its balance: debit positive, credit negative."""

    code: str
    currency: str
    minor: int


@dataclass(frozen=True)
class StatementLine:
    """A movement of an account, and its balance afterwards."""

    txn_id: int
    kind: str
    occurred_at: datetime
    order_ref: str | None
    stripe_object: str | None
    minor: int
    balance_minor: int


def balance_of(session: Session, code: str, currency: str) -> int:
    """Return an account's balance in minor units, debit positive; 0 for one that never moved."""
    of_account = (LedgerAccount.code == code) & (LedgerAccount.currency == currency)
    entries = select(func.sum(LedgerEntry.amount)).join(LedgerAccount, LedgerAccount.id == LedgerEntry.account_id)
    return int(session.scalar(entries.where(of_account)) or 0)


def statement(session: Session, code: str, currency: str) -> Sequence[StatementLine]:
    """Return every movement of an account, oldest first, with the balance after each."""
    rows = session.execute(sql_text("polidat.ledger", "statement"), {"code": code, "currency": currency})
    return [
        StatementLine(row.txn_id, row.kind, row.occurred_at, row.order_ref, row.stripe_object, row.amount, row.balance)
        for row in rows
    ]


def trial_balance(session: Session) -> Sequence[AccountSum]:
    """Return the balance of every account that ever moved; they sum to zero in each currency."""
    return [AccountSum(*row) for row in session.execute(sql_text("polidat.ledger", "trial_balance"))]


def drifted_balances(session: Session) -> Sequence[AccountSum]:
    """Return guarded accounts whose kept balance is not the sum of their legs, with the difference: an alarm."""
    return [AccountSum(*row) for row in session.execute(sql_text("polidat.ledger", "drifted"))]


def open_clearings(session: Session, *, before: datetime) -> Sequence[AccountSum]:
    """Return clearing accounts that first moved before then and are not at zero: after a day, an alarm."""
    rows = session.execute(sql_text("polidat.ledger", "open_clearings"), {"before": before})
    return [AccountSum(*row) for row in rows]


def booked_movements(session: Session, bt_ids: Sequence[str]) -> set[str]:
    """Return those of Stripe's balance transactions that are in the books."""
    found = session.scalars(select(LedgerEntry.bt_id).where(LedgerEntry.bt_id.in_(bt_ids)))
    return {each for each in found if each is not None}


def booked_currencies(session: Session) -> Sequence[str]:
    """Return the currencies that ever moved, by code."""
    return session.scalars(select(LedgerAccount.currency).distinct().order_by(LedgerAccount.currency)).all()


def seller_owed(session: Session, seller: int | str) -> Sequence[Money]:
    """Return what the house owes the seller, one amount per currency that ever moved."""
    return [Money(-each.minor, each.currency) for each in _balances(session, seller_payable(seller))]


def seller_owes(session: Session, seller: int | str) -> Sequence[Money]:
    """Return what the seller owes the house, one amount per currency that is not at zero."""
    return [each for each in _balances(session, seller_receivable(seller)) if each.minor]


def seller_held(session: Session, seller: int | str) -> Sequence[Money]:
    """Return what is held of the seller's money over open disputes, one amount per currency that is not at zero."""
    return [Money(-each.minor, each.currency) for each in _balances(session, seller_hold(seller)) if each.minor]


def _balances(session: Session, code: str) -> Sequence[Money]:
    """An account in each of its currencies, debit positive."""
    entries = (
        select(func.sum(LedgerEntry.amount), LedgerAccount.currency)
        .join(LedgerAccount, LedgerAccount.id == LedgerEntry.account_id)
        .where(LedgerAccount.code == code)
        .group_by(LedgerAccount.currency)
        .order_by(LedgerAccount.currency)
    )
    return [Money(int(minor), currency) for minor, currency in session.execute(entries)]
