"""An invoice, or a credit note, as PDF: only what was kept when it was issued."""

from collections.abc import Sequence
from dataclasses import dataclass

from polidat.core import Money
from polidat.invoices.models import Invoice, InvoiceKind, InvoiceLine
from polidat.invoices.rules import Party
from polidat.paper import LARGE, SMALL, TINY, Paper

_TITLES = {
    InvoiceKind.ORDER: "Invoice",
    InvoiceKind.SUBSCRIPTION: "Invoice",
    InvoiceKind.HOSTING: "Invoice",
    InvoiceKind.TOP_UP: "Prepayment invoice",
    InvoiceKind.CREDIT: "Credit note",
}
_ABOUT = {
    InvoiceKind.ORDER: "Order",
    InvoiceKind.SUBSCRIPTION: "Subscription",
    InvoiceKind.HOSTING: "Hosting",
    InvoiceKind.TOP_UP: "Top-up",
    InvoiceKind.CREDIT: "About",
}
# where columns of numbers end, in millimetres from the left
COLUMNS = (("Quantity", 100), ("Each", 123), ("Discount", 145), ("Delivery", 166), ("Amount", 190))
_TITLE_WIDTH, _NOTE_WIDTH, _PARTY_WIDTH, _VALUE_WIDTH, _NAME_WIDTH, _FOOT_WIDTH = 62, 146, 78, 52, 95, 170
_FACTS, _VALUES = 110, 138
_LINE, _NOTE, _GAP = 5, 3.8, 2.5
_FIRST_FOLLOWING, _LOWEST = 275, 40
_NO_TAX = "No tax is shown separately."


@dataclass(frozen=True)
class _Row:
    """A line with the words below it, ready to be drawn."""

    title: Sequence[str]
    numbers: Sequence[str]
    notes: Sequence[str]

    @property
    def height(self) -> float:
        return len(self.title) * _LINE + len(self.notes) * _NOTE + _GAP


def invoice_pdf(invoice: Invoice) -> bytes:
    """Return an invoice as PDF, the same bytes each time."""
    paper = Paper(f"{_TITLES[InvoiceKind(invoice.kind)]} {invoice.number}")
    rows = [_row(paper, invoice, each) for each in invoice.lines]
    foot = _foot(paper, invoice)
    sheets = _sheets(rows, _head_end(paper, invoice), lowest=max(_LOWEST, paper.foot_height(len(foot)) + _LINE))
    for number, sheet in enumerate(sheets, start=1):
        y = _head(paper, invoice) if number == 1 else _again(paper, invoice)
        y = _table(paper, y, sheet, invoice.currency)
        if number == len(sheets):
            _sums(paper, y, invoice)
        paper.foot(*foot)
        paper.number(number, len(sheets))
        paper.end_sheet()
    return paper.finished()


def _sheets(rows: Sequence[_Row], first: float, *, lowest: float) -> Sequence[Sequence[_Row]]:
    sheets: list[list[_Row]] = [[]]
    y = first
    for each in rows:
        if y - each.height < lowest:
            sheets.append([])
            y = _FIRST_FOLLOWING - 2 * _LINE
        sheets[-1].append(each)
        y -= each.height
    if y - 4 * _LINE < lowest:  # the sums stay together
        sheets.append([])
    return sheets


def _facts(paper: Paper, invoice: Invoice) -> Sequence[tuple[str, str]]:
    """What stands beside the address: a label and its words, more lines where they do not fit into one."""
    rows: list[tuple[str, str]] = []
    for label, words in _told(invoice):
        first, *more = paper.wrapped(words, _VALUE_WIDTH, size=SMALL)
        rows += [(label, first), *(("", each) for each in more)]
    return rows


def _told(invoice: Invoice) -> Sequence[tuple[str, str]]:
    paid = f"{invoice.paid_at:%d %B %Y}" if invoice.paid_at else "not in full yet"
    corrects = invoice.corrects
    return [
        ("Number", invoice.number),
        ("Issued", f"{invoice.issued_at:%d %B %Y}"),
        *([("Corrects", corrects.number), ("Invoice of", f"{corrects.issued_at:%d %B %Y}")] if corrects else []),
        ("Given back" if invoice.is_credit else "Paid", paid),
        (_ABOUT[InvoiceKind(invoice.kind)], invoice.subject),
        *([("Refund" if invoice.is_credit else "Payment", invoice.payment_ref)] if invoice.payment_ref else []),
        *([("Your reference", invoice.buyer.order_reference)] if invoice.buyer.order_reference else []),
    ]


def _buyer_lines(paper: Paper, buyer: Party) -> Sequence[tuple[str, bool]]:
    """The lines of whom it is made out to, and whether they are bold."""
    lines = [(words, True) for words in paper.wrapped(buyer.name, _PARTY_WIDTH, bold=True)]
    for each in (*buyer.address, *([f"Tax id {buyer.tax_id}"] if buyer.tax_id else [])):
        lines += [(words, False) for words in paper.wrapped(each, _PARTY_WIDTH)]
    return lines


