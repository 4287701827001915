"""Who may read which dataset, and what was read."""

import enum
from datetime import datetime

from sqlalchemy import ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from polidat.db import Base


class GrantKind(enum.StrEnum):
    """Why somebody may read a dataset."""

    PURCHASE = "purchase"  # it was paid for
    FREE = "free"  # it cost nothing and was ordered
    OWNER = "owner"  # it is theirs; nothing is stored for this


class GrantState(enum.StrEnum):
    """Whether a grant opens the dataset now."""

    ACTIVE = "active"  # it does
    SUSPENDED = "suspended"  # not now: its payment is disputed
    REVOKED = "revoked"  # not any more


class UseKind(enum.StrEnum):
    """What somebody did with a dataset."""

    QUERY = "query"  # SQL in the editor
    ASK = "ask"  # a question in words
    API = "api"  # SQL through the API
    DOWNLOAD = "download"  # rows taken away as a file


class Entitlement(Base):
    """One reason to read, of one person for one dataset.

    There is one per line of an order (`order_line`, such as `ord_…:1`): ending one of two leaves the other.
    """

    __tablename__ = "entitlement"
    __table_args__ = (Index(None, "person_id", "dataset_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    dataset_id: Mapped[int] = mapped_column(ForeignKey("dataset.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    order_line: Mapped[str] = mapped_column(Text, unique=True)
    kind: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text, default=GrantState.ACTIVE)
    granted_at: Mapped[datetime]
    changed_at: Mapped[datetime]


class Usage(Base):
    """One use of a dataset, with what it cost us."""

    __tablename__ = "dataset_usage"
    __table_args__ = (Index(None, "dataset_id", "used_at"), Index(None, "person_id", "used_at"))

    id: Mapped[int] = mapped_column(primary_key=True)
    dataset_id: Mapped[int] = mapped_column(ForeignKey("dataset.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    kind: Mapped[str] = mapped_column(Text)
    scanned_rows: Mapped[int]
    scanned_bytes: Mapped[int]
    elapsed_ms: Mapped[int]
    used_at: Mapped[datetime]
