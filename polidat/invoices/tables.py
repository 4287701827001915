"""Invoices as CSV: amounts are decimals of their currency, times ISO 8601 in UTC."""

from collections.abc import Iterable
from datetime import UTC, datetime

from polidat.core import csv_line, decimal_text, safe_cell
from polidat.invoices.models import Invoice, InvoiceLine
from polidat.invoices.rules import Party

_WHO = ("buyer", "buyer_country", "buyer_tax_id", "buyer_reference")


def invoices_csv(invoices: Iterable[Invoice]) -> str:
    """Return one line for each invoice and credit note."""
    heads = ("number", "kind", "issued", "paid", "corrects", "about", "payment", *_WHO, "total", "currency")
    rows = [
        (
            each.number,
            each.kind,
            _stamp(each.issued_at),
            _stamp(each.paid_at),
            each.corrects.number if each.corrects else "",
            each.subject,
            each.payment_ref,
            *_who(each.buyer),
            decimal_text(each.total_minor, each.currency),
            each.currency,
        )
        for each in invoices
    ]
    return "".join(map(csv_line, [heads, *rows]))


def sold_csv(sold: Iterable[tuple[Invoice, InvoiceLine]]) -> str:
    """Return one line for each line a seller sold."""
    heads = ("number", "issued", "corrects", "order", "title", "quantity", *_WHO, "amount", "currency")
    rows = [
        (
            invoice.number,
            _stamp(invoice.issued_at),
            invoice.corrects.number if invoice.corrects else "",
            invoice.subject,
            safe_cell(line.title),
            line.quantity,
            *_who(invoice.buyer),
            decimal_text(line.amount_minor, invoice.currency),
            invoice.currency,
        )
        for invoice, line in sold
    ]
    return "".join(map(csv_line, [heads, *rows]))


def _who(buyer: Party) -> tuple[str, ...]:
    return tuple(map(safe_cell, (buyer.name, buyer.country, buyer.tax_id, buyer.order_reference)))


def _stamp(at: datetime | None) -> str:
    return "" if at is None else at.astimezone(UTC).isoformat(timespec="seconds")
