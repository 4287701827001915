"""Figures of a report. Amounts are minor units of the report's currency."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from polidat.insights.rules import Period, bps_of_whole


@dataclass(frozen=True)
class Figures:
    """Sums over some part of a period.

    `gross_minor` is what buyers paid for copies, periods and uses (`use_minor` of it), as it settled; `refunds_minor`
    and `disputes_minor` went back. `commission_minor` is the house's part after those, `sellers_minor` the sellers',
    `passed_minor` what sellers bore of the card fees. `card_fees_minor` is what the house bore of them,
    `dispute_fees_minor` and `fx_loss_minor` its other costs, `hosting_minor` and `breakage_minor` its other income;
    `earned_minor` is what all of that leaves to it. `sent_minor` went to the sellers' Stripe accounts.
    """

    gross_minor: int = 0
    use_minor: int = 0
    refunds_minor: int = 0
    disputes_minor: int = 0
    commission_minor: int = 0
    sellers_minor: int = 0
    passed_minor: int = 0
    hosting_minor: int = 0
    breakage_minor: int = 0
    earned_minor: int = 0
    card_fees_minor: int = 0
    dispute_fees_minor: int = 0
    fx_loss_minor: int = 0
    sent_minor: int = 0
    payments: int = 0
    refunds: int = 0
    disputes: int = 0

    @property
    def net_minor(self) -> int:
        """What was sold and stayed sold."""
        return self.gross_minor - self.refunds_minor - self.disputes_minor

    @property
    def take_bps(self) -> int | None:
        """The house's part of what stayed sold, in basis points; None when nothing did."""
        return bps_of_whole(self.commission_minor, self.net_minor)

    @property
    def average_minor(self) -> int | None:
        """What a payment was on average, single uses left out; None without any."""
        return (self.gross_minor - self.use_minor) // self.payments if self.payments else None


@dataclass(frozen=True)
class Group:
    """The figures of one seller, listing or category. `key` tells two of the same name apart."""

    key: str
    name: str
    figures: Figures


@dataclass(frozen=True)
class Buyers:
    """How many people paid, and for how many it was the first time."""

    buyers: int
    new: int

    @property
    def returning(self) -> int:
        """Those who had paid before."""
        return self.buyers - self.new


@dataclass(frozen=True)
class Recurring:
    """What running subscriptions of one kind bring in a month, `house_minor` of it to the house.

    `trials` have not paid yet, `behind` owe their last payment, `ending` stop with their period.
    """

    kind: str
    running: int
    trials: int
    behind: int
    ending: int
    monthly_minor: int
    house_minor: int


@dataclass(frozen=True)
class Revenue:
    """The report of a period in one currency, with the period before it for comparison.

    `course` has an entry for every day, week or month. Payouts are those that were not sent back: to the sellers'
    banks, as Stripe told us last.
    """

    period: Period
    currency: str
    total: Figures
    before: Figures
    course: Sequence[tuple[date, Figures]]
    by_seller: Sequence[Group]
    by_listing: Sequence[Group]
    by_category: Sequence[Group]
    buyers: Buyers
    buyers_before: Buyers
    recurring: Sequence[Recurring]
    paid_out_minor: int
    paid_out_before_minor: int
