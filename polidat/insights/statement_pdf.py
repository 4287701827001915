"""A seller's statement as PDF: balances, sums, and every line."""

from collections.abc import Sequence

from polidat.core import Money
from polidat.insights.statement import MOVED, SellerStatement, StatementLine
from polidat.insights.tables import decimal
from polidat.paper import Paper

_MARGIN, _TOP = 15, 280  # millimetres
_FIRST_PAGE, _NEXT_PAGES = 30, 44  # rows; a line whose commission is explained takes more than one
_EXPLAINED = 1.6
_ROW, _WHAT = 5.5, 18
_TEXT, _SMALLER = 7.5, 6.5  # points
_TITLE_CHARS_MAX = 36
_EXPLAINED_CHARS_MAX = 130
_COLUMNS = (("Sold for", 123), ("Commission", 143), ("Card fee", 160), ("Yours", 178), ("Moved", 195))  # right, in mm
SAYS = {
    "sale": "Sale",
    "period": "Subscription",
    "use": "Single uses",
    "refund": "Refund",
    "dispute": "Dispute lost",
    "sent": "Sent to your Stripe account",
    "taken_back": "Taken back from your Stripe account",
    "hosting": "Hosting, out of what you earned",
}


def statement_pdf(statement: SellerStatement) -> bytes:
    """Return the statement as PDF, the same bytes each time for the same lines."""
    title = f"PoliDat statement {statement.period.first:%Y-%m} {statement.currency.upper()}"
    paper = Paper(title, margin=_MARGIN, top=_TOP)
    sheets = _sheets(statement.lines)
    for number, lines in enumerate(sheets, start=1):
        y = _summary(paper, statement) if number == 1 else _TOP
        _table(paper, y, lines, statement.currency)
        paper.number(number, len(sheets))
        paper.end_sheet()
    return paper.finished()


def _sheets(lines: Sequence[StatementLine]) -> list[Sequence[StatementLine]]:
    sheets: list[list[StatementLine]] = [[]]
    room = float(_FIRST_PAGE)
    for each in lines:
        rows = _EXPLAINED if each.rate else 1.0
        if rows > room:
            sheets.append([])
            room = float(_NEXT_PAGES)
        sheets[-1].append(each)
        room -= rows
    return [*sheets]


def _summary(paper: Paper, statement: SellerStatement) -> float:
    period = f"{statement.period.first:%d %B %Y} to {statement.period.last:%d %B %Y}, {statement.currency.upper()}"
    seller = f"Seller {statement.seller.shown_name}, {statement.seller.email}"
    y = paper.heading("PoliDat statement", (period, seller)) - 6
    for label, minor, is_sum in _sums(statement):
        y = paper.row(y, label, str(Money(minor, statement.currency)), is_sum=is_sum, right=160) + 1
    return y - 6


def _sums(statement: SellerStatement) -> list[tuple[str, int, bool]]:
    sold = ("sale", "period", "use")
    back = ("refund", "dispute")
    hosting = statement.total("moved_minor", "hosting")
    return [
        ("Owed to you when it began", statement.opening_minor, True),
        ("Sold", statement.total("gross_minor", *sold), False),
        ("Given back or lost to disputes", statement.total("gross_minor", *back), False),
        ("Commission", statement.total("commission_minor"), False),
        ("Card fees passed on", statement.total("card_fee_minor"), False),
        ("Exchange losses the house bore", statement.total("borne_minor"), False),
        ("Sent to your Stripe account, less what was taken back", statement.total("moved_minor", *MOVED), False),
        *([("Hosting, out of what you earned", hosting, False)] if hosting else []),
        ("Owed to you when it ended", statement.closing_minor, True),
    ]


def _table(paper: Paper, y: float, lines: Sequence[StatementLine], code: str) -> None:
    what = paper.left + _WHAT
    paper.write(paper.left, y, "Date", size=_TEXT, bold=True)
    paper.write(what, y, "What", size=_TEXT, bold=True)
    for label, right in _COLUMNS:
        paper.write(right, y, label, size=_TEXT, bold=True, to_right=True)
    paper.rule(y - 1.5)
    if not lines:
        paper.write(paper.left, y - 7, "Nothing was sold, given back or sent.", size=_TEXT)
    for each in lines:
        y -= _ROW
        paper.write(paper.left, y, f"{each.at:%d.%m.%Y}", size=_TEXT)
        paper.write(what, y, _label(each, code), size=_TEXT)
        amounts = (each.gross_minor, each.commission_minor, each.card_fee_minor, each.yours_minor, each.moved_minor)
        for minor, (_, right) in zip(amounts, _COLUMNS, strict=True):
            paper.write(right, y, decimal(minor, code) if minor else "", size=_TEXT, to_right=True)
        if each.rate:
            y -= (_EXPLAINED - 1) * _ROW
            rule = f", by the rule for {each.rule}" if each.rule else ""
            explained = f"Commission {each.rate}{rule}"[:_EXPLAINED_CHARS_MAX]
            paper.write(what, y, explained, size=_SMALLER, grey=True)


def _label(line: StatementLine, code: str) -> str:
    title = f"{line.many(code)} {line.title}".strip()
    title = title if len(title) <= _TITLE_CHARS_MAX else f"{title[: _TITLE_CHARS_MAX - 1]}…"
    return f"{SAYS[line.what]}: {title}" if title else SAYS[line.what]
