"""Carts, and who sits on the licences that were bought for several people."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from polidat.db import Base


class Cart(Base):
    """What a person, or a visitor who is not signed in, means to buy together.

    Of a visitor only the digest of the token in their cookie is kept, and for an hour or two the address (`client`)
    that began it. `told` is what its owner should know about what a visitor's cart brought into it.
    """

    __tablename__ = "cart"
    __table_args__ = (
        CheckConstraint("(person_id is null) <> (digest is null)", "whose"),
        Index("ix_cart_forgotten", "used_at", postgresql_where=text("digest is not null")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), unique=True)
    digest: Mapped[str | None] = mapped_column(Text, unique=True)
    client: Mapped[str] = mapped_column(Text, default="", server_default="")
    told: Mapped[str] = mapped_column(Text, default="")
    made_at: Mapped[datetime]
    used_at: Mapped[datetime]


class CartLine(Base):
    """So many licences of a listing in a cart, with the price of one when it was added and a note to its seller.

    With `for_others` all of them are to be given away: their buyer has the listing, or does not want it. `delivery` is
    the way a good is sent, by its name; the first the seller offers when nothing is said.
    """

    __tablename__ = "cart_item"
    __table_args__ = (CheckConstraint("quantity >= 1", "quantity"),)

    cart_id: Mapped[int] = mapped_column(ForeignKey("cart.id"), primary_key=True, autoincrement=False)
    listing_id: Mapped[int] = mapped_column(ForeignKey("listing.id"), primary_key=True, autoincrement=False)
    quantity: Mapped[int]
    for_others: Mapped[bool] = mapped_column(default=False)
    delivery: Mapped[str] = mapped_column(Text, default="")
    note: Mapped[str] = mapped_column(Text)
    price_minor: Mapped[int]
    currency: Mapped[str] = mapped_column(Text)
    added_at: Mapped[datetime]


class Seat(Base):
    """A licence of a line that its buyer has given to somebody by e-mail.

    The first place is the buyer's own, unless all licences of the line are for others.

    It opens the data once that person has accepted (`taken_at`), until the buyer takes it back or they give it back
    (`ended_at`).
    """

    __tablename__ = "seat"
    __table_args__ = (
        ForeignKeyConstraint(["order_id", "number"], ["order_line.order_id", "order_line.number"]),
        CheckConstraint("place >= 1", "place"),
        Index("uq_seat_place", "order_id", "number", "place", unique=True, postgresql_where=text("ended_at is null")),
        Index("uq_seat_email", "order_id", "number", "email", unique=True, postgresql_where=text("ended_at is null")),
        Index("ix_seat_email", "email", postgresql_where=text("ended_at is null")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int]
    number: Mapped[int]
    place: Mapped[int]
    email: Mapped[str] = mapped_column(Text)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    acceptance_id: Mapped[int | None] = mapped_column(ForeignKey("licence_acceptance.id"))
    attestation_id: Mapped[int | None] = mapped_column(ForeignKey("attestation.id"))
    given_at: Mapped[datetime]
    taken_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
