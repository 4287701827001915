"""The life of a subscription: begun on the pay page, renewed when a period ends, retried when a card fails, ended.

A card that fails is tried again after 3, 5 and 7 days; then the subscription is canceled. Source:
docs.stripe.com/billing/revenue-recovery/smart-retries, with a fixed plan instead of a learned one.
"""

from decimal import Decimal
from typing import Final

from stripe_sandbox.billing.bodies import customer_body, invoice_body, payment_body, subscription_body
from stripe_sandbox.billing.clock_time import at_clock
from stripe_sandbox.billing.credits import return_credits
from stripe_sandbox.billing.periods import after
from stripe_sandbox.billing.phases import abort
from stripe_sandbox.billing.reductions import take_over
from stripe_sandbox.call import Body, Call
from stripe_sandbox.currency import half_up
from stripe_sandbox.discounts.redeem import is_once, rows_of
from stripe_sandbox.events.write import emit
from stripe_sandbox.ids import new_id
from stripe_sandbox.invoicing.close import close_draft
from stripe_sandbox.invoicing.items import take_pending
from stripe_sandbox.invoicing.sums import in_force
from stripe_sandbox.payments.bodies import billing_details, charge_body, intent_body, method_body
from stripe_sandbox.payments.cards import OUTCOMES, Card
from stripe_sandbox.payments.settle import settle
from stripe_sandbox.store import Row

_DAY_S: Final = 86_400
RETRIES_DAYS: Final = (3, 5, 7)
LIVE: Final = ("trialing", "active", "past_due", "incomplete", "paused")
_INCOMPLETE_S: Final = 23 * 3600
_WARNED_S: Final = 3 * _DAY_S


def begin(call: Call, session: Row, card: Card, *, email: str, name: str) -> str:
    """Begin the subscription of a session; gives the words of a card that was declined, else nothing."""
    outcome = OUTCOMES[card.outcome]
    if outcome.code or outcome.challenge:
        return outcome.message or "Your card needs to be authenticated. Choose another one for a subscription."
    customer = _customer_of(call, session, email=email, name=name)
    with at_clock(call, customer.body["test_clock"]):
        data, items = session.hidden["subscription"], session.hidden["items"]
        trial_days = data.get("trial_period_days")
        end = call.now + trial_days * _DAY_S if trial_days else after(call.now, items[0]["price"]["recurring"])
        body = subscription_body(call, customer.id, items, data, (call.now, end))
        sub = call.add("subscription", {**body, "test_clock": customer.body["test_clock"]})
        take_over(call, sub, session.hidden.get("discounts", []))
        keep_card(call, sub, card.kept(), email=email, name=name)
        emit(call, "customer.subscription.created", sub.body)
        invoice = first_bill(call, sub)
    session.body.update(customer=customer.id, subscription=sub.id, invoice=invoice.id)
    return ""


def _customer_of(call: Call, session: Row, *, email: str, name: str) -> Row:
    known = call.tx.get(session.body["customer"], "customer") if session.body["customer"] else None
    if known is not None:
        return known
    customer = call.add("customer", customer_body(call, email, name, {}))
    emit(call, "customer.created", customer.body)
    return customer


def first_bill(call: Call, sub: Row) -> Row:
    """Bill the first period of a new subscription, a trial at nothing, and try to have it paid."""
    item = sub.body["items"]["data"][0]
    period = (item["current_period_start"], item["current_period_end"])
    invoice = _bill(call, sub, "subscription_create", period)
    _pay(call, sub, invoice, first=True)
    return invoice


def bill_now(call: Call, sub: Row, reason: str) -> Row:
    """Bill what waits for a subscription at once, without a period of its own, and try to have it paid."""
    item = sub.body["items"]["data"][0]
    invoice = _bill(call, sub, reason, (item["current_period_start"], call.now), with_items=False)
    _pay(call, sub, invoice)
    return invoice


def keep_card(call: Call, sub: Row, card: Body, *, email: str | None, name: str | None) -> None:
    """Use this card for what comes."""
    body = {**method_body(call, card, billing_details(email, name)), "customer": sub.body["customer"]}
    method = call.add("payment_method", body, hidden={"card": card})
    sub.body["default_payment_method"] = method.id
    sub.hidden.update(card=card, due=sub.body["items"]["data"][0]["current_period_end"])
    call.tx.save(sub)


