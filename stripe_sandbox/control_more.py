"""The control surface over what networks, phones, people and banks outside of payments do."""

from stripe_sandbox.call import Body
from stripe_sandbox.command import Command
from stripe_sandbox.connections.accounts import link
from stripe_sandbox.errors import invalid, missing
from stripe_sandbox.identity.sessions import check
from stripe_sandbox.invoicing.templates import make_template
from stripe_sandbox.issuing.disputes import decide_dispute
from stripe_sandbox.issuing.tokens import make_token
from stripe_sandbox.money_v2.ledger import ACCOUNT as FINANCIAL_ACCOUNT
from stripe_sandbox.money_v2.ledger import adjust
from stripe_sandbox.money_v2.payments import KIND as OUTBOUND_PAYMENT
from stripe_sandbox.money_v2.payments import end_payment
from stripe_sandbox.payments.authentications import finish
from stripe_sandbox.store import Row


def find_any(command: Command, kind: str) -> Row:
    """Give the object ordered about; the work goes on as that of its account."""
    row = command.call.tx.get(command.id, kind)
    if row is None:
        raise missing(kind, command.id)
    command.call.account = row.account
    return row


def make_invoice_template(command: Command) -> Body:
    """Make a template of invoices, as somebody would in Stripe's dashboard."""
    return make_template(command.call, command.given.get("nickname"))


def decide_issuing_dispute(command: Command) -> Body:
    """Let the network decide a dispute of an issued card: `outcome` is won or lost."""
    outcome = command.given.get("outcome")
    if outcome not in ("won", "lost"):
        raise invalid("outcome must be won or lost", param="outcome")
    return dict(decide_dispute(command.call, find_any(command, "issuing.dispute"), won=outcome == "won").body)


def end_outbound_payment(command: Command) -> Body:
    """Let the bank of a recipient post, fail or return a payment: `outcome` says which."""
    outcome = command.given.get("outcome")
    if outcome not in ("posted", "failed", "returned"):
        raise invalid("outcome must be posted, failed or returned", param="outcome")
    return end_payment(command.call, find_any(command, OUTBOUND_PAYMENT), outcome)


def adjust_account(command: Command) -> Body:
    """Put right what a financial account of API v2 has, by `amount` in cents."""
    row = find_any(command, FINANCIAL_ACCOUNT)
    return adjust(command.call, row, int(command.given.get("amount", 0)), str(command.given.get("description", "")))


def check_identity(command: Command) -> Body:
    """Let somebody answer a verification session: with their details, or a `code` of what is wrong."""
    return dict(check(command.call, find_any(command, "identity.verification_session"), command.given).body)


def link_bank(command: Command) -> Body:
    """Let somebody link a bank account in a financial connections session, with its `balance` and `last4`."""
    return link(command.call, find_any(command, "financial_connections.session"), command.given)


def answer_authentication(command: Command) -> Body:
    """Answer the bank's question of a 3D Secure on its own, or with `passed` false fail to."""
    row = find_any(command, "three_d_secure.authentication")
    return dict(finish(command.call, row, passed=bool(command.given.get("passed", True))).body)


def put_on_phone(command: Command) -> Body:
    """Put an issued card on a phone, in the wallet named."""
    wallet = str(command.given.get("wallet", "apple_pay"))
    return make_token(command.call, find_any(command, "issuing.card"), wallet)
