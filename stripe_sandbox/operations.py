"""Everything the sandbox implements, by the name of its route."""

from collections.abc import Mapping
from typing import Final

from stripe_sandbox.accounts import capabilities, external, persons, v1, v2
from stripe_sandbox.accounts import links as account_links
from stripe_sandbox.billing import begin, clocks, customers
from stripe_sandbox.billing import reads as billing
from stripe_sandbox.catalog import products
from stripe_sandbox.checkout import links, sessions, shipping
from stripe_sandbox.events import destinations, endpoints
from stripe_sandbox.events import reads as event_reads
from stripe_sandbox.http.operation import Operation
from stripe_sandbox.payments import (
    balance,
    disputes,
    fee_refunds,
    holds,
    methods,
    payouts,
    reads,
    refunds,
    reversals,
    settings,
    transfers,
    warnings,
)

OPERATIONS: Final[Mapping[str, Operation]] = {
    **account_links.OPERATIONS,
    **balance.OPERATIONS,
    **begin.OPERATIONS,
    **billing.OPERATIONS,
    **capabilities.OPERATIONS,
    **clocks.OPERATIONS,
    **customers.OPERATIONS,
    **destinations.OPERATIONS,
    **disputes.OPERATIONS,
    **endpoints.OPERATIONS,
    **event_reads.OPERATIONS,
    **holds.OPERATIONS,
    **external.OPERATIONS,
    **fee_refunds.OPERATIONS,
    **links.OPERATIONS,
    **methods.OPERATIONS,
    **payouts.OPERATIONS,
    **persons.OPERATIONS,
    **products.OPERATIONS,
    **reads.OPERATIONS,
    **refunds.OPERATIONS,
    **reversals.OPERATIONS,
    **sessions.OPERATIONS,
    **settings.OPERATIONS,
    **shipping.OPERATIONS,
    **transfers.OPERATIONS,
    **v1.OPERATIONS,
    **v2.OPERATIONS,
    **warnings.OPERATIONS,
}
