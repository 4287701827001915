"""Everything the sandbox implements, by the name of its route."""

from collections.abc import Mapping
from typing import Final

from stripe_sandbox import treasury
from stripe_sandbox.accounts import capabilities, closing, external, persons, persons_v2, tokens, v1, v2
from stripe_sandbox.accounts import links as account_links
from stripe_sandbox.billing import (
    alerts,
    balances,
    begin,
    cash,
    changes,
    clocks,
    customers,
    entitlements,
    meters,
    pausing,
    schedules,
)
from stripe_sandbox.billing import credits as credit_grants
from stripe_sandbox.billing import reads as billing
from stripe_sandbox.catalog import products
from stripe_sandbox.checkout import links, sessions
from stripe_sandbox.discounts import coupons
from stripe_sandbox.events import destinations, endpoints
from stripe_sandbox.events import reads as event_reads
from stripe_sandbox.files import store as files
from stripe_sandbox.http.operation import Operation
from stripe_sandbox.invoicing import invoices, items, lines, notes, previews, quotes
from stripe_sandbox.issuing import cardholders, cards
from stripe_sandbox.kept import domains, features, feedback, lists, portal, rates, tax_ids
from stripe_sandbox.kept import sessions as secrets
from stripe_sandbox.payments import (
    balance,
    charges,
    disputes,
    fee_refunds,
    holds,
    intents,
    methods,
    payout_changes,
    payouts,
    reads,
    refunds,
    reports,
    reversals,
    reviews,
    settings,
    setups,
    topups,
    transfers,
    warnings,
)
from stripe_sandbox.tax import calculations, registrations
from stripe_sandbox.tax import transactions as tax_transactions

OPERATIONS: Final[Mapping[str, Operation]] = {
    **account_links.OPERATIONS,
    **calculations.OPERATIONS,
    **registrations.OPERATIONS,
    **tax_transactions.OPERATIONS,
    **feedback.OPERATIONS,
    **persons_v2.OPERATIONS,
    **tokens.OPERATIONS,
    **schedules.OPERATIONS,
    **pausing.OPERATIONS,
    **meters.OPERATIONS,
    **entitlements.OPERATIONS,
    **credit_grants.OPERATIONS,
    **alerts.OPERATIONS,
    **balance.OPERATIONS,
    **balances.OPERATIONS,
    **begin.OPERATIONS,
    **billing.OPERATIONS,
    **capabilities.OPERATIONS,
    **cash.OPERATIONS,
    **changes.OPERATIONS,
    **charges.OPERATIONS,
    **cardholders.OPERATIONS,
    **cards.OPERATIONS,
    **clocks.OPERATIONS,
    **closing.OPERATIONS,
    **coupons.OPERATIONS,
    **customers.OPERATIONS,
    **destinations.OPERATIONS,
    **disputes.OPERATIONS,
    **domains.OPERATIONS,
    **endpoints.OPERATIONS,
    **event_reads.OPERATIONS,
    **treasury.OPERATIONS,
    **holds.OPERATIONS,
    **intents.OPERATIONS,
    **invoices.OPERATIONS,
    **items.OPERATIONS,
    **lines.OPERATIONS,
    **external.OPERATIONS,
    **features.OPERATIONS,
    **fee_refunds.OPERATIONS,
    **files.OPERATIONS,
    **links.OPERATIONS,
    **lists.OPERATIONS,
    **methods.OPERATIONS,
    **notes.OPERATIONS,
    **payout_changes.OPERATIONS,
    **payouts.OPERATIONS,
    **persons.OPERATIONS,
    **portal.OPERATIONS,
    **previews.OPERATIONS,
    **products.OPERATIONS,
    **quotes.OPERATIONS,
    **rates.OPERATIONS,
    **reads.OPERATIONS,
    **refunds.OPERATIONS,
    **reports.OPERATIONS,
    **reversals.OPERATIONS,
    **reviews.OPERATIONS,
    **sessions.OPERATIONS,
    **settings.OPERATIONS,
    **secrets.OPERATIONS,
    **setups.OPERATIONS,
    **tax_ids.OPERATIONS,
    **topups.OPERATIONS,
    **transfers.OPERATIONS,
    **v1.OPERATIONS,
    **v2.OPERATIONS,
    **warnings.OPERATIONS,
}
