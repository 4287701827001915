"""What mails about orders say: values in, subject and text out; no session, no clock."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from polidat.catalog import AttestationState
from polidat.core import Money
from polidat.orders.models import Order, OrderLine
from polidat.orders.ship_rules import SENT_WITHIN

BANKS_TAKE = "Banks take up to ten days to show it."

_CAUSES = {
    "dispute_lost": "a dispute that was lost",
    "hold": "a payment sent to you that bought nothing",
    "refund_share": "a sale whose money went back",
}


class Letter(NamedTuple):
    """A mail before anybody's address is on it."""

    subject: str
    body: str


class Places(NamedTuple):
    """Where a mail sends its reader: to the page of the order, the library, or the seller's sales and statement."""

    order: str
    library: str
    sales: str
    statement: str


@dataclass(frozen=True)
class SoldLine:
    """A line as its seller hears of it: `yours` is the seller's part of what came in, None of what was free."""

    line: OrderLine
    yours: Money | None
    card_fee: Money | None


@dataclass(frozen=True)
class Back:
    """What of a line goes back: the buyer's money, the licences that end, and whether access ends with it."""

    line: OrderLine
    amount: Money
    licences: int = 0
    is_end: bool = False


def letter(subject: str, *paragraphs: str, about: str = "") -> Letter:
    """Return a mail of paragraphs, the empty ones left out; `about` is the last line."""
    body = "\n\n".join(each for each in (*paragraphs, about) if each)
    return Letter(subject, f"{body}\n")


def order_paid(order: Order, at: Places) -> Letter:
    """Return the confirmation of an order that is paid, or was free."""
    total = order.total
    subject = f"Your PoliDat order over {total} is paid" if total.minor else "Your PoliDat order"
    return letter(
        subject,
        "Thank you. This is your order:",
        "\n".join(row for line in order.lines for row in _bought(line)),
        f"Total: {total}, paid." if total.minor else "Total: nothing, it is free.",
        "What comes next:\n" + "\n".join(f"- {each}" for line in order.lines for each in _next(line, at)),
        f"The order, its receipt and all that happens to it: {at.order}",
        about=_about(order),
    )


def sold(order: Order, lines: Sequence[SoldLine], at: Places) -> Letter:
    """Return how a seller hears of the lines an order bought from them, and of nothing else in it."""
    first = titles([each.line for each in lines])
    return letter(
        f"You sold {first}",
        "\n".join(f"- {sold_row(each)}" for each in lines),
        "\n".join(f"The buyer wrote about “{each.line.title}”: {each.line.note}" for each in lines if each.line.note),
        f"All your sales, and what is still to be done: {at.sales}",
        about=_about(order),
    )


def sold_row(each: SoldLine) -> str:
    """Return a sold line in one line of text."""
    line = each.line
    if each.yours is None:
        return f"{_many(line)}: free"
    fee = f", {each.card_fee} of the card fee" if each.card_fee is not None and each.card_fee.minor else ""
    commission = Money(line.commission_minor, line.currency)
    return f"{_many(line)}: {line.price} paid, {commission} commission{fee}; {each.yours} is yours"


def sales_of_day(rows: Sequence[str], totals: Sequence[Money], at: str) -> Letter:
    """Return the mail about all sales since the last one."""
    count = f"{len(rows)} sale" if len(rows) == 1 else f"{len(rows)} sales"
    return letter(
        f"{count} on PoliDat",
        "\n".join(f"- {each}" for each in rows),
        f"Together {' and '.join(str(each) for each in totals)} is yours." if totals else "",
        f"All your sales: {at}",
    )


def debt_arose(owes: Money, kind: str, order_ref: str, at: str) -> Letter:
    """Return how a seller hears that they owe the marketplace, and what last raised it."""
    cause = _CAUSES.get(kind, "a posting that your statement shows")
    return letter(
        f"You owe PoliDat {owes}",
        f"You owe {owes} in all. What raised it last is {cause}, of which not everything could be taken from your "
        "Stripe balance.",
        "There is nothing to send: your next sales pay it before they reach you.",
        f"Line by line it is in your statement: {at}",
        about=order_ref,
    )


