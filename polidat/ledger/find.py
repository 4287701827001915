"""Read the books."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from polidat.core import Broken, Money
from polidat.db import sql_text
from polidat.ledger.chart import REPAIR, exchanged, seller_hold, seller_payable, seller_receivable
from polidat.ledger.models import LedgerAccount, LedgerEntry, LedgerTxn

PAGE_SIZE = 100


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


@dataclass(frozen=True)
class Statement:
    """A page of an account's movements, the balances around the whole period, and how many movements it has."""

    opening_minor: int
    closing_minor: int
    count: int
    lines: Sequence[StatementLine]


@dataclass(frozen=True)
class TrialLine:
    """Accounts of one kind and purpose, and their debit and credit balances in minor units of a currency."""

    kind: str
    code: str
    currency: str
    accounts: int
    debit_minor: int
    credit_minor: int


@dataclass(frozen=True)
class OpenClearing:
    """A clearing account that is not at zero, its balance with debit positive, and since when."""

    code: str
    currency: str
    minor: int
    since: datetime


@dataclass(frozen=True)
class Receivable:
    """What a seller (an account of Stripe's where nobody of ours is known) owes, and what raised it last."""

    seller: str
    currency: str
    minor: int
    txn_id: int
    kind: str
    order_ref: str | None

    @property
    def amount(self) -> Money:
        """What is owed."""
        return Money(self.minor, self.currency)


@dataclass(frozen=True)
class Repaired:
    """A posting with its repairs: when it happened, and its sums by account and currency, debit positive."""

    occurred_at: datetime
    sums: Mapping[tuple[str, str], int]


def balance_of(session: Session, code: str, currency: str) -> int:
    """Return an account's balance in minor units, debit positive; 0 for one that never moved."""
    of_account = (LedgerAccount.code == code) & (LedgerAccount.currency == currency)
    entries = select(func.sum(LedgerEntry.amount)).join(LedgerAccount, LedgerAccount.id == LedgerEntry.account_id)
    return int(session.scalar(entries.where(of_account)) or 0)


def settled_in(session: Session, charged: str) -> Sequence[str]:
    """Return the currencies that payments in this one are kept in while they are owed on."""
    start = exchanged(charged, "")
    named = select(LedgerAccount.code).where(LedgerAccount.code.startswith(start, autoescape=True)).distinct()
    return [each.removeprefix(start) for each in session.scalars(named.order_by(LedgerAccount.code))]


def statement(
    session: Session,
    code: str,
    currency: str,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    page: int = 1,
    size: int = PAGE_SIZE,
) -> Statement:
    """Return the movements of an account from `since` until before `until`, oldest first, a page of them.

    Without bounds it is about all there is. The balance after each line counts what was before the period too.
    """
    asked = {"code": code, "currency": currency, "since": since, "until": until}
    bounds = {"size": size, "skip": (max(page, 1) - 1) * size}
    rows = session.execute(sql_text("polidat.ledger", "statement"), {**asked, **bounds}).all()
    return Statement(
        opening_minor=rows[0].opening,
        closing_minor=rows[0].closing,
        count=rows[0].many,
        lines=[
            StatementLine(
                row.txn_id, row.kind, row.occurred_at, row.order_ref, row.stripe_object, row.amount, row.balance
            )
            for row in rows
            if row.txn_id is not None
        ],
    )


def find_accounts(session: Session, words: str = "", *, limit: int = PAGE_SIZE) -> Sequence[tuple[str, str]]:
    """Return accounts whose code has the words, with their currency: those of the house before one of a subject."""
    code = LedgerAccount.code
    parts = func.length(code) - func.length(func.replace(code, ":", ""))
    found = select(code, LedgerAccount.currency).order_by(parts, code, LedgerAccount.currency).limit(limit)
    if words.strip():
        found = found.where(func.strpos(func.lower(code), words.strip().lower()) > 0)
    return [(each, currency) for each, currency in session.execute(found)]


def trial_lines(session: Session) -> Sequence[TrialLine]:
    """Return the trial balance by kind of account; debits and credits come to the same in each currency."""
    return [TrialLine(*row) for row in session.execute(sql_text("polidat.ledger", "trial_lines"))]


def trial_balance(session: Session) -> Sequence[AccountSum]:
    """Return the balance of every account that ever moved; they sum to zero in each currency."""
    return [AccountSum(*row) for row in session.execute(sql_text("polidat.ledger", "trial_balance"))]


def drifted_balances(session: Session) -> Sequence[AccountSum]:
    """Return guarded accounts whose kept balance is not the sum of their legs, with the difference: an alarm."""
    return [AccountSum(*row) for row in session.execute(sql_text("polidat.ledger", "drifted"))]


def open_clearings(session: Session, *, before: datetime) -> Sequence[OpenClearing]:
    """Return clearing accounts that left zero before then and have not returned: after a day, an alarm."""
    rows = session.execute(sql_text("polidat.ledger", "open_clearings"), {"before": before})
    return [OpenClearing(*row) for row in rows]


def receivables(session: Session, *, before: datetime) -> Sequence[Receivable]:
    """Return what sellers owe, where it was raised before then for the last time, by anything but hosting."""
    rows = session.execute(sql_text("polidat.ledger", "receivables"), {"before": before})
    return [Receivable(*row) for row in rows]


def repaired_sums(session: Session, txn_id: int) -> Repaired:
    """Return what a posting and its repairs come to by account and currency, and when it happened.

    Raises Broken for a posting that is not there.
    """
    at = session.scalar(select(LedgerTxn.occurred_at).where(LedgerTxn.id == txn_id))
    if at is None:
        raise Broken("A repair names a posting that is not there.", txn_id=txn_id)
    belongs = (LedgerTxn.id == txn_id) | ((LedgerTxn.reverses == txn_id) & (LedgerTxn.kind == REPAIR))
    sums = (
        select(LedgerAccount.code, LedgerAccount.currency, func.sum(LedgerEntry.amount))
        .join(LedgerEntry, LedgerEntry.account_id == LedgerAccount.id)
        .join(LedgerTxn, LedgerTxn.id == LedgerEntry.txn_id)
        .where(belongs)
        .group_by(LedgerAccount.code, LedgerAccount.currency)
    )
    return Repaired(at, {(code, currency): int(minor) for code, currency, minor in session.execute(sums)})


def booked_movements(session: Session, bt_ids: Sequence[str]) -> set[str]:
    """Return those of Stripe's balance transactions that are in the books."""
    found = session.scalars(select(LedgerEntry.bt_id).where(LedgerEntry.bt_id.in_(bt_ids)))
    return {each for each in found if each is not None}


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
