"""Every read of invoices, and of what an invoice can be issued over. The first argument after the session asks."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from polidat.catalog import Store
from polidat.core import Money
from polidat.invoices.draft import CHARGE, month_cause, month_kept
from polidat.invoices.errors import NoSuchInvoice, OperatorsOnly
from polidat.invoices.models import Invoice, InvoiceKind, InvoiceLine, InvoiceSeries
from polidat.orders import HostingMonth, Order, Subscription, SubscriptionKind, SubscriptionPayment, TopUp
from polidat.payments import Charge, Payment
from polidat.people import Person

_EVERY = tuple(each for each in InvoiceKind if each != InvoiceKind.CREDIT)


@dataclass(frozen=True)
class Billable:
    """Something a person has paid, or that was taken out of what they earn: an invoice can be issued over it.

    `invoice` is None until it is; `credits` are its credit notes. `subject` is the public id of order, subscription or
    top-up, or the store's slug.
    """

    cause: str
    kind: InvoiceKind
    subject: str
    title: str
    amount: Money
    paid_at: datetime | None
    period: tuple[datetime, datetime] | None
    invoice: Invoice | None
    credits: Sequence[Invoice]


@dataclass(frozen=True)
class _Paid:
    cause: str
    kind: InvoiceKind
    subject: str
    title: str
    amount: Money
    paid_at: datetime | None
    period: tuple[datetime, datetime] | None = None


def billables_of(session: Session, person: Person, *kinds: InvoiceKind, subject: str = "") -> Sequence[Billable]:
    """Return what the person has paid of these kinds (without any: of all), the latest first, with its invoices.

    With a `subject` only what was paid for that.
    """
    wanted = kinds or _EVERY
    paid: list[_Paid] = []
    if InvoiceKind.ORDER in wanted:
        paid += _orders(session, person, subject)
    if {InvoiceKind.SUBSCRIPTION, InvoiceKind.HOSTING} & {*wanted}:
        paid += [each for each in _periods(session, person) if each.kind in wanted]
    if InvoiceKind.TOP_UP in wanted:
        paid += _top_ups(session, person)
    if InvoiceKind.HOSTING in wanted:
        paid += _months(session, person)
    about = [each for each in paid if subject in ("", each.subject)]
    return _with_invoices(session, sorted(about, key=_when, reverse=True))


def invoices_of(session: Session, person: Person) -> Sequence[Invoice]:
    """Return the invoices and credit notes made out to the person, newest first."""
    return session.scalars(select(Invoice).where(Invoice.person_id == person.id).order_by(Invoice.id.desc())).all()


def invoice_of(session: Session, viewer: Person, number: str) -> Invoice:
    """Return an invoice to whom it is made out to, to a seller of all its lines, or to an operator.

    Raises NoSuchInvoice for anybody else.
    """
    found = session.scalar(select(Invoice).where(Invoice.number == number.strip().upper()))
    if found is None:
        raise NoSuchInvoice
    sold_all = all(line.seller_id == viewer.id for line in found.lines)
    if found.person_id != viewer.id and not sold_all and not viewer.is_operator:
        raise NoSuchInvoice
    return found


def invoices_sold(
    session: Session, seller: Person, since: datetime, until: datetime
) -> Sequence[tuple[Invoice, InvoiceLine]]:
    """Return the lines a seller sold on invoices and credit notes issued in a time, oldest first."""
    mine = (InvoiceLine.seller_id == seller.id) & (Invoice.issued_at >= since) & (Invoice.issued_at < until)
    rows = (
        select(Invoice, InvoiceLine)
        .join(InvoiceLine, InvoiceLine.invoice_id == Invoice.id)
        .where(mine)
        .order_by(Invoice.id, InvoiceLine.number)
    )
    return [(invoice, line) for invoice, line in session.execute(rows)]


def find_invoices(
    session: Session, operator: Person, words: str = "", *, limit: int, offset: int = 0
) -> Sequence[Invoice]:
    """Return invoices whose number, order, payment or name has these words in it, newest first.

    Raises OperatorsOnly.
    """
    if not operator.is_operator:
        raise OperatorsOnly
    rows = select(Invoice).order_by(Invoice.id.desc()).limit(limit).offset(offset)
    if wanted := words.strip():
        places = (Invoice.number, Invoice.subject, Invoice.payment_ref, Invoice.billed_to["name"].astext)
        rows = rows.where(or_(*(func.strpos(func.lower(each), wanted.lower()) > 0 for each in places)))
    return session.scalars(rows).all()


@dataclass(frozen=True)
class Numbering:
    """How far a series has been numbered in a year, and how many invoices have these numbers. Fewer: one is lost."""

    series: str
    year: int
    last: int
    issued: int


def numbering(session: Session, operator: Person) -> Sequence[Numbering]:
    """Return every series, the latest year first. Raises OperatorsOnly."""
    if not operator.is_operator:
        raise OperatorsOnly
    same = (Invoice.series == InvoiceSeries.series) & (Invoice.year == InvoiceSeries.year)
    within = same & (Invoice.sequence >= 1) & (Invoice.sequence <= InvoiceSeries.last)
    rows = (
        select(InvoiceSeries.series, InvoiceSeries.year, InvoiceSeries.last, func.count(Invoice.id))
        .outerjoin(Invoice, within)
        .group_by(InvoiceSeries.series, InvoiceSeries.year)
        .order_by(InvoiceSeries.year.desc(), InvoiceSeries.series)
    )
    return [Numbering(series, year, last, issued) for series, year, last, issued in session.execute(rows).all()]


def _orders(session: Session, person: Person, subject: str) -> Iterable[_Paid]:
    mine = (Order.buyer_id == person.id) & Order.paid_charge.is_not(None)
    if subject:
        mine &= Order.public_id == subject
    for order in session.scalars(select(Order).where(mine)).all():
        title = ", ".join(each.title for each in order.lines)
        yield _Paid(
            f"{CHARGE}:{order.paid_charge}", InvoiceKind.ORDER, order.public_id, title, order.total, order.paid_at
        )


def _periods(session: Session, person: Person) -> Iterable[_Paid]:
    rows = (
        select(SubscriptionPayment, Subscription, Payment.period_start, Payment.period_end)
        .join(Subscription, Subscription.id == SubscriptionPayment.subscription_id)
        .join(Charge, Charge.id == SubscriptionPayment.charge_id)
        .outerjoin(Payment, Payment.id == Charge.payment_id)
        .where(Subscription.person_id == person.id)
    )
    for paid, found, start, end in session.execute(rows).all():
        of_data = found.kind == SubscriptionKind.DATA
        yield _Paid(
            cause=f"{CHARGE}:{paid.charge_id}",
            kind=InvoiceKind.SUBSCRIPTION if of_data else InvoiceKind.HOSTING,
            subject=found.public_id,
            title=found.title,
            amount=Money(paid.amount_minor, found.currency),
            paid_at=paid.paid_at,
            period=(start, end) if start is not None and end is not None else None,
        )


def _top_ups(session: Session, person: Person) -> Iterable[_Paid]:
    mine = (TopUp.person_id == person.id) & TopUp.paid_charge.is_not(None)
    for each in session.scalars(select(TopUp).where(mine)).all():
        cause = f"{CHARGE}:{each.paid_charge}"
        yield _Paid(cause, InvoiceKind.TOP_UP, each.public_id, "Paid into the wallet", each.amount, each.paid_at)


def _months(session: Session, person: Person) -> Iterable[_Paid]:
    rows = select(HostingMonth, Store).join(Store, Store.id == HostingMonth.store_id).where(Store.owner_id == person.id)
    for month, store in session.execute(rows).all():
        yield _Paid(
            cause=month_cause(month.store_id, month.starts_at),
            kind=InvoiceKind.HOSTING,
            subject=store.slug,
            title=f"Hosting of {store.name}",
            amount=Money(month_kept(month), month.currency),
            paid_at=None if month.owed_minor else month.taken_at,
            period=(month.starts_at, month.ends_at),
        )


def _when(paid: _Paid) -> float:
    at = paid.paid_at or (paid.period and paid.period[0])
    return at.timestamp() if at else 0.0


def _with_invoices(session: Session, paid: Sequence[_Paid]) -> Sequence[Billable]:
    causes = [each.cause for each in paid]
    issued = {each.cause: each for each in session.scalars(select(Invoice).where(Invoice.cause.in_(causes)))}
    known = [each.id for each in issued.values()]
    notes = session.scalars(select(Invoice).where(Invoice.corrects_id.in_(known)).order_by(Invoice.id)).all()
    return [
        Billable(
            each.cause, each.kind, each.subject, each.title, each.amount, each.paid_at, each.period, found,
            [note for note in notes if found is not None and note.corrects_id == found.id],
        )
        for each in paid
        for found in [issued.get(each.cause)]
        if found is not None or each.amount.minor  # a month that went back as a whole needs none
    ]  # fmt: skip
