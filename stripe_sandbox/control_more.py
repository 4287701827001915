"""The control surface over what networks, phones, people and banks outside of payments do."""

from stripe_sandbox.call import Body
from stripe_sandbox.command import Command
from stripe_sandbox.errors import invalid, missing
from stripe_sandbox.invoicing.templates import make_template
from stripe_sandbox.issuing.disputes import decide_dispute
from stripe_sandbox.issuing.tokens import make_token
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


def put_on_phone(command: Command) -> Body:
    """Put an issued card on a phone, in the wallet named."""
    wallet = str(command.given.get("wallet", "apple_pay"))
    return make_token(command.call, find_any(command, "issuing.card"), wallet)
