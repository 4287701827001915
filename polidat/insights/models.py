"""What was told to operators: the only rows of this room. Everything else is read from the others."""

from datetime import date, datetime

from sqlalchemy import Index, Text, text
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


class OperatorAlert(Base):
    """Something that is not as it should be, noted once while it lasts. `kind` is its code, `says` how it stands now.

    `seen_at` is when it was found last, `cleared_at` when it was not found any more.
    """

    __tablename__ = "operator_alert"
    __table_args__ = (
        Index("uq_operator_alert_open", "kind", unique=True, postgresql_where=text("cleared_at IS NULL")),
        Index(None, "raised_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(Text)
    says: Mapped[str] = mapped_column(Text)
    raised_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    cleared_at: Mapped[datetime | None]
