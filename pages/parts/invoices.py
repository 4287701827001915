"""Invoices, drawn: what one can be issued over, what a seller's buyers were billed, and all of them for operators."""

from collections.abc import Sequence

import streamlit as st

from pages.parts.billing import details_form, show_billing
from pages.parts.figures import when_columns
from pages.parts.page import errors_shown, house, loading
from pages.parts.words import plain
from polidat.core import Money
from polidat.insights import Period
from polidat.invoices import (
    Billable,
    Invoice,
    InvoiceKind,
    InvoiceLine,
    Party,
    billables_of,
    find_invoices,
    house_details,
    invoice_pdf,
    invoices_csv,
    invoices_sold,
    issue_invoice,
    keep_house_details,
    numbering,
    sold_csv,
)
from polidat.people import Person

_PDF = ":material/picture_as_pdf:"
_FOUND = 100
_ALL = 10_000


def invoice_buttons(each: Billable, me: Person, details: Party | None) -> None:
    """Draw the download of an invoice, issued by the first click, and of its credit notes."""
    if each.invoice is not None or details is not None:
        label = f"Invoice {each.invoice.number}" if each.invoice else "Invoice (PDF)"
        st.download_button(
            label, lambda: _issued(me, each.cause), f"invoice-{each.subject}.pdf", "application/pdf",
            key=f"invoice_{each.cause}", on_click="ignore", icon=_PDF,
        )  # fmt: skip
    for note in each.credits:
        pdf_button(note, f"Credit note {note.number}")


def pdf_button(invoice: Invoice, label: str) -> None:
    """Draw the download of an invoice that is issued."""
    st.download_button(
        label, lambda: invoice_pdf(invoice), f"{invoice.number}.pdf", "application/pdf",
        key=f"pdf_{invoice.number}", on_click="ignore", icon=_PDF,
    )  # fmt: skip


def _issued(me: Person, cause: str) -> bytes:
    with house().unit_of_work() as session:
        return invoice_pdf(issue_invoice(session, me, cause, now=house().now()))


def show_invoices(me: Person, *kinds: InvoiceKind, title: str = "Invoices") -> None:
    """Draw what the person has paid of these kinds, each with its invoice; nothing before the first payment."""
    with loading() as session:
        paid = billables_of(session, me, *kinds)
    if not paid:
        return
    st.subheader(title, anchor=False)
    details = show_billing(me)
    if details is None:
        st.info("Give your billing details, and every payment below has its invoice.")
    for each in paid:
        with st.container(horizontal=True, vertical_alignment="center", key=f"paid_{each.cause}"):
            when = f"{each.paid_at:%d %B %Y}" if each.paid_at else "out of what you earn"
            period = f", {each.period[0]:%d %B %Y} to {each.period[1]:%d %B %Y}" if each.period else ""
            st.write(f"{plain(each.title)}{period} · **{each.amount}** · {when}")
            invoice_buttons(each, me, details)


def show_sold(me: Person, period: Period) -> None:
    """Draw the lines a seller sold on invoices issued in a period, with a file of them."""
    with house().reading() as session:
        sold = invoices_sold(session, me, period.since, period.until)
    with st.expander(f"Invoices to your buyers ({len(sold)})"):
        if not sold:
            st.caption("No buyer has asked for an invoice over what you sold in this month.")
            return
        picked = _table([_sold_row(*each) for each in sold], key="sold_invoices")
        with st.container(horizontal=True):
            st.download_button(
                "Download CSV", lambda: sold_csv(sold), f"invoices-{period.first:%Y-%m}.csv", "text/csv",
                key="sold_csv", on_click="ignore", icon=":material/table:",
            )  # fmt: skip
            if picked is not None:
                chosen = sold[picked][0]
                if all(line.seller_id == me.id for line in chosen.lines):
                    pdf_button(chosen, chosen.number)
                else:
                    st.caption("Others sold on this invoice too, so only its buyer has it.")


def _sold_row(invoice: Invoice, line: InvoiceLine) -> dict[str, object]:
    return {
        "number": invoice.number,
        "when": invoice.issued_at,
        "title": line.title,
        "quantity": line.quantity,
        "amount": str(Money(line.amount_minor, invoice.currency)),
        "buyer": invoice.buyer.in_one_line,
        "order": invoice.subject,
        "corrects": invoice.corrects.number if invoice.corrects else "",
    }


def show_all_invoices(me: Person) -> None:
    """Draw every invoice for an operator, to be found by number, order, payment or name; and who issues them."""
    with house().reading() as session:
        issuer = house_details(session)
    with st.expander(f"Issued by {issuer.in_one_line}"):

        def keep(details: Party) -> None:
            with house().unit_of_work() as session:
                keep_house_details(session, me, details, now=house().now())

        details_form(issuer, keep, key="house")
    words = st.text_input("Number, order, payment or name", key="invoice_words", width=320)
    with errors_shown():
        with loading() as session:
            found, series = find_invoices(session, me, words, limit=_FOUND), numbering(session, me)
        _show_found(found, words, me)
        for each in series:
            if each.issued != each.last:
                st.error(f"Of {each.last} {each.series}-{each.year} only {each.issued} are there: find out why.")
        if series:
            st.caption(f"Given: {', '.join(f'{each.series}-{each.year} to {each.last}' for each in series)}.")


def _show_found(found: Sequence[Invoice], words: str, me: Person) -> None:
    if not found:
        st.info("Nothing fits." if words.strip() else "No invoice was issued yet. Buyers get them on their orders.")
        return
    picked = _table([_row(each) for each in found], key="all_invoices")
    with st.container(horizontal=True):
        st.download_button(
            "Download CSV", lambda: _csv(me, words), "invoices.csv", "text/csv", key="invoices_csv", on_click="ignore",
            icon=":material/table:",
        )  # fmt: skip
        if picked is not None:
            pdf_button(found[picked], found[picked].number)
    if len(found) == _FOUND:
        st.caption(f"The latest {_FOUND}. Search to see others; the file has up to {_ALL:,}.")


def _csv(me: Person, words: str) -> str:
    with house().reading() as session:
        return invoices_csv(find_invoices(session, me, words, limit=_ALL))


def _row(each: Invoice) -> dict[str, object]:
    return {
        "number": each.number,
        "when": each.issued_at,
        "over": each.kind.replace("_", " "),
        "to": each.buyer.name,
        "total": str(each.total),
        "about": each.subject,
        "payment": each.payment_ref,
        "corrects": each.corrects.number if each.corrects else "",
    }


def _table(rows: Sequence[dict[str, object]], *, key: str) -> int | None:
    """Draw rows of which one can be chosen, and return which."""
    picked = st.dataframe(
        rows, hide_index=True, column_config=when_columns(), on_select="rerun", selection_mode="single-row",
        placeholder="", key=key,
    )  # fmt: skip
    chosen = picked["selection"]["rows"]
    return chosen[0] if chosen else None
