"""What a payment buys, as pure decisions."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from polidat.core import Money, currency, half_away, split
from polidat.ledger import (
    COMMISSION,
    FX_LOSS,
    STRIPE_FEE,
    Leg,
    credit,
    debit,
    fx_clearing,
    order_clearing,
    refund_clearing,
    seller_payable,
    seller_receivable,
)
from polidat.payments import PaymentRefunded, PaymentSettled


@dataclass(frozen=True)
class LineShare:
    """A line of an order as far as money goes: its price and the commission agreed when it was placed."""

    number: int
    price_minor: int
    commission_minor: int


@dataclass(frozen=True)
class CartShare(LineShare):
    """A line of a cart: whose it is, too."""

    seller_id: int


@dataclass(frozen=True)
class LinePaid:
    """A line that was paid: what came in for it, the seller's part, Stripe's fee passed on, and what went back.

    `price_minor` and `refunded_minor` are in the currency of the order, the others in the one it settled in. With
    `keeps_fee` the seller bears all of a refund, the house's commission too.
    """

    number: int
    seller_id: int
    price_minor: int
    settled_minor: int
    seller_minor: int
    passed_fee_minor: int
    refunded_minor: int
    keeps_fee: bool = False

    @property
    def borne_minor(self) -> int:
        """What the seller gives back when all of the line is refunded."""
        return self.settled_minor if self.keeps_fee else self.seller_minor

    @property
    def returned_fee_minor(self) -> int:
        """What of Stripe's fee, passed on to the seller, is the house's cost again when all is refunded."""
        return 0 if self.keeps_fee else self.passed_fee_minor

    @property
    def left_minor(self) -> int:
        """What can still go back; a bank may have taken what was given back before as well."""
        return max(0, self.price_minor - self.refunded_minor)

    def part_of(self, whole_minor: int, refund_minor: int) -> int:
        """Return what a refund of the line takes of something shared over it.

        It is the difference of two rounded running totals, so a series of partial refunds ends exactly at the whole.
        """
        after = Fraction(whole_minor * (self.refunded_minor + refund_minor), self.price_minor)
        return half_away(after) - half_away(Fraction(whole_minor * self.refunded_minor, self.price_minor))


def spread(amount_minor: int, lines: Sequence[LinePaid]) -> dict[int, int]:
    """Return an amount by line number, spread over what is left of the lines; over their prices when nothing is."""
    left = [line.left_minor for line in lines]
    parts = split(amount_minor, left if any(left) else [line.price_minor for line in lines])
    return {line.number: part for line, part in zip(lines, parts, strict=True)}


def refund_shares(fact: PaymentRefunded, lines: Sequence[LinePaid], parts: Mapping[int, int]) -> Mapping[str, int]:
    """Return what of a refund each seller bears, by account, in minor units of the currency the sale settled in."""
    touched = [line for line in lines if parts.get(line.number)]
    shares = Counter[str]()
    for line in touched:
        shares[str(line.seller_id)] += line.part_of(line.borne_minor, parts[line.number])
    # Stripe may round a cent a line otherwise; a larger difference is what was netted, and is owed again.
    if fact.from_seller and abs(sum(shares.values()) - fact.seller_minor) <= len(touched):
        shares = Counter({fact.seller: fact.seller_minor})
    return shares


def refund_legs(fact: PaymentRefunded, lines: Sequence[LinePaid], parts: Mapping[int, int]) -> Sequence[Leg]:
    """Return the legs that share a refund. `parts` is what goes back by line number, in the order's currency.

    What was taken from the seller with the refund is the seller's part, to the cent; else it is the seller's part of
    the sale, and owed. The house gives its commission back, unless the seller bears it. Stripe keeps its
    fee: what was passed on returns to be
    the house's cost.
    """
    touched = [line for line in lines if parts.get(line.number)]
    shares = refund_shares(fact, lines, parts)
    passed = sum(line.part_of(line.returned_fee_minor, parts[line.number]) for line in touched)
    rest, loss = fact.settled_minor - sum(shares.values()) - passed, 0
    if fact.currency != fact.settled_currency:
        kept = [(line, line.settled_minor - line.borne_minor - line.returned_fee_minor) for line in touched]
        house = sum(line.part_of(minor, parts[line.number]) for line, minor in kept)
        rest, loss = house, rest - house
    code = fact.settled_currency
    legs = [credit(refund_clearing(fact.subject), Money(fact.settled_minor, code))]
    legs += [debit(seller_receivable(seller), Money(minor, code)) for seller, minor in shares.items()]
    legs += [debit(COMMISSION, Money(rest, code)), debit(STRIPE_FEE, Money(passed, code))]
    legs.append(debit(FX_LOSS, Money(loss, code)))
    return [leg for leg in legs if leg.minor]


def netting_legs(fact: PaymentSettled, owes_minor: int) -> Sequence[Leg]:
    """Return the legs that pay what the seller owes, at most `owes_minor`, out of what was kept back for it."""
    paid = Money(min(fact.netted_minor, owes_minor), fact.settled_currency)
    return (
        [credit(seller_receivable(fact.seller), paid), debit(seller_payable(fact.seller), paid)] if paid.minor else []
    )


def disputed_shares(withdrawn_minor: int, lines: Sequence[LinePaid], parts: Mapping[int, int]) -> dict[int, int]:
    """Return what of a disputed amount each seller bears, by person, in the currency the payment settled in."""
    touched = [line for line in lines if parts.get(line.number) and line.settled_minor]
    if not touched or not withdrawn_minor:
        return {}
    shares = Counter[int]()
    for line, minor in zip(touched, split(withdrawn_minor, [parts[line.number] for line in touched]), strict=True):
        shares[line.seller_id] += half_away(Fraction(minor * line.seller_minor, line.settled_minor))
    return dict(shares)


def better_given_back(amount: Money, *, disputed_per_mille: int, fee_major: int) -> bool:
    """Return whether a payment its bank warns about costs less when it is given back at once.

    It does when the amount is less than a dispute's fee (about so many units of its currency) and what is likely lost
    to it: of warned payments so many thousandths are disputed.
    """
    fee = Money(fee_major * 10 ** currency(amount.currency).exponent, amount.currency)
    return 1000 * amount.minor < 1000 * fee.minor + amount.minor * disputed_per_mille


def licence_prices(line: Money, quantity: int) -> Sequence[int]:
    """Return what each licence of a line costs, in minor units; they sum to the line.

    Where a discount does not divide, the first ones cost a step of the currency more (the largest remainder).
    """
    step = currency(line.currency).charge_step
    parts = [step * part for part in split(line.minor // step, [1] * quantity)]
    parts[0] += line.minor % step
    return parts


def returned_price(line: Money, quantity: int, kept: int, licences: int, left_minor: int) -> int:
    """Return what giving some of the last `kept` licences of a line back comes to, in minor units.

    The last of them take all that is left with them, so however a line goes back, it is exactly the line.
    """
    if licences == kept:
        return left_minor
    return sum(licence_prices(line, quantity)[kept - licences : kept])


def what_is_wrong(total: Money, paid: PaymentSettled, *, paid_before: str | None) -> str:
    """Return why this payment does not buy the order, as a sentence for the operator; empty when it does.

    `paid_before` is the charge that paid the order already, if one did.
    """
    amount = Money(paid.amount_minor, paid.currency)
    if paid.doubt:
        return paid.doubt
    if paid_before is not None:
        return f"The order was paid twice: {amount} came in again with {paid.charge_id}. It is given back."
    if amount != total:
        return f"{amount} came in with {paid.charge_id}, but the order is over {total}."
    return ""


@dataclass(frozen=True)
class Allocated:
    """A line's part of a payment, and the legs that share it between seller and house."""

    number: int
    settled_minor: int
    seller_minor: int
    legs: Sequence[Leg]
    passed_fee_minor: int = 0