def _head_end(paper: Paper, invoice: Invoice) -> float:
    longest = max(len(_buyer_lines(paper, invoice.buyer)) + 1, len(_facts(paper, invoice)))
    return paper.top - 14 - longest * _LINE - 12


def _head(paper: Paper, invoice: Invoice) -> float:
    paper.heading(_TITLES[InvoiceKind(invoice.kind)], ())
    name, *_ = paper.wrapped(invoice.issuer.name, _NAME_WIDTH, bold=True)  # all of it is in the foot
    paper.write(paper.right, paper.top, name, size=LARGE, bold=True, to_right=True)
    top = paper.top - 14
    paper.write(paper.left, top, "To", size=SMALL, grey=True)
    for number, (words, bold) in enumerate(_buyer_lines(paper, invoice.buyer), start=1):
        paper.write(paper.left, top - number * _LINE, words, bold=bold)
    for number, (label, words) in enumerate(_facts(paper, invoice)):
        paper.write(_FACTS, top - number * _LINE, label, size=SMALL, grey=True)
        paper.write(_VALUES, top - number * _LINE, words, size=SMALL)
    return _head_end(paper, invoice)


def _again(paper: Paper, invoice: Invoice) -> float:
    paper.write(paper.left, paper.top, f"{_TITLES[InvoiceKind(invoice.kind)]} {invoice.number}", size=SMALL, grey=True)
    return _FIRST_FOLLOWING - 2 * _LINE


def _row(paper: Paper, invoice: Invoice, line: InvoiceLine) -> _Row:
    code = invoice.currency
    numbers = [
        "" if invoice.is_credit else str(line.quantity),
        "" if invoice.is_credit else _plain(line.unit_minor, code),
        _plain(-line.discount_minor, code) if line.discount_minor else "",
        _plain(line.shipping_minor, code) if line.shipping_minor else "",
        _plain(line.amount_minor, code),
    ]
    notes: list[str] = []
    if line.period_start is not None and line.period_end is not None:
        notes.append(f"For {line.period_start:%d %B %Y} to {line.period_end:%d %B %Y}")
    elif line.supplied_at is not None:
        notes.append(f"Supplied on {line.supplied_at:%d %B %Y}")
    elif invoice.kind == InvoiceKind.ORDER:
        notes.append("Not supplied yet")
    if line.seller is not None:
        notes.append(f"Sold by {line.seller.in_one_line}")
    wrapped = [words for each in notes for words in paper.wrapped(each, _NOTE_WIDTH, size=TINY)]
    return _Row(paper.wrapped(line.title, _TITLE_WIDTH), numbers, wrapped)


def _plain(minor: int, code: str) -> str:
    """The amount without its currency, which is in the head of the table."""
    return str(Money(minor, code)).partition(" ")[0]


def _table(paper: Paper, y: float, rows: Sequence[_Row], code: str) -> float:
    if not rows:
        return y
    paper.write(paper.left, y, f"What, amounts in {code.upper()}", size=SMALL, bold=True)
    for place, (label, right) in enumerate(COLUMNS):
        if any(each.numbers[place] for each in rows):
            paper.write(right, y, label, size=SMALL, bold=True, to_right=True)
    paper.rule(y - 1.5)
    y -= _LINE + 1.5
    for each in rows:
        for words, (_, right) in zip(each.numbers, COLUMNS, strict=True):
            paper.write(right, y, words, size=SMALL, to_right=True)
        for words in each.title:
            paper.write(paper.left, y, words)
            y -= _LINE
        for words in each.notes:
            paper.write(paper.left, y, words, size=TINY, grey=True)
            y -= _NOTE
        y -= _GAP
    return y


def _sums(paper: Paper, y: float, invoice: Invoice) -> None:
    paper.rule(y + 3)
    y = paper.row(y - 3, "Given back" if invoice.is_credit else "Total", str(invoice.total), is_sum=True)
    if invoice.is_credit:
        return
    if invoice.paid_at is not None:
        paper.write(paper.left, y, f"Paid in full on {invoice.paid_at:%d %B %Y}. Nothing is to be paid.", size=SMALL)
    elif invoice.kind == InvoiceKind.HOSTING:
        paper.write(paper.left, y, "Taken out of what you earn; your next sales pay what was not earned.", size=SMALL)


def _foot(paper: Paper, invoice: Invoice) -> Sequence[str]:
    issuer = invoice.issuer.in_one_line
    by_sellers = any(line.seller_id is not None for line in invoice.lines)
    says = f"Issued by {issuer}" + (
        " in the name and for the account of the sellers named above." if by_sellers else "."
    )
    paid_ahead = " Credit is used by later queries and answers; what is unused is given back on request."
    last = _NO_TAX + (paid_ahead if invoice.kind == InvoiceKind.TOP_UP else "")
    return [*paper.wrapped(says, _FOOT_WIDTH, size=TINY), last]
