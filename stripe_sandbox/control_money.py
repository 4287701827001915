"""The control surface over money: what banks decide, and what happens to what was paid."""

from stripe_sandbox.accounts.state import find_account
from stripe_sandbox.call import Body
from stripe_sandbox.command import Command
from stripe_sandbox.errors import invalid, missing
from stripe_sandbox.payments.balance import book, whole_balance
from stripe_sandbox.payments.debit import end_debit
from stripe_sandbox.payments.disputes import decide, find_dispute, open_dispute
from stripe_sandbox.payments.payouts import fail_payout, find_payout, pay_payout
from stripe_sandbox.payments.rates import set_rates
from stripe_sandbox.payments.refunds import fail_refund
from stripe_sandbox.payments.warnings import warn
from stripe_sandbox.store import Row


def _find(command: Command, kind: str) -> Row:
    row = command.call.tx.get(command.id, kind)
    if row is None:
        raise missing(kind, command.id)
    return row


def dispute_charge(command: Command) -> Body:
    """Dispute a charge: all of it or `amount`; with `inquiry` the bank only asks."""
    amount, inquiry = command.given.get("amount"), bool(command.given.get("inquiry"))
    return dict(open_dispute(command.call, _find(command, "charge"), amount=amount, inquiry=inquiry).body)


def decide_dispute(command: Command) -> Body:
    """Let the bank decide a dispute: `outcome` is won or lost."""
    outcome = command.given.get("outcome")
    if outcome not in ("won", "lost"):
        raise invalid("outcome must be won or lost", param="outcome")
    dispute = find_dispute(command.call, command.id)
    decide(command.call, dispute, won=outcome == "won")
    return dict(dispute.body)


def return_refund(command: Command) -> Body:
    """Let the buyer's bank send a refund back."""
    refund = _find(command, "refund")
    fail_refund(command.call, refund)
    return dict(refund.body)


def arrive_payout(command: Command) -> Body:
    """Let a payout arrive."""
    payout = find_payout(command.call, command.id, anywhere=True)
    pay_payout(command.call, payout)
    return dict(payout.body)


def return_payout(command: Command) -> Body:
    """Let a bank send a payout back."""
    payout = find_payout(command.call, command.id, anywhere=True)
    fail_payout(command.call, payout)
    return dict(payout.body)


def spend(command: Command) -> Body:
    """Let an account spend everything it has in `currency`, as if it were paid out and gone."""
    call = command.call
    account = find_account(call, command.id)
    code = str(command.given.get("currency", "usd"))
    amount = whole_balance(call, account.id, code)
    if amount > 0:
        book(call, account.id, "payout", "payout", -amount, code, account.id, available_on=call.now)
    return {"spent": max(amount, 0), "currency": code}


def bank(command: Command) -> Body:
    """Let the bank of a debit under way pay, or with `paid` false refuse."""
    intent = _find(command, "payment_intent")
    return dict(end_debit(command.call, intent, paid=bool(command.given.get("paid", True))).body)


def warn_of_charge(command: Command) -> Body:
    """Let the bank of a charge warn of fraud."""
    return dict(warn(command.call, _find(command, "charge")).body)


def change_rates(command: Command) -> Body:
    """Set the rates of exchange; see `set_rates`."""
    return set_rates(command.call, command.given)
