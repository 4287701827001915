"""The control surface over money: what banks decide, and what happens to what was paid."""

from starlette.requests import Request

from stripe_sandbox.accounts.state import find_account
from stripe_sandbox.call import Body, Call
from stripe_sandbox.errors import invalid, missing
from stripe_sandbox.payments.balance import book, whole_balance
from stripe_sandbox.payments.debit import end_debit
from stripe_sandbox.payments.disputes import decide, find_dispute, open_dispute
from stripe_sandbox.payments.payouts import fail_payout, find_payout, pay_out_automatically, pay_payout
from stripe_sandbox.payments.rates import set_rates
from stripe_sandbox.payments.refunds import fail_refund
from stripe_sandbox.payments.warnings import warn


def dispute_charge(call: Call, request: Request, given: Body) -> Body:
    """Dispute a charge: all of it or `amount`; with `inquiry` the bank only asks."""
    charge = call.tx.get(request.path_params["id"], "charge")
    if charge is None:
        raise missing("charge", request.path_params["id"])
    return dict(open_dispute(call, charge, amount=given.get("amount"), inquiry=bool(given.get("inquiry"))).body)


def decide_dispute(call: Call, request: Request, given: Body) -> Body:
    """Let the bank decide a dispute: `outcome` is won or lost."""
    if given.get("outcome") not in ("won", "lost"):
        raise invalid("outcome must be won or lost", param="outcome")
    dispute = find_dispute(call, request.path_params["id"])
    decide(call, dispute, won=given["outcome"] == "won")
    return dict(dispute.body)


def return_refund(call: Call, request: Request, given: Body) -> Body:
    """Let the buyer's bank send a refund back."""
    del given
    refund = call.tx.get(request.path_params["id"], "refund")
    if refund is None:
        raise missing("refund", request.path_params["id"])
    fail_refund(call, refund)
    return dict(refund.body)


def arrive_payout(call: Call, request: Request, given: Body) -> Body:
    """Let a payout arrive."""
    del given
    payout = find_payout(call, request.path_params["id"], anywhere=True)
    pay_payout(call, payout)
    return dict(payout.body)


def return_payout(call: Call, request: Request, given: Body) -> Body:
    """Let a bank send a payout back."""
    del given
    payout = find_payout(call, request.path_params["id"], anywhere=True)
    fail_payout(call, payout)
    return dict(payout.body)


def pay_out_all(call: Call, request: Request, given: Body) -> Body:
    """Pay out all an account has available in `currency`, as its schedule would."""
    account = find_account(call, request.path_params["id"])
    return dict(pay_out_automatically(call, account.id, str(given.get("currency", "usd"))).body)


def spend(call: Call, request: Request, given: Body) -> Body:
    """Let an account spend everything it has in `currency`, as if it were paid out and gone."""
    account = find_account(call, request.path_params["id"])
    code = str(given.get("currency", "usd"))
    amount = whole_balance(call, account.id, code)
    if amount > 0:
        book(call, account.id, "payout", "payout", -amount, code, account.id, available_on=call.now)
    return {"spent": max(amount, 0), "currency": code}


def bank(call: Call, request: Request, given: Body) -> Body:
    """Let the bank of a debit under way pay, or with `paid` false refuse."""
    intent = call.tx.get(request.path_params["id"], "payment_intent")
    if intent is None:
        raise missing("payment_intent", request.path_params["id"])
    return dict(end_debit(call, intent, paid=bool(given.get("paid", True))).body)


def warn_of_charge(call: Call, request: Request, given: Body) -> Body:
    """Let the bank of a charge warn of fraud."""
    del given
    charge = call.tx.get(request.path_params["id"], "charge")
    if charge is None:
        raise missing("charge", request.path_params["id"])
    return dict(warn(call, charge).body)


def change_rates(call: Call, request: Request, given: Body) -> Body:
    del request
    return set_rates(call, given)
