"""Fraud rules as data, and what they found."""

import enum
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from polidat.db import Base


class RuleMode(enum.StrEnum):
    """What a rule may do."""

    OFF = "off"  # it is not asked
    SHADOW = "shadow"  # what it finds is noted, and nothing else happens
    ACTIVE = "active"  # its action is taken


class RuleAction(enum.StrEnum):
    """What an active rule does."""

    REFUSE = "refuse"  # the order or the payment is refused
    HOLD = "hold"  # what was paid for rests until somebody has looked
    REVIEW = "review"  # somebody has to look; nothing is stopped


class FindingState(enum.StrEnum):
    """What became of a finding."""

    OPEN = "open"  # nobody has looked
    RELEASED = "released"  # it was nothing
    CONFIRMED = "confirmed"  # it was fraud


class FraudRule(Base):
    """A rule: how far back it looks, where it begins to speak, and what it may do. Its meaning is in `fraud_rules`.

    `limits` are the other numbers it asks about, by name.
    """

    __tablename__ = "fraud_rule"
    __table_args__ = (CheckConstraint("mode in ('off', 'shadow', 'active')", "mode"),)

    code: Mapped[str] = mapped_column(Text, primary_key=True)
    title: Mapped[str] = mapped_column(Text)
    version: Mapped[int] = mapped_column(default=1)
    window_s: Mapped[int]
    threshold: Mapped[int]
    action: Mapped[str] = mapped_column(Text)
    mode: Mapped[str] = mapped_column(Text)
    limits: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))


class FraudRuleVersion(Base):
    """A rule as it was from `changed_at` until its next version. Never changed itself."""

    __tablename__ = "fraud_rule_version"

    code: Mapped[str] = mapped_column(ForeignKey("fraud_rule.code"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    window_s: Mapped[int]
    threshold: Mapped[int]
    action: Mapped[str] = mapped_column(Text)
    mode: Mapped[str] = mapped_column(Text)
    limits: Mapped[dict[str, Any]]
    changed_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    changed_at: Mapped[datetime] = mapped_column(server_default=text("now()"))


class FraudFinding(Base):
    """What a rule found, with the numbers it saw. One per rule and subject."""

    __tablename__ = "fraud_finding"
    __table_args__ = (
        UniqueConstraint("rule_code", "subject"),
        Index("ix_fraud_finding_open", "found_at", postgresql_where=text("state = 'open'")),
        Index(None, "person_id", "found_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    rule_code: Mapped[str] = mapped_column(ForeignKey("fraud_rule.code"))
    rule_version: Mapped[int]
    subject: Mapped[str] = mapped_column(Text)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    inputs: Mapped[dict[str, Any]]
    action: Mapped[str] = mapped_column(Text)
    mode: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text, default=FindingState.OPEN)
    found_at: Mapped[datetime]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    decided_at: Mapped[datetime | None]
