"""Which sales, refunds and fees a payout is made of. Stripe does not say for manual ones: the oldest go first."""

from collections import defaultdict, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from polidat.insights.customers import EVER
from polidat.insights.errors import NoSuchPayout
from polidat.insights.revenue import about_facts
from polidat.insights.statement import StatementLine, lines_of
from polidat.payments import Payout, payouts_of
from polidat.people import Person

_FEE_OF = {"application_fee": "transfer", "application_fee_refund": "reversal"}


@dataclass(frozen=True)
class PayoutLine:
    """Money that came to the seller's Stripe account, or left it again (negative).

    `what` is sale, use, refund, dispute, or returned (after a dispute that was won). For a sale `gross_minor` and, all
    negative, `commission_minor`, `card_fee_minor` and `kept_minor`, for what the seller owed, sum to `moved_minor`.
    `paid_minor` is what of that is in this payout: the last sale of one may be split, its rest is in the next.
    """

    at: datetime
    what: str
    order_ref: str
    title: str
    gross_minor: int
    commission_minor: int
    card_fee_minor: int
    kept_minor: int
    moved_minor: int
    paid_minor: int


@dataclass(frozen=True)
class PayoutStatement:
    """A payout and its lines, oldest first. Lines and `other_minor` sum to its amount and Stripe's fee.

    `other_minor` is money at Stripe that no line explains, such as what came from elsewhere.
    """

    payout: Payout
    lines: Sequence[PayoutLine]
    other_minor: int


def payout_statement(session: Session, seller: Person, payout_id: str, *, now: datetime) -> PayoutStatement:
    """Return what one of the seller's payouts is made of. Raises NoSuchPayout for anybody else's.

    One that came back is made of nothing: its money waits for the next.
    """
    payouts = payouts_of(session, seller)
    wanted = next((each for each in payouts if each.id == payout_id), None)
    if wanted is None:
        raise NoSuchPayout
    if wanted.came_back:
        return PayoutStatement(wanted, [], 0)
    of_currency = [each for each in payouts if each.currency == wanted.currency]
    statements, _ = attributed(_lines(session, seller, wanted.currency, now=now), of_currency)
    return next(each for each in statements if each.payout.id == payout_id)


def not_paid_out(session: Session, seller: Person, code: str, *, now: datetime) -> Sequence[PayoutLine]:
    """Return what of the seller's money is still at Stripe, oldest first, as the next payouts will take it."""
    payouts = [each for each in payouts_of(session, seller) if each.currency == code]
    return attributed(_lines(session, seller, code, now=now), payouts)[1]


def attributed(
    lines: Iterable[PayoutLine], payouts: Iterable[Payout]
) -> tuple[Sequence[PayoutStatement], Sequence[PayoutLine]]:
    """Return the payouts with the lines each is made of, oldest first, and the lines left over.

    What had left the account before a payout lowers it first; then come the oldest sales, until the sum is reached.
    """
    ordered = sorted(lines, key=lambda each: each.at)
    came = deque(each for each in ordered if each.paid_minor > 0)
    left = deque(each for each in ordered if each.paid_minor < 0)
    statements: list[PayoutStatement] = []
    for payout in sorted((each for each in payouts if not each.came_back), key=lambda each: (each.created_at, each.id)):
        due, taken = payout.amount_minor + payout.fee_minor, list[PayoutLine]()
        while left and left[0].at <= payout.created_at:
            taken.append(left.popleft())
            due -= taken[-1].paid_minor
        while due and came and came[0].at <= payout.created_at:
            oldest = came.popleft()
            part = min(oldest.paid_minor, due)
            due -= part
            taken.append(replace(oldest, paid_minor=part))
            if part < oldest.paid_minor:
                came.appendleft(replace(oldest, paid_minor=oldest.paid_minor - part))
        statements.append(PayoutStatement(payout, sorted(taken, key=lambda each: each.at), due))
    return statements, sorted([*came, *left], key=lambda each: each.at)


def _lines(session: Session, seller: Person, code: str, *, now: datetime) -> Sequence[PayoutLine]:
    window = {"since": EVER, "until": now, "currency": code, "seller_id": seller.id}
    sold: dict[str, deque[Sequence[StatementLine]]] = defaultdict(deque)
    for line in lines_of(session, {**window, "buyer_id": None}):
        if line.what == "sale" and sold[line.order_ref]:
            sold[line.order_ref][0] = [*sold[line.order_ref][0], line]  # a seller's lines of a cart are sent at once
        elif line.what in ("sale", "period"):
            sold[line.order_ref].append([line])
    return _paired(session.execute(about_facts("movements"), window).all(), sold)


def _paired(rows: Sequence[Any], sold: dict[str, deque[Sequence[StatementLine]]]) -> Sequence[PayoutLine]:
    """A commission belongs to the transfer it was taken from, a returned one to the refund it was returned with."""
    fees: dict[tuple[str, str], deque[Any]] = defaultdict(deque)
    for row in (each for each in rows if each.kind in _FEE_OF):
        fees[_FEE_OF[row.kind], row.order_ref].append(row)
    found: list[PayoutLine] = []
    for row in (each for each in rows if each.kind not in _FEE_OF):
        mine = fees[row.kind, row.order_ref]
        fee_minor = int(mine.popleft().minor) if mine and not row.is_return else 0
        lines: Sequence[StatementLine] = sold[row.order_ref or ""].popleft() if _begins_sale(row, sold) else ()
        found.append(_line(row, lines, int(row.minor) + fee_minor))
    alone = [row for mine in fees.values() for row in mine]
    return [*found, *(_line(row, (), int(row.minor)) for row in alone)]


def _begins_sale(row: Any, sold: dict[str, deque[Sequence[StatementLine]]]) -> bool:
    return row.kind == "transfer" and not row.is_return and bool(sold[row.order_ref or ""])


def _line(row: Any, lines: Sequence[StatementLine], moved_minor: int) -> PayoutLine:
    gross, commission, card_fee = (
        sum(getattr(each, name) for each in lines) for name in ("gross_minor", "commission_minor", "card_fee_minor")
    )
    kept = moved_minor - gross - commission - card_fee if lines else 0
    return PayoutLine(
        at=row.at,
        what=_what(row),
        order_ref=row.order_ref or "",
        title=", ".join(each.title for each in lines),
        gross_minor=gross,
        commission_minor=commission,
        card_fee_minor=card_fee,
        kept_minor=kept,
        moved_minor=moved_minor,
        paid_minor=moved_minor,
    )


def _what(row: Any) -> str:
    if row.kind == "reversal":
        return "dispute" if row.code.startswith("L:seller_hold") else "refund"
    if row.is_return:
        return "returned"
    return "use" if (row.order_ref or "").startswith("usage_") else "sale"
