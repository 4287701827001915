"""The control surface over money: what banks decide, and what happens to what was paid."""

from stripe_sandbox.accounts.state import find_account
from stripe_sandbox.call import Body
from stripe_sandbox.command import Command
from stripe_sandbox.errors import ApiFailure, invalid, missing
from stripe_sandbox.payments.answered import answer_intent
from stripe_sandbox.payments.balance import book, whole_balance
from stripe_sandbox.payments.debit import end_debit
from stripe_sandbox.payments.disputes import decide, open_dispute
from stripe_sandbox.payments.payouts import fail_payout, find_payout, pay_out_automatically, pay_payout
from stripe_sandbox.payments.rates import set_rates
from stripe_sandbox.payments.refunds import fail_refund
from stripe_sandbox.payments.reviews import open_review
from stripe_sandbox.payments.setups import answer_setup
from stripe_sandbox.payments.topups import arrive, refuse
from stripe_sandbox.payments.warnings import warn
from stripe_sandbox.store import Row


def _find(command: Command, kind: str) -> Row:
    row = command.call.tx.get(command.id, kind)
    if row is None:
        raise missing(kind, command.id)
    # What a bank does to an object of a connected account happens on that account.
    command.call.account = row.account
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
    dispute = _find(command, "dispute")
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


def arrive_topup(command: Command) -> Body:
    """Let a top-up arrive."""
    topup = _find(command, "topup")
    arrive(command.call, topup)
    return dict(topup.body)


def refuse_topup(command: Command) -> Body:
    """Let the bank refuse a top-up."""
    topup = _find(command, "topup")
    refuse(command.call, topup)
    return dict(topup.body)


def review_charge(command: Command) -> Body:
    """Put a charge under review, as a rule of Radar would."""
    return dict(open_review(command.call, _find(command, "charge"), "rule").body)


def pay_out_all(command: Command) -> Body:
    """Pay out all an account has available in `currency`, as its schedule would."""
    account = find_account(command.call, command.id)
    return dict(pay_out_automatically(command.call, account.id, str(command.given.get("currency", "usd"))).body)


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


def authenticate(command: Command) -> Body:
    """Answer the bank's question about an intent, or with `passed` false fail to; for who has no browser at hand."""
    call, passed = command.call, bool(command.given.get("passed", True))
    is_setup = call.tx.get(command.id, "setup_intent") is not None
    intent = _find(command, "setup_intent" if is_setup else "payment_intent")
    if intent.body["status"] != "requires_action":
        raise invalid(f"This intent is {intent.body['status']}; no bank waits for an answer.")
    if "session" in intent.hidden:
        raise invalid("The payment of a checkout session is confirmed on the page it leads to.")
    try:
        answer = answer_setup if intent.kind == "setup_intent" else answer_intent
        answer(call, intent, passed=passed)
    except ApiFailure as refused:
        if not refused.stays:
            raise
    return dict(intent.body)


def warn_of_charge(command: Command) -> Body:
    """Let the bank of a charge warn of fraud."""
    return dict(warn(command.call, _find(command, "charge")).body)


def change_rates(command: Command) -> Body:
    """Set the rates of exchange; see `set_rates`."""
    return set_rates(command.call, command.given)