def renew_due(call: Call, *, clock: str | None = None) -> int:
    """Do everything that is due by now, each at its own moment; gives how much that was.

    What lives on a test clock is only moved with that `clock`.
    """
    done, now = 0, call.now
    live = (
        "body ->> '$.status' IN ('trialing', 'active', 'past_due', 'incomplete') AND hidden ->> '$.due' <= ? "
        "AND body ->> '$.test_clock' IS ?"
    )
    while due := call.tx.find("subscription", live, (now, clock)):
        for sub in due:
            call.now = sub.hidden["due"]
            with call.on(sub.account):
                _step(call, sub)
            done += 1
    call.now = now
    return done


def pay_again(call: Call, sub: Row, *, by_hand: bool = False) -> Row | None:
    """Try the open invoice of a subscription once more; gives it, if there is one.

    An attempt `by_hand` after the first one does not change the plan of retries.
    """
    open_ones = call.tx.find(
        "invoice", "body ->> '$.status' = 'open' AND body ->> '$.parent.subscription_details.subscription' = ?",
        (sub.id,), newest=True,
    )  # fmt: skip
    if not open_ones:
        return None
    _pay(call, sub, open_ones[0], by_hand=by_hand and open_ones[0].body["attempted"])
    return open_ones[0]


def end(call: Call, sub: Row) -> None:
    """End a subscription now."""
    sub.body.update(status="canceled", canceled_at=sub.body["canceled_at"] or call.now, ended_at=call.now)
    if sub.body["schedule"]:
        abort(call, sub)
    call.tx.save(sub)
    emit(call, "customer.subscription.deleted", sub.body)


def _expire(call: Call, sub: Row) -> None:
    """Give up a subscription whose first period nobody paid."""
    sub.body["status"] = "incomplete_expired"
    call.tx.save(sub)
    invoice = call.tx.get(sub.body["latest_invoice"], "invoice")
    if invoice is not None and invoice.body["status"] == "open":
        invoice.body["status"] = "void"
        invoice.body["status_transitions"]["voided_at"] = call.now
        call.tx.save(invoice)
        return_credits(call, invoice)
        emit(call, "invoice.voided", invoice.body)
    emit(call, "customer.subscription.updated", sub.body, previous={"status": "incomplete"})


def _next_due(call: Call, sub: Row) -> int:
    """Give when something happens next: the end of the period, and before that of a trial its announcement."""
    ends = int(sub.body["items"]["data"][0]["current_period_end"])
    return max(call.now, ends - _WARNED_S) if sub.body["status"] == "trialing" else ends


def _step(call: Call, sub: Row) -> None:
    item = sub.body["items"]["data"][0]
    if sub.body["status"] == "trialing" and call.now < item["current_period_end"]:
        sub.hidden["due"] = item["current_period_end"]
        call.tx.save(sub)
        emit(call, "customer.subscription.trial_will_end", sub.body)
        return
    if sub.body["status"] == "incomplete":
        _expire(call, sub)
        return
    if sub.body["status"] == "past_due" and call.now < item["current_period_end"]:
        invoice = pay_again(call, sub)
        if invoice is not None and invoice.body["attempt_count"] > len(RETRIES_DAYS):
            end(call, sub)
        return
    if sub.body["cancel_at_period_end"]:
        end(call, sub)
        return
    last = (item["current_period_start"], item["current_period_end"])
    period = (item["current_period_end"], after(item["current_period_end"], item["price"]["recurring"]))
    start_period(call, sub, "subscription_cycle", period, last=last)


def start_period(
    call: Call, sub: Row, reason: str, period: tuple[int, int], *, last: tuple[int, int] | None = None
) -> Row:
    """Begin another period of a subscription: bill it and what was used in the `last` one, and try it paid."""
    for each in sub.body["items"]["data"]:
        each.update(current_period_start=period[0], current_period_end=period[1])
    sub.hidden["due"] = period[1]
    call.tx.save(sub)
    invoice = _bill(call, sub, reason, period, last=last)
    _pay(call, sub, invoice)
    return invoice


