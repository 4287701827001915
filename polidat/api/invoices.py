"""Invoices: whom they are made out to, issuing one over something paid, and each as PDF."""

from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel, Field
from starlette.responses import Response

from polidat.api.bodies import Body
from polidat.api.deps import Look, TheHouse, Trader, Viewer, Work
from polidat.api.files import PDF, file_answer, file_of
from polidat.api.paging import ThePage
from polidat.invoices import (
    CHARS_MAX,
    Billable,
    Invoice,
    Party,
    billables_of,
    billing_details_of,
    invoice_of,
    invoice_pdf,
    invoices_of,
    issue_invoice,
    keep_billing_details,
)

router = APIRouter(prefix="/v1", tags=["invoices"])


class BillingDetailsIO(Body):
    """Whom your invoices are made out to, and who sells what you sell. `country` is two letters."""

    name: str = Field("", max_length=CHARS_MAX["name"])
    line1: str = Field("", max_length=CHARS_MAX["line1"])
    line2: str = Field("", max_length=CHARS_MAX["line2"])
    postal_code: str = Field("", max_length=CHARS_MAX["postal_code"])
    city: str = Field("", max_length=CHARS_MAX["city"])
    country: str = Field("", max_length=CHARS_MAX["country"])
    tax_id: str = Field("", max_length=CHARS_MAX["tax_id"])
    order_reference: str = Field("", max_length=CHARS_MAX["order_reference"])


class InvoiceOut(BaseModel):
    """An invoice, or a credit note (`corrects` is its invoice); amounts in minor units, less than nothing for a credit.

    `about` is the id of the order, subscription or top-up, or the store.
    """

    number: str
    kind: str
    about: str
    total_minor: int
    currency: str
    issued_at: datetime
    paid_at: datetime | None
    corrects: str | None

    @classmethod
    def of(cls, invoice: Invoice) -> "InvoiceOut":
        """Return the invoice as the API shows it."""
        return cls(
            number=invoice.number,
            kind=invoice.kind,
            about=invoice.subject,
            total_minor=invoice.total_minor,
            currency=invoice.currency,
            issued_at=invoice.issued_at,
            paid_at=invoice.paid_at,
            corrects=invoice.corrects.number if invoice.corrects else None,
        )


class BillableOut(BaseModel):
    """Something you have paid: post its `id` to get its invoice. `invoice` is its number once it is issued."""

    id: str
    kind: str
    about: str
    title: str
    amount_minor: int
    currency: str
    paid_at: datetime | None
    invoice: str | None

    @classmethod
    def of(cls, paid: Billable) -> "BillableOut":
        """Return it as the API shows it."""
        return cls(
            id=paid.cause,
            kind=paid.kind,
            about=paid.subject,
            title=paid.title,
            amount_minor=paid.amount.minor,
            currency=paid.amount.currency,
            paid_at=paid.paid_at,
            invoice=paid.invoice.number if paid.invoice else None,
        )


class NewInvoice(Body):
    """What the invoice is over, by its `id` in the list of what you have paid."""

    payment: str = Field(max_length=120)


@router.get("/billing-details")
def show_billing_details(session: Look, person: Viewer) -> BillingDetailsIO:
    """Show whom your invoices are made out to; empty before you have said so."""
    known = billing_details_of(session, person) or Party("")
    return BillingDetailsIO(**known.kept())


@router.put("/billing-details")
def change_billing_details(body: BillingDetailsIO, house: TheHouse, session: Work, person: Trader) -> BillingDetailsIO:
    """Say whom your invoices are made out to from now on; issued ones do not change."""
    kept = keep_billing_details(session, person, Party(**body.model_dump()), now=house.now())
    return BillingDetailsIO(**kept.kept())


@router.get("/payments")
def list_payments(session: Look, person: Viewer, page: ThePage) -> list[BillableOut]:
    """List what you have paid, the latest first, with its invoice if there is one."""
    return [BillableOut.of(each) for each in page.of(billables_of(session, person), lambda each: each.cause)]


@router.get("/invoices")
def list_invoices(session: Look, person: Viewer, page: ThePage) -> list[InvoiceOut]:
    """List your invoices and credit notes, newest first."""
    return [InvoiceOut.of(each) for each in page.of(invoices_of(session, person), lambda each: each.number)]


@router.post("/invoices", status_code=201)
def create_invoice(body: NewInvoice, house: TheHouse, session: Work, person: Trader) -> InvoiceOut:
    """Issue the invoice over something you have paid. Repeat to read it again: there is one, and it never changes."""
    return InvoiceOut.of(issue_invoice(session, person, body.payment, now=house.now()))


@router.get("/invoices/{number}.pdf", response_class=Response, responses=file_answer(PDF))
def show_invoice(number: str, session: Look, person: Viewer) -> Response:
    """Download one of your invoices or credit notes as PDF."""
    found = invoice_of(session, person, number)
    return file_of(invoice_pdf(found), PDF, f"{found.number}.pdf")
