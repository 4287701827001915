"""Subscriptions made through the API, paid with a card the customer has."""

from stripe_sandbox.billing.bodies import subscription_body
from stripe_sandbox.billing.clock_time import at_clock
from stripe_sandbox.billing.cycle import first_bill
from stripe_sandbox.billing.periods import after
from stripe_sandbox.billing.reductions import set_discounts
from stripe_sandbox.call import Body, Call
from stripe_sandbox.checkout.items import check_intervals, price_items
from stripe_sandbox.checkout.split import check_destination, check_direct, check_percent
from stripe_sandbox.discounts.redeem import TAKES as DISCOUNTS
from stripe_sandbox.errors import ApiFailure, invalid, not_built
from stripe_sandbox.events.write import emit
from stripe_sandbox.http.operation import ANY, Operation
from stripe_sandbox.http.plain import find, show_plain
from stripe_sandbox.invoicing.automatic import check_location, read_automatic
from stripe_sandbox.invoicing.taxes import rates_of
from stripe_sandbox.metadata import merge_metadata
from stripe_sandbox.payments.cards import OUTCOMES
from stripe_sandbox.payments.methods import find_attached
from stripe_sandbox.store import Row

_DAY_S = 86_400


def create_subscription(call: Call, params: Body) -> Body:
    """Begin a subscription to prices of one interval and charge its first period, unless a trial comes first.

    A card that is declined leaves it `incomplete` for 23 hours; with `payment_behavior=error_if_incomplete` it is
    refused with 402 instead.
    """
    if "customer" not in params:
        raise invalid("Missing required param: customer.", param="customer", code="parameter_missing")
    customer = find(call, "customer", params["customer"], param="customer", status=400)
    with at_clock(call, customer.body["test_clock"]):
        method = card_of(call, customer, params.get("default_payment_method"))
        sub = _store(call, params, customer, method)
        set_discounts(call, sub, params.get("discounts"))
        call.tx.save(sub)
        emit(call, "customer.subscription.created", sub.body, account=call.account)
        first_bill(call, sub)
    if sub.body["status"] == "incomplete" and params.get("payment_behavior") == "error_if_incomplete":
        outcome = OUTCOMES[sub.hidden["card"]["outcome"]]
        message = outcome.message or "Your card was declined. This transaction requires authentication."
        code = outcome.code or "authentication_required"
        raise ApiFailure(402, message, kind="card_error", code=code)
    return show_plain(call, sub)


def card_of(call: Call, customer: Row, wanted: str | None) -> Row:
    """Give the card a subscription of this customer is paid with; raises 400 when there is none."""
    method_id = wanted or customer.body["invoice_settings"]["default_payment_method"]
    if method_id is None:
        message = (
            "This customer has no attached payment source or default payment method. Please consider adding a default "
            "payment method. For more information, visit "
            "https://docs.stripe.com/billing/subscriptions/payment-methods-setting#payment-method-priority."
        )
        raise invalid(message, code="resource_missing")
    method = find_attached(call, method_id, customer.id, param="default_payment_method")
    if "card" not in method.hidden:
        raise not_built("subscriptions paid with anything but a card")
    return method


def _store(call: Call, params: Body, customer: Row, method: Row) -> Row:
    given = params.get("items", [])
    if not given:
        raise invalid("Missing required param: items.", param="items", code="parameter_missing")
    items = price_items(call, [{"quantity": 1, **each} for each in given])
    every = items[0]["price"]["recurring"]
    check_intervals(items, "items")
    if call.is_direct:
        check_direct(call, params)
    check_percent(call, params)
    if split := params.get("transfer_data"):
        check_destination(call, split["destination"], param="transfer_data[destination]")
    end = _trial_end(call, params)
    period = (call.now, end or after(call.now, every))
    # The body asks only whether there is a trial; its end is that of the period.
    data = {**params, "trial_period_days": 1 if end else None, "metadata": merge_metadata({}, params.get("metadata"))}
    body = subscription_body(call, customer.id, items, data, period)
    if "automatic_tax" in params:
        body["automatic_tax"] = read_automatic(call, params["automatic_tax"])
        if body["automatic_tax"]["enabled"]:
            check_location(call, customer.id, param="automatic_tax")
    ends = bool(params.get("cancel_at_period_end"))
    body.update(
        default_payment_method=method.id, test_clock=customer.body["test_clock"],
        default_tax_rates=rates_of(call, params.get("default_tax_rates"), param="default_tax_rates"),
        description=params.get("description"), cancel_at_period_end=ends, cancel_at=period[1] if ends else None,
        canceled_at=call.now if ends else None,
    )  # fmt: skip
    return call.add("subscription", body, hidden={"card": method.hidden["card"], "due": period[1], "of_api": True})


def _trial_end(call: Call, params: Body) -> int | None:
    if params.get("trial_end") not in (None, "now"):
        if params["trial_end"] <= call.now:
            raise invalid("trial_end must be in the future.", param="trial_end")
        return int(params["trial_end"])
    days = params.get("trial_period_days")
    return call.now + days * _DAY_S if days else None


_TAKES = {
    "customer": ANY, "items": {"price": ANY, "price_data": ANY, "quantity": ANY}, "default_payment_method": ANY,
    "trial_period_days": ANY, "trial_end": ANY, "application_fee_percent": ANY, "transfer_data": {"destination": ANY},
    "discounts": DISCOUNTS, "metadata": ANY, "description": ANY, "cancel_at_period_end": ANY, "off_session": ANY,
    "default_tax_rates": ANY, "automatic_tax": {"enabled": ANY},
    "payment_behavior": ("allow_incomplete", "error_if_incomplete"),
    "collection_method": ("charge_automatically",), "billing_mode": {"type": ("classic",)},
}  # fmt: skip
OPERATIONS = {"POST /v1/subscriptions": Operation(create_subscription, _TAKES)}