def _bill(
    call: Call, sub: Row, reason: str, period: tuple[int, int], *, with_items: bool = True,
    last: tuple[int, int] | None = None,
) -> Row:  # fmt: skip
    customer = call.tx.get(sub.body["customer"], "customer")
    assert customer is not None, "a subscription has a customer, if only a deleted one"
    sub.body["discounts"] = in_force(call, sub.body["discounts"])
    body = invoice_body(call, sub.body, customer, reason, period, last=last)
    if not with_items:
        body["lines"]["data"], body["discounts"] = [], []
    invoice = call.add("invoice", body)
    take_pending(call, invoice, sub.id)
    if with_items:
        used = rows_of(call, sub.body["discounts"])
        sub.body["discounts"] = [each.id for each in used if not is_once(call, each)]
    sub.body["latest_invoice"] = invoice.id
    call.tx.save(sub)
    emit(call, "invoice.created", invoice.body)
    close_draft(call, invoice)
    return invoice


def _pay(call: Call, sub: Row, invoice: Row, *, first: bool = False, by_hand: bool = False) -> None:
    total, outcome = invoice.body["amount_due"], OUTCOMES[sub.hidden["card"]["outcome"]]
    invoice.body.update(attempted=True, attempt_count=invoice.body["attempt_count"] + (not by_hand))
    if total and (outcome.code or outcome.challenge or (outcome.fails_later and not first)):
        if by_hand:
            call.tx.save(invoice)
            emit(call, "invoice.payment_failed", invoice.body)
        else:
            _note_failure(call, sub, invoice, first=first)
        return
    if total:
        _charge(call, sub, invoice)
    invoice.body.update(status="paid", amount_paid=total, amount_remaining=0, next_payment_attempt=None)
    invoice.body["status_transitions"]["paid_at"] = call.now
    call.tx.save(invoice)
    was = sub.body["status"]
    if was != "trialing" or not first:
        sub.body["status"] = "active"
    sub.hidden["due"] = _next_due(call, sub)
    call.tx.save(sub)
    emit(call, "invoice.paid", invoice.body)
    emit(call, "invoice.payment_succeeded", invoice.body)
    emit(call, "customer.subscription.updated", sub.body, previous={"status": was})


def _charge(call: Call, sub: Row, invoice: Row) -> None:
    total, percent = invoice.body["amount_due"], sub.body["application_fee_percent"]
    transfer = sub.body["transfer_data"]
    data: Body = {"description": "Subscription update"}
    if transfer:
        data["transfer_data"] = {"destination": transfer["destination"]}
    if percent and (transfer or call.is_direct):
        data["application_fee_amount"] = half_up(total * int(Decimal(str(percent)) * 100), 10_000)
    body = intent_body(call, new_id("payment_intent"), total, invoice.body["currency"], data)
    body.update(customer=sub.body["customer"], payment_method=sub.body["default_payment_method"])
    intent = call.add("payment_intent", body)
    method = call.tx.get(sub.body["default_payment_method"], "payment_method")
    assert method is not None, "a subscription names a card that exists"
    charge = charge_body(call, new_id("charge"), intent.body, sub.hidden["card"], method.body, challenged=False)
    charge["customer"] = sub.body["customer"]
    emit(call, "payment_intent.created", intent.body)
    paid = call.add("invoice_payment", payment_body(call, invoice.body, intent.id))
    invoice.body["payments"]["data"].insert(0, paid.body)
    settle(call, intent, charge, at_once=OUTCOMES[sub.hidden["card"]["outcome"]].available_at_once)
    emit(call, "invoice_payment.paid", paid.body)


def _note_failure(call: Call, sub: Row, invoice: Row, *, first: bool) -> None:
    if first or sub.body["status"] == "incomplete":
        if first:
            sub.hidden["due"] = call.now + _INCOMPLETE_S
        call.tx.save(sub)
        call.tx.save(invoice)
        emit(call, "invoice.payment_failed", invoice.body)
        return
    tries = invoice.body["attempt_count"]
    next_at = call.now + RETRIES_DAYS[tries - 1] * _DAY_S if tries <= len(RETRIES_DAYS) else None
    invoice.body["next_payment_attempt"] = next_at
    call.tx.save(invoice)
    was = sub.body["status"]
    sub.body["status"] = "past_due"
    sub.hidden["due"] = next_at or call.now
    call.tx.save(sub)
    emit(call, "invoice.payment_failed", invoice.body)
    emit(call, "customer.subscription.updated", sub.body, previous={"status": was})
