"""What time does by itself: done before anything else happens, each thing because its moment has come."""

from stripe_sandbox.billing.credits import expire_due as expire_grants
from stripe_sandbox.billing.schedules import run_due
from stripe_sandbox.call import Call
from stripe_sandbox.checkout.sessions import expire_due as expire_sessions
from stripe_sandbox.invoicing.invoices import finalize_due
from stripe_sandbox.issuing.authorizations import time_out_due
from stripe_sandbox.issuing.disputes import expire_due as expire_disputes
from stripe_sandbox.money_v2.payments import pay_due
from stripe_sandbox.payments.charges import expire_due as expire_charges
from stripe_sandbox.payments.holds import let_go_due
from stripe_sandbox.payments.settings import pay_out_due
from stripe_sandbox.payments.topups import arrive_due


def do_due(call: Call) -> int:
    """Do everything whose moment has come; gives how much that was, sessions that expire aside."""
    expire_sessions(call)
    done = run_due(call) + let_go_due(call) + expire_charges(call) + arrive_due(call) + finalize_due(call)
    return done + pay_out_due(call) + expire_grants(call) + time_out_due(call) + expire_disputes(call) + pay_due(call)
