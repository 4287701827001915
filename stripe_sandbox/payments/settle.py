"""What a successful charge does to the money: Stripe's fee, the transfer to the seller, the application fee."""

from stripe_sandbox.call import APPLICATION_ID, Body, Call
from stripe_sandbox.events.write import emit
from stripe_sandbox.http.listing import whole_list
from stripe_sandbox.ids import new_id
from stripe_sandbox.payments.balance import book, fee_detail, settles_on
from stripe_sandbox.payments.rates import charge_fee, settled
from stripe_sandbox.payments.transfers import send
from stripe_sandbox.store import PLATFORM, Row


def settle(call: Call, intent: Row, charge: Body, *, at_once: bool, captured: int | None = None) -> Row:
    """Store the paid charge and everything that follows from it, and mark the intent as succeeded.

    `captured` is what is taken of a hold; nothing is ever taken of the rest.
    """
    row = settle_charge(call, charge, at_once=at_once, captured=captured)
    intent.body.update(
        transfer_group=row.body["transfer_group"],
        status="succeeded",
        amount_received=row.body["amount_captured"],
        latest_charge=row.id,
        last_payment_error=None,
        next_action=None,
    )
    call.tx.save(intent)
    emit(call, "charge.succeeded" if captured is None else "charge.captured", row.body)
    emit(call, "payment_intent.succeeded", intent.body)
    return row


def settle_charge(call: Call, charge: Body, *, at_once: bool, captured: int | None = None) -> Row:
    """Store a paid charge: its fee, its movement, and the share of a destination. The caller tells of it."""
    amount = captured if captured is not None else charge["amount"]
    came_in, currency, rate = settled(call, amount, charge["currency"])
    available_on = call.now if at_once else settles_on(call.now)
    fee = charge_fee(came_in, currency, was_exchanged=rate is not None)
    booked = book(
        call, PLATFORM, "charge", "charge", came_in, currency, charge["id"], available_on=available_on,
        fees=[fee_detail(fee, currency, "stripe_fee", "Stripe processing fees")], description=charge["description"],
        rate=rate,
    )  # fmt: skip
    charge.update(
        status="succeeded",
        paid=True,
        captured=True,
        amount_captured=amount,
        amount_refunded=charge["amount"] - amount,
        balance_transaction=booked.id,
        receipt_url=f"{call.base_url}/receipts/{charge['id']}",
    )
    row = _stored(call, charge)
    if charge["transfer_data"]:
        _share(call, row, available_on)
    return row


def _stored(call: Call, charge: Body) -> Row:
    """A bank debit was stored while it was under way; a card's charge is new."""
    row = call.tx.get(charge["id"], "charge")
    if row is None:
        return call.add("charge", charge)
    row.body.update(charge)
    return call.tx.save(row)


def _share(call: Call, charge: Row, available_on: int) -> None:
    """Send the destination its money and take the application fee back."""
    transfer = charge.body["transfer_data"]
    fee_amount, wished = charge.body["application_fee_amount"], charge.body["currency"]
    fee = {"id": new_id("application_fee"), "amount": settled(call, fee_amount, wished)[0]} if fee_amount else None
    whole = transfer["amount"] if transfer["amount"] is not None else charge.body["amount_captured"]
    amount, currency, _ = settled(call, whole, wished)
    sent = send(call, amount, currency, transfer["destination"], charge, available_on=available_on, fee=fee)
    charge.body.update(
        transfer=sent.id, transfer_group=sent.body["transfer_group"], application_fee=fee["id"] if fee else None
    )
    call.tx.save(charge)
    if fee:
        _take_fee(call, charge, sent, fee, available_on)


def _take_fee(call: Call, charge: Row, sent: Row, fee: Body, available_on: int) -> None:
    currency = sent.body["currency"]
    booked = book(
        call, PLATFORM, "application_fee", "platform_earning", fee["amount"], currency, fee["id"],
        available_on=available_on, description=f"Application fee from {sent.body['destination']}",
    )  # fmt: skip
    body: Body = {
        **fee,
        "account": sent.body["destination"],
        "amount_refunded": 0,
        "application": APPLICATION_ID,
        "balance_transaction": booked.id,
        "charge": sent.body["destination_payment"],
        "created": call.now,
        "currency": currency,
        "fee_source": {"type": "charge", "charge": sent.body["destination_payment"]},
        "livemode": False,
        "originating_transaction": charge.id,
        "refunded": False,
        "refunds": whole_list(f"/v1/application_fees/{fee['id']}/refunds", []),
    }
    row = call.add("application_fee", body, account=PLATFORM)
    emit(call, "application_fee.created", row.body)