def payment_failed(order: Order, problem: str, at: Places, *, now: datetime) -> Letter:
    """Return how a buyer hears that a debit, which takes days, was not paid by their bank after all."""
    if order.payable_until > now:
        todo = f"Until {when(order.payable_until)} you can pay it another way: {at.order}"
    else:
        todo = "The order was not paid in time and is closed. If you still want it, order it again."
    return letter(
        f"Your payment of {order.total} failed",
        f"Your bank did not pay {order.total} for {titles(order.lines)}: {sentence(problem)} You were charged nothing.",
        todo,
        about=_about(order),
    )


def payment_looked_at(order: Order, amount: Money, at: Places) -> Letter:
    """Return how a buyer hears that what they paid is not what the order costs."""
    return letter(
        "Your payment is being looked at",
        f"We got {amount}, and it does not fit your order over {order.total}. Somebody looks at it; you get what you "
        "ordered, or your money back. Please do not pay again.",
        at.order,
        about=_about(order),
    )


def paid_twice(order: Order, amount: Money, at: Places) -> Letter:
    """Return how a buyer hears that a second payment is given back."""
    return letter(
        f"You paid twice: {amount} goes back",
        f"We got {amount} for an order that was paid already. It goes back to what you paid with; your order stays as "
        f"it is. {BANKS_TAKE}",
        at.order,
        about=_about(order),
    )


def refund_asked(order: Order, backs: Sequence[Back], amount: Money, why: str, at: Places) -> Letter:
    """Return how a buyer hears that money is to go back; without `backs` it is what bought nothing."""
    what = "\n".join(_back_row(each) for each in backs) or "It is what you paid that did not fit your order."
    return letter(
        f"{amount} is to go back to you",
        f"{amount} of your order is being given back to what you paid with. {why}".strip(),
        what,
        f"We write again when it is on its way. {at.order}",
        about=_about(order),
    )


def refund_sent(order: Order, backs: Sequence[Back], amount: Money, at: Places) -> Letter:
    """Return how a buyer hears that money is on its way back to them."""
    ended = [each.line for each in backs if each.is_end and each.line.opens_data and not each.line.for_others]
    return letter(
        f"{amount} is on its way back to you",
        f"{amount} was given back to what you paid with. {BANKS_TAKE}",
        "\n".join(_back_row(each) for each in backs),
        f"With it, your access to {titles(ended)} has ended." if ended else "",
        f"The receipt says so too: {at.order}",
        about=_about(order),
    )


def refund_failed(order: Order, amount: Money, at: Places, *, is_refused: bool) -> Letter:
    """Return how a buyer hears that money did not go back to them."""
    if is_refused:
        what = f"{amount} could not be given back to you now. We have been told and look after it."
    else:
        what = f"Your bank sent {amount} back to us. It is still yours: we reach you about another way to pay it."
    return letter(f"{amount} has not reached you yet", what, at.order, about=_about(order))


def top_up_failed(amount: Money, problem: str, at: str) -> Letter:
    """Return how somebody hears that a debit for their wallet was not paid by the bank after all."""
    return letter(
        f"A payment of {amount} into your wallet failed",
        f"The bank did not pay {amount} into your wallet: {sentence(problem)} Nothing was charged, and you can pay in "
        "another way.",
        at,
    )


def top_up_kept(amount: Money, at: str) -> Letter:
    """Return how somebody hears that credit could not be given back and is theirs to use."""
    return letter(
        f"{amount} is in your wallet again",
        f"{amount} of your credit was to go back to what you paid with, and could not. It is in your wallet again.",
        at,
    )


def sale_refunded(order: Order, backs: Sequence[Back], borne: Money, at: Places, *, from_balance: bool) -> Letter:
    """Return how a seller hears that a buyer got money back; `borne` is the seller's part of it."""
    how = "It was taken from your Stripe balance." if from_balance else (
        "It is taken from what was sent to you, or was going to be; what cannot be taken is owed, and your next sales "
        "pay it."
    )  # fmt: skip
    return letter(
        f"{' and '.join(str(each) for each in together(each.amount for each in backs))} of a sale went back",
        "\n".join(_back_row(each) for each in backs),
        f"Your part of it is {borne}. {how}" if borne.minor else "",
        f"Line by line it is in your statement: {at.statement}",
        about=_about(order),
    )


def sale_not_refunded(order: Order, backs: Sequence[Back], at: Places, *, is_refused: bool) -> Letter:
    """Return how a seller hears that the buyer has not got the money back."""
    whole = " and ".join(str(each) for each in together(each.amount for each in backs))
    why = "Stripe did not give it back" if is_refused else "the buyer's bank sent it back"
    return letter(
        f"{whole} of a sale did not go back",
        f"{whole} for {titles([each.line for each in backs])} was to go back to its buyer, and {why}. The marketplace "
        "looks after it; there is nothing for you to do.",
        at.sales,
        about=_about(order),
    )


