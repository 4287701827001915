"""What a listing says about a good that ships."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from polidat.core import Invalid, Money
from polidat.db import Base

STANDARD_DELIVERY = "Standard delivery"


@dataclass(frozen=True)
class Delivery:
    """A way to send a good: what it costs, where to (two letters each; none is anywhere), and how long it takes.

    `days` are working days from the first to the last it usually takes once it is sent; None when nothing is said.
    """

    name: str
    price: Money
    countries: Sequence[str] = ()
    days: tuple[int, int] | None = None

    @property
    def shown(self) -> str:
        """What it costs, how long it takes and where it goes, for people."""
        where = ", ".join(self.countries) if self.countries else "any country"
        return ", ".join(
            each for each in (str(self.price) if self.price.minor else "free", self.takes, f"to {where}") if each
        )

    @property
    def takes(self) -> str:
        """How long it takes, for people; empty when nothing is said."""
        return days_text(self.days)


class Shipping(Base):
    """A listing is a good that ships, in the ways its seller offers; the first is taken unless a buyer chooses.

    With `with_data` its buyers get the listing's data at once, too; else the good is all there is.
    """

    __tablename__ = "listing_shipping"

    listing_id: Mapped[int] = mapped_column(ForeignKey("listing.id"), primary_key=True, autoincrement=False)
    deliveries: Mapped[list[Any]]
    currency: Mapped[str] = mapped_column(Text)
    with_data: Mapped[bool]
    set_at: Mapped[datetime]

    @property
    def ways(self) -> Sequence[Delivery]:
        """The ways it is sent, in the order its seller chose."""
        return tuple(self._way(each) for each in self.deliveries)

    @property
    def costs(self) -> bool:
        """Whether any way costs something."""
        return any(each.price.minor for each in self.ways)

    def way(self, name: str) -> Delivery:
        """Return the way of this name, the first for no name. Raises Invalid for one that is not offered."""
        found = next((each for each in self.ways if name in ("", each.name)), None)
        if found is None:
            offered = ", ".join(each.name for each in self.ways)
            raise Invalid(f"“{name[:60]}” is not a way this is sent. Choose one of: {offered}.")
        return found

    def _way(self, kept: Mapping[str, Any]) -> Delivery:
        first, last = kept["days"] or (None, None)
        days = None if first is None or last is None else (int(first), int(last))
        return Delivery(kept["name"], Money(kept["price_minor"], self.currency), tuple(kept["countries"]), days)


def days_text(days: tuple[int, int] | None) -> str:
    """Return how many working days something takes, for people; empty for None."""
    if days is None:
        return ""
    first, last = days
    return f"{first} to {last} working days" if first != last else f"{last} working day{'s' if last != 1 else ''}"