def allocation(order_ref: str, lines: Sequence[LineShare], paid: PaymentSettled) -> Sequence[Allocated]:
    """Return for each line how its money is shared.

    The fee found on the charge is what the house took, whatever the rule says today, less what paid a debt. Over
    several lines it is split by the commissions agreed. A payment that settled in another currency is shared in that
    one.
    """
    weights = [line.commission_minor for line in lines]
    fees = split(paid.fee_minor - paid.netted_minor, weights if any(weights) else [line.price_minor for line in lines])
    settled = split(paid.settled_minor, [line.price_minor for line in lines])
    return [
        Allocated(
            line.number, whole, whole - fee, _line_legs(order_ref, line, paid, settled_minor=whole, fee_minor=fee)
        )
        for line, whole, fee in zip(lines, settled, fees, strict=True)
    ]


def cart_allocation(order_ref: str, lines: Sequence[CartShare], paid: PaymentSettled) -> Sequence[Allocated]:
    """Return how the money of a cart is shared: each seller bears the line's commission and its part of Stripe's fee.

    Stripe's fee is split by what the lines cost, with the largest remainder, so that no cent is lost.
    """
    prices = [line.price_minor for line in lines]
    settled, fees = split(paid.settled_minor, prices), split(paid.stripe_fee_minor, prices)
    found: list[Allocated] = []
    for line, whole, fee in zip(lines, settled, fees, strict=True):
        commission = line.commission_minor
        if paid.currency != paid.settled_currency:
            commission = half_away(Fraction(whole * line.commission_minor, line.price_minor))
        fee = min(fee, whole - commission)
        theirs = whole - commission - fee
        legs = [
            *_taken_from(order_ref, line.price_minor, whole, paid),
            credit(seller_payable(line.seller_id), Money(theirs, paid.settled_currency)),
            credit(COMMISSION, Money(commission, paid.settled_currency)),
            credit(STRIPE_FEE, Money(fee, paid.settled_currency)),
        ]
        found.append(Allocated(line.number, whole, theirs, [leg for leg in legs if leg.minor], fee))
    return found


def _taken_from(order_ref: str, price_minor: int, whole_minor: int, paid: PaymentSettled) -> list[Leg]:
    """The line's price leaves the order's clearing account, through the exchange where it settled in another one."""
    price, whole = Money(price_minor, paid.currency), Money(whole_minor, paid.settled_currency)
    legs = [debit(order_clearing(order_ref), price)]
    if paid.currency != paid.settled_currency:
        exchange = fx_clearing(paid.currency, paid.settled_currency)
        legs += [credit(exchange, price), debit(exchange, whole)]
    return legs


def _line_legs(
    order_ref: str, line: LineShare, paid: PaymentSettled, *, settled_minor: int, fee_minor: int
) -> Sequence[Leg]:
    legs = _taken_from(order_ref, line.price_minor, settled_minor, paid)
    fee = Money(fee_minor, paid.settled_currency)
    theirs = Money(settled_minor - fee_minor, paid.settled_currency)
    legs += [credit(seller_payable(paid.seller), theirs), credit(COMMISSION, fee)]
    return [leg for leg in legs if leg.minor]
