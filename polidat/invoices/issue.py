"""Give an invoice its number, once and for ever; and a credit note to what of it goes back."""

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from polidat.events import record
from polidat.invoices.details import billing_details_of, house_details
from polidat.invoices.draft import CHARGE, MONTH, REFUND, Draft, draft_of_charge, draft_of_month, month_cause
from polidat.invoices.errors import NoBillingDetails, NoSuchInvoice
from polidat.invoices.models import Invoice, InvoiceKind, InvoiceLine, InvoiceSeries
from polidat.invoices.rules import CREDIT_NOTES, INVOICES, Party, number_of
from polidat.orders import HostingGivenBack, RefundLine
from polidat.payments import PaymentRefunded, Refund
from polidat.people import Person


def issue_invoice(session: Session, person: Person, cause: str, *, now: datetime) -> Invoice:
    """Return the invoice over something the person has paid, issued now unless it was before: always the same one.

    `cause` is as `billables_of` tells it. What of it has gone back already gets its credit notes. Two who ask at once
    get the same number: what was paid is locked. Raises NoSuchInvoice for what is not theirs, NoBillingDetails.
    """
    known = _of_cause(session, cause)
    if known is None:
        draft = _draft_of(session, cause)
        if draft is None or draft.person_id != person.id:
            raise NoSuchInvoice
        # whoever held the lock may have issued it; a moment can be spelt in many ways, and the draft has ours
        known = _of_cause(session, draft.cause)
        if known is None:
            return _issue_first(session, person, draft, now=now)
    if known.person_id != person.id:
        raise NoSuchInvoice
    return known


def credit_refund(session: Session, fact: PaymentRefunded) -> None:
    """Issue the credit note to what went back of an invoice. The reaction to PaymentRefunded.

    Without an invoice there is nothing to correct; if one is issued later, its credit notes are issued with it.
    """
    invoice = _of_cause(session, f"{CHARGE}:{fact.charge_id}")
    if invoice is not None:
        _credit(session, invoice, fact.refund_ref, fact.amount_minor, at=fact.at, now=fact.at)


def credit_month(session: Session, fact: HostingGivenBack) -> None:
    """Issue the credit note to what went back of a month of hosting that is invoiced. Reacts to HostingGivenBack.

    An invoice issued later is over what was kept.
    """
    cause = month_cause(fact.store_id, fact.starts_at)
    invoice = _of_cause(session, cause)
    if invoice is not None:
        _credit(session, invoice, cause, fact.amount_minor, at=fact.at, now=fact.at)


def _issue_first(session: Session, person: Person, draft: Draft, *, now: datetime) -> Invoice:
    buyer = billing_details_of(session, person)
    if buyer is None:
        raise NoBillingDetails
    invoice = _numbered(session, draft, buyer, by_id=person.id, now=now)
    _, _, charge_id = draft.cause.partition(":")
    booked = (Refund.charge_id == charge_id) & Refund.booked_at.is_not(None)
    for each in session.scalars(select(Refund).where(booked).order_by(Refund.id)).all():
        assert each.booked_at is not None  # as selected
        _credit(session, invoice, each.public_id, each.amount_minor, at=each.booked_at, now=now)
    return invoice


def _credit(
    session: Session, invoice: Invoice, refund_ref: str, amount_minor: int, *, at: datetime, now: datetime
) -> None:
    if _of_cause(session, f"{REFUND}:{refund_ref}") is not None:
        return
    draft = Draft(
        kind=InvoiceKind.CREDIT,
        cause=f"{REFUND}:{refund_ref}",
        subject=invoice.subject,
        person_id=invoice.person_id,
        currency=invoice.currency,
        paid_at=at,
        payment_ref=refund_ref if invoice.payment_ref else "",  # a month out of earnings was no payment
        lines=_credit_lines(session, invoice, refund_ref, amount_minor),
    )
    _numbered(session, draft, invoice.buyer, by_id=None, now=now, corrects=invoice)


def _credit_lines(session: Session, invoice: Invoice, refund_ref: str, amount_minor: int) -> Sequence[InvoiceLine]:
    rows = session.scalars(
        select(RefundLine).where(RefundLine.refund_ref == refund_ref).order_by(RefundLine.number)
    ).all()
    parts = {row.number: row.amount_minor for row in rows} or {invoice.lines[0].number: amount_minor}
    return [
        InvoiceLine(
            number=each.number,
            title=each.title,
            quantity=1,
            unit_minor=-parts[each.number],
            discount_minor=0,
            shipping_minor=0,
            amount_minor=-parts[each.number],
            seller_id=each.seller_id,
            sold_by=each.sold_by,
            supplied_at=each.supplied_at,
            period_start=each.period_start,
            period_end=each.period_end,
        )
        for each in invoice.lines
        if each.number in parts
    ]


def _numbered(
    session: Session,
    draft: Draft,
    buyer: Party,
    *,
    by_id: int | None,
    now: datetime,
    corrects: Invoice | None = None,
) -> Invoice:
    series, year = CREDIT_NOTES if corrects else INVOICES, now.astimezone(UTC).year
    sequence = _next(session, series, year)
    invoice = Invoice(
        number=number_of(series, year, sequence),
        series=series,
        year=year,
        sequence=sequence,
        kind=draft.kind,
        cause=draft.cause,
        corrects=corrects,
        subject=draft.subject,
        person_id=draft.person_id,
        billed_to=buyer.kept(),
        issued_by=house_details(session).kept(),
        currency=draft.currency,
        total_minor=sum(each.amount_minor for each in draft.lines),
        payment_ref=draft.payment_ref,
        paid_at=draft.paid_at,
        issued_at=now,
        lines=list(draft.lines),
    )
    session.add(invoice)
    session.flush()
    told = {"kind": invoice.kind, "total": invoice.total, "about": invoice.subject}
    told |= {"corrects": corrects.number} if corrects else {}
    record(session, "invoice", f"invoice:{invoice.number}", by=by_id, after=told)
    return invoice


def _next(session: Session, series: str, year: int) -> int:
    """The number after the last one; nobody else gets one until this unit of work ends, so that none is left out."""
    row = insert(InvoiceSeries).values(series=series, year=year, last=1)
    one_more = row.on_conflict_do_update(index_elements=["series", "year"], set_={"last": InvoiceSeries.last + 1})
    return session.scalars(one_more.returning(InvoiceSeries.last)).one()


def _of_cause(session: Session, cause: str) -> Invoice | None:
    return session.scalar(select(Invoice).where(Invoice.cause == cause))


def _draft_of(session: Session, cause: str) -> Draft | None:
    kind, _, what = cause.partition(":")
    if kind == CHARGE:
        return draft_of_charge(session, what)
    store_id, _, starts = what.partition(":")
    if kind != MONTH or not store_id.isdecimal():
        return None
    try:
        return draft_of_month(session, int(store_id), datetime.fromisoformat(starts))
    except ValueError:  # somebody has written it by hand
        return None
