"""What a successful charge does to the money: Stripe's fee, the transfer to the seller, the application fee."""

from stripe_sandbox.call import APPLICATION_ID, Body, Call
from stripe_sandbox.events.write import emit
from stripe_sandbox.http.listing import whole_list
from stripe_sandbox.ids import new_id
from stripe_sandbox.invoicing.attached import pay_attached
from stripe_sandbox.payments.balance import book, fee_detail, settles_on
from stripe_sandbox.payments.rates import charge_fee, settled
from stripe_sandbox.payments.transfers import send
from stripe_sandbox.schema.blank import nothing_of
from stripe_sandbox.store import PLATFORM, Row
from stripe_sandbox.tax.transactions import commit_association


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
    emit(call, "charge.succeeded" if captured is None else "charge.captured", row.body, account=call.account)
    commit_association(call, intent.id)
    pay_attached(call, intent)
    emit(call, "payment_intent.succeeded", intent.body, account=call.account)
    return row


def settle_charge(call: Call, charge: Body, *, at_once: bool, captured: int | None = None) -> Row:
    """Store a paid charge: its fee, its movement, and the share of a destination. The caller tells of it."""
    amount = captured if captured is not None else charge["amount"]
    if charge["application_fee_amount"]:
        charge["application_fee_amount"] = min(charge["application_fee_amount"], amount)
    came_in, currency, rate = settled(call, amount, charge["currency"])
    available_on = call.now if at_once else settles_on(call.now)
    fee = charge_fee(came_in, currency, was_exchanged=rate is not None)
    booked = book(
        call, call.account, "charge", "charge", came_in, currency, charge["id"], available_on=available_on,
        fees=[
            fee_detail(fee, currency, "stripe_fee", "Stripe processing fees"),
            *_platform_share(call, charge, currency),
        ],
        description=charge["description"],
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
    if amount < charge["amount"]:
        _free_rest(call, row)
    if call.account != PLATFORM and charge["application_fee_amount"]:
        _take_direct_fee(call, row, available_on)
    if charge["transfer_data"]:
        _share(call, row, available_on)
    return row


def _free_rest(call: Call, charge: Row) -> None:
    """What a partial capture lets go is a refund of the charge, but no money moves and nobody is told."""
    call.add(
        "refund",
        {
            **nothing_of("refund", "failure_balance_transaction", "failure_reason"),
            "amount": charge.body["amount_refunded"],
            "charge": charge.id,
            "created": call.now,
            "currency": charge.body["currency"],
            "metadata": {},
            "payment_intent": charge.body["payment_intent"],
            "status": "succeeded",
        },
    )


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


def _platform_share(call: Call, charge: Body, currency: str) -> list[Body]:
    """Of a direct charge the platform's share is kept like a fee."""
    amount = charge["application_fee_amount"] if call.account != PLATFORM else None
    if not amount:
        return []
    kept = settled(call, amount, charge["currency"])[0]
    return [fee_detail(kept, currency, "application_fee", "Application fee", APPLICATION_ID)]


def _take_direct_fee(call: Call, charge: Row, available_on: int) -> None:
    amount, currency, _ = settled(call, charge.body["application_fee_amount"], charge.body["currency"])
    fee: Body = {"id": new_id("application_fee"), "amount": amount}
    charge.body["application_fee"] = fee["id"]
    call.tx.save(charge)
    _store_fee(call, fee, currency, charge.account, charge.id, None, available_on)


def _take_fee(call: Call, charge: Row, sent: Row, fee: Body, available_on: int) -> None:
    seller, payment = sent.body["destination"], sent.body["destination_payment"]
    _store_fee(call, fee, sent.body["currency"], seller, payment, charge.id, available_on)


def _store_fee(
    call: Call, fee: Body, currency: str, account: str, payment: str, origin: str | None, available_on: int
) -> None:
    """Book the platform's fee on what an account was paid."""
    booked = book(
        call, PLATFORM, "application_fee", "platform_earning", fee["amount"], currency, fee["id"],
        available_on=available_on, description=f"Application fee from {account}",
    )  # fmt: skip
    body: Body = {
        **fee,
        "account": account,
        "amount_refunded": 0,
        "application": APPLICATION_ID,
        "balance_transaction": booked.id,
        "charge": payment,
        "created": call.now,
        "currency": currency,
        "fee_source": {"type": "charge", "charge": payment},
        "livemode": False,
        "originating_transaction": origin,
        "refunded": False,
        "refunds": whole_list(f"/v1/application_fees/{fee['id']}/refunds", []),
    }
    row = call.add("application_fee", body, account=PLATFORM)
    emit(call, "application_fee.created", row.body, account=PLATFORM)
