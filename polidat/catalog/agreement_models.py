"""What a listing asks of whoever gets it, and what they answered."""

import enum
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from polidat.db import Base


class Licence(Base):
    """A version of the terms a listing is given under; the newest is the one in force. Never changed.

    `code` is a short name as in https://spdx.org/licenses/, `words` what the seller added, `text` all of it as buyers
    read it, and `digest` the SHA-256 of that.
    """

    __tablename__ = "listing_licence"
    __table_args__ = (UniqueConstraint("listing_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    listing_id: Mapped[int] = mapped_column(ForeignKey("listing.id"))
    number: Mapped[int]
    code: Mapped[str] = mapped_column(Text)
    words: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text)
    digest: Mapped[str] = mapped_column(Text)
    made_at: Mapped[datetime]


class Acceptance(Base):
    """Somebody accepted a version of a licence: once, with the digest of what they read."""

    __tablename__ = "licence_acceptance"
    __table_args__ = (UniqueConstraint("person_id", "licence_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    licence_id: Mapped[int] = mapped_column(ForeignKey("listing_licence.id"), index=True)
    digest: Mapped[str] = mapped_column(Text)
    accepted_at: Mapped[datetime]


class Asking(Base):
    """A listing asks its buyers who they are, where, and what for.

    `countries` (two-letter codes) and `purposes` are those it is given to, empty for any; with `by_seller` the seller
    decides about everybody who is left.
    """

    __tablename__ = "listing_asking"

    listing_id: Mapped[int] = mapped_column(ForeignKey("listing.id"), primary_key=True, autoincrement=False)
    countries: Mapped[list[str]]
    purposes: Mapped[list[str]]
    by_seller: Mapped[bool]
    set_at: Mapped[datetime]


class AttestationState(enum.StrEnum):
    """What became of somebody's answers."""

    WAITING = "waiting"  # the seller has to decide
    APPROVED = "approved"  # by the listing's rules, or by its seller
    REFUSED = "refused"  # the seller does not give it to this buyer
    LAPSED = "lapsed"  # nobody decided in time


class Attestation(Base):
    """Who somebody says they are, in which country, and what they want a listing for; and what became of it.

    `due_at` is when the seller has to have decided, from the moment it is paid; `reason` is the seller's, for the
    buyer. Nobody (None) decided what the rules did, or what lapsed.
    """

    __tablename__ = "attestation"
    __table_args__ = (
        CheckConstraint("state in ('waiting', 'approved', 'refused', 'lapsed')", "state"),
        Index(None, "person_id", "listing_id"),
        Index("ix_attestation_due", "due_at", postgresql_where=text("state = 'waiting'")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    listing_id: Mapped[int] = mapped_column(ForeignKey("listing.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    who: Mapped[str] = mapped_column(Text)
    country: Mapped[str] = mapped_column(Text)
    purpose: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text, default="")
    given_at: Mapped[datetime]
    due_at: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
