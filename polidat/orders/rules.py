"""What a payment buys, as pure decisions."""

from collections.abc import Sequence
from dataclasses import dataclass

from polidat.core import Money, currency, share, split
from polidat.ledger import COMMISSION, Leg, credit, debit, fx_clearing, order_clearing, seller_payable
from polidat.payments import PaymentSettled


@dataclass(frozen=True)
class LineShare:
    """A line of an order as far as money goes: its price and the commission agreed when it was placed."""

    number: int
    price_minor: int
    commission_minor: int


def commission_of(price: Money, bps: int) -> Money:
    """Return the house's share of a price in basis points, rounded half away from zero.

    In a currency with steps (0.010 KWD) it is cut to a whole step, in the seller's favour.
    """
    step = currency(price.currency).charge_step
    exact = share(price.minor, bps)
    return Money(exact - exact % step, price.currency)


def what_is_wrong(total: Money, paid: PaymentSettled, *, paid_before: str | None) -> str:
    """Return why this payment does not buy the order, as a sentence for the operator; empty when it does.

    `paid_before` is the charge that paid the order already, if one did.
    """
    amount = Money(paid.amount_minor, paid.currency)
    if paid.doubt:
        return paid.doubt
    if paid_before is not None:
        return f"The order was paid twice: {amount} came in again with {paid.charge_id}. Give it back."
    if amount != total:
        return f"{amount} came in with {paid.charge_id}, but the order is over {total}."
    return ""


def allocation(order_ref: str, lines: Sequence[LineShare], paid: PaymentSettled) -> Sequence[tuple[int, Sequence[Leg]]]:
    """Return for each line its number and the legs that share its money between seller and house.

    The fee found on the charge is what the house took, whatever the rule says today; over several lines it is split
    by the commissions agreed. A payment that settled in another currency is shared in that one.
    """
    weights = [line.commission_minor for line in lines]
    fees = split(paid.fee_minor, weights if any(weights) else [line.price_minor for line in lines])
    settled = split(paid.settled_minor, [line.price_minor for line in lines])
    return [
        (line.number, _line_legs(order_ref, line, paid, settled_minor=whole, fee_minor=fee))
        for line, whole, fee in zip(lines, settled, fees, strict=True)
    ]


def _line_legs(
    order_ref: str, line: LineShare, paid: PaymentSettled, *, settled_minor: int, fee_minor: int
) -> Sequence[Leg]:
    price, whole = Money(line.price_minor, paid.currency), Money(settled_minor, paid.settled_currency)
    legs = [debit(order_clearing(order_ref), price)]
    if paid.currency != paid.settled_currency:
        exchange = fx_clearing(paid.currency, paid.settled_currency)
        legs += [credit(exchange, price), debit(exchange, whole)]
    fee = Money(fee_minor, paid.settled_currency)
    theirs = Money(settled_minor - fee_minor, paid.settled_currency)
    legs += [credit(seller_payable(paid.seller), theirs), credit(COMMISSION, fee)]
    return [leg for leg in legs if leg.minor]
