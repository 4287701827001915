"""A draft closed: it gets its number, the customer's balance pays what it can, and it waits for the rest."""

from stripe_sandbox.billing.credits import apply_credits
from stripe_sandbox.call import Call
from stripe_sandbox.errors import invalid
from stripe_sandbox.events.write import emit
from stripe_sandbox.invoicing.sums import use_balance
from stripe_sandbox.store import Row


def close_draft(call: Call, invoice: Row) -> None:
    """Make a draft final: from now on it is paid, voided or given up, but not changed."""
    if invoice.body["status"] != "draft":
        raise invalid("This invoice is already finalized, you can't re-finalize a non-draft invoice.")
    invoice.body["status_transitions"]["finalized_at"] = call.now
    invoice.body.update(
        status="open",
        number=invoice.body["number"] or f"SBX-{_numbered(call) + 1:04d}",
        automatically_finalizes_at=None,
        effective_at=invoice.body["effective_at"] or call.now,
    )
    apply_credits(call, invoice)
    use_balance(call, invoice)
    call.tx.save(invoice)
    emit(call, "invoice.finalized", invoice.body)


def _numbered(call: Call) -> int:
    found = call.tx.sql("SELECT count(*) AS n FROM objects WHERE kind = 'invoice' AND body ->> '$.number' IS NOT NULL")
    return int(found[0]["n"])


def mark_paid(call: Call, invoice: Row, amount: int) -> None:
    """Note that an invoice is paid, with how much of it by a payment."""
    invoice.body.update(
        status="paid", attempted=True, amount_paid=amount, amount_remaining=0, next_payment_attempt=None,
    )  # fmt: skip
    invoice.body["status_transitions"]["paid_at"] = call.now
    call.tx.save(invoice)
    emit(call, "invoice.paid", invoice.body)
    emit(call, "invoice.payment_succeeded", invoice.body)
