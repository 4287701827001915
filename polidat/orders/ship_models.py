"""What is sent to buyers: one parcel for each line that ships."""

import enum
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from polidat.db import Base
from polidat.payments import Address


class ShipmentState(enum.StrEnum):
    """Where a parcel is."""

    ORDERED = "ordered"  # not paid yet
    RECEIVED = "received"  # paid: the seller has the order
    ACCEPTED = "accepted"  # the seller has said that it will be sent
    SHIPPED = "shipped"  # on its way, with its carrier
    DELIVERED = "delivered"  # the buyer has it, or has said nothing else in time
    CANCELED = "canceled"  # it is not sent; what was paid for it goes back


UNSENT = (ShipmentState.RECEIVED, ShipmentState.ACCEPTED)
OVER = (ShipmentState.DELIVERED, ShipmentState.CANCELED)


class Shipment(Base):
    """The parcel of a line, to one of `countries` (none: anywhere), as the listing said when it was ordered.

    `delivery` is the way the buyer chose, by its name, and `days_from` to `days_to` the working days it takes.

    `ship_to` is the address the buyer gave: for the buyer and the seller of this line only, and gone some time after
    the parcel's end. `why` says to the buyer why it is not sent; `problem` to operators what kept it from its end.
    `reminded` is how many times the buyer was asked again for the address.
    """

    __tablename__ = "shipment"
    __table_args__ = (
        CheckConstraint("state in ('ordered', 'received', 'accepted', 'shipped', 'delivered', 'canceled')", "state"),
        Index("ix_shipment_open", "state", postgresql_where=text("state in ('received', 'accepted', 'shipped')")),
    )

    line_id: Mapped[int] = mapped_column(ForeignKey("order_line.id"), primary_key=True, autoincrement=False)
    countries: Mapped[list[str]]
    with_data: Mapped[bool]
    delivery: Mapped[str] = mapped_column(Text, default="", server_default="")
    days_from: Mapped[int | None]
    days_to: Mapped[int | None]
    state: Mapped[str] = mapped_column(Text, default=ShipmentState.ORDERED)
    ship_to: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    carrier: Mapped[str] = mapped_column(Text, default="")
    tracking: Mapped[str] = mapped_column(Text, default="")
    why: Mapped[str] = mapped_column(Text, default="")
    problem: Mapped[str] = mapped_column(Text, default="", server_default="")
    reminded: Mapped[int] = mapped_column(default=0, server_default="0")
    paid_at: Mapped[datetime | None]
    accepted_at: Mapped[datetime | None]
    shipped_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]

    @property
    def address(self) -> Address | None:
        """Where it goes; None when the buyer has not said so, or it is forgotten."""
        return None if self.ship_to is None else Address(**self.ship_to)

    @property
    def days(self) -> tuple[int, int] | None:
        """The working days it takes, from the first to the last; None when nothing was said."""
        return None if self.days_from is None or self.days_to is None else (self.days_from, self.days_to)

    @property
    def is_unsent(self) -> bool:
        """Whether it is paid and not on its way."""
        return self.state in UNSENT
