"""What a listing says about a good that ships."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from polidat.core import Money
from polidat.db import Base


class Shipping(Base):
    """A listing is a good that ships, for a flat price, to these countries (two letters each; none is anywhere).

    With `with_data` its buyers get the listing's data at once, too; else the good is all there is.
    """

    __tablename__ = "listing_shipping"
    __table_args__ = (CheckConstraint("price_minor >= 0", "price"),)

    listing_id: Mapped[int] = mapped_column(ForeignKey("listing.id"), primary_key=True, autoincrement=False)
    price_minor: Mapped[int]
    currency: Mapped[str] = mapped_column(Text)
    countries: Mapped[list[str]]
    with_data: Mapped[bool]
    set_at: Mapped[datetime]

    @property
    def price(self) -> Money:
        """What the delivery of one order costs."""
        return Money(self.price_minor, self.currency)

    @property
    def shown(self) -> str:
        """What it costs and where it goes, for people."""
        where = ", ".join(self.countries) if self.countries else "any country"
        return f"{self.price if self.price_minor else 'free'}, to {where}"
