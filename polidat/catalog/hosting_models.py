"""What the operator asks of storefronts."""

from datetime import datetime, timedelta

from sqlalchemy import CheckConstraint, Text
from sqlalchemy.orm import Mapped, mapped_column

from polidat.catalog.models import Store
from polidat.core import Money
from polidat.db import Base


class HostingPolicy(Base):
    """Whether storefronts have to pay for their hosting, after how many free days, and what a month costs: one row.

    The free days count from when a store opened, or from when it began to be asked, whichever is later.
    """

    __tablename__ = "hosting_policy"
    __table_args__ = (
        CheckConstraint('"only"', name="only"),
        CheckConstraint("price_minor > 0 and trial_days >= 0", "numbers"),
    )

    only: Mapped[bool] = mapped_column(primary_key=True)
    required: Mapped[bool]
    required_since: Mapped[datetime | None]
    trial_days: Mapped[int]
    price_minor: Mapped[int]
    currency: Mapped[str] = mapped_column(Text)
    set_at: Mapped[datetime]

    @property
    def price(self) -> Money:
        """What a month costs."""
        return Money(self.price_minor, self.currency)

    def free_until(self, store: Store) -> datetime:
        """Return when the free days of a store end; it has none while nothing is asked."""
        since = max(store.opened_at, self.required_since) if self.required_since is not None else store.opened_at
        return since + timedelta(days=self.trial_days if self.required else 0)
