"""Invoices: billing details, numbers without a gap, what was billed as it was, and credit notes."""

from polidat.invoices.details import (
    billing_details_of,
    house_details,
    keep_billing_details,
    keep_house_details,
)
from polidat.invoices.errors import NoBillingDetails, NoSuchInvoice, OperatorsOnly
from polidat.invoices.find import (
    Billable,
    Numbering,
    billables_of,
    find_invoices,
    invoice_of,
    invoices_of,
    invoices_sold,
    numbering,
)
from polidat.invoices.invoice_pdf import invoice_pdf
from polidat.invoices.issue import credit_month, credit_refund, issue_invoice
from polidat.invoices.models import Invoice, InvoiceKind, InvoiceLine
from polidat.invoices.rules import CHARS_MAX, Party
from polidat.invoices.tables import invoices_csv, sold_csv

__all__ = [
    "CHARS_MAX",
    "Billable",
    "Invoice",
    "InvoiceKind",
    "InvoiceLine",
    "NoBillingDetails",
    "NoSuchInvoice",
    "Numbering",
    "OperatorsOnly",
    "Party",
    "billables_of",
    "billing_details_of",
    "credit_month",
    "credit_refund",
    "find_invoices",
    "house_details",
    "invoice_of",
    "invoice_pdf",
    "invoices_csv",
    "invoices_of",
    "invoices_sold",
    "issue_invoice",
    "keep_billing_details",
    "keep_house_details",
    "numbering",
    "sold_csv",
]
