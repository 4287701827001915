"""What a listing asks of whoever gets it, and what they answered. Nothing here is ever changed."""

from datetime import datetime

from sqlalchemy import ForeignKey, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from polidat.db import Base


class Licence(Base):
    """A version of the terms a listing is given under; the newest is the one in force.

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
