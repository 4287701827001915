"""Staged facts, the ordered log, and how far each reader is."""

from datetime import datetime
from typing import Any

from sqlalchemy import FetchedValue, ForeignKey, Index, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from polidat.db import Base, Xid8


class StagedEvent(Base):
    """A fact in its writer's transaction; the sequencer moves it to the log once that is committed."""

    __tablename__ = "event_staging"

    id: Mapped[int] = mapped_column(primary_key=True)
    xid: Mapped[Any] = mapped_column(Xid8, server_default=text("pg_current_xact_id()"))
    kind: Mapped[str] = mapped_column(Text)
    payload: Mapped[Any] = mapped_column(JSONB)
    told_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))


class EventHead(Base):
    """The last position given out: one row."""

    __tablename__ = "event_head"

    only: Mapped[bool] = mapped_column(primary_key=True)
    position: Mapped[int]


class LogEvent(Base):
    """A fact at its place: `position` counts transactions without gaps, `op` the facts within one."""

    __tablename__ = "event_log"
    __table_args__ = (Index(None, "kind", "position"),)

    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    op: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last: Mapped[bool]
    xid: Mapped[Any] = mapped_column(Xid8, server_default=FetchedValue())
    kind: Mapped[str] = mapped_column(Text)
    payload: Mapped[Any] = mapped_column(JSONB)
    told_at: Mapped[datetime]


class EventCursor(Base):
    """How far a named reader has read."""

    __tablename__ = "event_cursor"

    reader: Mapped[str] = mapped_column(Text, primary_key=True)
    position: Mapped[int]


class AuditEntry(Base):
    """Who changed what. Never changed itself.

    Texts are cut for reading; the digests are over them whole, and empty where nothing was kept.
    """

    __tablename__ = "audit_entry"
    __table_args__ = (Index(None, "actor_id", "id"), Index(None, "object", "id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))
    actor_id: Mapped[int | None]
    action: Mapped[str] = mapped_column(Text)
    object: Mapped[str] = mapped_column(Text)
    before: Mapped[dict[str, Any]]
    after: Mapped[dict[str, Any]]
    before_hash: Mapped[str] = mapped_column(Text, server_default="")
    after_hash: Mapped[str] = mapped_column(Text, server_default="")


class AuditSeal(Base):
    """A link of the chain over the audit log."""

    __tablename__ = "audit_seal"

    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    entry_id: Mapped[int] = mapped_column(ForeignKey("audit_entry.id"), unique=True)
    hash: Mapped[str] = mapped_column(Text)
    sealed_at: Mapped[datetime]