def top_up_paid(amount: Money, at: str, *, by_link: bool) -> Letter:
    """Return the confirmation of what was paid into a wallet, by its owner or by somebody with a link."""
    said = f"Somebody has paid {amount} into your wallet, by the link you sent." if by_link else (
        f"You have paid {amount} into your wallet. Thank you."
    )  # fmt: skip
    return letter(
        f"{amount} is in your PoliDat wallet", said, f"What it pays, and how to get back what is unused: {at}"
    )


def top_up_returned(amount: Money, at: str) -> Letter:
    """Return how somebody hears that credit is on its way back to them."""
    return letter(
        f"{amount} is on its way back to you",
        f"{amount} of what you paid into your wallet was given back to what you paid with. {BANKS_TAKE}",
        at,
    )


def titles(lines: Sequence[OrderLine]) -> str:
    """Return what lines are about: the first title, and how many more there are."""
    first = f"“{lines[0].title}”"
    if len(lines) == 1:
        return first
    return f"{first} and {len(lines) - 1} more"


def when(at: datetime) -> str:
    """Return a time as mails write it."""
    return f"{at:%d %B %Y, %H:%M} UTC"


def sentence(words: str) -> str:
    """Return somebody else's words as a sentence that ends."""
    plain = words.strip() or "no reason given"
    return plain if plain.endswith((".", "!", "?")) else f"{plain}."


def together(amounts: Iterable[Money]) -> Sequence[Money]:
    """Return the sum of each currency, without nothing."""
    sums: dict[str, int] = {}
    for each in amounts:
        sums[each.currency] = sums.get(each.currency, 0) + each.minor
    return [Money(minor, code) for code, minor in sums.items() if minor]


def by_seller(lines: Sequence[OrderLine]) -> Mapping[int, Sequence[OrderLine]]:
    """Return the lines of each seller."""
    return {each: [line for line in lines if line.seller_id == each] for each in sorted({x.seller_id for x in lines})}


def _about(order: Order) -> str:
    return f"Order {order.public_id}"


def _many(line: OrderLine) -> str:
    return f"{line.quantity} × “{line.title}”" if line.quantity > 1 else f"“{line.title}”"


def _bought(line: OrderLine) -> list[str]:
    before = line.goods + line.discount
    each = f" ({line.unit_price} each)" if line.quantity > 1 else ""
    rows = [f"- {_many(line)}: {before if before.minor else 'free'}{each}"]
    if line.discount_minor:
        rows.append(f"  less {line.discount} by your coupon")
    if line.shipment is not None:
        delivery = Money(line.shipping_minor, line.currency)
        rows.append(f"  and {delivery if delivery.minor else 'nothing'} for delivery")
    return rows


def _next(line: OrderLine, at: Places) -> list[str]:
    found: list[str] = []
    asked = line.attestation
    if asked is not None and asked.state == AttestationState.WAITING:
        until = f" until {when(asked.due_at)}" if asked.due_at else ""
        found.append(f"“{line.title}”: its seller decides{until}. If it is not given to you, you get everything back.")
    elif line.acceptance_id is None:
        found.append(f"“{line.title}” opens once you accept its licence: {at.order}")
    elif line.opens_data and not line.for_others:
        found.append(f"“{line.title}” is in your library: {at.library}")
    if line.shipment is not None:
        found.append(f"“{line.title}” is sent within {SENT_WITHIN.days} days, or you get everything back: {at.order}")
    if line.for_others:
        found.append(f"Give {_licences(line.quantity)} of “{line.title}” away by e-mail: {at.order}")
    elif line.quantity > 1 and line.opens_data:
        others = "the other" if line.quantity == 2 else f"the other {line.quantity - 1}"
        found.append(f"One licence of “{line.title}” is yours; give {others} away: {at.order}")
    return found


def _licences(count: int) -> str:
    return "the licence" if count == 1 else f"the {count} licences"


def _back_row(each: Back) -> str:
    licences = f", with {each.licences} of {each.line.quantity} licences" if each.licences else ""
    return f"- “{each.line.title}”: {each.amount}{licences}"
