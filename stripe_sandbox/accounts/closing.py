"""Connected accounts turned away, taken back, and closed."""

from typing import Final

from stripe_sandbox.accounts.state import change_standing, find_account, related, show_account_v1, tell_v1
from stripe_sandbox.accounts.v2 import show_account_v2
from stripe_sandbox.call import Body, Call
from stripe_sandbox.errors import invalid
from stripe_sandbox.events.write import emit_thin
from stripe_sandbox.http.operation import ANY, Operation
from stripe_sandbox.payments.balance import balances_of
from stripe_sandbox.store import Row

_STANDINGS: Final = {"other": "rejected", "terms_of_service": "rejected_terms"}


def reject_account(call: Call, params: Body, account_id: str) -> Body:
    """Turn an account away: it gets no more money, and none of its own is paid out."""
    account = find_account(call, account_id)
    if account.hidden["standing"].startswith("rejected"):
        raise invalid("This account has been rejected already.")
    change_standing(call, account, _STANDINGS.get(params["reason"], "rejected_fraud"))
    return show_account_v1(call, account)


def unreject_account(call: Call, params: Body, account_id: str) -> Body:
    """Take an account back that was turned away."""
    del params
    account = find_account(call, account_id)
    if not account.hidden["standing"].startswith("rejected"):
        raise invalid("This account is not rejected.")
    change_standing(call, account, "active")
    return show_account_v1(call, account)


def _empty(call: Call, account: Row) -> None:
    left = {code: amount for code, amount in balances_of(call, account.id).items() if amount}
    if left:
        shown = ", ".join(f"{amount} {code}" for code, amount in left.items())
        raise invalid(f"An account can be closed when its balance is zero; this one has {shown}.")


def delete_account(call: Call, params: Body, account_id: str) -> Body:
    """Delete an account that has no money any more."""
    del params
    account = find_account(call, account_id)
    _close(call, account)
    return {"id": account.id, "object": "account", "deleted": True}


def _close(call: Call, account: Row) -> None:
    _empty(call, account)
    before = show_account_v1(call, account)
    account.hidden["recipient"] = False
    call.tx.save(account)
    tell_v1(call, account, before)
    emit_thin(call, "v2.core.account.closed", related=related(account))
    account.hidden["deleted"] = True
    call.tx.save(account)


def close_account(call: Call, params: Body, account_id: str) -> Body:
    """Close an account through API v2; what is left of it says that it is closed."""
    del params
    account = find_account(call, account_id, param="id")
    _close(call, account)
    return {**show_account_v2(account, []), "closed": True}


OPERATIONS = {
    "POST /v1/accounts/{account}/reject": Operation(reject_account, {"reason": ANY, "payouts_action": ("pause",)}),
    "POST /v1/accounts/{account}/unreject": Operation(unreject_account),
    "DELETE /v1/accounts/{account}": Operation(delete_account),
    "POST /v2/core/accounts/{id}/close": Operation(close_account),
}
