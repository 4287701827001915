"""Prices of single uses, and running under them: the most is reserved before, what it did cost is charged after."""

import enum
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from polidat.access import (
    GrantKind,
    RunTerms,
    UseKind,
    access_kind,
    charge_run,
    grant,
    record_use,
    release_run,
    reserve_run,
)
from polidat.catalog.agree import NOTHING_AGREED, Agreed, agree
from polidat.catalog.asking import check_may_be_parted
from polidat.catalog.commission import terms_for
from polidat.catalog.errors import NotForSale
from polidat.catalog.models import CommissionKind, Listing, UsagePrice
from polidat.catalog.offer import own_listing
from polidat.core import MICROS, Conflict, Invalid, new_public_id
from polidat.db import Database
from polidat.events import record
from polidat.people import Person

_GB = 10**9
_MOST_MICROS = 10_000 * MICROS  # of one use: a slipped decimal must not empty a wallet


class Priced(enum.StrEnum):
    """What a price is for."""

    QUERY = "query"  # one SELECT
    ANSWER = "answer"  # one question
    GIGABYTE = "gigabyte"  # a thousand million bytes scanned by a SELECT


_PRICED = {UseKind.QUERY: Priced.QUERY, UseKind.API: Priced.QUERY, UseKind.ASK: Priced.ANSWER}


@dataclass(frozen=True)
class RunPrice:
    """What a run costs: so much each, and so much for a gigabyte it scans, in micros."""

    terms: RunTerms
    each_micros: int
    gigabyte_micros: int

    def cost(self, scanned_bytes: int) -> int:
        """Return the price of a run that scanned so much, in micros, rounded up."""
        return self.each_micros + -(-self.gigabyte_micros * scanned_bytes // _GB)


@dataclass
class Run:
    """A run under way: fill in what it used, and `is_free` when it gave nothing worth paying.

    Afterwards `cost_micros` is what it cost, 0 for one that is not metered.
    """

    scanned_rows: int = 0
    scanned_bytes: int = 0
    elapsed_ms: float = 0
    is_free: bool = False
    cost_micros: int = 0
    currency: str = ""


def set_usage_prices(session: Session, owner: Person, listing_id: int, micros: Mapping[Priced, int]) -> Listing:
    """Ask this much per use from now on, in micros of the listing's currency; what is left out or 0 costs nothing.

    Runs under way keep the price they were reserved at. Raises NoSuchListing, Invalid, SoldAsAWhole.
    """
    listing = own_listing(session, owner, listing_id)
    if any(not 0 <= each <= _MOST_MICROS for each in micros.values()):
        raise Invalid("The price of one use is from 0 to 10,000 minor units.")
    before = {str(kind): each for kind, each in usage_prices(session, listing_id).items()}
    after = {str(kind): each for kind, each in micros.items() if each}
    if before != after:
        record(session, "usage_prices", f"listing:{listing_id}", by=owner.id, before=before, after=after)
    if any(micros.values()):
        check_may_be_parted(session, listing_id, listing.title)
    session.execute(delete(UsagePrice).where(UsagePrice.listing_id == listing_id))
    session.add_all(UsagePrice(listing_id=listing_id, kind=kind, micros=each) for kind, each in after.items())
    session.flush()
    return listing


def usage_prices(session: Session, listing_id: int) -> Mapping[Priced, int]:
    """Return the prices per use in micros; empty when the listing is not sold by use."""
    rows = session.execute(select(UsagePrice.kind, UsagePrice.micros).where(UsagePrice.listing_id == listing_id))
    return {Priced(kind): micros for kind, micros in rows}


def pay_per_use(
    session: Session, buyer: Person, listing_id: int, *, now: datetime, agreed: Agreed = NOTHING_AGREED
) -> None:
    """Let the buyer use the listing, each use paid from the wallet. Safe to repeat.

    Raises NotForSale when it is not sold by use, Conflict for one's own or what one has already, and what
    `agree` raises.
    """
    listing = session.get(Listing, listing_id)
    if listing is None or not listing.is_offered:
        raise NotForSale(listing.title if listing else str(listing_id))
    if not usage_prices(session, listing_id):
        raise NotForSale(listing.title)
    kind = access_kind(session, buyer, listing.dataset_id)
    if kind not in (None, GrantKind.USAGE):
        raise Conflict(f"“{listing.title}” is yours already: using it costs nothing.")
    agree(session, buyer, [listing], agreed, now=now)
    cause = f"usage:{listing.id}:{buyer.id}"
    grant(session, buyer.id, listing.dataset_id, order_line=cause, kind=GrantKind.USAGE, now=now)


def price_of_run(session: Session, person: Person, listing: Listing, use: UseKind, *, now: datetime) -> RunPrice | None:
    """Return what a run of this person costs now; None for whoever owns, bought or looks after the listing."""
    if person.is_operator or access_kind(session, person, listing.dataset_id) != GrantKind.USAGE:
        return None
    prices = usage_prices(session, listing.id)
    rule = terms_for(session, listing, CommissionKind.USAGE, listing.currency, now=now)
    terms = RunTerms(
        person_id=person.id,
        dataset_id=listing.dataset_id,
        seller_id=listing.store.owner_id,
        kind=use,
        currency=listing.currency,
        share_bps=rule.bps,
        commission_rule_id=rule.rule_id,
    )
    gigabyte = 0 if use == UseKind.ASK else prices.get(Priced.GIGABYTE, 0)
    return RunPrice(terms, prices.get(_PRICED[use], 0), gigabyte)


@contextmanager
def metered_run(
    database: Database,
    person: Person,
    listing: Listing,
    use: UseKind,
    price: RunPrice | None,
    *,
    scan_bytes_max: int,
    now: datetime,
) -> Generator[Run]:
    """Reserve the most the run can cost, let it run, then charge and note what it used.

    No transaction is open meanwhile. A run that raises costs nothing.
    Raises WalletEmpty, WalletFrozen, OverSpendingCap before it starts.
    """
    run, key = Run(), new_public_id("run")
    if price is not None:
        with database.unit_of_work() as session:
            reserve_run(session, price.terms, price.cost(scan_bytes_max), key=key, now=now)
    try:
        yield run
    except BaseException:
        if price is not None:
            with database.unit_of_work() as session:
                release_run(session, key)
        raise
    with database.unit_of_work() as session:
        if price is not None:
            cost = 0 if run.is_free else price.cost(run.scanned_bytes)
            run.cost_micros = charge_run(session, key, cost, now=now)
            run.currency = price.terms.currency
        record_use(
            session,
            person.id,
            listing.dataset_id,
            use,
            scanned_rows=run.scanned_rows,
            scanned_bytes=run.scanned_bytes,
            elapsed_ms=round(run.elapsed_ms),
            now=now,
        )
