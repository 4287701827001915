"""What the figures have told: the only rows of this room. Everything else is read from the books."""

from datetime import date, datetime

from sqlalchemy import Text
from sqlalchemy.orm import Mapped, mapped_column

from polidat.core import Money
from polidat.db import Base


class RevenueAlert(Base):
    """A day whose sales were unusual in one currency, noted once.

    `usual_minor` is the median of the days before; `score_milli` thousandths of a robust standard deviation, cut at a
    million of them, negative for too little.
    """

    __tablename__ = "revenue_alert"

    day: Mapped[date] = mapped_column(primary_key=True)
    currency: Mapped[str] = mapped_column(Text, primary_key=True)
    gross_minor: Mapped[int]
    usual_minor: Mapped[int]
    score_milli: Mapped[int]
    found_at: Mapped[datetime]

    @property
    def gross(self) -> Money:
        """What was sold that day."""
        return Money(self.gross_minor, self.currency)

    @property
    def usual(self) -> Money:
        """What is sold on a usual day."""
        return Money(self.usual_minor, self.currency)
