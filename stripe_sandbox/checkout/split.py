"""Who gets what of a payment: the rules for application fee and destination that parameter types cannot say."""

from stripe_sandbox.accounts.state import find_account, may_receive
from stripe_sandbox.call import Body, Call
from stripe_sandbox.errors import ApiFailure, invalid, not_built


def check_direct(call: Call, given: Body) -> None:
    """Refuse a charge of a connected account of its own that may not take payments, or would pay another account."""
    if not may_receive(find_account(call, call.account)):
        raise invalid("Your account cannot currently make charges. Its requirements must be completed first.")
    if given.get("transfer_data"):
        raise not_built("transfers out of direct charges")


def check_percent(call: Call, given: Body, *, path: str = "") -> None:
    """Refuse a percentage of each bill that is none, or that nobody shares."""
    percent, param = given.get("application_fee_percent"), _named(path, "application_fee_percent")
    if percent is None:
        return
    if not 0 <= percent <= 100:
        raise invalid("application_fee_percent must be between 0 and 100.", param=param)
    if given.get("transfer_data") is None and not call.is_direct:
        message = "Can only apply an application_fee_percent with `transfer_data[destination]` or Stripe-Account."
        raise invalid(message, param=param)


def check_split(call: Call, given: Body, total: int, *, path: str = "", direct: bool = False) -> None:
    """Refuse a split that Stripe refuses; `given` holds application_fee_amount, transfer_data, on_behalf_of.

    A `direct` charge is the account's own: the platform's fee is taken without a transfer.
    """
    transfer, fee = given.get("transfer_data"), given.get("application_fee_amount")
    fee_param = _named(path, "application_fee_amount")
    if fee is not None:
        if transfer is None and not direct:
            message = (
                "Can only apply an application_fee_amount when the PaymentIntent is attempting a direct payment "
                "(using an OAuth key or Stripe-Account header) or destination payment (using "
                "`transfer_data[destination]`)."
            )
            raise invalid(message, param=fee_param)
        if fee < 0 or fee > total:
            message = f"The application fee of {fee} must be between 0 and the amount of the payment, {total}."
            raise invalid(message, param=fee_param, code="invalid_charge_amount")
        if transfer is not None and transfer.get("amount") is not None:
            message = "You may only specify one of: application_fee_amount, transfer_data[amount]."
            raise invalid(message, param=fee_param)
    if transfer is None:
        return
    param = _named(path, "transfer_data")
    if transfer.get("amount") is not None and not 1 <= transfer["amount"] <= total:
        message = f"transfer_data[amount] must be between 1 and the amount of the payment, {total}."
        raise invalid(message, param=f"{param}[amount]", code="invalid_charge_amount")
    check_destination(call, transfer["destination"], param=f"{param}[destination]")


def check_destination(call: Call, account_id: str, *, param: str) -> None:
    """Refuse a destination that does not exist or may not receive transfers now."""
    if not may_receive(find_account(call, account_id, param=param, status=400)):
        raise cannot_receive(param)


def cannot_receive(param: str) -> ApiFailure:
    """Give the 400 for an account without an active transfers capability."""
    message = (
        "Your destination account needs to have at least one of the following capabilities enabled: transfers, "
        "crypto_transfers, legacy_payments"
    )
    return invalid(message, param=param, code="insufficient_capabilities_for_transfer")


def _named(path: str, name: str) -> str:
    return f"{path}[{name}]" if path else name
