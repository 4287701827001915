"""The tables of the books, as the database has them. Rows are written by `post` and never changed."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from polidat.db import Base, Xid8


class CurrencyRow(Base):
    """A currency the books may hold, with the decimals of its minor unit."""

    __tablename__ = "currency"

    code: Mapped[str] = mapped_column(Text, primary_key=True)
    exponent: Mapped[int]


class LedgerAccount(Base):
    """An account in one currency. With a floor it is guarded: its balance is kept and never falls below."""

    __tablename__ = "ledger_account"
    __table_args__ = (UniqueConstraint("code", "currency"), UniqueConstraint("id", "currency"))

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(Text)
    currency: Mapped[str] = mapped_column(ForeignKey("currency.code"))
    kind: Mapped[str] = mapped_column(Text)
    floor_minor: Mapped[int | None]


class LedgerTxn(Base):
    """A transaction: why, when, and what it refers to. `idem_key` names the fact, so that it is written once."""

    __tablename__ = "ledger_txn"
    __table_args__ = (
        Index(None, "order_ref"),
        Index(None, "occurred_at"),
        Index(None, "reverses", postgresql_where=text("reverses IS NOT NULL")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    idem_key: Mapped[str] = mapped_column(Text, unique=True)
    content_hash: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    occurred_at: Mapped[datetime]
    posted_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))
    stripe_object: Mapped[str | None] = mapped_column(Text)
    stripe_event: Mapped[str | None] = mapped_column(Text)
    order_ref: Mapped[str | None] = mapped_column(Text)
    reverses: Mapped[int | None] = mapped_column(ForeignKey("ledger_txn.id"))
    meta: Mapped[dict[str, Any]]
    xact: Mapped[Any] = mapped_column(Xid8, server_default=text("pg_current_xact_id()"))


class LedgerEntry(Base):
    """A leg: debit positive, credit negative."""

    __tablename__ = "ledger_entry"
    __table_args__ = (
        ForeignKeyConstraint(["account_id", "currency"], ["ledger_account.id", "ledger_account.currency"]),
        UniqueConstraint("bt_id", "account_id"),
        CheckConstraint("amount <> 0", "amount"),
        Index(None, "account_id", "txn_id", postgresql_include=["amount"]),
    )

    txn_id: Mapped[int] = mapped_column(ForeignKey("ledger_txn.id"), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int]
    currency: Mapped[str] = mapped_column(Text)
    amount: Mapped[int]
    bt_id: Mapped[str | None] = mapped_column(Text)


class LedgerBalance(Base):
    """The balance of a guarded account, kept by the database itself."""

    __tablename__ = "ledger_balance"

    account_id: Mapped[int] = mapped_column(ForeignKey("ledger_account.id"), primary_key=True, autoincrement=False)
    amount: Mapped[int]
    version: Mapped[int]


class LedgerSeal(Base):
    """A link of the chain over all transactions: the digest of this one and of everything before."""

    __tablename__ = "ledger_seal"

    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    txn_id: Mapped[int] = mapped_column(ForeignKey("ledger_txn.id"), unique=True)
    hash: Mapped[str] = mapped_column(Text)
    sealed_at: Mapped[datetime]
