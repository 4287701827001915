"""Paying a checkout session: everything one press of the button does, in one transaction."""

from dataclasses import dataclass

from stripe_sandbox.accounts.state import may_receive
from stripe_sandbox.billing.cycle import begin
from stripe_sandbox.call import Body, Call
from stripe_sandbox.checkout.links import completed_count, limit_of, show_link
from stripe_sandbox.checkout.reduce import count_discounts
from stripe_sandbox.checkout.session_body import customer_details
from stripe_sandbox.checkout.sessions import refuse_closed_link, show_session
from stripe_sandbox.checkout.shipping import of_intent
from stripe_sandbox.errors import PageRefusal
from stripe_sandbox.events.write import emit
from stripe_sandbox.ids import new_id, random_text
from stripe_sandbox.payments.bodies import billing_details, intent_body, method_body
from stripe_sandbox.payments.cards import OUTCOMES, Card, Outcome
from stripe_sandbox.payments.charging import charge_card, fail, follow_up
from stripe_sandbox.store import Row


@dataclass(frozen=True, slots=True)
class Attempt:
    """How an attempt ended: `paid`, `challenge` (go to `next_url`) or `declined` (with the words for the buyer)."""

    result: str
    message: str = ""
    next_url: str = ""


def pay_session(call: Call, session: Row, card: Card | None, *, email: str, name: str) -> Attempt:
    """Try to pay an open session with a card. A session over nothing needs none."""
    refuse_closed_session(call, session)
    session.body["customer_details"] = customer_details(email, name)
    if not session.body["amount_total"]:
        complete(call, session, "no_payment_required")
        return Attempt("paid")
    assert card is not None, "only a session over nothing is paid without a card"
    if session.body["mode"] == "subscription":
        if refused := begin(call, session, card, email=email, name=name):
            return Attempt("declined", refused)
        trial = session.hidden["subscription"].get("trial_period_days")
        complete(call, session, "no_payment_required" if trial else "paid")
        return Attempt("paid")
    intent = intent_of(call, session)
    method = call.add(
        "payment_method", method_body(call, card.kept(), billing_details(email, name)), hidden={"card": card.kept()}
    )
    outcome = OUTCOMES[card.outcome]
    if outcome.challenge:
        return _challenge(call, session, intent, card, method)
    return _charge(call, session, intent, card.kept(), method, outcome, challenged=False)


def refuse_closed_session(call: Call, session: Row) -> None:
    """Show a closed door for a session that is paid, expired, or whose link has closed meanwhile."""
    status = session.body["status"]
    if status == "complete":
        raise PageRefusal("You're all done here", "This checkout session has already been paid.")
    if status == "expired" or session.body["expires_at"] <= call.now:
        raise PageRefusal("This page has expired", "The time to pay is over. Go back to the shop and start again.")
    link = call.tx.get(session.body["payment_link"]) if session.body["payment_link"] else None
    if link is not None:
        refuse_closed_link(call, link)
    transfer = session.hidden["intent"].get("transfer_data")
    destination = call.tx.get(transfer["destination"], "account") if transfer else None
    if call.is_direct:
        destination = call.tx.get(call.account, "account")
    if (transfer or call.is_direct) and (destination is None or not may_receive(destination)):
        raise PageRefusal("Something went wrong", "The seller cannot receive payments right now.", status=409)


def intent_of(call: Call, session: Row) -> Row:
    """Give the payment intent of the session; like Stripe, it is created with the first attempt."""
    if session.body["payment_intent"]:
        known = call.tx.get(session.body["payment_intent"], "payment_intent")
        assert known is not None, "a session names an intent that exists"
        known.body["shipping"] = of_intent(session.hidden.get("ship_to"))
        known.body["amount"] = session.body["amount_total"]  # a promotion code may have come since
        return known
    body = intent_body(
        call, new_id("payment_intent"), session.body["amount_total"], session.body["currency"], session.hidden["intent"]
    )
    body.update(customer=session.body["customer"], shipping=of_intent(session.hidden.get("ship_to")))
    intent = call.add("payment_intent", body, hidden={"session": session.id})
    session.body["payment_intent"] = intent.id
    call.tx.save(session)
    emit(call, "payment_intent.created", intent.body)
    return intent


def _challenge(call: Call, session: Row, intent: Row, card: Card, method: Row) -> Attempt:
    token = random_text(32)
    url = f"{call.base_url}/3ds/{token}"
    back = f"{call.base_url}/c/pay/{session.id}"
    intent.hidden.update(token=token, card=card.kept(), method=method.id)
    intent.body.update(
        status="requires_action",
        payment_method=method.id,
        last_payment_error=None,
        next_action={"type": "redirect_to_url", "redirect_to_url": {"url": url, "return_url": back}},
    )
    call.tx.save(intent)
    call.tx.save(session)
    emit(call, "payment_intent.requires_action", intent.body)
    return Attempt("challenge", next_url=url)


def answer_challenge(call: Call, intent: Row, *, passed: bool) -> tuple[Row, Attempt]:
    """Go on after the bank's page; gives the session and how the attempt ended."""
    session = call.tx.get(intent.hidden["session"], "checkout.session")
    method = call.tx.get(intent.hidden["method"], "payment_method")
    assert session is not None, "an intent under challenge belongs to a session"
    assert method is not None, "an intent under challenge has a card"
    if intent.body["status"] != "requires_action":
        raise PageRefusal("Nothing to confirm", "This payment no longer waits for a confirmation.")
    refuse_closed_session(call, session)
    card: Body = intent.hidden["card"]
    intent.hidden.pop("token")
    intent.body["next_action"] = None
    if passed:
        return session, _charge(call, session, intent, card, method, OUTCOMES[card["outcome"]], challenged=True)
    message = (
        "We are unable to authenticate your payment method. Please choose a different payment method and try again."
    )
    failure = Outcome("payment_intent_authentication_failure", None, message)
    fail(call, intent, failure, None, method)
    return session, Attempt("declined", message)


def _charge(
    call: Call, session: Row, intent: Row, card: Body, method: Row, outcome: Outcome, *, challenged: bool
) -> Attempt:
    done = charge_card(call, intent, card, method, outcome, challenged=challenged)
    if done.refused:
        call.tx.save(session)
        return Attempt("declined", done.refused)
    complete(call, session, "paid" if done.charge.body["captured"] else "unpaid")
    follow_up(call, done.charge, outcome)
    return Attempt("paid")


def complete(call: Call, session: Row, payment_status: str) -> None:
    """Close a session that was paid, is being paid, or had nothing to pay; and its link, when that has sold all."""
    session.body["status"] = "complete"
    session.body["payment_status"] = payment_status
    session.body["collected_information"] = {
        "business_name": None,
        "individual_name": None,
        "shipping_details": session.hidden.get("ship_to"),
    }
    call.tx.save(session)
    count_discounts(call, session)
    emit(call, "checkout.session.completed", show_session(call, session))
    link = call.tx.get(session.body["payment_link"]) if session.body["payment_link"] else None
    limit = limit_of(link) if link else None
    if link is not None and limit is not None and completed_count(call, link.id) >= limit:
        # A link that has sold all it may sell closes itself.
        link.body["active"] = False
        call.tx.save(link)
        emit(call, "payment_link.updated", show_link(call, link), previous={"active": True})
