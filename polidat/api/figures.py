"""The marketplace's figures, for operators."""

from datetime import date
from enum import StrEnum

from fastapi import APIRouter, Response
from pydantic import BaseModel
from sqlalchemy.orm import Session

from polidat.api.deps import CurrencyCode, From, Look, Operator, To
from polidat.api.files import CSV, file_answer, file_of
from polidat.api.paging import ThePage
from polidat.insights import (
    Buyers,
    Figures,
    Grain,
    Group,
    Period,
    Recurring,
    Revenue,
    course_csv,
    groups_csv,
    recurring_revenue,
    revenue_alerts,
    revenue_report,
)
from polidat.people import Person

router = APIRouter(prefix="/v1/operator/revenue", tags=["figures"])


class By(StrEnum):
    """What a table of figures is by."""

    COURSE = "course"  # each day, week or month
    SELLER = "seller"
    LISTING = "listing"
    CATEGORY = "category"


class FiguresOut(BaseModel):
    """Sums, in minor units. `gross_minor` is what buyers paid, `use_minor` of it for single uses.

    `net_minor` is what stayed sold, `take_bps` the house's part of that in basis points. `earned_minor` is what
    commission, hosting and lapsed credit leave to the house after all fees. `sent_minor` went to sellers.
    """

    gross_minor: int
    use_minor: int
    refunds_minor: int
    disputes_minor: int
    net_minor: int
    commission_minor: int
    take_bps: int | None
    sellers_minor: int
    passed_minor: int
    hosting_minor: int
    breakage_minor: int
    earned_minor: int
    card_fees_minor: int
    dispute_fees_minor: int
    fx_loss_minor: int
    sent_minor: int
    payments: int
    refunds: int
    disputes: int
    average_minor: int | None

    @classmethod
    def of(cls, figures: Figures) -> "FiguresOut":
        """Return the figures as the API shows them."""
        return cls.model_validate(figures, from_attributes=True)


class CourseOut(BaseModel):
    """The figures of the day, week or month that begins at `first`."""

    first: date
    figures: FiguresOut


class GroupOut(BaseModel):
    """The figures of one seller, listing or category; `key` tells two of the same name apart."""

    key: str
    name: str
    figures: FiguresOut

    @classmethod
    def of(cls, group: Group) -> "GroupOut":
        """Return the group as the API shows it."""
        return cls(key=group.key, name=group.name, figures=FiguresOut.of(group.figures))


class BuyersOut(BaseModel):
    """How many people paid, for how many it was the first time, and how many had paid before."""

    buyers: int
    new: int
    returning: int

    @classmethod
    def of(cls, buyers: Buyers) -> "BuyersOut":
        """Return the numbers as the API shows them."""
        return cls(buyers=buyers.buyers, new=buyers.new, returning=buyers.returning)


class RecurringOut(BaseModel):
    """What running subscriptions of one kind bring in a month, today, in minor units; `house_minor` of it to the house.

    `trials` have not paid yet, `behind` owe their last payment, `ending` stop with their period.
    """

    kind: str
    running: int
    trials: int
    behind: int
    ending: int
    monthly_minor: int
    house_minor: int

    @classmethod
    def of(cls, recurring: Recurring) -> "RecurringOut":
        """Return them as the API shows them."""
        return cls.model_validate(recurring, from_attributes=True)


class MonthlyOut(BaseModel):
    """Monthly recurring revenue of one currency, in minor units, in all and by kind of subscription."""

    currency: str
    monthly_minor: int
    house_minor: int
    kinds: list[RecurringOut]


class RevenueOut(BaseModel):
    """A period in one currency, and as many days before it; `course` has an entry for every day, week or month."""

    first: date
    last: date
    currency: str
    total: FiguresOut
    before: FiguresOut
    buyers: BuyersOut
    buyers_before: BuyersOut
    paid_out_minor: int
    paid_out_before_minor: int
    course: list[CourseOut]


class AlertOut(BaseModel):
    """A day that sold much more or less than usual, in minor units."""

    day: date
    gross_minor: int
    usual_minor: int
    currency: str


@router.get("")
def show_revenue(
    session: Look, operator: Operator, first: From, last: To, code: CurrencyCode = "usd", grain: Grain = Grain.DAY
) -> RevenueOut:
    """Show what was sold, given back and earned in these days, both included, beside as many days before."""
    found = _report(session, operator, first, last, code, grain)
    return RevenueOut(
        first=first,
        last=last,
        currency=found.currency,
        total=FiguresOut.of(found.total),
        before=FiguresOut.of(found.before),
        buyers=BuyersOut.of(found.buyers),
        buyers_before=BuyersOut.of(found.buyers_before),
        paid_out_minor=found.paid_out_minor,
        paid_out_before_minor=found.paid_out_before_minor,
        course=[CourseOut(first=at, figures=FiguresOut.of(each)) for at, each in found.course],
    )


@router.get("/monthly")
def show_monthly(session: Look, operator: Operator, code: CurrencyCode = "usd") -> MonthlyOut:
    """Show the monthly recurring revenue, today."""
    found = recurring_revenue(session, operator, code)
    return MonthlyOut(
        currency=code.lower(),
        monthly_minor=sum(each.monthly_minor for each in found),
        house_minor=sum(each.house_minor for each in found),
        kinds=[RecurringOut.of(each) for each in found],
    )


@router.get("/alerts")
def list_alerts(
    session: Look, operator: Operator, page: ThePage, first: From, last: To, code: CurrencyCode = "usd"
) -> list[AlertOut]:
    """List the days that were unusual, the latest first."""
    found = revenue_alerts(session, operator, Period(first, last), code.lower())
    return [AlertOut.model_validate(each, from_attributes=True) for each in page.of(found, lambda each: each.day)]


@router.get("/csv", response_class=Response, responses=file_answer(CSV))
def show_revenue_csv(
    session: Look,
    operator: Operator,
    first: From,
    last: To,
    code: CurrencyCode = "usd",
    grain: Grain = Grain.DAY,
    by: By = By.COURSE,
) -> Response:
    """Get the figures of these days as CSV: their course, or by seller, listing or category."""
    found = _report(session, operator, first, last, code, grain)
    told = course_csv(found) if by == By.COURSE else groups_csv(found, _groups(found, by))
    return file_of(told, CSV, f"{by}-{found.currency}-{first}-{last}.csv")


@router.get("/by/{by}")
def list_groups(
    by: By, session: Look, operator: Operator, page: ThePage, first: From, last: To, code: CurrencyCode = "usd"
) -> list[GroupOut]:
    """List the figures of these days by seller, listing or category; `course` has none here."""
    found = _groups(_report(session, operator, first, last, code, Grain.DAY), by)
    return [GroupOut.of(each) for each in page.of(found, lambda each: each.key)]


def _report(session: Session, operator: Person, first: date, last: date, code: str, grain: Grain) -> Revenue:
    return revenue_report(session, operator, Period(first, last, grain), code)


def _groups(found: Revenue, by: By) -> list[Group]:
    tables = {By.SELLER: found.by_seller, By.LISTING: found.by_listing, By.CATEGORY: found.by_category}
    return list(tables.get(by, ()))
